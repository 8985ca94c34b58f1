/**
 * Parts of a tensor: by ranges, by indices, in pieces; and the opposite, a tensor with a border.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, normalizeAxis, sameShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { indicesWhere } from './at-once.js';
import { nodeOf, numberLike, reshapeNode, showKind } from './operands.js';
import { type Indices, listNode, placesIn } from './places.js';
import { partOf, type Range } from './ranges.js';
import { Tensor } from './tensor.js';

export type { Range };

/** `size` elements of each axis from `start` in steps of one. */
const cutNode = (x: Node, start: readonly number[], size: readonly number[]): Node =>
  apply(ops.slice, [x], { start, size, step: size.map(() => 1) });

/**
 * A part of each axis by NumPy's rules; axes not named are taken whole. `x.slice([1, 3])` are rows 1 and 2,
 * `x.slice(null, [null, null, -1])` has the columns backwards, `x.slice(-1)` is the last row, `x.slice('...', 0)` the first of the
 * last axis, whatever comes before it.
 * @throws ShapeError for more ranges than axes, IndexError for an index out of range
 * @example
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), '...', [null, null, 2]) // [[1, 3], [4, 6]]
 * slice(tensor([1, 2, 3]), 'newaxis', [1]).shape // [1, 2]
 */
export function slice(x: Tensor, ...ranges: Range[]): Tensor {
  const node = nodeOf('slice', x);
  const { start, size, step, backwards, shape } = partOf(node.shape, ranges);
  const taken = apply(ops.slice, [node], { start, size, step });
  const turned = backwards.length > 0 ? apply(ops.flip, [taken], { axes: backwards }) : taken;
  return new Tensor(reshapeNode(turned, shape));
}

/**
 * The slices of x along `axis` that the indices name: the axis is replaced by the axes of the indices, so a single
 * number drops it. Negative indices count from the end; equal ones add up in the gradient. A bool mask names those
 * where it holds: it covers as many axes as it has, from `axis` on, and one axis takes their place. How long that is follows from
 * values, so a mask is computed at once; where(mask, x, 0) keeps the shape and waits for nothing.
 * @throws IndexError when an index is out of range (one in a tensor when the value is computed), ShapeError for a mask of other sizes
 * @example
 * index(tensor([[1, 2], [3, 4], [5, 6]]), [2, 0]) // [[5, 6], [1, 2]]
 * index(tensor([[1, 2], [3, 4]]), tensor([[true, false], [true, true]])) // [1, 3, 4]
 */
export function index(x: Tensor, indices: Indices, axis = 0): Tensor {
  const node = nodeOf('index', x);
  const along = normalizeAxis(axis, node.shape.length, 'index: axis');
  if (typeof indices === 'number') return slice(x, ...node.shape.slice(0, along).map(() => null), indices);
  if (indices instanceof Tensor && indices.dtype === 'bool') return whereMask(node, indices, along);
  return new Tensor(apply(ops.gather, [node, placesIn('index', node.shape, along, indices)], { axis: along }));
}

function whereMask(x: Node, mask: Tensor, axis: number): Tensor {
  const { shape } = x;
  const end = axis + mask.ndim;
  if (mask.ndim === 0 || !sameShape(shape.slice(axis, end), mask.shape))
    throw new ShapeError(
      `index: a mask of shape ${showShape(mask.shape)} does not fit axes ${axis} … of ${showShape(shape)}: ` +
        'it must have the sizes of the axes it covers',
    );
  const places = listNode(indicesWhere('index', mask));
  const joined = internShape([...shape.slice(0, axis), mask.size, ...shape.slice(end)]);
  return new Tensor(apply(ops.gather, [reshapeNode(x, joined), places], { axis }));
}

/**
 * Pieces of `sizes` elements along an axis: a number for equal pieces (the last may be smaller), or one size for each.
 * @example
 * split(tensor([1, 2, 3, 4, 5]), [1, 4]).map((part) => part.toArray()) // [[1], [2, 3, 4, 5]]
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

/**
 * A border of `value` around x: `widths` has one pair [before, after] for each axis.
 * @example
 * pad(tensor([[1, 2]]), [[0, 1], [1, 0]], 9) // [[9, 1, 2], [9, 9, 9]]
 */
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
