/**
 * WebAssembly with 128-bit vectors, as the lowering sees it.
 */
import type { DType } from '../../base/dtype.js';
import type { ElementwiseOp } from '../../ir/op.js';
import type { Target } from '../../lower/index.js';

const TYPES = { float32: 'f32', float64: 'f64', int32: 'i32', uint8: 'i32', bool: 'bool' } as const;

export const spellingOf = (op: ElementwiseOp, dtype: DType): string | undefined => op.spell?.wasm?.[TYPES[dtype]];

export const TARGET: Target = {
  name: 'wasm128',
  lanes: 4,
  // 16 registers: 8 accumulators, 2 vectors of b, and what is in flight.
  tile: { rows: 4, vectors: 2 },
  l2: 512 * 1024,
  spells: (op, dtype) => spellingOf(op, dtype) !== undefined,
  calls: true,
  // Eight-byte elements would need vectors of two lanes.
  vectors: (dtype) => dtype !== 'float64',
};
