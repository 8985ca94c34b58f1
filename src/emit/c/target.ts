/**
 * The processor that C is compiled for, as the lowering sees it: read off the macros that the compiler predefines.
 */
import type { Target } from '../../lower/index.js';
import { spellingOf } from './spell.js';

/** Which vectors the processor has, by a macro that says so. */
const VECTORS: readonly { readonly macro: string; readonly target: Pick<Target, 'name' | 'lanes' | 'tile'> }[] = [
  // 32 registers: 24 accumulators, 4 vectors of b, and an element of a in all lanes. Wide tiles read a less often, which counts
  // most where it does not fit the cache; measured against 14 × 2, 12 × 2 and 8 × 3.
  { macro: '__AVX512F__', target: { name: 'c512', lanes: 16, tile: { rows: 6, vectors: 4 } } },
  // 16 registers: 12 accumulators.
  { macro: '__AVX2__', target: { name: 'c256', lanes: 8, tile: { rows: 6, vectors: 2 } } },
  // 32 registers on arm64.
  { macro: '__ARM_NEON', target: { name: 'c128', lanes: 4, tile: { rows: 6, vectors: 4 } } },
];
const PLAIN = { name: 'c128', lanes: 4, tile: { rows: 4, vectors: 2 } };

/** @param macros what the compiler prints for `-dM -E` */
export function targetFor(macros: string): Target {
  const { target } = VECTORS.find(({ macro }) => macros.includes(`#define ${macro} `)) ?? { target: PLAIN };
  return {
    ...target,
    l2: 1024 * 1024,
    spells: (op, dtype) => spellingOf(op, dtype) !== undefined,
    calls: false,
    vectors: () => true,
  };
}
