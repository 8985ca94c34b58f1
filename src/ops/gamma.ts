/**
 * The logarithm of the gamma function and its derivatives, the polygamma functions; and the inverse of the error function.
 * `gamma-float64.ts` and `gamma-float32.ts` hold the formulas.
 */
import { apply, type Node } from '../ir/node.js';
import type { ElementwiseOp } from '../ir/op.js';
import { erfinvFloat32, lgammaFloat32, polygammaFloat32 } from './gamma-float32.js';
import { erfinvFloat64, lgammaFloat64, polygammaFloat64 } from './gamma-float64.js';
import { exp } from './transcendental.js';
import { alike } from './typing.js';
import { fill, times, unary } from './unary.js';
import { wordsFor } from './words.js';

/** The derivative of digamma, the logarithmic derivative of Γ, of an order from 0 up; poles at 0, −1, −2, …. */
export const polygamma: ElementwiseOp<{ readonly order: number }> = {
  name: 'polygamma',
  kind: 'elementwise',
  arity: 1,
  infer: alike('polygamma', 'float'),
  key: ({ order }) => String(order),
  scalar: ([x], _, { order }) => polygammaFloat64(order, x!),
  vjp: ({ src: [x], attrs: { order } }, g) => [times(g, polygammaNode(x!, order + 1))],
  examples: [0, 1, 2, 3].flatMap((order) => [[4], [3, 7]].map((shape) => ({ shapes: [shape], attrs: { order } }))),
  domain: [{ low: 0.3, high: 7 }],
  cost: 150,
  expand: ([x], dtype, { order }, e) =>
    dtype === 'float32' ? polygammaFloat32(wordsFor(e, x!.lanes), x!, order) : null,
};

/** The derivative of digamma of order `order` ≥ 0 at x. */
export const polygammaNode = (x: Node, order: number): Node => apply(polygamma, [x], { order });

/** log |Γ(x)|; ∞ at 0, −1, −2, …. */
export const lgamma = unary('lgamma', {
  scalar: lgammaFloat64,
  float32: lgammaFloat32,
  vjp: (g, x) => times(g, polygammaNode(x, 0)),
  cost: 150,
  domain: { low: 0.2, high: 7 },
});

/** The number whose error function is x; ±∞ at ±1, NaN beyond. */
export const erfinv = unary('erfinv', {
  scalar: erfinvFloat64,
  float32: erfinvFloat32,
  vjp: (g, _, y) => times(g, times(fill(Math.sqrt(Math.PI) / 2, y), apply(exp, [times(y, y)]))),
  cost: 85,
  domain: { low: -0.9, high: 0.9 },
});

/** The records of this file by name. */
export const GAMMA = { lgamma, polygamma, erfinv } as const;
