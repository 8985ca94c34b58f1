/**
 * Comparison, logic and choice: one record per primitive.
 */
import { isFloat } from '../base/dtype.js';
import { DTypeError } from '../base/errors.js';
import type { Expr } from '../ir/expr.js';
import { apply, type Node } from '../ir/node.js';
import type { ElementwiseOp, Spellings } from '../ir/op.js';
import { constantNode } from './leaf.js';
import { alike, expectSameShape } from './typing.js';

type Plain = ElementwiseOp<undefined>;
const NOT_SMOOTH = { none: 'its result is no number that varies smoothly' };

const zeros = (like: Node): Node => constantNode(0, like.shape, like.dtype);
const choose = (condition: Node, a: Node, b: Node): Node => apply(where, [condition, a, b]);

/** Whether an expression is the constant `value`; −0 and 0 differ. */
export const is = (e: Expr | undefined, value: number): boolean => e?.e === 'constant' && Object.is(e.value, value);

const comparison = (
  name: string,
  spell: Spellings,
  scalar: (a: number, b: number) => boolean,
  expand?: ElementwiseOp['expand'],
): Plain => ({
  name,
  kind: 'elementwise',
  arity: 2,
  infer: alike(name, 'any', 'bool'),
  scalar: ([a, b]) => Number(scalar(a!, b!)),
  vjp: NOT_SMOOTH,
  spell,
  expand,
});

const EQ = {
  wasm: { f32: 'eq', f64: 'eq', i32: 'eq', bool: 'eq' },
  c: '{0} == {1}',
  js: '{0} === {1} ? 1 : 0',
};
const NE = {
  wasm: { f32: 'ne', f64: 'ne', i32: 'ne', bool: 'ne' },
  c: '{0} != {1}',
  js: '{0} !== {1} ? 1 : 0',
};
const LT = {
  wasm: { f32: 'lt', f64: 'lt', i32: 'lt_s' },
  c: { f32: '{0} < {1}', f64: '{0} < {1}', i32: '{0} < {1}' },
  js: '{0} < {1} ? 1 : 0',
};
const LE = {
  wasm: { f32: 'le', f64: 'le', i32: 'le_s' },
  c: { f32: '{0} <= {1}', f64: '{0} <= {1}', i32: '{0} <= {1}' },
  js: '{0} <= {1} ? 1 : 0',
};
/** a = b */
export const eq = comparison('eq', EQ, (a, b) => a === b);
/** a ≠ b */
export const ne = comparison('ne', NE, (a, b) => a !== b);
/** a < b */
// The order of bools is written in logic: in vectors they are masks (0, −1), which the signed order would turn round.
export const lt = comparison(
  'lt',
  LT,
  (a, b) => a < b,
  ([a, b], _, __, e) => e.op(and, e.op(not, a!), b!),
);
/** a ≤ b */
export const le = comparison(
  'le',
  LE,
  (a, b) => a <= b,
  ([a, b], _, __, e) => e.op(or, e.op(not, a!), b!),
);

const logic = (name: string, operator: string, scalar: (a: number, b: number) => number): Plain => ({
  name,
  kind: 'elementwise',
  arity: 2,
  infer: (src) => {
    if (isFloat(src[0]!.dtype))
      throw new DTypeError(`${name} takes bool or whole numbers, got ${src[0]!.dtype}: compare first, as in x.ne(0)`);
    return alike(name, 'any')(src);
  },
  scalar: ([a, b]) => scalar(a!, b!),
  vjp: NOT_SMOOTH,
  commutative: true,
  spell: { wasm: { i32: name, bool: name }, c: `{0} ${operator} {1}`, js: `{0} ${operator} {1}` },
});
/** a and b, bit by bit */
export const and = logic('and', '&', (a, b) => a & b);
/** a or b, bit by bit */
export const or = logic('or', '|', (a, b) => a | b);
/** Either a or b, bit by bit */
export const xor = logic('xor', '^', (a, b) => a ^ b);

/** The opposite of a bool. */
export const not: Plain = {
  name: 'not',
  kind: 'elementwise',
  arity: 1,
  infer: alike('not', 'bool'),
  scalar: ([x]) => 1 - x!,
  vjp: NOT_SMOOTH,
  spell: { wasm: { bool: 'not' }, c: 'not', js: '1 - {0}' },
};

/** a where the condition holds, else b */
export const where: Plain = {
  name: 'where',
  kind: 'elementwise',
  arity: 3,
  infer: (src) => {
    const [condition, a, b] = src;
    if (condition!.dtype !== 'bool')
      throw new DTypeError(`where: the condition must be bool, got ${condition!.dtype}: compare first, as in x.gt(0)`);
    if (a!.dtype !== b!.dtype)
      throw new DTypeError(`where: the branches are ${a!.dtype} and ${b!.dtype}; convert one with .to(…)`);
    expectSameShape('where', src);
    return { shape: a!.shape, dtype: a!.dtype };
  },
  scalar: ([c, a, b]) => (c ? a! : b!),
  simplify: ([c, a, b]) => (a === b || is(c, 1) ? a! : is(c, 0) ? b! : null),
  vjp: ({ src: [c] }, g, needs) => [
    null,
    needs[1] ? choose(c!, g, zeros(g)) : null,
    needs[2] ? choose(c!, zeros(g), g) : null,
  ],
  spell: { wasm: { bool: 'select' }, c: 'select', js: '{0} ? {1} : {2}' },
};

const classify = (name: string, scalar: (x: number) => boolean, wasm: string, text: string): Plain => ({
  name,
  kind: 'elementwise',
  arity: 1,
  infer: alike(name, 'any', 'bool'),
  scalar: ([x]) => Number(scalar(x!)),
  vjp: NOT_SMOOTH,
  spell: { wasm: { f32: wasm, f64: wasm }, c: { f32: text, f64: text }, js: `${text} ? 1 : 0` },
  // Whole numbers and bools are always finite numbers.
  expand: ([x], dtype, _, e) => (isFloat(dtype) ? null : e.constant(Number(scalar(0)), 'bool', x!.lanes)),
});
/** Whether x is NaN */
export const isnan = classify('isnan', Number.isNaN, 'is_nan', '{0} != {0}');
/** Whether x is neither NaN nor ±∞. In C by x − x, which is 0, unless x is no finite number: then it is NaN. */
export const isfinite = classify('isfinite', Number.isFinite, 'is_finite', '{0} - {0} == {0} - {0}');

/** The records of this file by name. */
export const LOGIC = { eq, ne, lt, le, and, or, xor, not, where, isnan, isfinite } as const;
