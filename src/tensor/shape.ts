/**
 * The same elements under another shape, or shown in another order. Nothing is copied before it has to be.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ShapeError } from '../base/errors.js';
import { internShape, normalizeAxes, normalizeAxis, type Shape, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, listOf, nodeOf, reshapeNode } from './operands.js';
import { Tensor } from './tensor.js';

/** Sizes or axes one by one, or as one array. */
export type List = number[] | [readonly number[]];

/** `x` under `shape`; `x` itself when it has that shape. */
const reshaped = (x: Tensor, shape: readonly number[]): Tensor => {
  const to = internShape(shape);
  return to === x.node.shape ? x : new Tensor(reshapeNode(x.node, to));
};

/** `dims` with −1 replaced by the size that fits. */
function completed(from: Shape, dims: readonly number[]): readonly number[] {
  const open = dims.indexOf(-1);
  if (open < 0) return dims;
  if (dims.indexOf(-1, open + 1) >= 0) {
    throw new ShapeError(`reshape: ${showShape(dims)} leaves more than one size open; only one can be -1`);
  }
  const rest = dims.reduce((n, d, i) => (i === open ? n : n * d), 1);
  const total = sizeOf(from);
  if (rest === 0 || total % rest !== 0) {
    const why = rest === 0 ? 'any size in place of -1 would do' : `${total} elements do not divide by ${rest}`;
    throw new ShapeError(
      `reshape: ${showShape(from)} cannot become ${showShape(dims)}: ${why}; say all sizes that should hold`,
    );
  }
  return dims.map((d, i) => (i === open ? total / rest : d));
}

/**
 * The same elements in the same order under another shape; one size may be −1 and follows from the others.
 * @example
 * reshape(tensor([1, 2, 3, 4]), [2, -1]) // [[1, 2], [3, 4]]
 */
export function reshape(x: Tensor, ...dims: List): Tensor {
  const node = nodeOf('reshape', x);
  return reshaped(x, completed(node.shape, listOf('reshape', dims)));
}

/**
 * The axes from `start` to `end` (both included) made one; a scalar becomes a vector of one.
 * @example
 * flatten(tensor([[1, 2], [3, 4]])) // [1, 2, 3, 4]
 */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  const { shape } = nodeOf('flatten', x);
  if (shape.length === 0) return reshaped(x, [1]);
  const from = normalizeAxis(start, shape.length, 'flatten: start');
  const to = normalizeAxis(end, shape.length, 'flatten: end');
  if (from > to)
    throw new ShapeError(`flatten: start ${start} comes after end ${end} in a tensor of shape ${showShape(shape)}`);
  return reshaped(x, [...shape.slice(0, from), sizeOf(shape.slice(from, to + 1)), ...shape.slice(to + 1)]);
}

const permuted = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.every((a, i) => a === i) ? x : new Tensor(apply(ops.permute, [x.node], { axes }));

/**
 * The axes in another order: axis i of the result is axis `axes[i]` of x.
 * @example
 * permute(ones([2, 3, 4]), 2, 0, 1).shape // [4, 2, 3]
 */
export function permute(x: Tensor, ...axes: List): Tensor {
  const { shape } = nodeOf('permute', x);
  const list = listOf('permute', axes);
  const order = list.map((a) => normalizeAxis(a, shape.length, 'permute: axis'));
  if (order.length !== shape.length || new Set(order).size !== order.length) {
    throw new ShapeError(
      `permute: ${showShape(list)} is no order of the ${shape.length} axes of a tensor of shape ${showShape(shape)}: name each axis once`,
    );
  }
  return permuted(x, order);
}

/**
 * Two axes exchanged; with none named all axes in reverse order, which for a matrix is its transpose.
 * @example
 * transpose(tensor([[1, 2], [3, 4]])) // [[1, 3], [2, 4]]
 */
export function transpose(x: Tensor, a?: number, b?: number): Tensor {
  const { shape } = nodeOf('transpose', x);
  const order = shape.map((_, i) => i);
  if (a === undefined && b === undefined) return permuted(x, order.reverse());
  const from = normalizeAxis(a ?? 0, shape.length, 'transpose: axis');
  const to = normalizeAxis(b ?? 1, shape.length, 'transpose: axis');
  order[from] = to;
  order[to] = from;
  return permuted(x, order);
}

/**
 * Without axes of size 1: all of them, or those named.
 * @throws ShapeError when a named axis has another size
 * @example
 * squeeze(ones([1, 3, 1])).shape // [3]
 * squeeze(ones([1, 3, 1]), 0).shape // [3, 1]
 */
export function squeeze(x: Tensor, axis?: number | readonly number[]): Tensor {
  const { shape } = nodeOf('squeeze', x);
  const axes = normalizeAxes(axis, shape.length);
  if (axis !== undefined) {
    for (const a of axes) {
      if (shape[a] !== 1) {
        throw new ShapeError(
          `squeeze: axis ${a} of a tensor of shape ${showShape(shape)} has size ${shape[a]}; only an axis of size 1 can go`,
        );
      }
    }
  }
  return reshaped(
    x,
    shape.filter((n, i) => n !== 1 || !axes.includes(i)),
  );
}

/**
 * With a new axis of size 1 before position `axis` (−1: behind the last).
 * @example
 * unsqueeze(tensor([1, 2]), 1) // [[1], [2]]
 */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const { shape } = nodeOf('unsqueeze', x);
  const at = normalizeAxis(axis, shape.length + 1, 'unsqueeze: axis');
  return reshaped(x, [...shape.slice(0, at), 1, ...shape.slice(at)]);
}

/**
 * Axes of size 1 repeated to the given sizes; −1 leaves a size as it is, and new axes may come in front.
 * @example
 * expand(tensor([[1], [2]]), 2, 3) // [[1, 1, 1], [2, 2, 2]]
 */
export function expand(x: Tensor, ...dims: List): Tensor {
  const node = nodeOf('expand', x);
  const { shape } = node;
  const list = listOf('expand', dims);
  const missing = list.length - shape.length;
  const target = list.map((d, i) => (d === -1 && i >= missing ? shape[i - missing]! : d));
  const fits = missing >= 0 && shape.every((n, i) => n === 1 || n === target[i + missing]);
  if (!fits) {
    throw new ShapeError(
      `expand: a tensor of shape ${showShape(shape)} cannot become ${showShape(list)}: only axes of size 1 can grow, ` +
        'and new axes come in front',
    );
  }
  const to = internShape(target);
  return sameShape(to, shape) ? x : new Tensor(broadcastTo(node, to));
}

/**
 * Axes read backwards: all of them, or those named.
 * @example
 * flip(tensor([[1, 2], [3, 4]]), 1) // [[2, 1], [4, 3]]
 */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  const node = nodeOf('flip', x);
  const list = normalizeAxes(axes, node.shape.length);
  return list.length === 0 ? x : new Tensor(apply(ops.flip, [node], { axes: list }));
}
