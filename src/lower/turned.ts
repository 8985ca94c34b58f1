/**
 * Lowering of a contraction with few rows whose other operand lies across, such as a small batch times a large transposed weight: rows and columns
 * are exchanged. Only the small operand is packed, the large one is read where it lies, and the epilogue puts the result in its order.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import type { Index, Stmt } from '../ir/expr.js';
import {
  constantIndex,
  divided,
  loopVar,
  plus,
  remainder,
  strideAlong,
  times,
  varIndex,
} from '../rules/index-algebra.js';
import { contractionShape, count, turned } from './contraction.js';
import { type Lowered, nest, tripsOf } from './kernel.js';
import type { Target } from './target.js';
import { Packing } from './tiles.js';

/** Cycles for an element that is packed across the order of memory, and for one of the result that is stored across. */
const PACK = 1.5;
const ACROSS = 3;
/** Multiply-adds of vectors in a cycle. */
const PER_CYCLE = 2;
/** It has to be this much better. */
const BETTER = 0.9;

class TurnedLowering extends Packing {
  /** Whether the rows lie in memory one after the other, each in the order of the fold. */
  get fits(): boolean {
    const [row, k] = [loopVar('m', this.M), loopVar('k', this.K)];
    const value = this.operand(this.shape.a, varIndex(row), varIndex(k));
    return value.e === 'load' && value.guards.length === 0 && strideAlong(value.index, k) === 1;
  }

  lower(): Lowered {
    const { M, MR, NR, strips, wide, lanes, e } = this;
    const { a } = this.sourceOfA();
    const slot = this.args.scratch('finished', 'float32', M * strips * wide * 4, false);
    // Strip after strip, each row by row.
    const place = (strip: Index, row: Index, column: Index): Index =>
      plus(times(plus(times(strip, M), row), wide), column);
    const tile = (strip: Index, top: Index, rows: number, vectors: number): Stmt => {
      const acc = this.accumulators(rows, vectors);
      const fold = this.folding([loopVar('k', this.K)], ([k]) =>
        this.step(
          acc,
          acc.map((_, i) => a(plus(top, constantIndex(i)), k!)),
          this.vectorsOf(strip, k!, vectors),
        ),
      );
      const spill = this.spill(acc, slot, (i, j) => {
        const further = plus(strip, constantIndex(Math.floor((j * lanes) / wide)));
        return place(further, plus(top, constantIndex(i)), constantIndex((j * lanes) % wide));
      });
      return this.spanning([...this.clear(acc), ...fold, ...spill]);
    };
    /** The tiles of some rows: those of as many strips as fit the registers, then what is left. */
    const across = (top: Index, rows: number, parallel: boolean): Stmt[] => {
      const strip = loopVar('s', strips, this.unitOfN === undefined ? undefined : 1);
      return tripsOf(strip, wide === NR ? [1] : [NR / wide, 1]).map((trips): Stmt => {
        return {
          s: 'for',
          v: strip,
          ...trips,
          parallel,
          body: [tile(varIndex(strip), top, rows, (trips.step * wide) / lanes)],
        };
      });
    };
    const whole = Math.floor(M / MR);
    const block = loopVar('mb', whole);
    const tiles = [
      ...(whole > 0 ? nest([block], across(times(varIndex(block), MR), MR, false), true) : []),
      ...(whole * MR < M ? across(constantIndex(whole * MR), M - whole * MR, true) : []),
    ];
    const results = this.inOrderOfResult((_, row, column) =>
      e.load(slot, 'float32', place(divided(column, wide), row, remainder(column, wide)), []),
    );
    return this.args.lowered('contraction', [
      ...this.packB(),
      { s: 'barrier' },
      ...tiles,
      { s: 'barrier' },
      ...results,
    ]);
  }
}

/** The kernel in this way; null where another is better. */
export function lowerTurned(
  kernel: Kernel,
  graph: Graph,
  target: Target,
  home: (at: number) => string,
): Lowered | null {
  const shape = contractionShape(kernel, graph);
  const { size, batch } = shape;
  const [M, N, K] = [shape.m, shape.n, shape.k].map((labels) => count(labels, size)) as [number, number, number];
  if (batch.length > 0 || M < target.lanes) return null;
  const multiply = (M * N * K) / (PER_CYCLE * target.lanes);
  if (multiply + PACK * K * M + ACROSS * M * N > BETTER * (multiply + PACK * K * N)) return null;
  const lowering = new TurnedLowering(kernel, graph, target, home, turned(shape), true);
  return lowering.fits ? lowering.lower() : null;
}
