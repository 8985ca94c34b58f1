/**
 * Reading at places that are data, element by element or slice by slice, and by masks. Negative indices count from the end,
 * and one out of range is an error when the value is computed.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ShapeError } from '../base/errors.js';
import { broadcastShapes, internShape, normalizeAxis, sameShape, showShape } from '../base/shape.js';
import { apply } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { expectMask, indicesWhere } from './at-once.js';
import { where } from './elementwise.js';
import { broadcastTo, nodeOf, reshapeNode, type TensorLike } from './operands.js';
import { expectAligned, flatNode, gatherAlong, type Indices, listNode, placesIn } from './places.js';
import { index } from './slicing.js';
import { Tensor } from './tensor.js';

/**
 * `value` where the mask holds, else x; the mask broadcasts.
 * @throws DTypeError unless the mask is bool
 * @example
 * maskedFill(tensor([1, -2, 3]), tensor([1, -2, 3]).lt(0), 0) // [1, 0, 3]
 */
export function maskedFill(x: Tensor, mask: Tensor, value: TensorLike): Tensor {
  const { shape } = nodeOf('maskedFill', x);
  const condition = expectMask('maskedFill', mask);
  if (!sameShape(broadcastShapes(shape, condition.shape, 'maskedFill'), shape))
    throw new ShapeError(
      `maskedFill: a mask of shape ${showShape(condition.shape)} does not fit into ${showShape(shape)}`,
    );
  return where(mask, value, x);
}

/**
 * The elements at these places of x in row-major order; the result has the shape of the indices.
 * @throws IndexError when the value is computed and an index is out of range
 * @example
 * take(tensor([[1, 2], [3, 4]]), [3, 0]) // [4, 1]
 */
export function take(x: Tensor, indices: Indices): Tensor {
  const node = nodeOf('take', x);
  const flat = flatNode(node);
  return new Tensor(apply(ops.gather, [flat, placesIn('take', flat.shape, 0, indices)], { axis: 0 }));
}

/**
 * The slices of x along an axis that a list of indices names, as {@link index} with the axis first.
 * @example
 * indexSelect(tensor([[1, 2, 3], [4, 5, 6]]), 1, [2, 0]) // [[3, 1], [6, 4]]
 */
export const indexSelect = (x: Tensor, axis: number, indices: Indices): Tensor => index(x, indices, axis);

/**
 * One element of x along an axis for every index: out[i, j] = x[indices[i, j], j] for axis 0 of a matrix. The indices
 * have as many axes as x; along the others sizes broadcast (as NumPy's `take_along_axis`, PyTorch's `gather`).
 * @example
 * const x = tensor([[30, 10, 20], [1, 3, 2]]);
 * takeAlongAxis(x, x.argsort(1), 1) // [[10, 20, 30], [1, 2, 3]]
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis: number): Tensor {
  const node = nodeOf('takeAlongAxis', x);
  const along = normalizeAxis(axis, node.shape.length, 'takeAlongAxis: axis');
  expectAligned('takeAlongAxis', node.shape, along, nodeOf('takeAlongAxis', indices).shape);
  const places = placesIn('takeAlongAxis', node.shape, along, indices);
  const target = internShape(node.shape.map((n, i) => (i === along || places.shape[i] !== 1 ? places.shape[i]! : n)));
  return new Tensor(gatherAlong(node, along, broadcastTo(places, target)));
}

/**
 * The elements of x where the mask holds, in row-major order: a vector. x and mask broadcast to each other. Its length follows
 * from values, so the mask is computed at once; where(mask, x, 0) keeps the shape and waits for nothing. Gradients flow to
 * the elements chosen.
 * @throws DTypeError unless the mask is bool, GraphError in a compiled function
 * @example
 * maskedSelect(tensor([1, -2, 3]), tensor([1, -2, 3]).gt(0)) // [1, 3]
 */
export function maskedSelect(x: Tensor, mask: Tensor): Tensor {
  const node = nodeOf('maskedSelect', x);
  const condition = expectMask('maskedSelect', mask);
  const shape = broadcastShapes(node.shape, condition.shape, 'maskedSelect');
  const places = indicesWhere('maskedSelect', new Tensor(broadcastTo(condition, shape)));
  return new Tensor(apply(ops.gather, [flatNode(broadcastTo(node, shape)), listNode(places)], { axis: 0 }));
}

/**
 * Where the elements are true or not 0: int32 of shape [count, axes], a row of indices for each, in row-major order. The count
 * follows from values, so x is computed at once. NaN is not 0.
 * @throws GraphError in a compiled function
 * @example
 * nonzero(tensor([[0, 5], [7, 0]])) // [[0, 1], [1, 0]]
 */
export function nonzero(x: Tensor): Tensor {
  const { shape } = nodeOf('nonzero', x);
  const places = indicesWhere('nonzero', x);
  const rank = shape.length;
  const list = new Int32Array(places.length * rank);
  places.forEach((place, i) => {
    let rest = place;
    for (let axis = rank - 1; axis >= 0; axis--) {
      list[i * rank + axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
  });
  return new Tensor(reshapeNode(listNode(list), internShape([places.length, rank])));
}
