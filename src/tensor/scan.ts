/**
 * Running totals along an axis: element i combines elements 0 … i.
 *
 * By doubling: after k steps each element has combined the 2ᵏ that end with it. That is one kernel for each of ⌈log₂ n⌉ steps,
 * parallel over all elements, where a loop along the axis would be one that lanes cannot share. Sums have the small
 * rounding error of sums in pairs, the order of additions depends on n alone, and derivatives of every order follow from
 * the steps. Hillis and Steele, "Data parallel algorithms" (1986).
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf } from '../base/dtype.js';
import { normalizeAxis } from '../base/shape.js';
import { apply } from '../ir/node.js';
import type { ReduceOp } from '../ir/op.js';
import * as ops from '../ops/index.js';
import { to } from './elementwise.js';
import { logaddexp } from './numeric.js';
import { nodeOf } from './operands.js';
import { pad, slice } from './slicing.js';
import { Tensor } from './tensor.js';

type Combine = (earlier: Tensor, here: Tensor) => Tensor;

/** @param neutral what changes nothing when it is combined with an element */
function scan(op: string, x: Tensor, axis: number, combine: Combine, neutral: number): Tensor {
  const { shape } = x;
  const along = normalizeAxis(axis, shape.length, `${op}: axis`);
  const n = shape[along]!;
  let total = x;
  for (let step = 1; step < n; step *= 2) {
    const first = slice(total, ...shape.map((_, i) => (i === along ? ([0, n - step] as const) : null)));
    const widths = shape.map((_, i) => [i === along ? step : 0, 0] as const);
    total = combine(pad(first, widths, neutral), total);
  }
  return total;
}

/** The scan of a reduction: the same combination, from the same first value. */
const scanOf =
  (op: string, record: ReduceOp, prepare: (x: Tensor) => Tensor = (x) => x) =>
  (x: Tensor, axis: number): Tensor => {
    nodeOf(op, x);
    const values = prepare(x);
    const combine: Combine = (a, b) => new Tensor(apply(record.combine, [a.node, b.node], undefined));
    return scan(op, values, axis, combine, record.initial(values.dtype));
  };

/** Sums and products of bools and bytes are int32. */
const countable = (x: Tensor): Tensor => (x.dtype === 'bool' || x.dtype === 'uint8' ? to(x, 'int32') : x);

/**
 * Running sums along an axis, of x's shape. Bools and uint8 are summed in int32.
 * @example
 * cumsum(tensor([1, 2, 3]), 0) // [1, 3, 6]
 */
export const cumsum = scanOf('cumsum', ops.sum, countable);

/**
 * Running products along an axis, of x's shape; the gradient is right at zeros too. Bools and uint8 give int32.
 * @example
 * cumprod(tensor([1, 2, 3]), 0) // [1, 2, 6]
 */
export const cumprod = scanOf('cumprod', ops.prod, countable);

/**
 * The largest so far along an axis, NaN from the first NaN on. Equal ones share the gradient.
 * @example
 * cummax(tensor([1, 3, 2]), 0) // [1, 3, 3]
 */
export const cummax = scanOf('cummax', ops.max);

/**
 * The smallest so far along an axis, NaN from the first NaN on. Equal ones share the gradient.
 * @example
 * cummin(tensor([3, 1, 2]), 0) // [3, 1, 1]
 */
export const cummin = scanOf('cummin', ops.min);

/**
 * log Σ eˣ of the elements so far along an axis, without overflow, in floats.
 * @example
 * logcumsumexp(tensor([0, 0, 1000]), 0) // [0, 0.69315, 1000]
 */
export function logcumsumexp(x: Tensor, axis: number): Tensor {
  const values = to(x, floatOf(nodeOf('logcumsumexp', x).dtype));
  return scan('logcumsumexp', values, axis, logaddexp, -Infinity);
}
