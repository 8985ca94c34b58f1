/**
 * Reading and writing elements of buffers.
 */
import { bytesOf, type DType } from '../../base/dtype.js';
import type { LoadExpr, Stmt } from '../../ir/expr.js';
import type { Code } from './code.js';
import { emitReplace, emitSplat, emitZero, scalarOf } from './convert.js';
import { type Emission, emitChoice, emitWhere } from './emission.js';
import { planLoad, type WholeLoad } from './lanes.js';
import { type Access, accessOf, testsOf } from './parts.js';

const sizeOf = (dtype: DType): 1 | 4 | 8 => (dtype === 'float64' ? 8 : bytesOf(dtype) === 1 ? 1 : 4);

/** Reads one element at the address on the stack. */
function emitLoadOne(code: Code, dtype: DType, offset: number): void {
  const size = sizeOf(dtype);
  code.memory(size === 1 ? 'i32.load8_u' : `${scalarOf(dtype)}.load`, size, offset);
}

/** Reads four neighbours at the address on the stack. */
function emitLoadRow(code: Code, dtype: DType, offset: number): void {
  if (sizeOf(dtype) === 4) {
    code.memory('v128.load', 4, offset);
    return;
  }
  code.memory('v128.load32_zero', 1, offset);
  code.op('i16x8.extend_low_i8x16_u');
  code.op('i32x4.extend_low_i16x8_u');
  if (dtype === 'bool') code.op('i32x4.neg');
}

/** What one instruction reads; the tests are left to the caller. */
export function emitWhole(k: Emission, dtype: DType, { how, access: { sum, offset } }: WholeLoad): void {
  k.value(sum);
  if (how === 'row') emitLoadRow(k.code, dtype, offset);
  else if (how === 'same' && sizeOf(dtype) === 4) k.code.memory('v128.load32_splat', 4, offset);
  else {
    emitLoadOne(k.code, dtype, offset);
    if (how === 'same') emitSplat(k.code, dtype);
  }
}

/** The element or elements of a load; 0 where its guards do not hold. */
export function emitLoad(k: Emission, load: LoadExpr): void {
  const { code } = k;
  const { dtype, lanes } = load;
  const plan = planLoad(load);
  const zero = (): void => emitZero(code, dtype, lanes);
  if (plan.how === 'zero') {
    zero();
    return;
  }
  if (plan.how !== 'lanes') {
    emitChoice(k, plan.tests, load, () => emitWhole(k, dtype, plan), zero);
    return;
  }
  const scalar = { ...load, lanes: 1 };
  const each = (): void => {
    zero();
    plan.lanes.forEach((lane, i) => {
      if (!lane) return;
      emitChoice(
        k,
        lane.tests,
        scalar,
        () => emitWhole(k, dtype, lane),
        () => emitZero(code, dtype, 1),
      );
      emitReplace(code, dtype, i);
    });
  };
  const { whole } = plan;
  if (whole) emitChoice(k, whole.tests, load, () => emitWhole(k, dtype, whole), each);
  else each();
}

/** Writes the value on the stack at the address below it. */
function emitStoreAt(code: Code, dtype: DType, lanes: number, { offset }: Access): void {
  const size = sizeOf(dtype);
  if (lanes === 1) {
    code.memory(size === 1 ? 'i32.store8' : `${scalarOf(dtype)}.store`, size, offset);
    return;
  }
  if (size === 4) {
    code.memory('v128.store', 4, offset);
    return;
  }
  if (dtype === 'bool') code.op('i32x4.neg');
  // Two halves of the same lanes; the upper one is never stored.
  const half = code.allocate('v128');
  for (const narrow of ['i16x8.narrow_i32x4_s', 'i8x16.narrow_i16x8_u']) {
    code.tee(half);
    code.get(half);
    code.op(narrow);
  }
  code.memory('v128.store32_lane', 1, offset, 0);
  code.release(half);
}

export function emitStore(k: Emission, s: Extract<Stmt, { s: 'store' }>): void {
  const { slot, index, dtype, value, guards } = s;
  const tests = testsOf(guards);
  if (!tests) return;
  if (value.dtype !== dtype) throw new Error(`emit/wasm: a ${value.dtype} is stored as ${dtype}`);
  emitWhere(k, tests, () => {
    const access = accessOf(slot, index, dtype);
    k.value(access.sum);
    k.value(value);
    emitStoreAt(k.code, dtype, value.lanes, access);
  });
}
