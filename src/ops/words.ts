/**
 * The words in which float32 expansions are written: arithmetic on expressions of one lane count, where a plain number
 * stands for a constant of its neighbour's dtype.
 */
import type { Expr, ExprBuilder } from '../ir/expr.js';
import type { ElementwiseOp } from '../ir/op.js';
import { abs, add, div, floor, maximum, minimum, mul, mulAdd, neg, sqrt, sub } from './arithmetic.js';
import { mulHigh, shiftLeft, shiftRight, shiftRightLogical } from './bits.js';
import { bits, cast } from './cast.js';
import { and, eq, isnan, le, lt, ne, not, or, where, xor } from './logic.js';

type Operand = Expr | number;

/** 1.5 · 2²³. A float32 of less than 2²² in size, added to it, is rounded to a whole number, which stands in the lowest bits of the sum. */
const ROUNDER = 12582912;

export type Words = ReturnType<typeof wordsFor>;

/** The words over `e`, for values of `lanes` lanes. */
export function wordsFor(e: ExprBuilder, lanes: number) {
  const float = (value: number): Expr => e.constant(value, 'float32', lanes);
  const int = (value: number): Expr => e.constant(value | 0, 'int32', lanes);
  const beside = (x: Operand, neighbour: Expr): Expr =>
    typeof x === 'number' ? e.constant(x, neighbour.dtype, lanes) : x;

  const unary = (op: ElementwiseOp) => (x: Expr) => e.op(op, x);
  const binary = (op: ElementwiseOp) => (a: Expr, b: Operand) => e.op(op, a, beside(b, a));
  const test = (op: ElementwiseOp) => (a: Expr, b: Operand) => e.typed(op, 'bool', undefined, a, beside(b, a));

  const fma = (a: Expr, b: Operand, c: Operand): Expr => e.op(mulAdd, a, beside(b, a), beside(c, a));
  const floatBits = (x: Expr): Expr => e.typed(bits, 'int32', { to: 'int32' }, x);
  const fromBits = (x: Expr): Expr => e.typed(bits, 'float32', { to: 'float32' }, x);
  const shl = binary(shiftLeft);
  const plus = binary(add);
  const minus = binary(sub);

  return {
    float,
    int,
    neg: unary(neg),
    abs: unary(abs),
    floor: unary(floor),
    sqrt: unary(sqrt),
    add: plus,
    sub: minus,
    mul: binary(mul),
    div: binary(div),
    min: binary(minimum),
    max: binary(maximum),
    /** a·b + c, fused or not: right either way is what every use must see to. */
    mulAdd: fma,
    /** Σ coefficients[i]·xⁱ */
    polynomial(x: Expr, coefficients: readonly number[]): Expr {
      const last = coefficients.length - 1;
      let sum = float(coefficients[last]!);
      for (let i = last - 1; i >= 0; i--) sum = fma(sum, x, coefficients[i]!);
      return sum;
    },

    eq: test(eq),
    ne: test(ne),
    lt: test(lt),
    le: test(le),
    isNaN: (x: Expr): Expr => e.typed(isnan, 'bool', undefined, x),
    not: unary(not),
    and: binary(and),
    or: binary(or),
    xor: binary(xor),
    /** At least one of the two branches is an expression. */
    where(condition: Expr, yes: Operand, no: Operand): Expr {
      const dtype = typeof yes !== 'number' ? yes.dtype : typeof no !== 'number' ? no.dtype : 'float32';
      const branch = (x: Operand): Expr => (typeof x === 'number' ? e.constant(x, dtype, lanes) : x);
      return e.typed(where, dtype, undefined, condition, branch(yes), branch(no));
    },

    shl,
    shr: binary(shiftRight),
    shrLogical: binary(shiftRightLogical),
    mulHigh: binary(mulHigh),
    floatBits,
    fromBits,
    toInt: (x: Expr): Expr => e.typed(cast, 'int32', { to: 'int32' }, x),
    toFloat: (x: Expr): Expr => e.typed(cast, 'float32', { to: 'float32' }, x),
    /** x with only the upper 12 of its 24 significant bits: products of two such numbers are exact. */
    head: (x: Expr): Expr => fromBits(e.op(and, floatBits(x), int(0xfffff000))),
    /** x·scale as a whole number: as a float32, and as an int32 whose upper bits shifting left by 23 loses. For |x·scale| < 2²². */
    nearest(x: Expr, scale: number): { readonly value: Expr; readonly whole: Expr } {
      const shifted = fma(x, scale, ROUNDER);
      return { value: minus(shifted, ROUNDER), whole: floatBits(shifted) };
    },
    /** 2ⁿ for −126 ≤ n ≤ 127, n as {@link nearest} gives it. */
    power: (n: Expr): Expr => fromBits(plus(shl(n, 23), 0x3f800000)),
  };
}
