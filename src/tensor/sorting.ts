/**
 * Order: sorting, ranks, quantiles, and finding places in what is sorted. NaN counts as larger than every number, and equal
 * elements keep their order. Elements are gathered by their places, so gradients flow to those that were chosen.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf, isFloat, promote, promoteNumber } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import {
  internShape,
  normalizeAxes,
  normalizeAxis,
  SCALAR,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { swapaxes } from './arrange.js';
import { isnan, sub, where } from './elementwise.js';
import { lerp } from './numeric.js';
import { castNode, expectElements, nodeOf, numberLike, reshapeNode, showKind, type TensorLike } from './operands.js';
import { flatNode, gatherAlong, listNode } from './places.js';
import type { Axis, ReduceOptions } from './reduce.js';
import { permute, reshape, squeeze } from './shape.js';
import { slice } from './slicing.js';
import { Tensor } from './tensor.js';

/** Options of {@link sort} and {@link argsort}. */
export interface SortOptions {
  /** From the largest to the smallest, NaN first; equal elements keep their order. */
  descending?: boolean;
}

/** Elements, and their places along the axis (int32). */
export interface Ranked {
  /** The elements. */
  readonly values: Tensor;
  /** Their places (int32). */
  readonly indices: Tensor;
}

/** The order of the elements along an axis: indices[i] is the place of the one that comes i-th, as int32. */
const orderOf = (x: Tensor, axis: number, descending: boolean): Tensor => {
  const last = x.ndim - 1;
  return swapaxes(new Tensor(apply(ops.argsort, [swapaxes(x, axis, last).node], { descending })), axis, last);
};

/**
 * The places of the elements along an axis (the last unless named) in their order, as int32 of x's shape. Stable: equal elements
 * keep their order. NaN comes last.
 * @throws ShapeError for an axis that x has not
 * @example
 * argsort(tensor([30, 10, 20])) // [1, 2, 0]
 */
export function argsort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  const { shape } = nodeOf('argsort', x);
  return orderOf(x, normalizeAxis(axis, shape.length, 'argsort: axis'), options.descending ?? false);
}

/**
 * The elements along an axis (the last unless named) in order, and the places where they stood, both of x's shape. Stable: equal
 * elements keep their order. NaN comes last.
 * @throws ShapeError for an axis that x has not
 * @example
 * sort(tensor([30, 10, 20])).values // [10, 20, 30]
 * sort(tensor([[3, 1, 2], [4, 6, 5]]), 1, { descending: true }).indices // [[0, 2, 1], [1, 2, 0]]
 */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): Ranked {
  const node = nodeOf('sort', x);
  const along = normalizeAxis(axis, node.shape.length, 'sort: axis');
  const indices = orderOf(x, along, options.descending ?? false);
  return { values: new Tensor(gatherAlong(node, along, indices.node)), indices };
}

/** Elements `from` … `end` − 1 in the order of an axis. */
function ranked(x: Tensor, axis: number, from: number, end: number, options: SortOptions = {}): Ranked {
  const part = x.shape.map((_, i) => (i === axis ? ([from, end] as const) : null));
  const indices = slice(orderOf(x, axis, options.descending ?? false), ...part);
  return { values: new Tensor(gatherAlong(x.node, axis, indices.node)), indices };
}

function expectRank(op: string, k: number, least: number, size: number): void {
  if (!Number.isInteger(k) || k < least || k > size)
    throw new ArgumentError(
      `${op}: k must be a whole number from ${least} to the ${size} elements of the axis, got ${showKind(k)}`,
    );
}

/** Options of {@link topk}. */
export interface TopkOptions {
  /** The largest elements, the largest first, unless this is false: then the smallest, the smallest first. */
  largest?: boolean;
}

/**
 * The k largest elements along an axis (the last unless named), the largest first, and their places. Of equal ones the first are
 * taken. NaN counts as the largest.
 * @throws ArgumentError unless 0 ≤ k ≤ the size of the axis
 * @example
 * topk(tensor([3, 9, 5, 7]), 2).values // [9, 7]
 * topk(tensor([3, 9, 5, 7]), 2, -1, { largest: false }).indices // [0, 2]
 */
export function topk(x: Tensor, k: number, axis = -1, options: TopkOptions = {}): Ranked {
  const { shape } = nodeOf('topk', x);
  const along = normalizeAxis(axis, shape.length, 'topk: axis');
  expectRank('topk', k, 0, shape[along]!);
  return ranked(x, along, 0, k, { descending: options.largest ?? true });
}

/**
 * The k-th smallest element along an axis (the last unless named), counted from 1, and its place; the axis goes unless it is kept.
 * @throws ArgumentError unless 1 ≤ k ≤ the size of the axis
 * @example
 * kthvalue(tensor([3, 9, 5, 7]), 2).values // 5
 */
export function kthvalue(x: Tensor, k: number, axis = -1, options: ReduceOptions = {}): Ranked {
  const { shape } = nodeOf('kthvalue', x);
  const along = normalizeAxis(axis, shape.length, 'kthvalue: axis');
  expectRank('kthvalue', k, 1, shape[along]!);
  const found = ranked(x, along, k - 1, k);
  if (options.keepdim) return found;
  return { values: squeeze(found.values, along), indices: squeeze(found.indices, along) };
}

/** How quantiles lie between two elements, as NumPy and PyTorch name it. */
export type Interpolation = 'linear' | 'lower' | 'higher' | 'nearest' | 'midpoint';

/** To the nearest whole number, halves to the even one. */
const nearest = (t: number): number => {
  const up = Math.round(t);
  return up - t === 0.5 && up % 2 !== 0 ? up - 1 : up;
};
/** From a rank between two elements to how far it lies from the lower to the higher one. */
const WEIGHTS: Readonly<Record<Interpolation, (rank: number) => number>> = {
  linear: (rank) => rank - Math.floor(rank),
  lower: () => 0,
  higher: () => 1,
  nearest: (rank) => nearest(rank) - Math.floor(rank),
  midpoint: () => 0.5,
};

/** The quantiles `list` over axes, in front. */
function quantiles(
  op: string,
  x: Tensor,
  list: readonly number[],
  axis: Axis,
  interpolation: Interpolation,
  keepdim: boolean,
): Tensor {
  const { shape } = x;
  const axes = normalizeAxes(axis ?? undefined, shape.length);
  expectElements(op, shape, axes);
  const kept = shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
  const count = sizeOf(axes.map((a) => shape[a]!));
  // The folded axes as one, in front.
  const rows = reshape(permute(x, [...axes, ...kept]), [count, ...kept.map((a) => shape[a]!)]);
  const order = orderOf(rows, 0, false).node;
  const at = (places: number[]): Tensor => {
    const chosen = apply(ops.gather, [order, listNode(Int32Array.from(places))], { axis: 0 });
    return new Tensor(gatherAlong(rows.node, 0, chosen));
  };
  const ranks = list.map((q) => q * (count - 1));
  const low = at(ranks.map(Math.floor));
  const weights = ranks.map((rank) => (Number.isInteger(rank) ? 0 : WEIGHTS[interpolation](rank)));
  let found = low;
  if (weights.some((w) => w !== 0)) {
    const high = at(ranks.map(Math.ceil));
    const memory = new Storage(x.dtype, weights.length);
    memory.homeArray().set(weights);
    const weight = new Tensor(ops.dataNode(memory, internShape([weights.length, ...kept.map(() => 1)])));
    // Between infinities of one sign there is no way to go.
    found = where(isnan(sub(high, low)), low, lerp(low, high, weight));
  }
  // NaN comes last, if there is one.
  const largest = at([count - 1]);
  if (isFloat(x.dtype)) found = where(isnan(largest), largest, found);
  const sizes = shape.flatMap((n, i) => (axes.includes(i) ? (keepdim ? [1] : []) : [n]));
  return reshape(found, [list.length, ...sizes]);
}

/** Options of {@link quantile}. */
export interface QuantileOptions extends ReduceOptions {
  /** What a quantile between two elements is; `linear` unless told: on the line between them. */
  interpolation?: Interpolation;
}

/**
 * The q-quantiles over axes (all unless named): the element of rank q·(n − 1) in order, between two elements by interpolation. A
 * list of q adds an axis in front. NaN where an element is NaN. Whole numbers give float32. Gradients flow to the elements chosen.
 * @throws ArgumentError unless 0 ≤ q ≤ 1, ShapeError over no elements
 * @example
 * quantile(tensor([1, 2, 3, 4]), 0.5) // 2.5
 * quantile(tensor([1, 2, 3, 4]), [0, 0.5], null, { interpolation: 'higher' }) // [1, 3]
 */
export function quantile(
  x: Tensor,
  q: number | readonly number[],
  axis: Axis = null,
  options: QuantileOptions = {},
): Tensor {
  const node = nodeOf('quantile', x);
  const { interpolation = 'linear', keepdim = false } = options;
  const list = typeof q === 'number' ? [q] : q;
  if (!Array.isArray(list) || !list.every((t) => typeof t === 'number' && t >= 0 && t <= 1))
    throw new ArgumentError(`quantile: q is a number from 0 to 1, or an array of them; got ${showKind(q)}`);
  if (!Object.hasOwn(WEIGHTS, interpolation))
    throw new ArgumentError(
      `quantile: the interpolation is one of ${Object.keys(WEIGHTS).join(', ')}; got ${showKind(interpolation)}`,
    );
  const values = new Tensor(castNode(node, floatOf(node.dtype)));
  const found = quantiles('quantile', values, list, axis, interpolation, keepdim);
  return typeof q === 'number' ? squeeze(found, 0) : found;
}

/**
 * The median over axes (all unless named), as PyTorch's: of an even number of elements the lower of the two in the middle, so it is
 * always one of them; the mean of both is quantile(x, 0.5). NaN where an element is NaN. Its place is among those of kthvalue().
 * @throws ShapeError over no elements
 * @example
 * median(tensor([4, 1, 3, 2])) // 2
 */
export function median(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  nodeOf('median', x);
  return squeeze(quantiles('median', x, [0.5], axis, 'lower', options.keepdim ?? false), 0);
}

/** Options of {@link searchsorted}. */
export interface SearchOptions {
  /** Among equal elements before the first of them, unless this is `right`: then behind the last. */
  side?: 'left' | 'right';
}

/**
 * Where values would go in a sorted tensor, to keep it sorted: int32 in the values' shape. Rows are the last axis; one row serves
 * all values, several take values of the same leading axes. By bisection, ⌈log₂(n + 1)⌉ steps in one kernel. NaN counts as
 * larger than every number, as in NumPy. What is not sorted gives places that mean nothing.
 * @throws ShapeError for rows that do not match
 * @example
 * searchsorted(tensor([1, 3, 3, 5]), tensor([3, 0, 9])) // [1, 0, 4]
 * searchsorted(tensor([1, 3, 3, 5]), 3, { side: 'right' }) // 3
 */
export function searchsorted(sorted: Tensor, values: TensorLike, options: SearchOptions = {}): Tensor {
  const row = nodeOf('searchsorted', sorted);
  const wanted =
    typeof values === 'number'
      ? numberLike('searchsorted', values, SCALAR, promoteNumber(row.dtype, values))
      : nodeOf('searchsorted', values);
  const { shape } = wanted;
  const n = row.shape.at(-1);
  const outer = row.shape.slice(0, -1);
  const { side = 'left' } = options;
  if (side !== 'left' && side !== 'right')
    throw new ArgumentError(`searchsorted: the side is 'left' or 'right', got ${showKind(side)}`);
  if (n === undefined || (outer.length > 0 && !sameShape(outer, shape.slice(0, -1))))
    throw new ShapeError(
      `searchsorted: sorted rows of shape ${showShape(row.shape)} take values of the same leading axes, got ${showShape(shape)}; ` +
        'a single sorted vector takes any',
    );
  const dtype = promote(row.dtype, wanted.dtype);
  const [table, value] = [castNode(flatNode(row), dtype), castNode(wanted, dtype)];
  const int = (k: number): Node => ops.constantNode(k, shape, 'int32');
  // Where each value's row begins, less 1: `at` elements of it are before the value, the last of them at −1.
  const start = stridesOf(row.shape)
    .slice(0, -1)
    .reduce(
      (from, stride, i) => apply(ops.add, [from, apply(ops.mul, [ops.iotaNode(shape, i), int(stride)])]),
      int(-1),
    );
  const atMost = (a: Node, b: Node): Node => apply(ops.le, [a, b]);
  const goesBefore = (element: Node): Node => {
    if (side === 'right') return apply(ops.or, [atMost(element, value), apply(ops.isnan, [value])]);
    return apply(ops.and, [apply(ops.not, [atMost(value, element)]), atMost(element, element)]);
  };
  let at = int(0);
  for (let step = 2 ** Math.floor(Math.log2(Math.max(1, n))); step >= 1 && n > 0; step /= 2) {
    const next = apply(ops.add, [at, int(step)]);
    const inside = apply(ops.add, [start, apply(ops.minimum, [next, int(n)])]);
    const element = apply(ops.gather, [table, inside], { axis: 0 });
    const moves = apply(ops.and, [atMost(next, int(n)), goesBefore(element)]);
    at = apply(ops.where, [moves, next, at]);
  }
  return new Tensor(reshapeNode(at, internShape(shape)));
}
