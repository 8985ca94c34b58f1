/**
 * Float32 expansions of exp, log and what is made of them: branch-free, with or without a fused multiply-add.
 * The polynomials are minimax fits (`scripts/fit/polynomials.py`); the largest errors over all float32 are in
 * `test/ops/transcendental.sweep.ts`. Results below 2^-126 are denormal numbers, rounded to the nearest or its
 * neighbour, never flushed.
 */
import type { Expr } from '../ir/expr.js';
import type { Words } from './words.js';

const LOG2_E = Math.LOG2E;
// ln 2 in two parts; the first has 10 bits, so that its product with an exponent is exact.
const LN2_HIGH = 0.693359375;
const LN2_LOW = -0.00021219444005469057;

// The logarithm of 2 to base 10 in the same way.
const LOG10_2_HIGH = 0.30078125;
const LOG10_2_LOW = Math.log10(2) - LOG10_2_HIGH;

/** From here on exp rounds to ∞, and below to 0. */
const EXP_OVERFLOWS = 89;
const EXP_VANISHES = -104;

/** eʳ = 1 + r + r²·h(r) for |r| ≤ ln 2 / 2 */
const EXP = [0.49999997, 0.16666545, 0.0416674465, 0.00836644694, 0.00138698437];
/** log(1 + f) = f − f²/2 + f³·h(f) for √½ ≤ 1 + f ≤ √2 */
const LOG = [0.333333313, -0.250008196, 0.200012416, -0.166234091, 0.1420158, -0.131596103, 0.127622172, -0.0763643906];
/** Beyond these, tanh and erf are 1 to well under half an ulp. */
const TANH_END = 9.2;
const ERF_END = 4;
/** erf x = x + x·h(x²) below {@link ERF_FAR}, and 1 − exp(−x − x·h(x)) above. */
const ERF_FAR = 0.92;
const ERF_NEAR = [0.128379151, -0.376124978, 0.112818435, -0.0267673451, 0.00499402639, -0.000599441584];
const ERF_TAIL = [0.128514364, 0.635718286, 0.105261914, -0.0228900388, 0.00321499095, -0.000213991167];
/** erfc x = exp(−x²)·h(q) / (1 + 2x), q = (x − 2)/(x + 2), from {@link ERFC_FAR} on; from {@link ERFC_END} on it is 0. */
const ERFC_FAR = 0.5;
const ERFC_END = 10.2;
const ERFC = [
  1.27697837, -0.0927636251, -0.166030213, 0.164043114, -0.0542198867, -0.00795082841, 0.00870012213, 0.000953436946,
  -0.00132596295,
];

/** x + tail = n·ln 2 + r with |r| ≤ ln 2 / 2 and eʳ − 1, for |x| up to some hundreds and a tail that hardly counts. */
export function splitExponent(w: Words, x: Expr, tail?: Expr): { readonly n: Expr; readonly rest: Expr } {
  const { value, whole } = w.nearest(x, LOG2_E);
  const near = w.mulAdd(value, -LN2_LOW, w.mulAdd(value, -LN2_HIGH, x));
  const r = tail === undefined ? near : w.add(near, tail);
  return { n: whole, rest: w.mulAdd(w.mul(r, r), w.polynomial(r, EXP), r) };
}

/** x·2ⁿ for −252 ≤ n ≤ 254, in two steps, as 2ⁿ itself may be no normal float32; it is rounded once at most. */
export function scaled(w: Words, x: Expr, n: Expr): Expr {
  const half = w.shr(n, 1);
  return w.mul(w.mul(x, w.power(half)), w.power(w.sub(n, half)));
}

/** exp for x ≤ 89 */
function expBelow(w: Words, x: Expr): Expr {
  const { n, rest } = splitExponent(w, w.max(x, EXP_VANISHES));
  return scaled(w, w.add(rest, 1), n);
}

export const expFloat32 = (w: Words, x: Expr): Expr => expBelow(w, w.min(x, EXP_OVERFLOWS));

/** 1/(1 + e^−x), which is eˣ/(1 + eˣ): the exponential taken is never above 1. */
export function sigmoidFloat32(w: Words, x: Expr): Expr {
  const small = expBelow(w, w.neg(w.abs(x)));
  return w.div(w.where(w.lt(x, 0), small, 1), w.add(small, 1));
}

/** 2ⁿ·(eʳ − 1) + (2ⁿ − 1), computed for n − 1 and doubled, as 2¹²⁸ is no float32. */
export function expm1Float32(w: Words, x: Expr): Expr {
  const { n, rest } = splitExponent(w, w.min(w.max(x, -18), EXP_OVERFLOWS));
  const scale = w.power(w.sub(n, 1));
  const half = w.mulAdd(rest, scale, w.sub(scale, 0.5));
  // Halving would cost denormal numbers a bit, and −0 its sign.
  return w.where(w.lt(w.abs(x), 2 ** -25), x, w.add(half, half));
}

/** x = 2ᵏ·m with √½ ≤ m < √2, for finite x > 0; `k` is a float32. Denormal numbers are right if `all`. */
export function splitLogarithm(w: Words, x: Expr, all: boolean): { readonly k: Expr; readonly m: Expr } {
  const ROOT_HALF = 0x3f3504f3;
  const denormal = w.lt(x, 2 ** -126);
  const normal = all ? w.where(denormal, w.mul(x, 2 ** 23), x) : x;
  const above = w.sub(w.floatBits(normal), ROOT_HALF);
  const exponent = w.toFloat(w.shr(above, 23));
  const m = w.fromBits(w.add(w.and(above, 0x7fffff), ROOT_HALF));
  return { k: all ? w.where(denormal, w.sub(exponent, 23), exponent) : exponent, m };
}

/** log(1 + f) + correction for √½ ≤ 1 + f ≤ √2 and a correction much smaller than f. */
function logNear1(w: Words, f: Expr, correction: Expr | number): { readonly f: Expr; readonly rest: Expr } {
  const square = w.mul(f, f);
  const cubic = w.mulAdd(w.mul(square, f), w.polynomial(f, LOG), correction);
  return { f, rest: w.sub(w.mul(square, 0.5), cubic) };
}

/** `value` for finite x > 0, and what logarithms are elsewhere. */
function whereDefined(w: Words, x: Expr, value: Expr): Expr {
  const below = w.where(w.eq(x, 0), w.float(-Infinity), Number.NaN);
  return w.where(w.lt(x, Infinity), w.where(w.lt(w.float(0), x), value, below), x);
}

/** log(x) + correction for a correction much smaller than x; `all` as for {@link splitLogarithm}. */
function logarithm(w: Words, x: Expr, all: boolean, correction?: Expr): Expr {
  const { k, m } = splitLogarithm(w, x, all);
  const low = correction === undefined ? w.mul(k, LN2_LOW) : w.mulAdd(k, LN2_LOW, correction);
  const { f, rest } = logNear1(w, w.sub(m, 1), low);
  return whereDefined(w, x, w.mulAdd(k, LN2_HIGH, w.sub(f, rest)));
}

/** log(x)·scale, where the logarithm of 2 is high + low in this scale; `high` has few bits. */
function scaledLogarithm(w: Words, x: Expr, scale: number, high: number, low: number): Expr {
  const { k, m } = splitLogarithm(w, x, true);
  const { f, rest } = logNear1(w, w.sub(m, 1), 0);
  const part = w.mul(w.sub(f, rest), scale);
  return whereDefined(w, x, w.mulAdd(k, high, low === 0 ? part : w.mulAdd(k, low, part)));
}

export const log2Float32 = (w: Words, x: Expr): Expr => scaledLogarithm(w, x, LOG2_E, 1, 0);
export const log10Float32 = (w: Words, x: Expr): Expr => scaledLogarithm(w, x, Math.LOG10E, LOG10_2_HIGH, LOG10_2_LOW);

export const logFloat32 = (w: Words, x: Expr): Expr => logarithm(w, x, true);

/** log(u) + c/u for u = 1 + x rounded and c what the rounding lost. */
export function log1pFloat32(w: Words, x: Expr): Expr {
  const u = w.add(x, 1);
  const lost = w.sub(x, w.sub(u, 1));
  const value = logarithm(w, u, false, w.div(lost, u));
  // Where u is 1 the value is x itself, −0 too.
  return w.where(w.eq(u, 1), x, value);
}

/** `value`, which is not negative, with the sign of x. */
export const withSign = (w: Words, value: Expr, x: Expr): Expr =>
  w.fromBits(w.or(w.floatBits(value), w.and(w.floatBits(x), 0x80000000 | 0)));

/** (e²ˣ − 1) / (e²ˣ + 1): with the difference accurate this is accurate near 0 too, and exact for tiny x. */
export function tanhFloat32(w: Words, x: Expr): Expr {
  const size = w.min(w.abs(x), TANH_END);
  const { n, rest } = splitExponent(w, w.add(size, size));
  const scale = w.power(n);
  const difference = w.mulAdd(rest, scale, w.sub(scale, 1));
  return withSign(w, w.div(difference, w.add(difference, 2)), x);
}

/** erf for 0 ≤ x < {@link ERF_FAR} */
const erfNear = (w: Words, x: Expr): Expr => w.mulAdd(x, w.polynomial(w.mul(x, x), ERF_NEAR), x);

export function erfFloat32(w: Words, x: Expr): Expr {
  const size = w.min(w.abs(x), ERF_END);
  const { n, rest } = splitExponent(w, w.neg(w.mulAdd(size, w.polynomial(size, ERF_TAIL), size)));
  const scale = w.power(n);
  const far = w.sub(w.float(1), w.mulAdd(rest, scale, scale));
  return withSign(w, w.where(w.lt(size, ERF_FAR), erfNear(w, size), far), x);
}

/** The rounding error of x² would be magnified up to a hundred times: x² = head² + (x − head)·(x + head), head² exact. */
export function erfcFloat32(w: Words, x: Expr): Expr {
  const size = w.min(w.abs(x), ERFC_END);
  const head = w.head(size);
  const { n, rest } = splitExponent(w, w.neg(w.mul(head, head)), w.mul(w.sub(head, size), w.add(head, size)));
  // h varies little, so that the error of q hardly shows.
  const q = w.div(w.sub(size, 2), w.add(size, 2));
  const far = w.div(w.polynomial(q, ERFC), w.mulAdd(size, 2, 1));
  const tail = scaled(w, w.mulAdd(rest, far, far), n);
  const near = w.sub(w.float(1), erfNear(w, size));
  const right = w.where(w.lt(size, ERFC_FAR), near, tail);
  return w.where(w.lt(x, 0), w.sub(w.float(2), right), right);
}
