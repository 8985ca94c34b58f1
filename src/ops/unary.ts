/**
 * What the records of smooth functions of one variable share: the shape of such a record, and the words in which their
 * derivatives are written.
 */
import type { Expr } from '../ir/expr.js';
import { apply, type Node } from '../ir/node.js';
import type { Domain, ElementwiseOp, Spellings } from '../ir/op.js';
import { add, mul, sub } from './arithmetic.js';
import { constantNode } from './leaf.js';
import { alike } from './typing.js';
import { type Words, wordsFor } from './words.js';

export const fill = (value: number, like: Node): Node => constantNode(value, like.shape, like.dtype);
export const times = (a: Node, b: Node): Node => apply(mul, [a, b]);
export const plus = (a: Node, b: Node): Node => apply(add, [a, b]);
export const minus = (a: Node, b: Node): Node => apply(sub, [a, b]);

export interface Unary {
  readonly scalar: (x: number) => number;
  readonly float32: (w: Words, x: Expr) => Expr;
  /** The derivative times the cotangent `g`; `y` is the result. From `y` where that is as good, so that nobody keeps x. */
  readonly vjp: (g: Node, x: Node, y: Node) => Node;
  readonly spell?: Spellings;
  /** Operations of the float32 expansion. */
  readonly cost: number;
  readonly domain?: Domain;
}

export const unary = (
  name: string,
  { scalar, float32, vjp, cost, domain, spell }: Unary,
): ElementwiseOp<undefined> => ({
  name,
  kind: 'elementwise',
  arity: 1,
  infer: alike(name, 'float'),
  scalar: ([x]) => scalar(x!),
  vjp: (node, g) => [vjp(g, node.src[0]!, node)],
  cost,
  ...(domain && { domain: [domain] }),
  ...(spell && { spell }),
  expand: ([x], dtype, _, e) => (dtype === 'float32' ? float32(wordsFor(e, x!.lanes), x!) : null),
});

/** A function of C's library, and of JavaScript's, where it bears the same name. C calls it in float64 only. */
export const library = (name: string): Spellings => ({ c: { f64: name }, js: `Math.${name}({0})` });
