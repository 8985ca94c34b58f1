/**
 * Exponentials, logarithms, roots, circular and hyperbolic functions, one record of the alphabet each. Integers and bools
 * are computed in float32. Within 4 units in the last place in float32, and within 1 or 2 in float64.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf } from '../base/dtype.js';
import * as ops from '../ops/index.js';
import { binary, smooth } from './forms.js';

/** eˣ */
export const exp = smooth(ops.exp);

/** 2ˣ, exact for whole x. */
export const exp2 = smooth(ops.exp2);

/** eˣ − 1, accurate near 0. */
export const expm1 = smooth(ops.expm1);

/** The natural logarithm; −∞ at 0, NaN below. */
export const log = smooth(ops.log);

/** The logarithm to base 2; −∞ at 0, NaN below. */
export const log2 = smooth(ops.log2);

/** The logarithm to base 10; −∞ at 0, NaN below. */
export const log10 = smooth(ops.log10);

/** log(1 + x), accurate near 0; −∞ at −1, NaN below. */
export const log1p = smooth(ops.log1p);

/** The cube root, of negative numbers too; the gradient at 0 is infinite or NaN. */
export const cbrt = smooth(ops.cbrt);

/** The sine of an angle in radians. */
export const sin = smooth(ops.sin);

/** The cosine of an angle in radians. */
export const cos = smooth(ops.cos);

/** The tangent of an angle in radians. */
export const tan = smooth(ops.tan);

/** The angle from −π/2 to π/2 whose sine is x; NaN outside −1 … 1. */
export const asin = smooth(ops.asin);

/** The angle from 0 to π whose cosine is x; NaN outside −1 … 1. */
export const acos = smooth(ops.acos);

/** The angle from −π/2 to π/2 whose tangent is x. */
export const atan = smooth(ops.atan);

/** The angle of the point (x, y), from −π to π; zeros and infinities as in IEEE 754. The gradient at (0, 0) is NaN. */
export const atan2 = binary(ops.atan2, floatOf);

/** The hyperbolic sine, (eˣ − e⁻ˣ)/2. */
export const sinh = smooth(ops.sinh);

/** The hyperbolic cosine, (eˣ + e⁻ˣ)/2. */
export const cosh = smooth(ops.cosh);

/** The hyperbolic tangent. */
export const tanh = smooth(ops.tanh);

/** The number whose hyperbolic sine is x. */
export const asinh = smooth(ops.asinh);

/** The number from 0 up whose hyperbolic cosine is x; NaN below 1. */
export const acosh = smooth(ops.acosh);

/** The number whose hyperbolic tangent is x; ±∞ at ±1, NaN beyond. */
export const atanh = smooth(ops.atanh);

/** The error function, 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = smooth(ops.erf);

/** 1 − erf x, accurate where that is small. */
export const erfc = smooth(ops.erfc);

/** 1 / (1 + e⁻ˣ), stable at both ends. */
export const sigmoid = smooth(ops.sigmoid);
