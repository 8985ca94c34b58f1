/**
 * How often values occur.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { type DType, floatOf } from '../base/dtype.js';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../base/errors.js';
import { internShape, SCALAR, type Shape, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { indicesWhere, valuesAtOnce } from './at-once.js';
import { add, clamp, div, eq, ge, isnan, le, logicalAnd, mul, ne, sub, to, where } from './elementwise.js';
import { cat } from './joining.js';
import { diff } from './norms.js';
import { lerp } from './numeric.js';
import { castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import { flatNode, listNode } from './places.js';
import { max, min, sum } from './reduce.js';
import { cumsum } from './scan.js';
import { index, slice } from './slicing.js';
import { argsort, searchsorted } from './sorting.js';
import { Tensor } from './tensor.js';

/** `values` added up at their places, from 0 to `length` − 1. */
const tally = (values: Node, places: Node, length: number): Tensor =>
  new Tensor(apply(ops.scatterAdd, [values, places], { axis: 0, shape: internShape([length]) }));

const constant = (value: number, shape: Shape, dtype: DType): Tensor =>
  new Tensor(ops.constantNode(value, shape, dtype));

/** The elements of a vector at places that lie in it. */
const pick = (x: Tensor, places: Tensor): Tensor => new Tensor(apply(ops.gather, [x.node, places.node], { axis: 0 }));

/** What {@link unique} finds. */
export interface Unique {
  /** The different elements in order; each NaN is one, for it differs from itself. */
  readonly values: Tensor;
  /** Where each of them first stood, in row-major order of x (int32). */
  readonly indices: Tensor;
  /** Which of them stands at each place of x (int32, of x's shape). */
  readonly inverse: Tensor;
  /** How often each of them stood there (int32). */
  readonly counts: Tensor;
}

/**
 * The different elements of x in order, with where they are and how often. Their number follows from values, so what that takes is
 * computed at once. Gradients flow to the first of equals.
 * @throws GraphError in a compiled function
 * @example
 * unique(tensor([3, 1, 3, 2])).values // [1, 2, 3]
 * unique(tensor([3, 1, 3, 2])).counts // [1, 1, 2]
 * unique(tensor([3, 1, 3, 2])).inverse // [2, 0, 2, 1]
 */
export function unique(x: Tensor): Unique {
  const node = nodeOf('unique', x);
  const flat = new Tensor(flatNode(node));
  const n = flat.size;
  // Computed once, for what follows from the number of different elements is computed later.
  const order = argsort(flat).realize();
  const ordered = pick(flat, order);
  const changes = ne(slice(ordered, [1]), slice(ordered, [0, -1]));
  const starts = cat([constant(1, [Math.min(1, n)], 'bool'), changes]);
  const firsts = new Tensor(listNode(indicesWhere('unique', starts)));
  const indices = pick(order, firsts);
  const group = tally(sub(cumsum(starts, 0), 1).node, order.node, n);
  return {
    values: pick(flat, indices),
    indices,
    inverse: new Tensor(reshapeNode(group.node, node.shape)),
    counts: diff(cat([firsts, constant(n, [1], 'int32')])),
  };
}

/** Options of {@link bincount}. */
export interface BincountOptions {
  /** What each element counts, instead of 1; the counts then are floats. */
  weights?: Tensor;
  /** How many counts there are at least. */
  minlength?: number;
}

/**
 * How often each of 0, 1, 2, … occurs in a vector of whole numbers, as int32; with weights, the sum of the weights. There are as many
 * counts as the largest element asks for, so x is computed at once.
 * @throws DTypeError unless x is int32 or uint8, ShapeError unless it is a vector, IndexError for an element below 0
 * @example
 * bincount(tensor([1, 3, 1], { dtype: 'int32' })) // [0, 2, 0, 1]
 */
export function bincount(x: Tensor, options: BincountOptions = {}): Tensor {
  const { dtype, shape } = nodeOf('bincount', x);
  const { weights, minlength = 0 } = options;
  if (dtype !== 'int32' && dtype !== 'uint8')
    throw new DTypeError(`bincount: counts whole numbers of dtype int32 or uint8, got ${dtype}`);
  if (shape.length !== 1) throw new ShapeError(`bincount: takes a vector, got shape ${showShape(shape)}; flatten() it`);
  if (!Number.isInteger(minlength) || minlength < 0)
    throw new ArgumentError(`bincount: minlength must be a whole number from 0 up, got ${showKind(minlength)}`);
  if (weights && !sameShape(weights.shape, shape))
    throw new ShapeError(`bincount: weights of shape ${showShape(weights.shape)} for elements of ${showShape(shape)}`);
  let length = minlength;
  for (const value of valuesAtOnce('bincount', x)) {
    if (value < 0) throw new IndexError(`bincount: counts whole numbers from 0 up, got ${value}`);
    if (value >= length) length = value + 1;
  }
  const each = weights ? to(weights, floatOf(weights.dtype)).node : ops.constantNode(1, shape, 'int32');
  return tally(each, castNode(x.node, 'int32'), length);
}

/** Options of {@link histogram}. */
export interface HistogramOptions {
  /** The first edge and the last; the smallest and the largest element unless told. */
  range?: readonly [number, number];
  /** What each element counts, of x's shape, instead of 1. */
  weights?: Tensor;
  /** Divided by the total and by the widths of the bins, so that the histogram is a density. */
  density?: boolean;
}
/** What {@link histogram} counts. */
export interface Histogram {
  /** The count of each bin (int32), or its weight or density (float). */
  readonly hist: Tensor;
  /** One more than bins. */
  readonly binEdges: Tensor;
}

/**
 * How many elements lie in each bin: from its edge up to, not including, the next one; the last bin includes its end. Bins are a
 * number of equal ones, 10 unless told, or edges in rising order. What lies outside, or is NaN, is not counted. Counts are floats,
 * as the edges are.
 * @throws ArgumentError for bins or a range that are none, ShapeError for weights of another shape
 * @example
 * histogram(tensor([1, 2, 1]), 4, { range: [0, 3] }).hist // [0, 2, 1, 0]
 * histogram(tensor([1, 2, 1]), tensor([0, 2, 4])).hist // [2, 1]
 */
export function histogram(x: Tensor, bins: number | Tensor = 10, options: HistogramOptions = {}): Histogram {
  const { weights, density = false } = options;
  const node = flatNode(nodeOf('histogram', x));
  const values = new Tensor(castNode(node, floatOf(node.dtype)));
  const edges = to(edgesOf(values, bins, options.range), values.dtype);
  const count = edges.size - 1;
  const inside = logicalAnd(ge(values, index(edges, 0)), le(values, index(edges, -1)));
  if (weights && !sameShape(weights.shape, x.shape))
    throw new ShapeError(
      `histogram: weights of shape ${showShape(weights.shape)} for elements of ${showShape(x.shape)}`,
    );
  const each = weights ? new Tensor(flatNode(castNode(weights.node, values.dtype))) : 1;
  const counted = weights ? where(inside, each, 0) : to(inside, 'int32');
  const bin = clamp(sub(searchsorted(edges, values, { side: 'right' }), 1), 0, count - 1);
  const total = to(tally(counted.node, bin.node, count), values.dtype);
  return { hist: density ? div(total, mul(sum(total), diff(edges))) : total, binEdges: edges };
}

function edgesOf(values: Tensor, bins: number | Tensor, range: HistogramOptions['range']): Tensor {
  if (bins instanceof Tensor) {
    if (bins.ndim === 1 && bins.size >= 2) return bins;
    throw new ArgumentError(`histogram: edges are a vector of two or more, got shape ${showShape(bins.shape)}`);
  }
  if (!Number.isInteger(bins) || bins < 1)
    throw new ArgumentError(`histogram: bins are a whole number from 1 up, or edges; got ${showKind(bins)}`);
  if (range && !(range[0] <= range[1] && Number.isFinite(range[0]) && Number.isFinite(range[1])))
    throw new ArgumentError(`histogram: the range is two finite numbers in rising order, got [${range.join(', ')}]`);
  const empty = sizeOf(values.shape) === 0;
  const known = range ?? (empty ? [0, 1] : null);
  const { dtype } = values;
  const extreme = (fold: typeof min, neutral: number): Tensor => fold(where(isnan(values), neutral, values));
  const scalar = (value: number): Tensor => new Tensor(ops.numberNode(value, SCALAR, dtype));
  const first = known ? scalar(known[0]) : extreme(min, Infinity);
  const last = known ? scalar(known[1]) : extreme(max, -Infinity);
  // All elements equal: a range of width 1 around them.
  const half = where(eq(first, last), scalar(0.5), scalar(0));
  const steps = to(new Tensor(ops.iotaNode([bins + 1], 0)), dtype);
  return lerp(sub(first, half), add(last, half), div(steps, bins));
}
