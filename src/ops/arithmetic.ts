/**
 * Elementwise arithmetic: one record per primitive.
 */
import { isFloat } from '../base/dtype.js';
import { apply, type Node } from '../ir/node.js';
import type { Domain, ElementwiseOp } from '../ir/op.js';
import { cast } from './cast.js';
import { constantNode } from './leaf.js';
import { and, eq, is, le, lt, or, where } from './logic.js';
import { alike } from './typing.js';

type Plain = ElementwiseOp<undefined>;

const zeros = (like: Node): Node => constantNode(0, like.shape, like.dtype);
const fill = (value: number, like: Node): Node => constantNode(value, like.shape, like.dtype);
const choose = (condition: Node, a: Node, b: Node): Node => apply(where, [condition, a, b]);
const times = (a: Node, b: Node): Node => apply(mul, [a, b]);

const AWAY_FROM_ZERO: Domain = { low: -3, high: 3, avoid: [0], margin: 0.3 };
const POSITIVE: Domain = { low: 0.2, high: 3 };
const STEPS: Domain = { low: -3, high: 3, avoid: [-3, -2, -1, 0, 1, 2, 3], margin: 0.05 };
const HALF_STEPS: Domain = { low: -3, high: 3, avoid: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], margin: 0.05 };

/** −x */
export const neg: Plain = {
  name: 'neg',
  kind: 'elementwise',
  arity: 1,
  infer: alike('neg', 'number'),
  scalar: ([x]) => -x!,
  simplify: ([x]) => (x!.e === 'op' && x!.op === neg ? x!.args[0]! : null),
  vjp: (_, g) => [apply(neg, [g])],
  spell: { wasm: { f32: 'neg', f64: 'neg' }, c: { f32: '-{0}', f64: '-{0}' }, js: '-{0}' },
  expand: ([x], dtype, _, e) =>
    dtype === 'int32' || dtype === 'uint8' ? e.op(sub, e.constant(0, dtype, x!.lanes), x!) : null,
};

/** a + b */
export const add: Plain = {
  name: 'add',
  kind: 'elementwise',
  arity: 2,
  infer: alike('add', 'number'),
  scalar: ([a, b]) => a! + b!,
  // On floats −0 changes nothing; 0 turns −0 into 0.
  simplify: ([a, b]) => {
    const neutral = isFloat(a!.dtype) ? -0 : 0;
    return is(b, neutral) ? a! : is(a, neutral) ? b! : null;
  },
  vjp: (_, g) => [g, g],
  commutative: true,
  spell: { wasm: { f32: 'add', f64: 'add', i32: 'add' }, c: '{0} + {1}', js: '{0} + {1}' },
};

/** a − b */
export const sub: Plain = {
  name: 'sub',
  kind: 'elementwise',
  arity: 2,
  infer: alike('sub', 'number'),
  scalar: ([a, b]) => a! - b!,
  simplify: ([a, b]) => (is(b, 0) ? a! : null),
  vjp: (_, g, needs) => [g, needs[1] ? apply(neg, [g]) : null],
  spell: { wasm: { f32: 'sub', f64: 'sub', i32: 'sub' }, c: '{0} - {1}', js: '{0} - {1}' },
};

/** a · b */
export const mul: Plain = {
  name: 'mul',
  kind: 'elementwise',
  arity: 2,
  infer: alike('mul', 'number'),
  scalar: ([a, b], dtype) => (dtype === 'int32' ? Math.imul(a!, b!) : a! * b!),
  simplify: ([a, b]) => (is(b, 1) ? a! : is(a, 1) ? b! : null),
  vjp: ({ src: [a, b] }, g, needs) => [needs[0] ? times(g, b!) : null, needs[1] ? times(g, a!) : null],
  commutative: true,
  spell: {
    wasm: { f32: 'mul', f64: 'mul', i32: 'mul' },
    c: '{0} * {1}',
    js: { f32: '{0} * {1}', f64: '{0} * {1}', i32: 'Math.imul({0}, {1})' },
  },
};

/** a / b */
export const div: Plain = {
  name: 'div',
  kind: 'elementwise',
  arity: 2,
  infer: alike('div', 'float'),
  scalar: ([a, b]) => a! / b!,
  simplify: ([a, b]) => (is(b, 1) ? a! : null),
  vjp: (node, g, needs) => {
    const b = node.src[1]!;
    const da = apply(div, [g, b]);
    return [needs[0] ? da : null, needs[1] ? apply(neg, [times(da, node)]) : null];
  },
  domain: [{ low: -3, high: 3 }, AWAY_FROM_ZERO],
  cost: 4,
  spell: { wasm: { f32: 'div', f64: 'div' }, c: '{0} / {1}', js: '{0} / {1}' },
};

/** Where both are equal each gets half of the gradient. */
const sharesOf = (a: Node, b: Node, larger: Node, g: Node): Node =>
  choose(apply(eq, [a, b]), times(g, fill(0.5, g)), choose(larger, g, zeros(g)));

/** The larger of a and b; NaN if either is. */
export const maximum: Plain = {
  name: 'maximum',
  kind: 'elementwise',
  arity: 2,
  infer: alike('maximum', 'any'),
  scalar: ([a, b]) => Math.max(a!, b!),
  vjp: ({ src: [a, b] }, g, needs) => [
    needs[0] ? sharesOf(a!, b!, apply(lt, [b!, a!]), g) : null,
    needs[1] ? sharesOf(a!, b!, apply(lt, [a!, b!]), g) : null,
  ],
  spell: { wasm: { f32: 'max', f64: 'max' }, c: { f32: 'max', f64: 'max' }, js: 'Math.max({0}, {1})' },
  // Integers; of bools the larger is their or.
  expand: ([a, b], dtype, _, e) => {
    if (isFloat(dtype)) return null;
    return dtype === 'bool'
      ? e.op(or, a!, b!)
      : e.typed(where, dtype, undefined, e.typed(lt, 'bool', undefined, a!, b!), b!, a!);
  },
};

/** The smaller of a and b; NaN if either is. */
export const minimum: Plain = {
  name: 'minimum',
  kind: 'elementwise',
  arity: 2,
  infer: alike('minimum', 'any'),
  scalar: ([a, b]) => Math.min(a!, b!),
  vjp: ({ src: [a, b] }, g, needs) => [
    needs[0] ? sharesOf(a!, b!, apply(lt, [a!, b!]), g) : null,
    needs[1] ? sharesOf(a!, b!, apply(lt, [b!, a!]), g) : null,
  ],
  spell: { wasm: { f32: 'min', f64: 'min' }, c: { f32: 'min', f64: 'min' }, js: 'Math.min({0}, {1})' },
  expand: ([a, b], dtype, _, e) => {
    if (isFloat(dtype)) return null;
    return dtype === 'bool'
      ? e.op(and, a!, b!)
      : e.typed(where, dtype, undefined, e.typed(lt, 'bool', undefined, a!, b!), a!, b!);
  },
};

/** |x|; the gradient at 0 is 0. */
export const abs: Plain = {
  name: 'abs',
  kind: 'elementwise',
  arity: 1,
  infer: alike('abs', 'number'),
  scalar: ([x]) => Math.abs(x!),
  vjp: ({ src: [x] }, g) => [times(g, apply(sign, [x!]))],
  domain: [AWAY_FROM_ZERO],
  spell: { wasm: { f32: 'abs', f64: 'abs' }, c: { f32: 'abs', f64: 'abs' }, js: 'Math.abs({0})' },
  expand: ([x], dtype, _, e) => {
    if (dtype === 'uint8') return x!;
    if (dtype !== 'int32') return null;
    const zero = e.constant(0, dtype, x!.lanes);
    return e.typed(where, dtype, undefined, e.typed(lt, 'bool', undefined, x!, zero), e.op(sub, zero, x!), x!);
  },
};

/** −1, 0 or 1 by the sign of x; NaN for NaN. */
export const sign: Plain = {
  name: 'sign',
  kind: 'elementwise',
  arity: 1,
  infer: alike('sign', 'number'),
  scalar: ([x]) => Math.sign(x!),
  vjp: ({ src: [x] }) => [zeros(x!)],
  domain: [AWAY_FROM_ZERO],
  expand: ([x], dtype, _, e) => {
    const at = (v: number) => e.constant(v, dtype, x!.lanes);
    const below = e.typed(where, dtype, undefined, e.typed(lt, 'bool', undefined, x!, at(0)), at(-1), x!);
    return e.typed(where, dtype, undefined, e.typed(lt, 'bool', undefined, at(0), x!), at(1), below);
  },
};

/** √x; NaN below 0. */
export const sqrt: Plain = {
  name: 'sqrt',
  kind: 'elementwise',
  arity: 1,
  infer: alike('sqrt', 'float'),
  scalar: ([x]) => Math.sqrt(x!),
  vjp: (node, g) => [apply(div, [times(g, fill(0.5, g)), node])],
  domain: [POSITIVE],
  cost: 6,
  spell: { wasm: { f32: 'sqrt', f64: 'sqrt' }, c: 'sqrt', js: 'Math.sqrt({0})' },
};

/** Steps have gradient 0 between their jumps. */
const step = (
  name: string,
  { wasm, js }: { readonly wasm: string; readonly js?: string },
  scalar: (x: number) => number,
  domain: Domain,
): Plain => ({
  name,
  kind: 'elementwise',
  arity: 1,
  infer: alike(name, 'number'),
  scalar: ([x]) => scalar(x!),
  vjp: (_, g) => [zeros(g)],
  domain: [domain],
  spell: { wasm: { f32: wasm, f64: wasm }, c: { f32: wasm, f64: wasm }, ...(js && { js }) },
  expand: ([x], dtype) => (isFloat(dtype) ? null : x!),
});

/** Rounds halves to the even neighbour, as IEEE 754 and NumPy do. */
function roundHalfEven(x: number): number {
  const r = Math.round(x);
  const rounded = Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r;
  return rounded === 0 ? (Object.is(x, -0) || x < 0 ? -0 : 0) : rounded;
}

const FLOOR = { wasm: 'floor', js: 'Math.floor({0})' };
const CEIL = { wasm: 'ceil', js: 'Math.ceil({0})' };
const TRUNC = { wasm: 'trunc', js: 'Math.trunc({0})' };
/** The largest whole number ≤ x. */
export const floor = step('floor', FLOOR, Math.floor, STEPS);
/** The smallest whole number ≥ x. */
export const ceil = step('ceil', CEIL, Math.ceil, STEPS);
/** x without its fraction. */
export const trunc = step('trunc', TRUNC, Math.trunc, STEPS);
/** The nearest whole number, halves to the even one. */
export const round = step('round', { wasm: 'nearest' }, roundHalfEven, HALF_STEPS);

/** x where x > 0, else 0; the gradient at 0 is 0. */
export const relu: Plain = {
  name: 'relu',
  kind: 'elementwise',
  arity: 1,
  infer: alike('relu', 'number'),
  scalar: ([x]) => (x! <= 0 ? 0 : x!),
  // From the result, so that nobody has to keep x.
  vjp: (node, g) => [choose(apply(lt, [zeros(node), node]), g, zeros(g))],
  domain: [AWAY_FROM_ZERO],
  expand: ([x], dtype, _, e) => {
    const zero = e.constant(0, dtype, x!.lanes);
    return e.typed(where, dtype, undefined, e.typed(le, 'bool', undefined, x!, zero), zero, x!);
  },
};

/** a·b + c, rounded once where the target has a fused instruction: only expansions and contractions ask for it. */
export const mulAdd: Plain = {
  name: 'mulAdd',
  kind: 'elementwise',
  arity: 3,
  infer: alike('mulAdd', 'float'),
  scalar: ([a, b, c]) => a! * b! + c!,
  vjp: ({ src: [a, b] }, g) => [times(g, b!), times(g, a!), g],
  spell: { wasm: { f32: 'madd', f64: 'madd' }, c: { f32: 'madd', f64: '{0} * {1} + {2}' }, js: '{0} * {1} + {2}' },
};

/** The records of this file by name. */
export const ARITHMETIC = {
  neg,
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  abs,
  sign,
  sqrt,
  floor,
  ceil,
  trunc,
  round,
  relu,
  mulAdd,
  cast,
} as const;
