/**
 * Writing at places that are data, as functions: each gives a new tensor. Negative indices count from the end, and one out of
 * range is an error when the value is computed. Where places repeat, values are folded, or the last one stays, in the order of
 * the indices: the same result for any number of threads.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { isFloat } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, normalizeAxis, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { add, div, gt, maximum, to, where } from './elementwise.js';
import { floorDivide } from './numeric.js';
import { castNode, nodeOf, numberLike, showKind, type TensorLike } from './operands.js';
import { expectAligned, flatNode, type Indices, linearPlaces, placesIn } from './places.js';
import { listed, type Scatter, type Spots } from './spots.js';
import { Tensor } from './tensor.js';

interface Scattered {
  readonly node: Node;
  /** Where each value goes, in row-major order of x. */
  readonly at: Node;
  readonly values: Node;
  readonly spots: Spots;
}

function scattered(op: string, x: Tensor, axis: number, indices: Tensor, source: TensorLike): Scattered {
  const node = nodeOf(op, x);
  const { shape } = nodeOf(op, indices);
  const along = normalizeAxis(axis, node.shape.length, `${op}: axis`);
  expectAligned(op, node.shape, along, shape);
  if (source instanceof Tensor && !sameShape(source.shape, shape))
    throw new ShapeError(
      `${op}: the source has shape ${showShape(source.shape)}, the indices ${showShape(shape)}; they must be equal`,
    );
  const values =
    typeof source === 'number' ? numberLike(op, source, shape, node.dtype) : castNode(nodeOf(op, source), node.dtype);
  const at = linearPlaces(node.shape, along, placesIn(op, node.shape, along, indices));
  return { node, at, values, spots: listed(node.shape, at) };
}

/**
 * x with each element of `source` put at its index along an axis: out[indices[i, j], j] = source[i, j] for axis 0 of a matrix.
 * Where indices are equal, the last in row-major order stays, and the gradient flows to that one.
 * @param source of the shape of the indices, or a number
 * @throws ShapeError unless indices and source have one shape, IndexError when the value is computed and an index is out of range
 * @example
 * scatter(tensor([0, 0, 0]), 0, tensor([2, 0, 2], { dtype: 'int32' }), tensor([1, 2, 3])) // [2, 0, 3]
 */
export function scatter(x: Tensor, axis: number, indices: Tensor, source: TensorLike): Tensor {
  const { node, values, spots } = scattered('scatter', x, axis, indices, source);
  return new Tensor(spots.set(node, values));
}

/**
 * x with each element of `source` added at its index along an axis: out[indices[i, j], j] += source[i, j] for axis 0 of a
 * matrix. Equal indices add up.
 * @throws ShapeError unless indices and source have one shape, IndexError when the value is computed and an index is out of range
 * @example
 * scatterAdd(tensor([0, 0, 0]), 0, tensor([2, 0, 2], { dtype: 'int32' }), tensor([1, 2, 3])) // [2, 0, 4]
 */
export function scatterAdd(x: Tensor, axis: number, indices: Tensor, source: Tensor): Tensor {
  const { values, spots } = scattered('scatterAdd', x, axis, indices, source);
  return add(x, new Tensor(spots.fold(ops.scatterAdd, values)));
}

/** Options of {@link scatterReduce}. */
export interface ScatterReduceOptions {
  /** Whether the elements of x are folded in too, as they are unless told; else x stays only where no index points. */
  includeSelf?: boolean;
}

/** How scatterReduce() folds. */
export type ScatterReduction = 'sum' | 'mean' | 'prod' | 'amax' | 'amin';

const REDUCTIONS: Readonly<Record<ScatterReduction, Scatter>> = {
  sum: ops.scatterAdd,
  mean: ops.scatterAdd,
  prod: ops.scatterProd,
  amax: ops.scatterMax,
  amin: ops.scatterMin,
};

/**
 * x with the elements of `source` folded in at their indices along an axis: by sum, product, mean, the largest or the smallest.
 * Equal ones that are the largest or smallest of their place share the gradient evenly. Means of whole numbers are rounded down.
 * The gradient of a product is right at zeros; its second derivative leaves out pairs of zeros of one place.
 * @throws ShapeError unless indices and source have one shape, DTypeError for bools, IndexError when the value is computed and
 * an index is out of range
 * @example
 * scatterReduce(tensor([1, 1, 1]), 0, tensor([2, 0, 2], { dtype: 'int32' }), tensor([4, 2, 3]), 'amax') // [2, 1, 4]
 */
export function scatterReduce(
  x: Tensor,
  axis: number,
  indices: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  options: ScatterReduceOptions = {},
): Tensor {
  const { includeSelf = true } = options;
  if (!Object.hasOwn(REDUCTIONS, reduce))
    throw new ArgumentError(
      `scatterReduce: the reduction is one of ${Object.keys(REDUCTIONS).join(', ')}; got ${showKind(reduce)}`,
    );
  const record = REDUCTIONS[reduce];
  const { node, at, values, spots } = scattered('scatterReduce', x, axis, indices, source);
  if (includeSelf && (reduce === 'amax' || reduce === 'amin')) {
    // Put before the source, the elements of x take part in the sharing of the gradient as any other.
    const join = (a: Node, b: Node): Node => apply(ops.cat, [flatNode(a), flatNode(b)], { axis: 0 });
    const own = ops.iotaNode(internShape([sizeOf(node.shape)]), 0);
    return new Tensor(listed(node.shape, join(own, at)).fold(record, join(node, values)));
  }
  const folded = spots.fold(record, values);
  const counts = new Tensor(spots.fold(ops.scatterAdd, ops.constantNode(1, values.shape, 'int32')));
  const total = new Tensor(includeSelf ? apply(record.combine, [node, folded], undefined) : folded);
  const divisor = includeSelf ? add(counts, 1) : maximum(counts, 1);
  const result = reduce === 'mean' ? quotient(total, divisor) : total;
  return includeSelf ? result : where(gt(counts, 0), result, x);
}

const quotient = (a: Tensor, b: Tensor): Tensor => (isFloat(a.dtype) ? div(a, b) : to(floorDivide(a, b), a.dtype));

/**
 * x with the slices of `source` added to the slices along an axis that the indices name. Equal indices add up.
 * @param source of x's shape, but along the axis as long as there are indices
 * @throws ShapeError for a source of another shape, IndexError when the value is computed and an index is out of range
 * @example
 * indexAdd(tensor([[0, 0], [0, 0]]), 0, [1, 1], tensor([[1, 2], [3, 4]])) // [[0, 0], [4, 6]]
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
