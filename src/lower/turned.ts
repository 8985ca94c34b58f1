/**
 * Lowering of a contraction with few rows whose other operand lies across, such as a small batch times a large transposed weight: rows and columns
 * are exchanged. Only the small operand is packed, the large one is read where it lies, and the epilogue puts the result in its order.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import type { Index, Stmt } from '../ir/expr.js';
import { constantIndex, loopVar, plus, strideAlong, times, varIndex } from '../rules/index-algebra.js';
import { contractionShape, count, turned } from './contraction.js';
import { type Lowered, nest } from './kernel.js';
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
    const { M, MR, NR, strips, lanes, e } = this;
    const { a } = this.sourceOfA();
    const width = strips * NR;
    const slot = this.args.scratch('finished', 'float32', M * width * 4, false);
    const place = (row: Index, column: Index): Index => plus(times(row, width), column);
    const tile = (strip: Index, top: Index, rows: number): Stmt => {
      const acc = this.accumulators(rows, NR / lanes);
      const fold = this.folding([loopVar('k', this.K)], ([k]) =>
        this.step(
          acc,
          acc.map((_, i) => a(plus(top, constantIndex(i)), k!)),
          this.vectorsOf(strip, k!),
        ),
      );
      const spill = this.spill(acc, slot, (i, j) =>
        place(plus(top, constantIndex(i)), plus(times(strip, NR), constantIndex(j * lanes))),
      );
      return this.spanning([...this.clear(acc), ...fold, ...spill]);
    };
    const whole = Math.floor(M / MR);
    const rest = M - whole * MR;
    const [block, strip] = [loopVar('mb', whole), loopVar('s', strips)];
    const tiles: Stmt[] = [];
    if (whole > 0) tiles.push(...nest([block, strip], [tile(varIndex(strip), times(varIndex(block), MR), MR)], true));
    if (rest > 0) tiles.push(...nest([strip], [tile(varIndex(strip), constantIndex(whole * MR), rest)], true));
    const results = this.inOrderOfResult((_, row, column) => e.load(slot, 'float32', place(row, column), []));
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
  const lowering = new TurnedLowering(kernel, graph, target, home, turned(shape));
  return lowering.fits ? lowering.lower() : null;
}
