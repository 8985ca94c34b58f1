/**
 * Float32 expansions of the hyperbolic functions and their inverses, branch-free: by exponentials and logarithms in forms
 * that neither cancel nor overflow.
 */
import type { Expr } from '../ir/expr.js';
import { log1pFloat32, scaled, splitExponent, withSign } from './exponential.js';
import type { Words } from './words.js';

/** sinh x = x + x³·h(x²) for |x| ≤ 1 (`scripts/fit/polynomials.py`) */
const SINH = [0.166666672, 0.00833331048, 0.000198428956, 0.00000278221319];

/** From here on sinh and cosh round to ∞. */
const OVERFLOWS = 90;
/** From here on √(x² ± 1) is x, and adding 1 changes nothing. */
const HUGE = 2 ** 30;

/** e^size / 2 for 0 ≤ size; it overflows no earlier than sinh and cosh do. */
function halfExp(w: Words, size: Expr): Expr {
  const { n, rest } = splitExponent(w, w.min(size, OVERFLOWS));
  return scaled(w, w.add(rest, 1), w.sub(n, 1));
}

export function sinhFloat32(w: Words, x: Expr): Expr {
  const size = w.abs(x);
  const half = halfExp(w, size);
  const far = w.sub(half, w.div(w.float(0.25), half));
  const square = w.mul(size, size);
  const near = w.mulAdd(w.mul(square, size), w.polynomial(square, SINH), size);
  return withSign(w, w.where(w.lt(size, 1), near, far), x);
}

export function coshFloat32(w: Words, x: Expr): Expr {
  const half = halfExp(w, w.abs(x));
  return w.add(half, w.div(w.float(0.25), half));
}

/** log(1 + u), u being `small` below {@link HUGE}; from there on log(2x), by the logarithm of x. */
function logOf(w: Words, x: Expr, small: Expr): Expr {
  const huge = w.le(w.float(HUGE), x);
  const value = log1pFloat32(w, w.where(huge, x, small));
  return w.where(huge, w.add(value, Math.LN2), value);
}

/** log(x + √(x² + 1)) as log(1 + x + x²/(1 + √(x² + 1))). */
export function asinhFloat32(w: Words, x: Expr): Expr {
  const size = w.abs(x);
  const square = w.mul(size, size);
  const grown = w.add(size, w.div(square, w.add(w.sqrt(w.add(square, 1)), 1)));
  return withSign(w, logOf(w, size, grown), x);
}

/** log(x + √(x² − 1)) as log(1 + t + √(t·(t + 2))) for t = x − 1. */
export function acoshFloat32(w: Words, x: Expr): Expr {
  const t = w.sub(x, 1);
  const grown = w.add(t, w.sqrt(w.mul(t, w.add(t, 2))));
  return w.where(w.lt(x, 1), w.float(Number.NaN), logOf(w, x, grown));
}

/** ½·log((1 + x)/(1 − x)) as ½·log(1 + 2x/(1 − x)). */
export function atanhFloat32(w: Words, x: Expr): Expr {
  const size = w.abs(x);
  const ratio = w.div(w.add(size, size), w.sub(w.float(1), size));
  const value = w.mul(log1pFloat32(w, ratio), 0.5);
  // So small that it is x itself, which doubling and halving need not keep.
  return withSign(w, w.where(w.lt(size, 2 ** -13), size, value), x);
}
