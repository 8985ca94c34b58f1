/**
 * Running totals along an axis. Element i combines elements 0 … i.
 *
 * By doubling: after step k each element has combined the 2ᵏ before it. That is ⌈log₂ n⌉ passes, of which the compiler joins
 * about three in a kernel, in place of one that no two lanes could share; sums have the small rounding error of sums in
 * pairs, and derivatives of every order follow from the steps. Hillis and Steele, "Data parallel algorithms" (1986).
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf } from '../base/dtype.js';
import { normalizeAxis } from '../base/shape.js';
import { apply } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { add, maximum, minimum, mul, to } from './elementwise.js';
import { cat } from './joining.js';
import { logaddexp } from './numeric.js';
import { nodeOf } from './operands.js';
import { Tensor } from './tensor.js';

type Combine = (earlier: Tensor, here: Tensor) => Tensor;

/** Elements `from` … `end` − 1 of an axis. */
function part(x: Tensor, axis: number, from: number, end: number): Tensor {
  const { shape } = x;
  const start = shape.map((_, i) => (i === axis ? from : 0));
  const size = shape.map((n, i) => (i === axis ? end - from : n));
  return new Tensor(apply(ops.slice, [x.node], { start, size, step: shape.map(() => 1) }));
}

function scan(op: string, x: Tensor, axis: number, combine: Combine): Tensor {
  const along = normalizeAxis(axis, x.ndim, `${op}: axis`);
  const n = x.shape[along]!;
  let total = x;
  for (let step = 1; step < n; step *= 2) {
    const combined = combine(part(total, along, 0, n - step), part(total, along, step, n));
    total = cat([part(total, along, 0, step), combined], along);
  }
  return total;
}

/** Sums and products of bools and bytes are int32. */
const countable = (op: string, x: Tensor): Tensor => {
  const { dtype } = nodeOf(op, x);
  return dtype === 'bool' || dtype === 'uint8' ? to(x, 'int32') : x;
};

/** Running sums along an axis, of x's shape. Bools and uint8 are summed in int32. */
export const cumsum = (x: Tensor, axis: number): Tensor => scan('cumsum', countable('cumsum', x), axis, add);

/** Running products along an axis, of x's shape; the gradient is right at zeros too. Bools and uint8 give int32. */
export const cumprod = (x: Tensor, axis: number): Tensor => scan('cumprod', countable('cumprod', x), axis, mul);

/** The largest so far along an axis, NaN from the first NaN on. Equal ones share the gradient. */
export const cummax = (x: Tensor, axis: number): Tensor => {
  nodeOf('cummax', x);
  return scan('cummax', x, axis, maximum);
};

/** The smallest so far along an axis, NaN from the first NaN on. Equal ones share the gradient. */
export const cummin = (x: Tensor, axis: number): Tensor => {
  nodeOf('cummin', x);
  return scan('cummin', x, axis, minimum);
};

/** log Σ eˣ of the elements so far along an axis, without overflow, in floats. */
export const logcumsumexp = (x: Tensor, axis: number): Tensor =>
  scan('logcumsumexp', to(x, floatOf(nodeOf('logcumsumexp', x).dtype)), axis, logaddexp);
