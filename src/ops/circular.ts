/**
 * Tangent, inverse trigonometric and hyperbolic functions: one record per function. As in `transcendental.ts` a target
 * calls `scalar` in float64 and has an expansion in float32 (`trigonometric.ts`, `arcus.ts`, `hyperbolic.ts`).
 */
import { apply, type Node } from '../ir/node.js';
import type { Domain, ElementwiseOp } from '../ir/op.js';
import { acosFloat32, asinFloat32, atan2Float32, atanFloat32 } from './arcus.js';
import { div, neg, sqrt } from './arithmetic.js';
import { acoshFloat32, asinhFloat32, atanhFloat32, coshFloat32, sinhFloat32 } from './hyperbolic.js';
import { tanFloat32 } from './trigonometric.js';
import { alike } from './typing.js';
import { fill, library, minus, plus, times, unary } from './unary.js';
import { wordsFor } from './words.js';

const over = (a: Node, b: Node): Node => apply(div, [a, b]);
const one = (x: Node): Node => fill(1, x);
/** (1 − x)·(1 + x), which does not cancel near ±1 as 1 − x² does. */
const below1 = (x: Node): Node => times(minus(one(x), x), plus(one(x), x));

const INSIDE: Domain = { low: -0.9, high: 0.9 };

/** The tangent of x radians; NaN for ±∞. */
export const tan = unary('tan', {
  scalar: Math.tan,
  spell: library('tan'),
  float32: tanFloat32,
  vjp: (g, _, y) => times(g, plus(one(y), times(y, y))),
  cost: 82,
  domain: { low: -1.2, high: 1.2 },
});

/** The angle from −π/2 to π/2 whose sine is x; NaN outside −1 … 1. */
export const asin = unary('asin', {
  scalar: Math.asin,
  spell: library('asin'),
  float32: asinFloat32,
  vjp: (g, x) => over(g, apply(sqrt, [below1(x)])),
  cost: 21,
  domain: INSIDE,
});

/** The angle from 0 to π whose cosine is x; NaN outside −1 … 1. */
export const acos = unary('acos', {
  scalar: Math.acos,
  spell: library('acos'),
  float32: acosFloat32,
  vjp: (g, x) => apply(neg, [over(g, apply(sqrt, [below1(x)]))]),
  cost: 23,
  domain: INSIDE,
});

/** The angle from −π/2 to π/2 whose tangent is x. */
export const atan = unary('atan', {
  scalar: Math.atan,
  spell: library('atan'),
  float32: atanFloat32,
  vjp: (g, x) => over(g, plus(one(x), times(x, x))),
  cost: 30,
});

/** The angle of the point (x, y), from −π to π, of the sources y and x. */
export const atan2: ElementwiseOp<undefined> = {
  name: 'atan2',
  kind: 'elementwise',
  arity: 2,
  infer: alike('atan2', 'float'),
  scalar: ([y, x]) => Math.atan2(y!, x!),
  spell: { c: { f64: 'atan2' }, js: 'Math.atan2({0}, {1})' },
  vjp: ({ src: [y, x] }, g, needs) => {
    const share = over(g, plus(times(x!, x!), times(y!, y!)));
    return [needs[0] ? times(share, x!) : null, needs[1] ? apply(neg, [times(share, y!)]) : null];
  },
  domain: [
    { low: 0.3, high: 3 },
    { low: -3, high: 3 },
  ],
  cost: 48,
  expand: ([y, x], dtype, _, e) => (dtype === 'float32' ? atan2Float32(wordsFor(e, y!.lanes), y!, x!) : null),
};

/** The hyperbolic sine, (eˣ − e⁻ˣ)/2. */
export const sinh = unary('sinh', {
  scalar: Math.sinh,
  spell: library('sinh'),
  float32: sinhFloat32,
  vjp: (g, x) => times(g, apply(cosh, [x])),
  cost: 40,
});

/** The hyperbolic cosine, (eˣ + e⁻ˣ)/2. */
export const cosh = unary('cosh', {
  scalar: Math.cosh,
  spell: library('cosh'),
  float32: coshFloat32,
  vjp: (g, x) => times(g, apply(sinh, [x])),
  cost: 27,
});

/** The number whose hyperbolic sine is x. */
export const asinh = unary('asinh', {
  scalar: Math.asinh,
  spell: library('asinh'),
  float32: asinhFloat32,
  vjp: (g, x) => over(g, apply(sqrt, [plus(times(x, x), one(x))])),
  cost: 51,
});

/** The number from 0 up whose hyperbolic cosine is x; NaN below 1. */
export const acosh = unary('acosh', {
  scalar: Math.acosh,
  spell: library('acosh'),
  float32: acoshFloat32,
  vjp: (g, x) => over(g, times(apply(sqrt, [minus(x, one(x))]), apply(sqrt, [plus(x, one(x))]))),
  cost: 46,
  domain: { low: 1.3, high: 4 },
});

/** The number whose hyperbolic tangent is x; ±∞ at ±1, NaN beyond. */
export const atanh = unary('atanh', {
  scalar: Math.atanh,
  spell: library('atanh'),
  float32: atanhFloat32,
  vjp: (g, x) => over(g, below1(x)),
  cost: 47,
  domain: INSIDE,
});

/** The records of this file by name. */
export const CIRCULAR = { tan, asin, acos, atan, atan2, sinh, cosh, asinh, acosh, atanh } as const;
