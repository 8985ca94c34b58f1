/**
 * Division by Python's rules on floats: the quotient rounded down, and a remainder with the sign of the divisor.
 * Exact for quotients of any size, which a − b·⌊a/b⌋ is not, so there is no expansion.
 */
import { apply } from '../ir/node.js';
import type { Domain, ElementwiseOp } from '../ir/op.js';
import { div, floor, mul, neg } from './arithmetic.js';
import { constantNode } from './leaf.js';
import { alike } from './typing.js';

/** The remainder of JavaScript's %, exact and with the sign of a, and whether that sign has to be turned. */
function truncated(a: number, b: number): { readonly rest: number; readonly turned: boolean } {
  const rest = a % b;
  return { rest, turned: rest !== 0 && rest < 0 !== b < 0 };
}

function remainderOf(a: number, b: number): number {
  const { rest, turned } = truncated(a, b);
  // A remainder of 0 has the sign of the divisor too.
  return turned ? rest + b : rest === 0 ? (b < 0 ? -0 : 0) : rest;
}

function floorQuotient(a: number, b: number): number {
  if (b === 0) return a / b;
  const { rest, turned } = truncated(a, b);
  // a − rest is a multiple of b but for its rounding.
  const quotient = (a - rest) / b - (turned ? 1 : 0);
  return quotient === 0 ? (a / b < 0 ? -0 : 0) : Math.round(quotient);
}

/** Away from a = 0, and |a| < b: where the quotient jumps. */
const BETWEEN_JUMPS: readonly Domain[] = [
  { low: -3, high: 3, avoid: [0], margin: 0.3 },
  { low: 3.5, high: 5 },
];

/** What remains of a over whole multiples of b, with the sign of b; NaN for b = 0. */
export const remainder: ElementwiseOp<undefined> = {
  name: 'remainder',
  kind: 'elementwise',
  arity: 2,
  infer: alike('remainder', 'float'),
  scalar: ([a, b]) => remainderOf(a!, b!),
  vjp: ({ src: [a, b] }, g, needs) => [
    g,
    needs[1] ? apply(neg, [apply(mul, [g, apply(floor, [apply(div, [a!, b!])])])]) : null,
  ],
  domain: BETWEEN_JUMPS,
  cost: 20,
  spell: { c: 'remainder' },
};

/** The largest whole number ≤ a / b; the gradient is 0. */
export const floorDivide: ElementwiseOp<undefined> = {
  name: 'floorDivide',
  kind: 'elementwise',
  arity: 2,
  infer: alike('floorDivide', 'float'),
  scalar: ([a, b]) => floorQuotient(a!, b!),
  vjp: (_, g) => [constantNode(0, g.shape, g.dtype), constantNode(0, g.shape, g.dtype)],
  domain: BETWEEN_JUMPS,
  cost: 20,
  spell: { c: 'floor_divide' },
};

/** The records of this file by name. */
export const DIVISION = { remainder, floorDivide } as const;
