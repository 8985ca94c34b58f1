/**
 * Reductions made of other reductions: norms, counts, sums that pass over NaN; and differences of neighbours.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { normalizeAxis } from '../base/shape.js';
import { abs, div, eq, isnan, logicalNot, ne, pow, sqrt, square, sub, to, where } from './elementwise.js';
import { nodeOf, showKind } from './operands.js';
import { type Axis, max, min, type ReduceOptions, sum } from './reduce.js';
import { slice } from './slicing.js';
import type { Tensor } from './tensor.js';

/** A root or power of what is not negative: 0 for 0, with gradient 0 there where the function has none. */
function rootOf(x: Tensor, root: (positive: Tensor) => Tensor): Tensor {
  const zero = eq(x, 0);
  return where(zero, 0, root(where(zero, 1, x)));
}

/**
 * The p-norm (Σ|x|ᵖ)^(1/p) over axes, in floats: 2 unless told, Infinity for the largest |x|, −Infinity for the smallest,
 * 0 for how many are not 0. The gradient of the norm of zeros is 0.
 * @example
 * norm(tensor([3, 4])) // 5
 * norm(tensor([[3, -4], [0, 2]]), 1, 1) // [7, 2]
 */
export function norm(x: Tensor, p = 2, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  if (typeof p !== 'number' || Number.isNaN(p)) throw new ArgumentError(`norm: p must be a number, got ${showKind(p)}`);
  const at = to(x, floatOf(nodeOf('norm', x).dtype));
  if (p === 2) return rootOf(sum(square(at), axis, options), sqrt);
  const size = abs(at);
  if (p === Infinity) return max(size, axis, options);
  if (p === -Infinity) return min(size, axis, options);
  if (p === 1) return sum(size, axis, options);
  if (p === 0) return sum(to(ne(at, 0), at.dtype), axis, options);
  const powers = p < 2 ? rootOf(size, (y) => pow(y, p)) : pow(size, p);
  return rootOf(sum(powers, axis, options), (total) => pow(total, 1 / p));
}

/**
 * The sum of what is not NaN; 0 where all is.
 * @example
 * nansum(tensor([1, NaN, 2])) // 3
 */
export const nansum = (x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor =>
  sum(where(isnan(x), 0, x), axis, options);

/**
 * The mean of what is not NaN, in floats; NaN where all is.
 * @example
 * nanmean(tensor([1, NaN, 2])) // 1.5
 */
export function nanmean(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  const at = to(x, floatOf(nodeOf('nanmean', x).dtype));
  return div(nansum(at, axis, options), sum(to(logicalNot(isnan(at)), at.dtype), axis, options));
}

/**
 * How many elements are not 0 (NaN is one of them), as int32.
 * @example
 * countNonzero(tensor([[1, 0], [2, 3]]), 1) // [1, 2]
 */
export function countNonzero(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  nodeOf('countNonzero', x);
  return sum(ne(x, 0), axis, options);
}

/**
 * x[i + 1] − x[i] along an axis, `times` times over: each time one element fewer. Of bools, whether they differ.
 * @example
 * diff(tensor([1, 4, 9, 16])) // [3, 5, 7]
 * diff(tensor([1, 4, 9, 16]), 2) // [2, 2]
 */
export function diff(x: Tensor, times = 1, axis = -1): Tensor {
  const { shape, dtype } = nodeOf('diff', x);
  if (!Number.isInteger(times) || times < 0)
    throw new ArgumentError(`diff: takes how many times as a whole number from 0 up, got ${showKind(times)}`);
  const along = normalizeAxis(axis, shape.length, 'diff: axis');
  const part = (y: Tensor, from: number, end: number | null): Tensor =>
    slice(y, ...shape.map((_, i) => (i === along ? ([from, end] as const) : null)));
  let y = x;
  for (let i = 0; i < times && y.shape[along]! > 0; i++) {
    const [before, after] = [part(y, 0, -1), part(y, 1, null)];
    y = dtype === 'bool' ? ne(after, before) : sub(after, before);
  }
  return y;
}
