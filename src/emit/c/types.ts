/**
 * The C types of values. A scalar bool is an int of 0 or 1, a vector of bools a mask of 0 or −1 in each int; a uint8 is an
 * int from 0 to 255 in both. In memory both are bytes.
 */
import type { DType } from '../../base/dtype.js';

/** What a value is held in. */
export type Element = 'f32' | 'f64' | 'i32';

/** A type of scalars (one lane) or vectors. */
export interface CType {
  readonly of: Element;
  readonly lanes: number;
  /** Its name in C. */
  readonly name: string;
}

const ELEMENTS: Record<DType, Element> = { float32: 'f32', float64: 'f64', int32: 'i32', uint8: 'i32', bool: 'i32' };
export const elementOf = (dtype: DType): Element => ELEMENTS[dtype];

export const vectorName = (of: string, lanes: number): string => (lanes === 1 ? of : `${of}x${lanes}`);

export function typed(of: Element, lanes: number): CType {
  return { of, lanes, name: vectorName(of, lanes) };
}

export const typeOf = ({ dtype, lanes }: { readonly dtype: DType; readonly lanes: number }): CType =>
  typed(ELEMENTS[dtype], lanes);

/** The element type of a buffer. */
export const memoryType = (dtype: DType): string => (dtype === 'bool' || dtype === 'uint8' ? 'u8' : ELEMENTS[dtype]);

/** Ints as wide as the elements of a type, in which comparisons of its vectors answer. */
export const maskName = ({ of, lanes }: CType): string => vectorName(of === 'f64' ? 'i64' : 'i32', lanes);

const SCALARS = `\
#include <stdint.h>
typedef float f32;
typedef double f64;
typedef uint8_t u8;
typedef int32_t i32;
typedef uint32_t u32;
typedef int64_t i64;
typedef uint64_t u64;
#define INLINE static inline __attribute__((always_inline))
/* Where the part of a thread begins: equal parts, the last threads may get fewer trips, or none. */
INLINE i64 part(i64 trips, i64 thread, i64 threads) {
  const i64 share = (trips + threads - 1) / threads;
  return thread * share < trips ? thread * share : trips;
}
`;

const BYTES: Readonly<Record<string, number>> = { u8: 1, f32: 4, i32: 4, u32: 4, f64: 8, i64: 8, u64: 8 };

/** The declarations of all types, for vectors of some lane counts; `…u` is a vector anywhere in memory. */
export function declarations(lanes: Iterable<number>): string {
  const vectors = [...lanes].flatMap((n) =>
    Object.entries(BYTES).map(
      ([of, bytes]) =>
        `typedef ${of} ${of}x${n} __attribute__((vector_size(${bytes * n})));\n` +
        `typedef ${of} ${of}x${n}u __attribute__((vector_size(${bytes * n}), aligned(${bytes}), may_alias));\n`,
    ),
  );
  return SCALARS + vectors.join('');
}
