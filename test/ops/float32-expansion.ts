/**
 * Runs float32 expansions without a target: {@link compileExpansion} turns the expression into straight JavaScript in
 * which every operation rounds to float32, {@link walkExpansion} asks the records' `scalar` instead.
 *
 * mulAdd comes in two ways. Fused, it is a float64 product (exact) and sum, rounded to float32: that rounds twice, which
 * differs from one rounding in about one case of 2^29.
 */
import type { DType } from '../../src/base/dtype.js';
import type { Expr, ExprBuilder, OpExpr } from '../../src/ir/expr.js';
import type { ElementwiseOp } from '../../src/ir/op.js';
import { mulHigh, shiftLeft, shiftRight, shiftRightLogical } from '../../src/ops/bits.js';
import { bits, cast, saturate } from '../../src/ops/cast.js';
import * as ops from '../../src/ops/index.js';

export interface Expansion {
  readonly inputs: readonly Expr[];
  readonly result: Expr;
  /** Distinct operations, constants not counted. */
  readonly operations: number;
}

const builder: ExprBuilder = {
  op: (op, ...args) => builder.typed(op, args[0]!.dtype, undefined, ...args),
  typed: (op, dtype, attrs, ...args) => ({ e: 'op', op, dtype, attrs, args, lanes: 1 }),
  constant: (value, dtype, lanes = 1) => ({ e: 'constant', value, dtype, lanes }),
};

const input = (id: number, dtype: DType): Expr => {
  const lanes = 1;
  return { e: 'local', dtype, lanes, local: { id, name: `x${id}`, dtype, lanes } };
};

/** A constant operand, as a kernel would hold it. */
export const constant = (value: number): Expr => builder.constant(value, 'float32');

/** What `op` expands to at `dtype`; operands that are given are taken, the others are inputs. */
export function expansionOf(op: ElementwiseOp, dtype: DType, given: readonly (Expr | null)[] = []): Expansion | null {
  const args = Array.from({ length: op.arity }, (_, i) => given[i] ?? input(i, dtype));
  const result = op.expand!(args, dtype, undefined, builder);
  if (result === null) return null;
  return { inputs: args.filter((a) => a.e === 'local'), result, operations: inOrder(result).length };
}

/** The operations under `root`, each once, operands first. */
function inOrder(root: Expr): OpExpr[] {
  const order = new Set<OpExpr>();
  const visit = (x: Expr): void => {
    if (x.e !== 'op' || order.has(x)) return;
    x.args.forEach(visit);
    order.add(x);
  };
  visit(root);
  return [...order];
}

type Formula = (a: string, b: string, c: string, x: OpExpr) => string;
const number =
  (symbol: string): Formula =>
  (a, b, _, { dtype }) =>
    dtype === 'float32' ? `fround(${a} ${symbol} ${b})` : `(${a} ${symbol} ${b} | 0)`;
const plain =
  (symbol: string): Formula =>
  (a, b) =>
    `(${a} ${symbol} ${b})`;
const call =
  (name: string): Formula =>
  (a, b) =>
    b === '' ? `${name}(${a})` : `${name}(${a}, ${b})`;

const FORMULAS = new Map<ElementwiseOp, Formula>([
  [ops.neg, (a) => `-${a}`],
  [ops.abs, call('Math.abs')],
  [ops.sqrt, (a) => `fround(Math.sqrt(${a}))`],
  [ops.floor, call('Math.floor')],
  [ops.add, number('+')],
  [ops.sub, number('-')],
  [ops.mul, (a, b, _, x) => (x.dtype === 'float32' ? `fround(${a} * ${b})` : `Math.imul(${a}, ${b})`)],
  [ops.div, number('/')],
  [ops.minimum, call('Math.min')],
  [ops.maximum, call('Math.max')],
  [ops.eq, plain('===')],
  [ops.ne, plain('!==')],
  [ops.lt, plain('<')],
  [ops.le, plain('<=')],
  [ops.isnan, call('Number.isNaN')],
  [ops.not, (a) => `!${a}`],
  [ops.and, (a, b, _, x) => (x.dtype === 'bool' ? `(${a} && ${b})` : `(${a} & ${b})`)],
  [ops.or, (a, b, _, x) => (x.dtype === 'bool' ? `(${a} || ${b})` : `(${a} | ${b})`)],
  [ops.xor, plain('^')],
  [ops.where, (a, b, c) => `(${a} ? ${b} : ${c})`],
  [shiftLeft, plain('<<')],
  [shiftRight, plain('>>')],
  [shiftRightLogical, (a, b) => `(${a} >>> ${b} | 0)`],
  [mulHigh, call('mulHigh')],
  [bits, (a, _, __, x) => `${x.dtype === 'int32' ? 'toBits' : 'fromBits'}(${a})`],
  [cast, (a, _, __, x) => `${x.dtype === 'int32' ? 'saturate' : 'fround'}(${a})`],
]);

const view = new DataView(new ArrayBuffer(4));
const LIBRARY = {
  fround: Math.fround,
  saturate,
  mulHigh: (a: number, b: number): number => Number((BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n) | 0,
  toBits(x: number): number {
    view.setFloat32(0, x);
    return view.getInt32(0);
  },
  fromBits(x: number): number {
    view.setInt32(0, x);
    return view.getFloat32(0);
  },
};

const literal = (value: number, dtype: DType): string => {
  const stored = dtype === 'float32' ? Math.fround(value) : value;
  return Object.is(stored, -0) ? '(-0)' : `(${stored})`;
};

/** The expansion as a function of its inputs. */
export function compileExpansion({ inputs, result }: Expansion, fused: boolean): (x: number, y: number) => number {
  const names = new Map<Expr, string>(inputs.map((x, i) => [x, `x${i}`]));
  const nameOf = (x: Expr | undefined): string => {
    if (x === undefined) return '';
    return x.e === 'constant' ? literal(x.value, x.dtype) : names.get(x)!;
  };
  const lines: string[] = [];
  for (const x of inOrder(result)) {
    const [a, b, c] = [nameOf(x.args[0]), nameOf(x.args[1]), nameOf(x.args[2])];
    const product = fused ? `${a} * ${b}` : `fround(${a} * ${b})`;
    const value = x.op === ops.mulAdd ? `fround(${product} + ${c})` : FORMULAS.get(x.op)!(a, b, c, x);
    names.set(x, `t${lines.length}`);
    lines.push(`const t${lines.length} = ${value};`);
  }
  const body = `return (x0, x1) => { ${lines.join('\n')} return ${nameOf(result)}; };`;
  return new Function(...Object.keys(LIBRARY), body)(...Object.values(LIBRARY));
}

/** The value of the expansion by the records' own meaning, mulAdd fused. */
export function walkExpansion({ inputs, result }: Expansion, given: readonly number[]): number {
  const values = new Map<Expr, number>(inputs.map((x, i) => [x, given[i]!]));
  const valueOf = (x: Expr): number => {
    if (x.e === 'constant') return x.dtype === 'float32' ? Math.fround(x.value) : x.value;
    return values.get(x)!;
  };
  for (const x of inOrder(result)) {
    const value = x.op.scalar(x.args.map(valueOf), x.args[0]!.dtype, x.attrs);
    values.set(x, x.dtype === 'float32' ? Math.fround(value) : value | 0);
  }
  return valueOf(result);
}

/** Distance of a float32 from an exact value, in units of the spacing of float32 numbers there; ∞ counts as 2^128. */
export function ulpsFrom(exact: number, value: number): number {
  if (Object.is(exact, value)) return 0;
  if (Number.isNaN(exact) || Number.isNaN(value)) return Number.isNaN(exact) && Number.isNaN(value) ? 0 : Infinity;
  const size = Math.min(Math.abs(exact), 2 ** 128);
  const finite = (x: number): number => Math.max(-(2 ** 128), Math.min(2 ** 128, x));
  // The exponent of a float64 is more than float32 has below 2^-126, where the spacing stays 2^-149.
  float64[0] = size;
  const exponent = Math.min(127, Math.max(-126, ((words[1]! >>> 20) & 0x7ff) - 1023));
  return Math.abs(finite(value) - finite(exact)) / 2 ** (exponent - 23);
}
const float64 = new Float64Array(1);
const words = new Uint32Array(float64.buffer);

/** The float32 whose bits are `pattern`. */
export const float32Of = (pattern: number): number => LIBRARY.fromBits(pattern | 0);
