/**
 * Short ways to write programs by hand: indices in canonical form, expressions, statements, and small records of ops.
 */
import type { DType } from '../../src/base/dtype.js';
import type { Atom, Expr, Guard, Index, Local, LoopVar, Program, Stmt } from '../../src/ir/expr.js';
import type { ElementwiseOp, Spellings, WasmSpelling } from '../../src/ir/op.js';

let ids = 0;
export const loopVar = (name: string, size: number): LoopVar => ({ id: ids++, name, size });
export const local = (name: string, dtype: DType, lanes = 1): Local => ({ id: ids++, name, dtype, lanes });

export function index(terms: readonly { atom: Atom; by: number }[], constant = 0): Index {
  const sorted = [...terms].sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1));
  let min = constant;
  let max = constant;
  for (const { atom, by } of terms) {
    min += by > 0 ? by * atom.min : by * atom.max;
    max += by > 0 ? by * atom.max : by * atom.min;
  }
  return {
    key: `${sorted.map((t) => `${t.by}${t.atom.key}`).join('+')}+${constant}`,
    terms: sorted,
    constant,
    min,
    max,
    slack: 0,
  };
}
export const at = (v: LoopVar, by = 1, constant = 0): Index => plus([v, by], constant);
/** Σ variable · coefficient + constant. */
export function plus(...parts: readonly (readonly [LoopVar, number] | number)[]): Index {
  const terms: { atom: Atom; by: number }[] = [];
  let constant = 0;
  for (const part of parts) {
    if (typeof part === 'number') constant += part;
    else
      terms.push({
        atom: { kind: 'var', key: `v${part[0].id}`, v: part[0], min: 0, max: part[0].size - 1, slack: 0 },
        by: part[1],
      });
  }
  return index(terms, constant);
}
export const fixed = (constant: number): Index => index([], constant);
export function quotient(kind: 'div' | 'mod', of: Index, by: number): Index {
  const min = kind === 'div' ? Math.floor(of.min / by) : 0;
  const max = kind === 'div' ? Math.floor(of.max / by) : by - 1;
  return index([{ atom: { kind, key: `(${of.key})${kind}${by}`, of, by, min, max, slack: 0 }, by: 1 }]);
}
export const runTime = (expr: Expr, min: number, max: number): Index =>
  index([{ atom: { kind: 'value', key: `x${ids++}`, expr, min, max, slack: 0 }, by: 1 }]);

export const guard = (of: Index, lo: number, hi: number): Guard => ({ index: of, lo, hi });
export const constant = (value: number, dtype: DType = 'float32', lanes = 1): Expr => ({
  e: 'constant',
  dtype,
  lanes,
  value,
});
export const number = (slot: number, dtype: DType = 'float32', lanes = 1): Expr => ({
  e: 'number',
  dtype,
  lanes,
  slot,
});
interface LoadOptions {
  dtype?: DType;
  along?: LoopVar;
  guards?: readonly Guard[];
  lanes?: number;
}
/** One element, or four (or `lanes`) along a variable. */
export const load = (
  slot: number,
  at: Index,
  { dtype = 'float32', along, guards = [], lanes = 4 }: LoadOptions = {},
): Expr => ({
  e: 'load',
  dtype,
  lanes: along ? lanes : 1,
  slot,
  index: at,
  guards,
  along: along ?? null,
});
export const position = (of: Index, along?: LoopVar, lanes = 4): Expr => ({
  e: 'position',
  dtype: 'int32',
  lanes: along ? lanes : 1,
  index: of,
  along: along ?? null,
});
export const whether = (guards: readonly Guard[], along?: LoopVar, lanes = 4): Expr => ({
  e: 'guard',
  dtype: 'bool',
  lanes: along ? lanes : 1,
  guards,
  along: along ?? null,
});
export const read = (of: Local): Expr => ({ e: 'local', dtype: of.dtype, lanes: of.lanes, local: of });
export const splat = (of: Expr, lanes = 4): Expr => ({ e: 'splat', dtype: of.dtype, lanes, of });
export const lane = (of: Expr, n: number): Expr => ({ e: 'lane', dtype: of.dtype, lanes: 1, of, lane: n });

export const set = (to: Local, value: Expr): Stmt => ({ s: 'set', local: to, value });
export const store = (slot: number, at: Index, value: Expr, guards: readonly Guard[] = []): Stmt => ({
  s: 'store',
  slot,
  dtype: value.dtype,
  index: at,
  value,
  guards,
});
export const when = (guards: readonly Guard[], ...body: readonly Stmt[]): Stmt => ({
  s: 'if',
  guards,
  then: body,
});
export const loop = (
  v: LoopVar,
  body: readonly Stmt[],
  bounds: { from?: number; to?: number; step?: number } = {},
): Stmt => ({
  s: 'for',
  v,
  ...bounds,
  body,
});
export const program = (buffers: readonly DType[], numbers: readonly DType[], body: readonly Stmt[]): Program => ({
  name: 'test',
  buffers,
  numbers,
  body,
});

/** A record with only what an emitter asks for. */
export function record(
  name: string,
  arity: number,
  scalar: (x: readonly number[], dtype: DType, attrs: unknown) => number,
  wasm?: WasmSpelling,
  c?: Spellings['c'],
): ElementwiseOp {
  return {
    name,
    kind: 'elementwise',
    arity,
    infer: ([x]) => x!,
    key: (attrs) => JSON.stringify(attrs ?? null),
    vjp: { none: 'for tests' },
    scalar,
    spell: { ...(wasm && { wasm }), ...(c !== undefined && { c }) },
  };
}
const saturate = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, x)));
const toDType = (x: number, to: unknown): number => {
  if (to === 'bool') return x === 0 ? 0 : 1;
  if (to === 'int32') return saturate(x);
  return to === 'uint8' ? saturate(x) & 255 : x;
};
const words = new DataView(new ArrayBuffer(4));
function reinterpret(x: number, to: unknown): number {
  if (to === 'int32') {
    words.setFloat32(0, x);
    return words.getInt32(0);
  }
  words.setInt32(0, x);
  return words.getFloat32(0);
}
const all = (name: string): WasmSpelling => ({ f32: name, f64: name, i32: name, bool: name });
/** In C: a template for numbers, or the name of a function. */
const numbers = (c: string): Spellings['c'] => ({ f32: c, f64: c, i32: c });
const floats = (c: string): Spellings['c'] => ({ f32: c, f64: c });
const numeric = (name: string): WasmSpelling => ({ f32: name, f64: name, i32: name });
const both = (float: string, integer: string): WasmSpelling => ({ f32: float, f64: float, i32: integer });

/** Ops for the tests, with their meanings. */
export const OPS = {
  add: record('add', 2, ([a, b]) => a! + b!, numeric('add'), numbers('{0} + {1}')),
  sub: record('sub', 2, ([a, b]) => a! - b!, numeric('sub'), numbers('{0} - {1}')),
  mul: record(
    'mul',
    2,
    ([a, b], dtype) => (dtype === 'int32' ? Math.imul(a!, b!) : a! * b!),
    numeric('mul'),
    numbers('{0} * {1}'),
  ),
  div: record('div', 2, ([a, b]) => a! / b!, { f32: 'div', f64: 'div' }, floats('{0} / {1}')),
  min: record('min', 2, ([a, b]) => Math.min(a!, b!), numeric('min'), numbers('min')),
  max: record('max', 2, ([a, b]) => Math.max(a!, b!), numeric('max'), numbers('max')),
  neg: record('neg', 1, ([a]) => -a!, numeric('neg'), numbers('-{0}')),
  abs: record('abs', 1, ([a]) => Math.abs(a!), numeric('abs'), floats('abs')),
  sqrt: record('sqrt', 1, ([a]) => Math.sqrt(a!), { f32: 'sqrt', f64: 'sqrt' }, floats('sqrt')),
  floor: record('floor', 1, ([a]) => Math.floor(a!), { f32: 'floor', f64: 'floor' }, floats('floor')),
  copysign: record(
    'copysign',
    2,
    ([a, b]) => (b! < 0 || Object.is(b, -0) ? -Math.abs(a!) : Math.abs(a!)),
    { f32: 'copysign', f64: 'copysign' },
    floats('copysign'),
  ),
  lt: record('lt', 2, ([a, b]) => Number(a! < b!), both('lt', 'lt_s'), numbers('{0} < {1}')),
  eq: record('eq', 2, ([a, b]) => Number(a! === b!), all('eq'), '{0} == {1}'),
  ne: record('ne', 2, ([a, b]) => Number(a! !== b!), all('ne'), '{0} != {1}'),
  and: record('and', 2, ([a, b]) => a! & b!, { i32: 'and', bool: 'and' }, '{0} & {1}'),
  or: record('or', 2, ([a, b]) => a! | b!, { i32: 'or', bool: 'or' }, '{0} | {1}'),
  xor: record('xor', 2, ([a, b]) => a! ^ b!, { i32: 'xor', bool: 'xor' }, '{0} ^ {1}'),
  andnot: record('andnot', 2, ([a, b]) => a! & ~b!, { i32: 'andnot', bool: 'andnot' }, '{0} & ~{1}'),
  not: record('not', 1, ([a]) => 1 - a!, { bool: 'not' }, 'not'),
  shl: record('shl', 2, ([a, b]) => a! << b!, { i32: 'shl' }, 'shl'),
  shrS: record('shrS', 2, ([a, b]) => a! >> b!, { i32: 'shr_s' }, '{0} >> {1}'),
  shrU: record('shrU', 2, ([a, b]) => (a! >>> b!) | 0, { i32: 'shr_u' }, 'shr_u'),
  rem: record('rem', 2, ([a, b]) => (a! % b!) + 0, { i32: 'rem_s' }, '{0} % {1}'),
  mulHigh: record(
    'mulHigh',
    2,
    ([a, b]) => Number(BigInt.asIntN(32, (BigInt(a! >>> 0) * BigInt(b! >>> 0)) >> 32n)),
    { i32: 'mul_high_u' },
    'mul_high_u',
  ),
  madd: record(
    'madd',
    3,
    ([a, b, c], dtype) => (dtype === 'float32' ? Math.fround(a! * b!) : a! * b!) + c!,
    numeric('madd'),
    numbers('{0} * {1} + {2}'),
  ),
  isNaN: record('isNaN', 1, ([a]) => Number(Number.isNaN(a)), { f32: 'is_nan', f64: 'is_nan' }, floats('{0} != {0}')),
  isFinite: record(
    'isFinite',
    1,
    ([a]) => Number(Number.isFinite(a)),
    { f32: 'is_finite', f64: 'is_finite' },
    floats('{0} - {0} == {0} - {0}'),
  ),
  where: record('where', 3, ([c, a, b]) => (c ? a! : b!), { bool: 'select' }, 'select'),
  pass: record('pass', 1, ([a]) => a!, all('pass'), 'pass'),
  cast: record('cast', 1, ([a], _, to) => toDType(a!, to), all('cast'), 'cast'),
  bits: record('bits', 1, ([a], _, to) => reinterpret(a!, to), { f32: 'bits', i32: 'bits' }, 'bits'),
  /** Not spelled: called. */
  cube: record('cube', 1, ([a]) => a! ** 3),
  hypot: record('hypot', 2, ([a, b], _, scale) => Math.hypot(a!, b!) * Number(scale ?? 1)),
  isEven: record('isEven', 1, ([a]) => Number(a! % 2 === 0)),
} as const;
export type OpName = keyof typeof OPS;

/** An op whose result has the dtype of its last source. */
export function op(name: OpName, ...args: Expr[]): Expr {
  const last = args.at(-1)!;
  return { e: 'op', op: OPS[name], attrs: undefined, args, dtype: last.dtype, lanes: last.lanes };
}
/** An op with another dtype, and attributes. */
export const typed = (name: OpName, dtype: DType, args: readonly Expr[], attrs?: unknown): Expr => ({
  e: 'op',
  op: OPS[name],
  attrs,
  args,
  dtype,
  lanes: args[0]!.lanes,
});
export const cast = (of: Expr, to: DType): Expr => typed('cast', to, [of], to);
