/**
 * Exponentials, logarithms, roots, circular and hyperbolic functions, one record of the alphabet each. Integers and bools
 * are computed in float32. Within 4 units in the last place in float32, and within 1 or 2 in float64.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf } from '../base/dtype.js';
import * as ops from '../ops/index.js';
import { binary, smooth } from './forms.js';

/**
 * eˣ
 * @example
 * exp(tensor([0, 1])) // [1, 2.7183]
 */
export const exp = smooth(ops.exp);

/**
 * 2ˣ, exact for whole x.
 * @example
 * exp2(tensor([3, -1])) // [8, 0.5]
 */
export const exp2 = smooth(ops.exp2);

/**
 * eˣ − 1, accurate near 0.
 * @example
 * expm1(tensor([0, 1e-7])) // [0, 1e-7]
 */
export const expm1 = smooth(ops.expm1);

/**
 * The natural logarithm; −∞ at 0, NaN below.
 * @example
 * log(tensor([1, Math.E, 0])) // [0, 1, -Infinity]
 */
export const log = smooth(ops.log);

/**
 * The logarithm to base 2; −∞ at 0, NaN below.
 * @example
 * log2(tensor([8, 0.5])) // [3, -1]
 */
export const log2 = smooth(ops.log2);

/**
 * The logarithm to base 10; −∞ at 0, NaN below.
 * @example
 * log10(tensor([1000, 1])) // [3, 0]
 */
export const log10 = smooth(ops.log10);

/**
 * log(1 + x), accurate near 0; −∞ at −1, NaN below.
 * @example
 * log1p(tensor([0, 1e-7])) // [0, 1e-7]
 */
export const log1p = smooth(ops.log1p);

/**
 * The cube root, of negative numbers too; the gradient at 0 is infinite or NaN.
 * @example
 * cbrt(tensor([8, -27])) // [2, -3]
 */
export const cbrt = smooth(ops.cbrt);

/**
 * The sine of an angle in radians.
 * @example
 * sin(tensor([0, Math.PI / 2])) // [0, 1]
 */
export const sin = smooth(ops.sin);

/**
 * The cosine of an angle in radians.
 * @example
 * cos(tensor([0, 1])) // [1, 0.5403]
 */
export const cos = smooth(ops.cos);

/**
 * The tangent of an angle in radians.
 * @example
 * tan(tensor([0, Math.PI / 4])) // [0, 1]
 */
export const tan = smooth(ops.tan);

/**
 * The angle from −π/2 to π/2 whose sine is x; NaN outside −1 … 1.
 * @example
 * asin(tensor([0, 1])) // [0, 1.5708]
 */
export const asin = smooth(ops.asin);

/**
 * The angle from 0 to π whose cosine is x; NaN outside −1 … 1.
 * @example
 * acos(tensor([1, -1])) // [0, 3.1416]
 */
export const acos = smooth(ops.acos);

/**
 * The angle from −π/2 to π/2 whose tangent is x.
 * @example
 * atan(tensor([0, 1])) // [0, 0.7854]
 */
export const atan = smooth(ops.atan);

/**
 * The angle of the point (x, y), from −π to π; zeros and infinities as in IEEE 754. The gradient at (0, 0) is NaN.
 * @example
 * atan2(tensor([1, -1]), -1) // [2.3562, -2.3562]
 */
export const atan2 = binary(ops.atan2, floatOf);

/**
 * The hyperbolic sine, (eˣ − e⁻ˣ)/2.
 * @example
 * sinh(tensor([0, 1])) // [0, 1.1752]
 */
export const sinh = smooth(ops.sinh);

/**
 * The hyperbolic cosine, (eˣ + e⁻ˣ)/2.
 * @example
 * cosh(tensor([0, 1])) // [1, 1.5431]
 */
export const cosh = smooth(ops.cosh);

/**
 * The hyperbolic tangent.
 * @example
 * tanh(tensor([0, 1])) // [0, 0.76159]
 */
export const tanh = smooth(ops.tanh);

/**
 * The number whose hyperbolic sine is x.
 * @example
 * asinh(tensor([0, 1])) // [0, 0.88137]
 */
export const asinh = smooth(ops.asinh);

/**
 * The number from 0 up whose hyperbolic cosine is x; NaN below 1.
 * @example
 * acosh(tensor([1, 2])) // [0, 1.317]
 */
export const acosh = smooth(ops.acosh);

/**
 * The number whose hyperbolic tangent is x; ±∞ at ±1, NaN beyond.
 * @example
 * atanh(tensor([0, 0.5, 1])) // [0, 0.54931, Infinity]
 */
export const atanh = smooth(ops.atanh);

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt.
 * @example
 * erf(tensor([0, 1])) // [0, 0.8427]
 */
export const erf = smooth(ops.erf);

/**
 * 1 − erf x, accurate where that is small.
 * @example
 * erfc(tensor([0, 1])) // [1, 0.1573]
 */
export const erfc = smooth(ops.erfc);

/**
 * 1 / (1 + e⁻ˣ), stable at both ends.
 * @example
 * sigmoid(tensor([0, 2])) // [0.5, 0.8808]
 */
export const sigmoid = smooth(ops.sigmoid);
