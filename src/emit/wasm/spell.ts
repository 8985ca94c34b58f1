/**
 * How elementwise ops are spelled. A record names a spelling for the type of its first source: the plain ones are the end
 * of an instruction's name (`add` of `f32.add` and `f32x4.add`), the special ones are the rows of the table below.
 * An op without a spelling is a call of an imported function.
 */
import type { DType } from '../../base/dtype.js';
import type { Expr, OpExpr } from '../../ir/expr.js';
import {
  emitCast,
  emitExtract,
  emitFromCall,
  emitLowByte,
  emitReplace,
  emitSplat,
  emitZero,
  LANES,
  scalarOf,
  vectorOf,
} from './convert.js';
import type { Emission } from './emission.js';
import { isInstruction } from './opcodes.js';

type Spelling = (k: Emission, expr: OpExpr) => void;

/** Source `i`. @throws Error when the op has fewer */
function source(expr: OpExpr, i: number): Expr {
  const arg = expr.args[i];
  if (!arg) throw new Error(`emit/wasm: ${expr.op.name} stands with ${expr.args.length} sources`);
  return arg;
}

const values = (k: Emission, expr: OpExpr): void => expr.args.forEach((arg) => k.value(arg));

/**
 * One lane after the other: `emit` makes the scalar result of the scalar sources on the stack, each of which `prepare` has
 * seen as soon as it was there.
 */
function lanewise(k: Emission, expr: OpExpr, emit: () => void, prepare: (arg: Expr) => void = () => {}): void {
  if (expr.lanes === 1) {
    for (const arg of expr.args) {
      k.value(arg);
      prepare(arg);
    }
    emit();
    return;
  }
  const locals = expr.args.map((arg) => k.held(arg));
  for (let lane = 0; lane < LANES; lane++) {
    expr.args.forEach((arg, i) => {
      k.code.get(locals[i]!);
      emitExtract(k.code, arg.dtype, lane);
      prepare(arg);
    });
    emit();
    if (lane === 0) emitSplat(k.code, expr.dtype);
    else emitReplace(k.code, expr.dtype, lane);
  }
}

const BITWISE: ReadonlySet<string> = new Set(['and', 'or', 'xor', 'andnot']);
/** What gives the same answer on 0 and 1 as on masks. */
const ON_BOOLS: ReadonlySet<string> = new Set([...BITWISE, 'eq', 'ne']);

/** A row whose meaning is the instruction of that name, where there is one for the type. */
const plain =
  (name: string): Spelling =>
  (k, expr) => {
    const { dtype } = source(expr, 0);
    if (dtype === 'bool' && !ON_BOOLS.has(name)) throw new Error(`emit/wasm: ${expr.op.name} spells bools as ${name}`);
    const scalar = `${scalarOf(dtype)}.${name}`;
    const vector = BITWISE.has(name) ? `v128.${name}` : `${vectorOf(dtype)}.${name}`;
    if (expr.lanes > 1 && isInstruction(vector)) {
      values(k, expr);
      k.code.op(vector);
    } else lanewise(k, expr, () => k.code.op(scalar));
    // Sums and products of bytes wrap; results that are bools do not.
    if (expr.dtype === 'uint8') emitLowByte(k.code, expr.lanes);
  };

/** In vectors a shift takes one count for all lanes. */
const shift =
  (name: string): Spelling =>
  (k, expr) => {
    const count = source(expr, 1);
    const same = count.e === 'splat' || count.e === 'constant';
    if (expr.lanes === 1 || !same) {
      lanewise(k, expr, () => k.code.op(`i32.${name}`));
    } else {
      k.value(source(expr, 0));
      if (count.e === 'splat') k.value(count.of);
      else k.code.i32(count.value);
      k.code.op(`i32x4.${name}`);
    }
    if (expr.dtype === 'uint8') emitLowByte(k.code, expr.lanes);
  };

/** Sources in locals, then `emit` with those. */
const withLocals =
  (emit: (k: Emission, expr: OpExpr, locals: readonly number[]) => void): Spelling =>
  (k, expr) =>
    emit(
      k,
      expr,
      expr.args.map((arg) => k.held(arg)),
    );

/** min and max of whole numbers, which scalars lack. */
const extreme =
  (name: 'min' | 'max'): Spelling =>
  (k, expr) => {
    if (scalarOf(expr.dtype) !== 'i32') plain(name)(k, expr);
    else if (expr.lanes > 1) plain(`${name}_s`)(k, expr);
    else {
      withLocals((_, __, [a, b]) => {
        for (const local of [a!, b!, a!, b!]) k.code.get(local);
        k.code.op(name === 'min' ? 'i32.lt_s' : 'i32.gt_s');
        k.code.op('select');
      })(k, expr);
    }
  };

const select: Spelling = (k, expr) => {
  k.value(source(expr, 1));
  k.value(source(expr, 2));
  k.value(source(expr, 0));
  k.code.op(expr.lanes > 1 ? 'v128.bitselect' : 'select');
};

const not: Spelling = (k, expr) => {
  k.value(source(expr, 0));
  k.code.op(expr.lanes > 1 ? 'v128.not' : 'i32.eqz');
};

const cast: Spelling = (k, expr) => {
  const from = source(expr, 0);
  k.value(from);
  emitCast(k.code, from.dtype, expr.dtype, expr.lanes);
};

const bits: Spelling = (k, expr) => {
  const from = source(expr, 0);
  k.value(from);
  if (expr.lanes > 1 || from.dtype === expr.dtype) return;
  k.code.op(expr.dtype === 'int32' ? 'i32.reinterpret_f32' : 'f32.reinterpret_i32');
};

/** The odd int32 lanes of two vectors. */
const UPPER_HALVES = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];

const mulHighUnsigned: Spelling = withLocals(({ code }, expr, [a, b]) => {
  if (expr.lanes > 1) {
    for (const half of ['low', 'high']) {
      code.get(a!);
      code.get(b!);
      code.op(`i64x2.extmul_${half}_i32x4_u`);
    }
    code.shuffle(UPPER_HALVES);
    return;
  }
  for (const local of [a!, b!]) {
    code.get(local);
    code.op('i64.extend_i32_u');
  }
  code.op('i64.mul');
  code.i64(32);
  code.op('i64.shr_u');
  code.op('i32.wrap_i64');
});

/** a·b + c, rounded once where the machine can. */
const multiplyAdd: Spelling = (k, expr) => {
  const type = expr.lanes > 1 ? vectorOf(expr.dtype) : scalarOf(expr.dtype);
  const fused = k.target.relaxed && type === 'f32x4';
  k.value(source(expr, 0));
  k.value(source(expr, 1));
  if (!fused) k.code.op(`${type}.mul`);
  k.value(source(expr, 2));
  k.code.op(fused ? 'f32x4.relaxed_madd' : `${type}.add`);
  if (expr.dtype === 'uint8') emitLowByte(k.code, expr.lanes);
};

const isNaN: Spelling = withLocals(({ code }, expr, [x]) => {
  code.get(x!);
  code.get(x!);
  const { dtype } = source(expr, 0);
  code.op(`${expr.lanes > 1 ? vectorOf(dtype) : scalarOf(dtype)}.ne`);
});

/** |x| < ∞, which does not hold for NaN. */
const isFinite: Spelling = (k, expr) => {
  const { dtype } = source(expr, 0);
  const type = expr.lanes > 1 ? vectorOf(dtype) : scalarOf(dtype);
  k.value(source(expr, 0));
  k.code.op(`${type}.abs`);
  k.value({ e: 'constant', dtype, lanes: expr.lanes, value: Number.POSITIVE_INFINITY });
  k.code.op(`${type}.lt`);
};

const SIGN = -0x80000000;

/** Bit by bit in vectors: the sign of the second source, the rest of the first. */
const copySign: Spelling = (k, expr) => {
  if (expr.lanes === 1) {
    plain('copysign')(k, expr);
    return;
  }
  k.value(source(expr, 1));
  k.value(source(expr, 0));
  k.value({ e: 'constant', dtype: 'int32', lanes: expr.lanes, value: SIGN });
  k.code.op('v128.bitselect');
};

/** −x and |x| of whole numbers, which scalars lack. */
const negate: Spelling = (k, expr) => {
  if (expr.lanes > 1 || scalarOf(expr.dtype) !== 'i32') {
    plain('neg')(k, expr);
    return;
  }
  emitZero(k.code, expr.dtype, 1);
  values(k, expr);
  k.code.op('i32.sub');
  if (expr.dtype === 'uint8') emitLowByte(k.code, 1);
};
const absolute: Spelling = (k, expr) => {
  if (expr.lanes > 1 || scalarOf(expr.dtype) !== 'i32') {
    plain('abs')(k, expr);
    return;
  }
  // With s = x ≫ 31, which is 0 or −1: |x| = (x ⊻ s) − s.
  withLocals(({ code }, _, [x]) => {
    const sign = (): void => {
      code.get(x!);
      code.i32(31);
      code.op('i32.shr_s');
    };
    code.get(x!);
    sign();
    code.op('i32.xor');
    sign();
    code.op('i32.sub');
  })(k, expr);
};

const andNot: Spelling = (k, expr) => {
  if (expr.lanes > 1) {
    plain('andnot')(k, expr);
    return;
  }
  values(k, expr);
  k.code.i32(-1);
  k.code.op('i32.xor');
  k.code.op('i32.and');
};

/** The spellings that are more than the end of an instruction's name. */
const SPECIAL: ReadonlyMap<string, Spelling> = new Map<string, Spelling>([
  ['select', select],
  ['not', not],
  ['cast', cast],
  ['bits', bits],
  ['pass', (k, expr) => k.value(source(expr, 0))],
  ['min', extreme('min')],
  ['max', extreme('max')],
  ['neg', negate],
  ['abs', absolute],
  ['andnot', andNot],
  ['copysign', copySign],
  ['shl', shift('shl')],
  ['shr_s', shift('shr_s')],
  ['shr_u', shift('shr_u')],
  ['mul_high_u', mulHighUnsigned],
  ['madd', multiplyAdd],
  ['is_nan', isNaN],
  ['is_finite', isFinite],
]);

/** The spelling of an op for a first source of `dtype`, if its record has one. */
function spellingOf(expr: OpExpr, dtype: DType): string | undefined {
  return expr.op.spell?.wasm?.[dtype === 'bool' ? 'bool' : scalarOf(dtype)];
}

function emitCall(k: Emission, expr: OpExpr, dtype: DType): void {
  const number = k.callOf({ op: expr.op, attrs: expr.attrs, dtype });
  const call = (): void => {
    k.code.op('call', number);
    emitFromCall(k.code, expr.dtype);
  };
  lanewise(k, expr, call, (arg) => emitCast(k.code, arg.dtype, 'float64', 1));
}

/** The value of an op. @throws Error when its record names a spelling that does not exist */
export function emitOp(k: Emission, expr: OpExpr): void {
  const { dtype } = source(expr, 0);
  const name = spellingOf(expr, dtype);
  if (name === undefined) emitCall(k, expr, dtype);
  else (SPECIAL.get(name) ?? plain(name))(k, expr);
}
