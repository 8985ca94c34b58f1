/**
 * Float32 expansions of lgamma, the polygamma functions and erfinv: branch-free. The polynomials are minimax fits
 * (`scripts/fit/polynomials.py`). What precision they have is said, and measured, in `test/ops/gamma.test.ts`.
 */
import type { Expr } from '../ir/expr.js';
import { logFloat32, withSign } from './exponential.js';
import { cotangentDerivative } from './gamma-float64.js';
import type { Words } from './words.js';

/** lgamma x = (x − 1)(x − 2)·h(q), q = (x − 1.5)/(x + 1.5), for ½ ≤ x ≤ {@link LGAMMA_FAR}; further out Stirling's formula. */
const LGAMMA = [
  0.483128935, -0.437879682, 0.12832658, -0.150805056, 0.0851552784, -0.0931342244, 0.0661359802, -0.0691826865,
  0.0351518728, -0.0410169736, 0.0887523219, -0.0851686522,
];
const LGAMMA_FAR = 4.5;
const STIRLING = [1 / 12, -1 / 360, 1 / 1260];
/** ψ(x) = (x − root)·h(q), q = (x − 2)/(x + 2), for 1 ≤ x ≤ {@link DIGAMMA_FAR}; further out the asymptotic series. */
const DIGAMMA = [
  0.785307586, -1.04295588, 0.701023698, -0.726202786, 0.679005384, -0.696473479, 0.650458038, -0.658075929,
  0.932954669, -0.953316212,
];
const DIGAMMA_FAR = 4;
const ROOT_HIGH = 1.46163213;
const ROOT_LOW = 1.4616321449683622 - Math.fround(ROOT_HIGH);
const ASYMPTOTIC = [1 / 12, -1 / 120, 1 / 252, -1 / 240];
/** sin πt = t·h(t²) and cos πt = 1 + t²·h(t²) up to t = ¼ */
const SINE = [3.14159274, -5.16773319, 2.55079913, -0.599767566];
const COSINE = [-4.93480206, 4.05869675, -1.33475792, 0.228980869];
/** erfinv x = x·h(w − 3), w = −log(1 − x²), up to w = 6; further out h(√w − 3). */
const ERFINV_NEAR = [
  1.62354207, 0.241630331, -0.00573855918, -0.00083607441, 0.000195467292, -1.2756861e-5, -1.88395552e-6, 4.55591191e-7,
  -4.40419345e-9, -5.82913273e-9,
];
const ERFINV_FAR = [
  2.83280206, 1.00266302, 0.00684231892, -0.00345339393, 0.00115033274, -0.000195188186, -5.89856136e-5, 3.34406359e-5,
];

/** |sin πx| and cot πx from the distance to the nearest whole number, which is exact. */
function circular(w: Words, x: Expr): { readonly sine: Expr; readonly cotangent: Expr; readonly rest: Expr } {
  const whole = w.le(w.float(2 ** 23), w.abs(x));
  const rest = w.where(whole, 0, w.sub(x, w.floor(w.add(x, 0.5))));
  const size = w.abs(rest);
  const near = w.le(size, 0.25);
  const t = w.where(near, size, w.sub(w.float(0.5), size));
  const square = w.mul(t, t);
  const sine = w.mul(t, w.polynomial(square, SINE));
  const cosine = w.mulAdd(square, w.polynomial(square, COSINE), 1);
  const [above, below] = [w.where(near, cosine, sine), w.where(near, sine, cosine)];
  return { sine: below, cotangent: withSign(w, w.div(above, below), rest), rest };
}

export function lgammaFloat32(w: Words, x: Expr): Expr {
  const size = w.abs(x);
  const log = logFloat32(w, size);
  const small = w.lt(size, 0.5);
  // lgamma x = lgamma(x + 1) − log x
  const y = w.where(small, w.add(size, 1), size);
  const less1 = w.where(small, size, w.sub(size, 1));
  const less2 = w.where(small, w.sub(size, 1), w.sub(size, 2));
  // At 1 and 2 not −0.
  const near = w.mulAdd(w.mul(less1, less2), w.polynomial(w.div(w.sub(y, 1.5), w.add(y, 1.5)), LGAMMA), 0);
  const z = w.div(w.float(1), size);
  const rest = w.mulAdd(z, w.polynomial(w.mul(z, z), STIRLING), 0.5 * Math.log(2 * Math.PI) - 0.5);
  const far = w.mulAdd(w.sub(size, 0.5), w.sub(log, 1), rest);
  const above = w.where(w.lt(size, LGAMMA_FAR), w.where(small, w.sub(near, log), near), far);
  // lgamma(−x) = log(π / |x·sin πx|) − lgamma x
  const { sine } = circular(w, x);
  const mirrored = w.sub(w.sub(w.sub(w.float(Math.log(Math.PI)), logFloat32(w, sine)), log), above);
  const below = w.where(w.eq(sine, 0), Infinity, mirrored);
  // Just below 0 they are the same, and the sine of a denormal number has few bits.
  return w.where(w.lt(x, -(2 ** -30)), below, above);
}

function digammaAbove0(w: Words, x: Expr): Expr {
  const small = w.lt(x, 1);
  const y = w.where(small, w.add(x, 1), x);
  const past = w.sub(w.sub(y, ROOT_HIGH), ROOT_LOW);
  const near = w.mul(past, w.polynomial(w.div(w.sub(y, 2), w.add(y, 2)), DIGAMMA));
  const z = w.div(w.float(1), x);
  const square = w.mul(z, z);
  const far = w.sub(logFloat32(w, x), w.mulAdd(z, 0.5, w.mul(square, w.polynomial(square, ASYMPTOTIC))));
  return w.where(w.lt(x, DIGAMMA_FAR), w.where(small, w.sub(near, z), near), far);
}

/** (−1)ⁿ⁺¹·ψₙ(x) for n ≥ 1: n!·Σ 1/(x + k)ⁿ⁺¹, for small x the first terms one by one, the others by Euler and Maclaurin. */
function sumAbove0(w: Words, x: Expr, n: number): Expr {
  const power = (base: Expr, exponent: number): Expr => {
    let product = base;
    for (let i = 1; i < exponent; i++) product = w.mul(product, base);
    return product;
  };
  const s = n + 1;
  const count = 5 + n;
  const large = w.le(w.float(count), x);
  const r = w.div(w.float(1), w.where(large, x, w.add(x, count)));
  const square = w.mul(r, r);
  const rising = s * (s + 1) * (s + 2);
  const series = [s / 12, -rising / 720, (rising * (s + 3) * (s + 4)) / 30240];
  const tail = w.mulAdd(r, w.mulAdd(r, w.polynomial(square, series), 0.5), 1 / n);
  const rest = w.mul(power(r, n), tail);
  let near = rest;
  for (let k = count - 1; k >= 0; k--) near = w.add(near, power(w.div(w.float(1), k === 0 ? x : w.add(x, k)), s));
  const sum = w.where(large, rest, near);
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return factorial === 1 ? sum : w.mul(sum, factorial);
}

/** The derivative of digamma of order `n`; below 0 by the reflection of x and 1 − x. */
export function polygammaFloat32(w: Words, x: Expr, n: number): Expr {
  const even = n % 2 === 0;
  const y = w.where(w.lt(x, 0), w.sub(w.float(1), x), x);
  const sum = n === 0 ? digammaAbove0(w, y) : sumAbove0(w, y, n);
  const { cotangent, rest } = circular(w, x);
  const turned = w.mul(w.polynomial(cotangent, cotangentDerivative(n)), -(Math.PI ** (n + 1)));
  const mirrored = n === 0 ? w.add(turned, sum) : w.sub(turned, sum);
  const below = even ? w.where(w.eq(rest, 0), Number.NaN, mirrored) : mirrored;
  return w.where(w.lt(x, 0), below, even && n > 0 ? w.neg(sum) : sum);
}

export function erfinvFloat32(w: Words, x: Expr): Expr {
  const size = w.abs(x);
  const t = w.neg(logFloat32(w, w.mul(w.sub(w.float(1), size), w.add(size, 1))));
  const near = w.mul(size, w.polynomial(w.sub(t, 3), ERFINV_NEAR));
  const far = w.polynomial(w.sub(w.sqrt(t), 3), ERFINV_FAR);
  const value = w.where(w.lt(t, 6), near, w.where(w.lt(t, Infinity), far, t));
  return withSign(w, w.where(w.le(size, 1), value, Number.NaN), x);
}
