/**
 * What layers that slide over an image or a sequence share: sizes per spatial axis, borders, and the errors about them.
 */
import { gradients } from '../autograd/reverse.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { reshapeNode, showKind } from './operands.js';

/** How many spatial axes there are. */
export type Rank = 1 | 2 | 3;

/** What the spatial axes are called. */
export const SPATIAL_AXES: Readonly<Record<Rank, readonly string[]>> = {
  1: ['length'],
  2: ['height', 'width'],
  3: ['depth', 'height', 'width'],
};

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** Elements added before and after an axis. */
export type Border = readonly [number, number];

/** `value` for each of `rank` spatial axes. @throws ArgumentError unless they are whole numbers from `least` up */
export function perAxis(op: string, what: string, value: PerAxis, rank: number, least: number): readonly number[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  if (!Array.isArray(list) || list.length !== rank)
    throw new ArgumentError(
      `${op}: ${what} is a whole number, or one for each of the ${rank} spatial axes, got ${showKind(value)}`,
    );
  for (const n of list) {
    if (!Number.isInteger(n) || n < least)
      throw new ArgumentError(`${op}: ${what} must be a whole number from ${least} up, got ${showKind(n)}`);
  }
  return list;
}

/**
 * `x` [batch, channels, …spatial]; without a batch axis it gets one of size 1.
 * @throws ShapeError when it has another number of axes, DTypeError for bools
 */
export function batched(op: string, x: Node, rank: Rank): Node {
  if (x.dtype === 'bool') throw new DTypeError(`${op} takes numbers, got bool: convert with .to('float32')`);
  if (x.shape.length === rank + 2) return x;
  if (x.shape.length === rank + 1) return reshapeNode(x, internShape([1, ...x.shape]));
  const axes = SPATIAL_AXES[rank].join(', ');
  throw new ShapeError(
    `${op}: the input has shape ${showShape(x.shape)}; expected [batch, channels, ${axes}], or [channels, ${axes}] for a single sample`,
  );
}

/** Undoes {@link batched} for the result of an input of shape `from`. */
export const unbatched = (y: Node, from: Shape): Node =>
  from.length === y.shape.length ? y : reshapeNode(y, internShape(y.shape.slice(1)));

/** The last `borders.length` axes of x with zeros (or false) around them. */
export function bordered(x: Node, borders: readonly Border[]): Node {
  if (borders.every(([before, after]) => before === 0 && after === 0)) return x;
  const others = new Array<number>(x.shape.length - borders.length).fill(0);
  return apply(ops.pad, [x], {
    before: [...others, ...borders.map((b) => b[0])],
    after: [...others, ...borders.map((b) => b[1])],
    between: x.shape.map(() => 0),
  });
}

/** @throws ShapeError unless a window fits at least once along every spatial axis of an input with these borders */
export function expectFit(
  op: string,
  shape: Shape,
  size: readonly number[],
  dilation: readonly number[],
  borders: readonly Border[],
): void {
  size.forEach((n, i) => {
    const axis = shape.length - size.length + i;
    const reach = (n - 1) * dilation[i]! + 1;
    const [before, after] = borders[i]!;
    const room = shape[axis]! + before + after;
    if (reach <= room) return;
    const spread = dilation[i]! > 1 ? ` (${n} elements ${dilation[i]} apart)` : '';
    const padded = before + after > 0 ? `, with padding ${room}` : '';
    throw new ShapeError(
      `${op}: the kernel reaches over ${reach} elements${spread}, axis ${axis} of the input ${showShape(shape)} has ${shape[axis]}${padded}: ` +
        'use a smaller kernel, or more padding',
    );
  });
}

/** Windows of `size` elements that slide along the last axes. */
export interface Sliding {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

/** The last axes of x as windows: their positions stay in place, their offsets become new last axes. */
export function slid(x: Node, { size, stride, dilation }: Sliding): Node {
  const first = x.shape.length - size.length;
  return ops.windowsOf(x, { axes: size.map((_, i) => first + i), stride, dilation }, size);
}

/**
 * Windows put back where {@link slid} found them in a tensor of `shape` with `borders`, added up where they overlap: the adjoint
 * of showing them. What falls into the borders is left out.
 */
export function unslid(windows: Node, shape: Shape, borders: readonly Border[], sliding: Sliding): Node {
  const x = ops.constantNode(0, shape, windows.dtype);
  x.needsGrad = true;
  const shown = withRecording(true, () => slid(bordered(x, borders), sliding));
  return gradients([shown], [windows], [x])[0] ?? x;
}
