/**
 * Float32 expansions of 2ˣ, the cube root and aᵇ, branch-free. aᵇ is 2 to the power of b·log₂|a|, which must be known to about 2^-32 of its
 * value, as an error in the exponent is multiplied by up to 150. Such numbers are kept as a head of 12 bits and a
 * float32 tail; products of heads are exact, with or without a fused multiply-add.
 */
import type { Expr } from '../ir/expr.js';
import { scaled, splitLogarithm, withSign } from './exponential.js';
import type { Words } from './words.js';

/** 2/ln 2, and its head and tail. */
const TWICE_LOG2_E = 2 * Math.LOG2E;
const TWICE_LOG2_E_HEAD = 2.884765625;
const TWICE_LOG2_E_TAIL = TWICE_LOG2_E - TWICE_LOG2_E_HEAD;

/** artanh s = s + s³·h(s²) for |s| ≤ 0.06, and 2ʳ = 1 + r·h(r) for |r| ≤ ½ (`scripts/fit/polynomials.py`) */
const ARTANH = [0.333333343, 0.199990198, 0.145278245];
const EXP2 = [0.693147182, 0.240226507, 0.0555035882, 0.00961806159, 0.00133914186, 0.000154633017];

/** Centres of the parts of √½ … √2 beside the one around 1, where these parts begin, and log₂ of the centres in two parts. */
const LOW = { centre: 0.796875, below: 0.8927, log2: -0.32763671875, rest: 6.206072149561592e-5 };
const HIGH = { centre: 1.265625, from: 1.125, log2: 0.33984375, rest: 6.252884624746713e-6 };

interface Split {
  readonly head: Expr;
  readonly tail: Expr;
}

/**
 * log₂ of a finite x > 0. With x = 2ᵏ·m and c the centre nearest to m: k + log₂ c + 2/ln 2 · artanh s, where
 * s = (m − c) / (m + c) is so small that the rounding errors of s³ hardly count.
 */
function log2(w: Words, x: Expr): Split {
  const { k, m } = splitLogarithm(w, x, true);
  const low = w.lt(m, LOW.below);
  const high = w.lt(w.float(HIGH.from), m);
  const byCentre = (atLow: number, at1: number, atHigh: number): Expr =>
    w.where(low, atLow, w.where(high, w.float(atHigh), at1));
  const centre = byCentre(LOW.centre, 1, HIGH.centre);
  const whole = w.add(k, byCentre(LOW.log2, 0, HIGH.log2));

  const above = w.sub(m, centre);
  const below = w.add(m, centre);
  const inverse = w.div(w.float(1), below);
  const s1 = w.head(w.mul(above, inverse));
  // What s1 leaves of the quotient, from the exact remainder m − c − s1·(m + c).
  const below1 = w.head(below);
  const below2 = w.sub(m, w.sub(below1, centre));
  const remainder = w.sub(w.sub(above, w.mul(s1, below1)), w.mul(s1, below2));
  const s2 = w.mul(remainder, inverse);
  const s = w.add(s1, s2);
  const square = w.mul(s, s);
  const cubic = w.mul(w.mul(s, square), w.polynomial(square, ARTANH));

  const main = w.mul(s1, TWICE_LOG2_E_HEAD);
  const small = w.mulAdd(w.add(s2, cubic), TWICE_LOG2_E, byCentre(LOW.rest, 0, HIGH.rest));
  const rest = w.mulAdd(s1, TWICE_LOG2_E_TAIL, small);
  // `whole` is exact, and 0 or larger than what is added to it: the rounding error of the sum is had exactly.
  const sum = w.add(whole, main);
  const tail = w.add(w.sub(main, w.sub(sum, whole)), rest);
  const head = w.head(w.add(sum, tail));
  return { head, tail: w.add(w.sub(sum, head), tail) };
}

/** |a|ᵇ for finite a ≠ 0 */
function magnitude(w: Words, size: Expr, b: Expr): Expr {
  const { head, tail } = log2(w, size);
  // Beyond 2³² any log₂ but 0 overflows or vanishes; this keeps infinite exponents from making 0·∞.
  const exponent = w.min(w.max(b, -(2 ** 32)), 2 ** 32);
  const exponentHead = w.head(exponent);
  const main = w.mul(head, exponentHead);
  const rest = w.mulAdd(exponent, tail, w.mul(w.sub(exponent, exponentHead), head));
  const { value, whole } = w.nearest(w.min(w.max(w.add(main, rest), -153), 130), 1);
  const r = w.min(w.max(w.add(w.sub(main, value), rest), -1), 1);
  return scaled(w, w.mulAdd(w.polynomial(r, EXP2), r, 1), whole);
}

/** aᵇ with the special values of IEEE 754's pow. */
export function powFloat32(w: Words, a: Expr, b: Expr): Expr {
  const size = w.abs(a);
  const zero = w.eq(size, 0);
  const end = w.or(zero, w.eq(size, Infinity));
  const atEnd = w.where(w.eq(zero, w.lt(b, 0)), w.float(Infinity), 0);
  const value = w.where(end, atEnd, magnitude(w, size, b));

  // A negative base takes whole exponents only; odd ones keep its sign.
  const half = w.mul(b, 0.5);
  const whole = w.eq(w.floor(b), b);
  const odd = w.and(whole, w.ne(w.floor(half), half));
  const sign = w.and(w.floatBits(a), w.where(odd, w.int(0x80000000), 0));
  const signed = w.fromBits(w.xor(w.floatBits(value), sign));

  const noRoot = w.and(w.and(w.lt(a, 0), w.not(end)), w.not(whole));
  const notANumber = w.or(noRoot, w.isNaN(w.min(size, w.abs(b))));
  const one = w.or(w.eq(a, 1), w.eq(b, 0));
  return w.where(one, 1, w.where(notANumber, w.float(Number.NaN), signed));
}

export function exp2Float32(w: Words, x: Expr): Expr {
  const { value, whole } = w.nearest(w.min(w.max(x, -151), 129), 1);
  const r = w.sub(w.min(w.max(x, -151), 129), value);
  return scaled(w, w.mulAdd(w.polynomial(r, EXP2), r, 1), whole);
}

/** Added to a third of the bits of a float32: a cube root that is off by less than 4 %. */
const THIRD_OF_BIAS = 0x2a514067;

/** A first guess from the bits, and Halley's iteration twice; the second time as a correction, which is rounded once. */
export function cbrtFloat32(w: Words, x: Expr): Expr {
  const size = w.abs(x);
  const denormal = w.lt(size, 2 ** -126);
  const a = w.where(denormal, w.mul(size, 2 ** 24), size);
  // ⌊bits / 3⌋ is the upper half of the product with 2³²/3.
  const guess = w.fromBits(w.add(w.mulHigh(w.floatBits(a), 0x55555556), THIRD_OF_BIAS));
  /** y³ / a, about 1 */
  const ratio = (y: Expr): Expr => w.mul(w.div(w.mul(y, y), a), y);
  const first = ratio(guess);
  const y = w.div(w.mul(guess, w.add(first, 2)), w.mulAdd(first, 2, 1));
  const second = ratio(y);
  const root = w.mulAdd(y, w.div(w.sub(w.float(1), second), w.mulAdd(second, 2, 1)), y);
  const value = w.where(denormal, w.mul(root, 2 ** -8), root);
  return w.where(w.and(w.lt(w.float(0), size), w.lt(size, Infinity)), withSign(w, value, x), x);
}
