/**
 * Values between types: constants, casts, and between scalars and vectors. A bool is 0 or 1 in a scalar and a mask of
 * 0 or −1 in each lane of a vector; a uint8 is an i32 from 0 to 255 in both.
 */
import type { DType } from '../../base/dtype.js';
import type { ConstantExpr } from '../../ir/expr.js';
import type { Code } from './code.js';
import { float32, int32 } from './encode.js';

/** The number of lanes of a vector. */
export const LANES = 4;

/** What a dtype is called in instructions on scalars, and on vectors. */
export const scalarOf = (dtype: DType): 'f32' | 'f64' | 'i32' =>
  dtype === 'float32' ? 'f32' : dtype === 'float64' ? 'f64' : 'i32';
export const vectorOf = (dtype: DType): 'f32x4' | 'i32x4' => (dtype === 'float32' ? 'f32x4' : 'i32x4');

const ZEROS: readonly number[] = new Array<number>(16).fill(0);
const repeat = (bytes: readonly number[]): number[] => [...bytes, ...bytes, ...bytes, ...bytes];

export const emitInt32s = (code: Code, values: readonly number[]): void => code.v128(values.flatMap(int32));

/** The constant 0 of a dtype. */
export function emitZero(code: Code, dtype: DType, lanes: number): void {
  if (lanes > 1) code.v128(ZEROS);
  else if (dtype === 'float32') code.f32(0);
  else if (dtype === 'float64') code.f64(0);
  else code.i32(0);
}

export function emitConstant(code: Code, { dtype, lanes, value }: ConstantExpr): void {
  if (lanes > 1) code.v128(repeat(dtype === 'float32' ? float32(value) : int32(dtype === 'bool' ? -value : value)));
  else if (dtype === 'float32') code.f32(value);
  else if (dtype === 'float64') code.f64(value);
  else code.i32(value);
}

/** From a scalar to a vector of it. */
export function emitSplat(code: Code, dtype: DType): void {
  if (dtype === 'bool') {
    code.op('i32x4.splat');
    code.op('i32x4.neg');
  } else code.op(`${vectorOf(dtype)}.splat`);
}

/** From a vector to one of its lanes. */
export function emitExtract(code: Code, dtype: DType, lane: number): void {
  code.op(`${vectorOf(dtype)}.extract_lane`, lane);
  if (dtype === 'bool') {
    code.i32(1);
    code.op('i32.and');
  }
}

/** From a vector and a scalar above it on the stack to the vector with that lane. */
export function emitReplace(code: Code, dtype: DType, lane: number): void {
  if (dtype === 'bool') {
    code.i32(-1);
    code.op('i32.mul');
  }
  code.op(`${vectorOf(dtype)}.replace_lane`, lane);
}

/** Keeps the low 8 bits. */
export function emitLowByte(code: Code, lanes: number): void {
  if (lanes > 1) emitInt32s(code, [255, 255, 255, 255]);
  else code.i32(255);
  code.op(lanes > 1 ? 'v128.and' : 'i32.and');
}

/** x ≠ 0, which holds for NaN. */
function emitIsNonzero(code: Code, from: DType, lanes: number): void {
  emitZero(code, from, lanes);
  code.op(lanes > 1 ? `${vectorOf(from)}.ne` : `${scalarOf(from)}.ne`);
}

/** To an int32: fractions are dropped, what is out of range goes to the nearest end, NaN to 0. */
function emitToInt32(code: Code, from: DType, lanes: number): void {
  if (from === 'float32') code.op(lanes > 1 ? 'i32x4.trunc_sat_f32x4_s' : 'i32.trunc_sat_f32_s');
  else if (from === 'float64') code.op('i32.trunc_sat_f64_s');
  else if (from === 'bool' && lanes > 1) code.op('i32x4.neg');
}

function emitToFloat(code: Code, from: DType, to: 'float32' | 'float64', lanes: number): void {
  if (from === 'float32') code.op('f64.promote_f32');
  else if (from === 'float64') code.op('f32.demote_f64');
  else {
    if (from === 'bool' && lanes > 1) code.op('i32x4.neg');
    code.op(lanes > 1 ? 'f32x4.convert_i32x4_s' : `${scalarOf(to)}.convert_i32_s`);
  }
}

/** From the value of one dtype on the stack to another dtype. */
export function emitCast(code: Code, from: DType, to: DType, lanes: number): void {
  if (from === to) return;
  switch (to) {
    case 'bool':
      emitIsNonzero(code, from, lanes);
      return;
    case 'int32':
      emitToInt32(code, from, lanes);
      return;
    case 'uint8':
      emitToInt32(code, from, lanes);
      if (from !== 'bool') emitLowByte(code, lanes);
      return;
    default:
      emitToFloat(code, from, to, lanes);
  }
}

/**
 * From the float64 that a called function returned to the dtype of its op. Whole numbers wrap as they do when
 * JavaScript stores them in a typed array.
 */
export function emitFromCall(code: Code, to: DType): void {
  if (to !== 'int32' && to !== 'uint8') {
    emitCast(code, 'float64', to, 1);
    return;
  }
  code.op('i64.trunc_sat_f64_s');
  code.op('i32.wrap_i64');
  if (to === 'uint8') emitLowByte(code, 1);
}
