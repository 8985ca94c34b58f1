/**
 * Reading and adding at places that are data, element by element or slice by slice; negative indices count from the end,
 * and one out of range is an error when the value is computed. Where places repeat, what is added there adds up in the
 * order of the indices, on any number of threads.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { DTypeError, ShapeError } from '../base/errors.js';
import {
  broadcastShapes,
  internShape,
  normalizeAxis,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { add, where } from './elementwise.js';
import { broadcastTo, castNode, nodeOf, reshapeNode, type TensorLike } from './operands.js';
import { type Indices, placesIn } from './places.js';
import { index } from './slicing.js';
import { Tensor } from './tensor.js';

/** `value` where the mask holds, else x; the mask broadcasts. @throws DTypeError unless the mask is bool */
export function maskedFill(x: Tensor, mask: Tensor, value: TensorLike): Tensor {
  const { shape } = nodeOf('maskedFill', x);
  const condition = nodeOf('maskedFill', mask);
  if (condition.dtype !== 'bool')
    throw new DTypeError(`maskedFill: the mask must be bool, got ${condition.dtype}: compare first, as in m.ne(0)`);
  if (!sameShape(broadcastShapes(shape, condition.shape, 'maskedFill'), shape))
    throw new ShapeError(
      `maskedFill: a mask of shape ${showShape(condition.shape)} does not fit into ${showShape(shape)}`,
    );
  return where(mask, value, x);
}

/** The elements at these places of x in row-major order; the result has the shape of the indices. */
export function take(x: Tensor, indices: Indices): Tensor {
  const node = nodeOf('take', x);
  return index(new Tensor(reshapeNode(node, internShape([sizeOf(node.shape)]))), indices, 0);
}

/** The slices of x along an axis that a list of indices names, as {@link index} with the axis first. */
export const indexSelect = (x: Tensor, axis: number, indices: Indices): Tensor => index(x, indices, axis);

/** The places in row-major order of x that `places` along an axis name, element by element. */
function linear(shape: Shape, axis: number, places: Node): Node {
  const strides = stridesOf(shape);
  const int = (value: number): Node => ops.constantNode(value, places.shape, 'int32');
  const times = (a: Node, stride: number): Node => (stride === 1 ? a : apply(ops.mul, [a, int(stride)]));
  return shape
    .map((_, i) => times(i === axis ? places : ops.iotaNode(places.shape, i), strides[i]!))
    .reduce((a, b) => apply(ops.add, [a, b]));
}

const flat = (x: Node): Node => reshapeNode(x, internShape([sizeOf(x.shape)]));

/** @throws ShapeError unless the indices have as many axes as x, and sizes within x's along all but `axis` */
function expectAligned(op: string, shape: Shape, axis: number, indices: Shape): void {
  if (indices.length === shape.length && indices.every((n, i) => i === axis || n <= shape[i]!)) return;
  throw new ShapeError(
    `${op}: indices of shape ${showShape(indices)} along axis ${axis} of ${showShape(shape)}: they need as many axes, ` +
      'and along the others no larger sizes',
  );
}

/**
 * One element of x along an axis for every index: out[i, j] = x[indices[i, j], j] for axis 0 of a matrix. The indices
 * have as many axes as x; along the others sizes broadcast (as NumPy's `take_along_axis`, PyTorch's `gather`).
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis: number): Tensor {
  const node = nodeOf('takeAlongAxis', x);
  const along = normalizeAxis(axis, node.shape.length, 'takeAlongAxis: axis');
  expectAligned('takeAlongAxis', node.shape, along, nodeOf('takeAlongAxis', indices).shape);
  const places = placesIn('takeAlongAxis', node.shape, along, indices);
  const target = internShape(node.shape.map((n, i) => (i === along || places.shape[i] !== 1 ? places.shape[i]! : n)));
  const at = linear(node.shape, along, broadcastTo(places, target));
  return new Tensor(apply(ops.gather, [flat(node), at], { axis: 0 }));
}

/**
 * x with each element of `source` added at its index along an axis: out[indices[i, j], j] += source[i, j] for axis 0 of a
 * matrix. Equal indices add up. @throws ShapeError unless indices and source have one shape
 */
export function scatterAdd(x: Tensor, axis: number, indices: Tensor, source: Tensor): Tensor {
  const node = nodeOf('scatterAdd', x);
  const along = normalizeAxis(axis, node.shape.length, 'scatterAdd: axis');
  const values = castNode(nodeOf('scatterAdd', source), node.dtype);
  expectAligned('scatterAdd', node.shape, along, nodeOf('scatterAdd', indices).shape);
  if (!sameShape(values.shape, indices.shape))
    throw new ShapeError(
      `scatterAdd: the source has shape ${showShape(values.shape)}, the indices ${showShape(indices.shape)}; they must be equal`,
    );
  const at = flat(linear(node.shape, along, placesIn('scatterAdd', node.shape, along, indices)));
  const shape = internShape([sizeOf(node.shape)]);
  const added = apply(ops.scatterAdd, [flat(values), at], { axis: 0, shape });
  return add(x, new Tensor(reshapeNode(added, node.shape)));
}

/**
 * x with the slices of `source` added to the slices along an axis that the indices name. Equal indices add up.
 * @param source of x's shape, but along the axis as long as there are indices
 */
export function indexAdd(x: Tensor, axis: number, indices: Indices, source: Tensor): Tensor {
  const node = nodeOf('indexAdd', x);
  const along = normalizeAxis(axis, node.shape.length, 'indexAdd: axis');
  const places = placesIn('indexAdd', node.shape, along, indices);
  const values = castNode(nodeOf('indexAdd', source), node.dtype);
  const expected = node.shape.map((n, i) => (i === along ? sizeOf(places.shape) : n));
  if (places.shape.length !== 1 || !sameShape(values.shape, expected)) {
    throw new ShapeError(
      `indexAdd: the source has shape ${showShape(values.shape)}; for indices of shape ${showShape(places.shape)} along axis ` +
        `${along} of ${showShape(node.shape)} it must be ${showShape(expected)}, and the indices a list`,
    );
  }
  return add(x, new Tensor(apply(ops.scatterAdd, [values, places], { axis: along, shape: node.shape })));
}
