/**
 * Whether tensors are the same, or nearly.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf } from '../base/dtype.js';
import { sameShape } from '../base/shape.js';
import { abs, add, eq, isfinite, isnan, le, logicalAnd, logicalOr, mul, sub, to } from './elementwise.js';
import type { TensorLike } from './operands.js';
import { all } from './reduce.js';
import { Tensor } from './tensor.js';

/** When two numbers count as close: |a − b| ≤ atol + rtol·|b|. */
export interface Closeness {
  /** How far apart relative to |b|; 1e-5 unless told. */
  rtol?: number;
  /** How far apart at least; 1e-8 unless told. */
  atol?: number;
  /** Whether NaN is close to NaN; not unless told. */
  equalNan?: boolean;
}

/** Where |a − b| ≤ atol + rtol·|b|, as bool. Infinities are close to themselves. */
export function isclose(a: Tensor, b: TensorLike, options: Closeness = {}): Tensor {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const x = to(a, floatOf(a.dtype));
  const y = b instanceof Tensor ? to(b, floatOf(b.dtype)) : b;
  const bound = add(mul(abs(y), rtol), atol);
  const near = logicalAnd(le(abs(sub(x, y)), bound), logicalAnd(isfinite(x), isfinite(y)));
  const same = logicalOr(near, eq(x, y));
  return equalNan ? logicalOr(same, logicalAnd(isnan(x), isnan(y))) : same;
}

/** Whether {@link isclose} holds everywhere. Computes both values. */
export const allclose = (a: Tensor, b: TensorLike, options: Closeness = {}): boolean =>
  all(isclose(a, b, options)).item() === 1;

/** Whether shape and all elements are the same; NaN differs from everything. Computes both values. */
export const equal = (a: Tensor, b: Tensor): boolean => sameShape(a.shape, b.shape) && all(eq(a, b)).item() === 1;
