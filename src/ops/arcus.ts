/**
 * Float32 expansions of the inverse trigonometric functions, branch-free. The polynomials are minimax fits
 * (`scripts/fit/polynomials.py`) on the short ranges to which identities lead.
 */
import type { Expr } from '../ir/expr.js';
import { withSign } from './exponential.js';
import type { Words } from './words.js';

/** atan t = t + t³·h(t²) for |t| ≤ tan(π/8), asin t = t + t³·h(t²) for |t| ≤ ½ */
const ATAN = [-0.333329469, 0.199776232, -0.138767347, 0.0805064142];
const ASIN = [0.166667521, 0.0749530643, 0.0454697721, 0.0241807755, 0.0421664044];

const TAN_EIGHTH = Math.SQRT2 - 1;

/** Multiples of π/4 as float32, and what their rounding loses. */
const high = (eighths: number): number => Math.fround((eighths * Math.PI) / 4);
const low = (eighths: number): number => (eighths * Math.PI) / 4 - high(eighths);

const odd = (w: Words, t: Expr, coefficients: readonly number[]): Expr => {
  const square = w.mul(t, t);
  return w.mulAdd(w.mul(square, t), w.polynomial(square, coefficients), t);
};

/**
 * atan(a/b) for 0 ≤ a ≤ b, as two parts whose sum it is: up to tan(π/8) the quotient itself is taken, above
 * π/4 − atan((b − a)/(b + a)).
 */
function octant(w: Words, a: Expr, b: Expr): { readonly whole: Expr; readonly rest: Expr } {
  const steep = w.lt(w.mul(b, TAN_EIGHTH), a);
  const t = w.div(w.where(steep, w.sub(a, b), a), w.where(steep, w.add(a, b), b));
  const rest = odd(w, t, ATAN);
  return {
    whole: w.where(steep, w.float(high(1)), 0),
    rest: w.where(steep, w.add(rest, low(1)), rest),
  };
}

export function atanFloat32(w: Words, x: Expr): Expr {
  const size = w.abs(x);
  const large = w.lt(w.float(1), size);
  const { whole, rest } = octant(w, w.where(large, w.div(w.float(1), size), size), w.float(1));
  // π/2 − angle, with both small parts together.
  const near = w.add(whole, rest);
  const far = w.add(w.sub(w.float(high(2)), whole), w.sub(w.float(low(2)), rest));
  return withSign(w, w.where(large, far, near), x);
}

/** asin t for |t| ≤ ½, and asin √((1 − |x|)/2), to which larger x lead. */
function halves(w: Words, size: Expr): { readonly large: Expr; readonly arc: Expr } {
  const large = w.lt(w.float(0.5), size);
  const root = w.sqrt(w.mul(w.sub(w.float(1), size), 0.5));
  return { large, arc: odd(w, w.where(large, root, size), ASIN) };
}

/** π/2 − 2·asin √((1 − x)/2) above ½. */
export function asinFloat32(w: Words, x: Expr): Expr {
  const { large, arc } = halves(w, w.abs(x));
  const far = w.add(w.float(high(2)), w.mulAdd(arc, -2, low(2)));
  return withSign(w, w.where(large, far, arc), x);
}

/** 2·asin √((1 − x)/2) above ½, π minus that below −½, and π/2 − asin x between. */
export function acosFloat32(w: Words, x: Expr): Expr {
  const { large, arc } = halves(w, w.abs(x));
  const negative = w.lt(x, 0);
  const twice = w.add(arc, arc);
  const far = w.where(negative, w.add(w.float(high(4)), w.sub(w.float(low(4)), twice)), twice);
  const signed = w.where(negative, w.neg(arc), arc);
  const near = w.add(w.float(high(2)), w.sub(w.float(low(2)), signed));
  return w.where(large, far, near);
}

/** The angle of the point (x, y), by the smaller of the two over the larger; IEEE 754's values at zeros and infinities. */
export function atan2Float32(w: Words, y: Expr, x: Expr): Expr {
  const [height, width] = [w.abs(y), w.abs(x)];
  const steep = w.lt(width, height);
  const shorter = w.min(height, width);
  const longer = w.max(height, width);
  // ∞ beside ∞ is 45°, 0 beside 0 is 0°; sizes near the ends of float32 are brought to where quotients are exact enough.
  const endless = w.eq(shorter, Infinity);
  const scale = w.where(w.lt(w.float(2 ** 60), longer), w.float(2 ** -60), 2 ** 60);
  const a = w.where(endless, w.float(1), w.mul(shorter, scale));
  const b = w.where(endless, w.float(1), w.where(w.eq(longer, 0), w.float(1), w.mul(longer, scale)));
  const { whole, rest } = octant(w, a, b);
  const angle = w.where(steep, w.sub(w.float(high(2)), whole), whole);
  const small = w.where(steep, w.sub(w.float(low(2)), rest), rest);
  const left = w.lt(w.floatBits(x), 0);
  const value = w.add(
    w.where(left, w.sub(w.float(high(4)), angle), angle),
    w.where(left, w.sub(w.float(low(4)), small), small),
  );
  // NaN on either side: the minimum is NaN.
  return w.where(w.isNaN(shorter), shorter, withSign(w, value, y));
}
