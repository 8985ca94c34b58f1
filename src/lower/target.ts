/**
 * What lowering needs to know of the machine it lowers for. The descriptions themselves stand with their emitters.
 */
import type { DType } from '../base/dtype.js';
import type { ElementwiseOp } from '../ir/op.js';

export interface Target {
  readonly name: string;
  /** Lanes of a vector of 4-byte elements; 1 for a machine without vectors. */
  readonly lanes: number;
  /** The tile of a contraction that is held in registers: rows, and vectors per row. */
  readonly tile: { readonly rows: number; readonly vectors: number };
  /** Bytes of the second-level cache, for which blocks of a contraction are cut. */
  readonly l2: number;
  /** Whether the target has an instruction (or spelling) for `op` on operands of `dtype`. */
  spells(op: ElementwiseOp, dtype: DType): boolean;
  /** Whether its kernels can call routines. */
  readonly calls: boolean;
  /** Whether values of this dtype can stand in vectors. */
  vectors(dtype: DType): boolean;
}
