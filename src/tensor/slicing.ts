/**
 * Parts of a tensor: by ranges, by indices, in pieces; and the opposite, a tensor with a border.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ArgumentError, IndexError, ShapeError } from '../base/errors.js';
import { internShape, normalizeAxis, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { nodeOf, numberLike, reshapeNode, showKind } from './operands.js';
import { type Indices, placesIn } from './places.js';
import { Tensor } from './tensor.js';

/**
 * What to take of one axis: `[start, stop, step]` as NumPy's start:stop:step, any of them null or left out; a number
 * for one index, which drops the axis; null for all.
 */
export type Range = number | null | readonly [(number | null)?, (number | null)?, (number | null)?];

/** The elements `first`, `first + step`, …: `count` of them. */
interface Cut {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

const whole = (what: string, value: unknown): number => {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new ArgumentError(`slice: ${what} must be a whole number or null, got ${showKind(value)}`);
};

/** NumPy's rules for start:stop:step on an axis of `size` elements. */
function cutOf(range: readonly (number | null | undefined)[], size: number): Cut {
  if (range.length > 3)
    throw new ArgumentError(`slice: a range is [start, stop, step], got ${range.length} values: [${range.join(', ')}]`);
  const [start, stop, by] = range;
  const step = by === null || by === undefined ? 1 : whole('the step', by);
  if (step === 0) throw new ArgumentError('slice: the step must not be 0');
  // Positions from −1 (before the first) for negative steps, to size (behind the last) for positive ones.
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clip = (what: string, at: number | null | undefined, otherwise: number): number => {
    if (at === null || at === undefined) return otherwise;
    const from = whole(what, at);
    return Math.min(Math.max(from < 0 ? from + size : from, low), high);
  };
  const first = clip('the start', start, step > 0 ? low : high);
  const end = clip('the stop', stop, step > 0 ? high : low);
  return { first, step, count: Math.max(0, Math.ceil((end - first) / step)) };
}

function cutAxis(range: Range | undefined, size: number, axis: number, shape: Shape): Cut {
  if (range === null || range === undefined) return { first: 0, step: 1, count: size };
  if (typeof range !== 'number') {
    if (!Array.isArray(range))
      throw new ArgumentError(
        `slice: axis ${axis} takes [start, stop, step], a number or null, got ${showKind(range)}`,
      );
    return cutOf(range, size);
  }
  const at = whole('an index', range);
  if (at < -size || at >= size) {
    throw new IndexError(
      `slice: index ${at} is out of range for axis ${axis} of a tensor of shape ${showShape(shape)}: expected ${-size} … ${size - 1}`,
    );
  }
  return { first: at < 0 ? at + size : at, step: 1, count: 1 };
}

/** `size` elements of each axis from `start` in steps of one. */
const cutNode = (x: Node, start: readonly number[], size: readonly number[]): Node =>
  apply(ops.slice, [x], { start, size, step: size.map(() => 1) });

/**
 * A part of each axis by NumPy's rules; axes not named are taken whole. `x.slice([1, 3])` are rows 1 and 2,
 * `x.slice(null, [null, null, -1])` has the columns backwards, `x.slice(-1)` is the last row.
 */
export function slice(x: Tensor, ...ranges: Range[]): Tensor {
  const node = nodeOf('slice', x);
  const { shape } = node;
  if (ranges.length > shape.length) {
    throw new ShapeError(
      `slice: ${ranges.length} ranges for a tensor of shape ${showShape(shape)}, which has ${shape.length} axes`,
    );
  }
  const cuts = shape.map((size, axis) => cutAxis(ranges[axis], size, axis, shape));
  // A negative step is a positive one from the other end, read backwards.
  const start = cuts.map(({ first, step, count }) => (count === 0 ? 0 : step > 0 ? first : first + (count - 1) * step));
  const taken = apply(ops.slice, [node], {
    start,
    size: cuts.map((c) => c.count),
    step: cuts.map((c) => Math.abs(c.step)),
  });
  const backwards = cuts.flatMap(({ step, count }, axis) => (step < 0 && count > 1 ? [axis] : []));
  const turned = backwards.length > 0 ? apply(ops.flip, [taken], { axes: backwards }) : taken;
  const kept = cuts.flatMap(({ count }, axis) => (typeof ranges[axis] === 'number' ? [] : [count]));
  return new Tensor(reshapeNode(turned, internShape(kept)));
}

/**
 * The slices of x along `axis` that the indices name: the axis is replaced by the axes of the indices, so a single
 * number drops it. Negative indices count from the end; equal ones add up in the gradient.
 * @throws IndexError when the value is computed and an index is out of range
 */
export function index(x: Tensor, indices: Indices, axis = 0): Tensor {
  const node = nodeOf('index', x);
  const along = normalizeAxis(axis, node.shape.length, 'index: axis');
  return new Tensor(apply(ops.gather, [node, placesIn('index', node.shape, along, indices)], { axis: along }));
}

/**
 * Pieces of `sizes` elements along an axis: a number for equal pieces (the last may be smaller), or one size for each.
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const node = nodeOf('split', x);
  const { shape } = node;
  const along = normalizeAxis(axis, shape.length, 'split: axis');
  const total = shape[along]!;
  const list = typeof sizes === 'number' ? equalPieces(sizes, total) : sizes;
  const sum = list.reduce((a, b) => a + b, 0);
  if (sum !== total || list.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(
      `split: the sizes ${showShape(list)} add up to ${sum}, axis ${along} of ${showShape(shape)} has ${total}`,
    );
  }
  let at = 0;
  return list.map((n) => {
    const start = shape.map((_, i) => (i === along ? at : 0));
    at += n;
    return new Tensor(
      cutNode(
        node,
        start,
        shape.map((size, i) => (i === along ? n : size)),
      ),
    );
  });
}

function equalPieces(size: number, total: number): number[] {
  if (!Number.isInteger(size) || size < 1)
    throw new ArgumentError(`split: the size of a piece must be a whole number from 1 up, got ${size}`);
  return Array.from({ length: Math.max(1, Math.ceil(total / size)) }, (_, i) => Math.min(size, total - i * size));
}

/**
 * Windows of `size` elements along an axis, `step` apart: the axis counts windows, a new last axis the elements of each. Nothing is
 * copied. PyTorch's `Tensor.unfold`; `nn.functional.unfold` makes columns of image patches.
 * @throws ShapeError when not even one window fits, ArgumentError for sizes or steps below 1
 * @example
 * unfold(tensor([1, 2, 3, 4, 5]), 0, 3, 2) // [[1, 2, 3], [3, 4, 5]]
 */
export function unfold(x: Tensor, axis: number, size: number, step: number): Tensor {
  const node = nodeOf('unfold', x);
  const along = normalizeAxis(axis, node.shape.length, 'unfold: axis');
  for (const n of [size, step]) {
    if (!Number.isInteger(n) || n < 1)
      throw new ArgumentError(`unfold: size and step must be whole numbers from 1 up, got ${showKind(n)}`);
  }
  if (size > node.shape[along]!)
    throw new ShapeError(
      `unfold: windows of ${size} elements do not fit along axis ${along} of ${showShape(node.shape)}: use a smaller size`,
    );
  return new Tensor(ops.windowsOf(node, { axes: [along], stride: [step], dilation: [1] }, [size]));
}

/** A border of `value` around x: `widths` has one pair [before, after] for each axis. */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[], value = 0): Tensor {
  const node = nodeOf('pad', x);
  const { shape, dtype } = node;
  if (widths.length !== shape.length) {
    throw new ShapeError(
      `pad: ${widths.length} pairs of widths for a tensor of shape ${showShape(shape)}; there must be one [before, after] for each axis`,
    );
  }
  for (const pair of widths) {
    if (pair.length !== 2 || pair.some((w) => !Number.isInteger(w) || w < 0)) {
      throw new ArgumentError(
        `pad: widths are pairs [before, after] of whole numbers from 0 up, got [${pair.join(', ')}]`,
      );
    }
  }
  if (widths.every(([before, after]) => before === 0 && after === 0)) return x;
  const attrs = { before: widths.map((w) => w[0]), after: widths.map((w) => w[1]), between: widths.map(() => 0) };
  const padded = apply(ops.pad, [node], attrs);
  if (value === 0) return new Tensor(padded);
  const inside = apply(ops.pad, [ops.constantNode(1, shape, 'bool')], attrs);
  return new Tensor(apply(ops.where, [inside, padded, numberLike('pad', value, padded.shape, dtype)]));
}
