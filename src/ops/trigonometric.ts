/**
 * Float32 expansions of sin, cos and tan, branch-free and right for every argument up to 2^128.
 *
 * The reduction is that of Payne and Hanek ("Radian reduction for trigonometric functions", ACM SIGNUM 18, 1983), in
 * 32-bit whole numbers: of x·2/π only the two bits before the point and some seventy after it matter, and they depend on
 * a window of 96 bits of 2/π which the exponent of x selects.
 */
import type { Expr } from '../ir/expr.js';
import type { Words } from './words.js';

/** 25 zero bits and the first 199 bits of 2/π: the window of a number in 2ᵉ … 2ᵉ⁺¹ begins at bit e. */
const TWO_OVER_PI = [0x00000051, 0x7cc1b727, 0x220a94fe, 0x13abe8fa, 0x9a6ee06d, 0xb14acc9e, 0x21c820ff];

/** π/2 · 2^-30, and what its rounding to float32 loses. */
const UNIT = Math.fround(Math.PI / 2) * 2 ** -30;
const UNIT_REST = (Math.PI / 2) * 2 ** -30 - UNIT;

/** sin r = r + r³·h(r²), cos r = 1 − r²/2 + r⁴·h(r²) and tan r = r + r³·h(r²) for |r| ≤ 1 (`scripts/fit/polynomials.py`) */
const SIN = [-0.166666672, 0.00833335426, -0.000198423848, 2.72627108e-6];
const COS = [0.0416665748, -0.00138846971, 2.4201614e-5];
const TAN = [
  0.333331496, 0.133391708, 0.0533410497, 0.0250841137, -6.95617055e-5, 0.0175824966, -0.0104581863, 0.00520458119,
];

/** The words of 2/π that hold the window: four from word e >> 5 on, chosen by halves. */
function windowWords(w: Words, exponent: Expr): Expr[] {
  const by2 = w.ne(w.and(exponent, 64), 0);
  const by1 = w.ne(w.and(exponent, 32), 0);
  const chosen = [0, 1, 2, 3, 4].map((i) => w.where(by2, w.int(TWO_OVER_PI[i + 2]!), w.int(TWO_OVER_PI[i]!)));
  return [0, 1, 2, 3].map((i) => w.where(by1, chosen[i + 1]!, chosen[i]!));
}

/** 2ˢ as an int32, for s from 0 to 31: −2ˢ is a float32 that the cast takes without overflow even for s = 31. */
function powerOfTwo(w: Words, s: Expr): Expr {
  const negative = w.fromBits(w.shl(w.add(s, 0x100 + 127), 23));
  return w.sub(w.int(0), w.toInt(negative));
}

/** |x| = (quadrant + 4·some whole number)·π/2 + r, |r| ≤ 1, for finite x. Quadrants come as int32, right in the lowest two bits. */
function reduce(w: Words, size: Expr): { readonly quadrant: Expr; readonly r: Expr } {
  const representation = w.floatBits(size);
  const exponent = w.sub(w.shr(representation, 23), 127);
  const mantissa = w.or(w.and(representation, 0x7fffff), 0x800000);

  // The window is shifted into place by multiplication, since vectors shift all lanes alike.
  const words = windowWords(w, exponent);
  const shift = powerOfTwo(w, w.and(exponent, 31));
  const [w0, w1, w2] = [0, 1, 2].map((i) => w.or(w.mul(words[i]!, shift), w.mulHigh(words[i + 1]!, shift)));

  // mantissa · window modulo 2⁹⁶, without the lowest 32 bits; the carry is an unsigned comparison.
  const carried = w.mulHigh(mantissa, w2!);
  const middle = w.add(w.mul(mantissa, w1!), carried);
  const carry = w.where(w.lt(w.xor(middle, -0x80000000), w.xor(carried, -0x80000000)), w.int(1), 0);
  const top = w.add(w.add(w.mul(mantissa, w0!), w.mulHigh(mantissa, w1!)), carry);

  // The point stands after the second bit. Rounded to the nearest quadrant, the rest is a signed fraction.
  const quadrant = w.shrLogical(w.add(top, 0x20000000), 30);
  const fraction = w.sub(top, w.shl(quadrant, 30));
  // Whole numbers of 23 and 31 bits: the first is a float32 exactly, so that small fractions keep all their digits.
  const coarse = w.toFloat(w.and(fraction, ~127));
  const fine = w.toFloat(w.or(w.shl(w.and(fraction, 127), 24), w.shrLogical(middle, 8)));
  const r = w.mulAdd(coarse, UNIT, w.mulAdd(coarse, UNIT_REST, w.mul(fine, UNIT * 2 ** -24)));

  // Below 1 there is nothing to reduce, and 25 zero bits would not be enough.
  const small = w.lt(size, 1);
  return { quadrant: w.where(small, 0, quadrant), r: w.where(small, size, r) };
}

/** sin of |x| + ahead·π/2, negated where `sign` (int32) is negative; NaN for x infinite or NaN. */
function wave(w: Words, x: Expr, ahead: 0 | 1, sign: Expr | null): Expr {
  const { quadrant, r } = reduce(w, w.abs(x));
  const square = w.mul(r, r);
  const sine = w.mulAdd(w.mul(square, r), w.polynomial(square, SIN), r);
  const cosine = w.mulAdd(w.mul(square, square), w.polynomial(square, COS), w.mulAdd(square, -0.5, 1));
  const turned = ahead === 0 ? quadrant : w.add(quadrant, ahead);
  const value = w.where(w.eq(w.and(turned, 1), 0), sine, cosine);
  const second = w.shl(w.and(turned, 2), 30);
  const flip = sign === null ? second : w.xor(second, sign);
  // x·0 is 0 for finite x, of the sign of x, and else NaN.
  return w.mulAdd(x, 0, w.fromBits(w.xor(w.floatBits(value), flip)));
}

const SIGN = 0x80000000 | 0;
export const sinFloat32 = (w: Words, x: Expr): Expr => wave(w, x, 0, w.and(w.floatBits(x), SIGN));
export const cosFloat32 = (w: Words, x: Expr): Expr => wave(w, x, 1, null);

/** tan r, and −1/tan r in the odd quadrants. */
export function tanFloat32(w: Words, x: Expr): Expr {
  const { quadrant, r } = reduce(w, w.abs(x));
  const square = w.mul(r, r);
  const tangent = w.mulAdd(w.mul(square, r), w.polynomial(square, TAN), r);
  const value = w.where(w.eq(w.and(quadrant, 1), 1), w.div(w.float(-1), tangent), tangent);
  return w.mulAdd(x, 0, w.fromBits(w.xor(w.floatBits(value), w.and(w.floatBits(x), SIGN))));
}
