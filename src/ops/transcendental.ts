/**
 * Exponentials, logarithms, trigonometry and powers: one record per function.
 *
 * In float64 a target calls the function of its language's library, or `scalar`. In float32 it has an expansion into simpler records, so that vectors stay
 * vectors; `words.ts` is the language of these, `exponential.ts`, `trigonometric.ts` and `power.ts` hold them.
 */
import type { DType } from '../base/dtype.js';
import type { Expr } from '../ir/expr.js';
import { apply, type Node } from '../ir/node.js';
import type { ElementwiseOp } from '../ir/op.js';
import { add, div, mul, neg, sqrt } from './arithmetic.js';
import { erfcFloat64, erfFloat64 } from './erf.js';
import {
  erfcFloat32,
  erfFloat32,
  expFloat32,
  expm1Float32,
  log1pFloat32,
  log2Float32,
  log10Float32,
  logFloat32,
  sigmoidFloat32,
  tanhFloat32,
} from './exponential.js';
import { and, eq, isfinite, le, not, where } from './logic.js';
import { cbrtFloat32, exp2Float32, powFloat32 } from './power.js';
import { cosFloat32, sinFloat32 } from './trigonometric.js';
import { alike } from './typing.js';
import { fill, library, minus, plus, times, unary } from './unary.js';
import { wordsFor } from './words.js';

type Plain = ElementwiseOp<undefined>;

/** eˣ */
export const exp = unary('exp', {
  scalar: Math.exp,
  spell: library('exp'),
  float32: expFloat32,
  vjp: (g, _, y) => times(g, y),
  cost: 24,
});

/** 2ˣ */
export const exp2 = unary('exp2', {
  scalar: (x) => 2 ** x,
  spell: { c: { f64: 'exp2' }, js: '2 ** {0}' },
  float32: exp2Float32,
  vjp: (g, _, y) => times(g, times(y, fill(Math.LN2, y))),
  cost: 24,
});

/** eˣ − 1, accurate near 0 */
export const expm1 = unary('expm1', {
  scalar: Math.expm1,
  spell: library('expm1'),
  float32: expm1Float32,
  // Not y + 1, which loses all digits where y is near −1.
  vjp: (g, x) => times(g, apply(exp, [x])),
  cost: 23,
});

/** The natural logarithm; −∞ at 0, NaN below. */
export const log = unary('log', {
  scalar: Math.log,
  spell: library('log'),
  float32: logFloat32,
  vjp: (g, x) => apply(div, [g, x]),
  cost: 34,
  domain: { low: 0.2, high: 3 },
});

/** The logarithm to base 2; −∞ at 0, NaN below. */
export const log2 = unary('log2', {
  scalar: Math.log2,
  spell: library('log2'),
  float32: log2Float32,
  vjp: (g, x) => apply(div, [g, times(x, fill(Math.LN2, x))]),
  cost: 34,
  domain: { low: 0.2, high: 3 },
});

/** The logarithm to base 10; −∞ at 0, NaN below. */
export const log10 = unary('log10', {
  scalar: Math.log10,
  spell: library('log10'),
  float32: log10Float32,
  vjp: (g, x) => apply(div, [g, times(x, fill(Math.LN10, x))]),
  cost: 35,
  domain: { low: 0.2, high: 3 },
});

/** log(1 + x), accurate near 0; −∞ at −1, NaN below. */
export const log1p = unary('log1p', {
  scalar: Math.log1p,
  spell: library('log1p'),
  float32: log1pFloat32,
  vjp: (g, x) => apply(div, [g, plus(fill(1, x), x)]),
  cost: 35,
  domain: { low: -0.7, high: 3 },
});

/** The sine of x radians; NaN for ±∞. */
export const sin = unary('sin', {
  scalar: Math.sin,
  spell: library('sin'),
  float32: sinFloat32,
  vjp: (g, x) => times(g, apply(cos, [x])),
  cost: 85,
});

/** The cosine of x radians; NaN for ±∞. */
export const cos = unary('cos', {
  scalar: Math.cos,
  spell: library('cos'),
  float32: cosFloat32,
  vjp: (g, x) => times(g, apply(neg, [apply(sin, [x])])),
  cost: 83,
});

/** The hyperbolic tangent. */
export const tanh = unary('tanh', {
  scalar: Math.tanh,
  spell: library('tanh'),
  float32: tanhFloat32,
  // 1 − y² as a product: near ±1 the square's rounding error would outweigh the difference.
  vjp: (g, _, y) => times(g, times(minus(fill(1, y), y), plus(fill(1, y), y))),
  cost: 26,
});

/** A multiple of exp(−x²). */
const bell = (height: number, x: Node): Node => times(fill(height, x), apply(exp, [apply(neg, [times(x, x)])]));

/** The error function, 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf = unary('erf', {
  scalar: erfFloat64,
  spell: { c: { f64: 'erf' } },
  float32: erfFloat32,
  vjp: (g, x) => times(g, bell(2 / Math.sqrt(Math.PI), x)),
  cost: 39,
});

/** 1 − erf x, accurate where that is small */
export const erfc = unary('erfc', {
  scalar: erfcFloat64,
  spell: { c: { f64: 'erfc' } },
  float32: erfcFloat32,
  vjp: (g, x) => times(g, bell(-2 / Math.sqrt(Math.PI), x)),
  cost: 59,
});

/** By the exponential that cannot overflow. */
function logistic(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return (x < 0 ? small : 1) / (1 + small);
}

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = unary('sigmoid', {
  scalar: logistic,
  float32: sigmoidFloat32,
  spell: { c: { f64: 'sigmoid' } },
  vjp: (g, _, y) => times(g, times(y, minus(fill(1, y), y))),
  cost: 29,
});

/** The cube root, of negative numbers too. */
export const cbrt = unary('cbrt', {
  scalar: Math.cbrt,
  spell: library('cbrt'),
  float32: cbrtFloat32,
  vjp: (g, x, y) => apply(div, [times(g, y), times(fill(3, x), x)]),
  cost: 33,
  domain: { low: -3, high: 3, avoid: [0], margin: 0.3 },
});

/** IEEE 754's pow. JavaScript's differs where the base is ±1 and the exponent is NaN or infinite. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

/** b·a^(b − 1), and 0 where b is 0, at a = 0 too; no infinity or NaN reaches the derivatives of this either. */
function baseDerivative(a: Node, b: Node): Node {
  const singular = apply(and, [
    apply(eq, [b, fill(0, b)]),
    apply(not, [apply(isfinite, [apply(div, [fill(1, a), a])])]),
  ]);
  const base = apply(where, [singular, fill(1, a), a]);
  const derivative = times(b, apply(pow, [base, minus(b, fill(1, b))]));
  return apply(where, [singular, fill(0, a), derivative]);
}

/** aᵇ·log a, and 0 where a is 0 and b is not negative; NaN for negative a, where aᵇ lives at whole b only. */
function exponentDerivative(a: Node, b: Node, y: Node): Node {
  const vanishes = apply(and, [apply(eq, [a, fill(0, a)]), apply(le, [fill(0, b), b])]);
  return times(y, apply(log, [apply(where, [vanishes, fill(1, a), a])]));
}

/** Products that are within an ulp of the power; they need nothing but the base. */
const SHORT_POWERS: Readonly<Record<number, ElementwiseOp['expand']>> = {
  [-1]: ([a], dtype, _, e) => e.op(div, e.constant(1, dtype, a!.lanes), a!),
  // Unlike √, the power ½ makes ∞ of −∞ and 0 of −0.
  0.5: ([a], dtype, _, e) => {
    const at = (value: number): Expr => e.constant(value, dtype, a!.lanes);
    const endless = e.typed(eq, 'bool', undefined, a!, at(-Infinity));
    return e.typed(where, dtype, undefined, endless, at(Infinity), e.op(sqrt, e.op(add, a!, at(0))));
  },
  1: ([a]) => a!,
  2: ([a], _, __, e) => e.op(mul, a!, a!),
  3: ([a], _, __, e) => e.op(mul, e.op(mul, a!, a!), a!),
};

/** The number that an expression is known to be when the kernel is compiled. */
function knownNumber(x: Expr): number | null {
  if (x.e === 'splat') return knownNumber(x.of);
  return x.e === 'constant' ? x.value : null;
}

/** aᵇ; NaN for negative a unless b is whole; a⁰ = 1ᵇ = 1 always. */
export const pow: Plain = {
  name: 'pow',
  kind: 'elementwise',
  arity: 2,
  infer: alike('pow', 'float'),
  scalar: ([a, b]) => power(a!, b!),
  vjp: (node, g, needs) => {
    const [a, b] = node.src;
    return [
      needs[0] ? times(g, baseDerivative(a!, b!)) : null,
      needs[1] ? times(g, exponentDerivative(a!, b!, node)) : null,
    ];
  },
  domain: [
    { low: 0.2, high: 3 },
    { low: -3, high: 3 },
  ],
  cost: 127,
  spell: { c: { f64: 'pow' } },
  expand: (args, dtype: DType, attrs, e) => {
    const [a, b] = args;
    const exponent = knownNumber(b!);
    const short = exponent === null ? undefined : SHORT_POWERS[exponent];
    if (short) return short(args, dtype, attrs, e);
    return dtype === 'float32' ? powFloat32(wordsFor(e, a!.lanes), a!, b!) : null;
  },
};

/** The records of this file by name. */
export const TRANSCENDENTAL = {
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sin,
  cos,
  tanh,
  erf,
  erfc,
  sigmoid,
  cbrt,
  pow,
} as const;
