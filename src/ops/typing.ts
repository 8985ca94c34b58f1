/**
 * Type rules that many records share.
 */
import { type DType, isFloat } from '../base/dtype.js';
import { DTypeError, ShapeError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import type { Node } from '../ir/node.js';
import type { Typed } from '../ir/op.js';

type Rule = (src: readonly Node[]) => Typed;
export type Takes = 'any' | 'float' | 'integer' | 'number' | 'bool';

const ACCEPTS: Record<Takes, (d: DType) => boolean> = {
  any: () => true,
  float: isFloat,
  integer: (d) => d === 'int32' || d === 'uint8',
  number: (d) => d !== 'bool',
  bool: (d) => d === 'bool',
};
const WORDS: Record<Takes, string> = {
  any: 'any dtype',
  float: 'float32 or float64',
  integer: 'int32 or uint8',
  number: 'a number dtype (not bool)',
  bool: 'bool',
};

/** @throws DTypeError unless `dtype` is one that `op` takes. */
export function expectDType(op: string, dtype: DType, takes: Takes): void {
  if (!ACCEPTS[takes](dtype))
    throw new DTypeError(`${op} takes ${WORDS[takes]}, got ${dtype}: convert with .to('float32') or the like`);
}

/** @throws ShapeError unless all sources have one shape (broadcasting is explicit below the tensor). */
export function expectSameShape(op: string, src: readonly Node[]): void {
  const first = src[0]!;
  for (let i = 1; i < src.length; i++) {
    if (!sameShape(src[i]!.shape, first.shape)) {
      throw new ShapeError(
        `${op}: operands have shapes ${src.map((s) => showShape(s.shape)).join(' and ')}; they must be equal here`,
      );
    }
  }
}

/** All sources alike; the result is like them, or of dtype `out`. */
export const alike =
  (op: string, takes: Takes, out?: DType): Rule =>
  (src) => {
    const { shape, dtype } = src[0]!;
    expectDType(op, dtype, takes);
    expectSameShape(op, src);
    for (const s of src) {
      if (s.dtype !== dtype)
        throw new DTypeError(`${op}: operands are ${src.map((n) => n.dtype).join(' and ')}; convert one with .to(…)`);
    }
    return { shape, dtype: out ?? dtype };
  };
