/**
 * The element types: their sizes, their typed arrays, and what two of them promote to.
 *
 * Promotion: the result is the later of the two in the order
 * `bool < uint8 < int32 < float32 < float64`; a plain JavaScript number never widens a tensor
 * (a fractional number with an integer or bool tensor gives float32).
 */
import { DTypeError } from './errors.js';

/** The name of an element type. bool holds 0 and 1, uint8 0 … 255, int32 −2³¹ … 2³¹ − 1. */
export type DType = 'bool' | 'uint8' | 'int32' | 'float32' | 'float64';
/** All of them, in the order of promotion. */
export const DTYPES: readonly DType[] = ['bool', 'uint8', 'int32', 'float32', 'float64'];

/** The array that holds elements of a dtype; bool is one byte, 0 or 1. */
export interface ArrayOf {
  bool: Uint8Array;
  uint8: Uint8Array;
  int32: Int32Array;
  float32: Float32Array;
  float64: Float64Array;
}
/** The arrays in which elements live: Uint8Array for bool and uint8, and one each for int32, float32, float64. */
export type TypedArray = Uint8Array | Int32Array | Float32Array | Float64Array;

const BYTES: Record<DType, number> = { bool: 1, uint8: 1, int32: 4, float32: 4, float64: 8 };
const ARRAYS = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Bytes of one element. */
export const bytesOf = (dtype: DType): number => BYTES[dtype];

/** A new zeroed array of `length` elements. */
export const allocate = (dtype: DType, length: number): TypedArray => new ARRAYS[dtype](length);

/** A view of `length` elements over `buffer` from `byteOffset`. */
export const viewOf = (dtype: DType, buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray =>
  new ARRAYS[dtype](buffer as ArrayBuffer, byteOffset, length);

export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64';
export const isInteger = (dtype: DType): boolean => dtype === 'int32' || dtype === 'uint8';

/** The position of a dtype in {@link DTYPES}; also its place in the promotion order. */
export const rankOf = (dtype: DType): number => DTYPES.indexOf(dtype);

/** The dtype two operands meet in: the later in the order of {@link DTYPES}. */
export const promote = (a: DType, b: DType): DType => (rankOf(a) >= rankOf(b) ? a : b);

/** The dtype of `tensor ∘ number`: the tensor's own, unless it is no float and the number has a fraction. */
export const promoteNumber = (dtype: DType, value: number): DType => {
  if (isFloat(dtype)) return dtype;
  if (!Number.isInteger(value)) return 'float32';
  return dtype === 'bool' ? 'int32' : dtype;
};

/** The float dtype in which an operation that leaves the integers (division, exp, mean …) is computed. */
export const floatOf = (dtype: DType): DType => (isFloat(dtype) ? dtype : 'float32');

/** @throws DTypeError unless `value` names a dtype. */
export function checkDType(value: unknown): DType {
  if (DTYPES.includes(value as DType)) return value as DType;
  throw new DTypeError(`unknown dtype ${JSON.stringify(value)}: use one of ${DTYPES.join(', ')}`);
}
