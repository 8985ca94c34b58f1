/**
 * Lowering of a contraction to register tiles.
 *
 * The result is cut into tiles of a few rows by a few vectors, which stay in registers while the folded range runs. One operand (`b`,
 * the one with the last axis of the result) is packed into strips as wide as a tile, zeros at its ragged end, so the inner loop
 * reads it in order; the other (`a`) is read where it lies, or packed too when its elements have to be computed. Both
 * are read through their index maps, so transposes and windows cost nothing extra. When the fold of a tile is done, the
 * epilogue is computed on it.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import type { Expr, Index, Local, LoopVar, Stmt } from '../ir/expr.js';
import { constantIndex, divided, loopVar, plus, remainder, times, varIndex } from '../rules/index-algebra.js';
import { Contracting, tileFor } from './contracting.js';
import { type ContractionShape, contractionShape, inOrder } from './contraction.js';
import { type Lowered, nest, put, vectorisable, widen } from './kernel.js';
import { copyAlongFold, readsInOrder } from './packing.js';
import type { Target } from './target.js';

/** The operand with the columns packed into strips: what all ways share that pack it. */
export abstract class Packing extends Contracting {
  /** Rows and columns of a tile. */
  protected readonly MR: number;
  protected readonly NR: number;
  protected readonly strips: number;

  constructor(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string, shape: ContractionShape) {
    super(kernel, graph, target, home, shape);
    const { rows, vectors } = tileFor(this.M, this.N, target);
    this.MR = rows;
    this.NR = vectors * this.lanes;
    this.strips = Math.ceil(this.N / this.NR);
  }

  protected readonly inB = (strip: Index, k: Index, j: Index): Index => {
    const first = plus(times(this.batchNumber, this.strips), strip);
    return plus(plus(times(first, this.K * this.NR), times(k, this.NR)), j);
  };

  private get packedB(): number {
    return this.args.scratch('b', 'float32', this.batchesHeld * this.strips * this.K * this.NR * 4, this.byBatch);
  }

  /**
   * Copies b into strips, zeros where there is none: vectors along the columns where these are neighbours in memory, else along the
   * last folded range where those are.
   */
  protected packB(): Stmt[] {
    const { e, NR, N, strips, fold, lanes, lane, target } = this;
    const strip = loopVar('s', strips);
    const slot = this.packedB;
    const element = (s: Index, j: Index): Expr => this.operand(this.shape.b, plus(times(s, NR), j), this.folded);
    const sample = element(varIndex(strip), varIndex(lane));
    const inOrder = readsInOrder(sample, lane, target);
    const along = fold.at(-1);
    const byFold = !inOrder && along !== undefined && along.size >= lanes && readsInOrder(sample, along, target);
    const one = (s: Index, j: Index, width: number, v: LoopVar | null): Stmt[] =>
      put(e, slot, this.inB(s, this.folded, j), e.splat(widen(element(s, j), e, v, width, null), width), v);
    /** The columns from 0 up to `to`, for all of the folded range. */
    const columns = (s: Index, to: number): readonly Stmt[] => {
      if (byFold) {
        const j = loopVar('j', to);
        return copyAlongFold(element(s, varIndex(j)), [j], fold, target, (width, v) => one(s, varIndex(j), width, v));
      }
      const vectors: Stmt[] = [];
      let j = 0;
      if (inOrder || vectorisable([sample], lane, target)) {
        for (; j + lanes <= to; j += lanes)
          vectors.push(...one(s, plus(constantIndex(j), varIndex(lane)), lanes, lane));
      }
      const rest = Array.from({ length: to - j }, (_, i) => one(s, constantIndex(j + i), 1, null)).flat();
      return nest(fold, vectors.length > 0 ? [{ s: 'for', v: lane, step: lanes, body: vectors }, ...rest] : rest);
    };
    const rest = N - (strips - 1) * NR;
    const full = rest === NR ? strips : strips - 1;
    const out: Stmt[] = [];
    if (full > 0)
      out.push({ s: 'for', v: strip, to: full, parallel: !this.byBatch, body: columns(varIndex(strip), NR) });
    if (full < strips) {
      const s = constantIndex(strips - 1);
      const zeros = Array.from({ length: NR - rest }, (_, i): Stmt => {
        const index = this.inB(s, this.folded, constantIndex(rest + i));
        return { s: 'store', slot, dtype: 'float32', index, value: e.constant(0, 'float32'), guards: [] };
      });
      out.push(...columns(s, rest), ...nest(fold, zeros));
    }
    return out;
  }

  /** The vectors of a strip at a place of the fold. */
  protected vectorsOf(strip: Index, k: Index): Expr[] {
    const vectors = this.NR / this.lanes;
    return Array.from({ length: vectors }, (_, j) =>
      this.vector(this.packedB, this.inB(strip, k, constantIndex(j * this.lanes))),
    );
  }
}

class TilesLowering extends Packing {
  lower(): Lowered {
    const pack = this.packB();
    const { a, before, inside } = this.sourceOfA();
    const first: Stmt[] = before.length > 0 ? [...before, { s: 'barrier' }] : [];
    pack.push(...inside);
    const tiles = this.allTiles(a);
    if (this.byBatch)
      return this.args.lowered('contraction', [...first, ...nest(this.batch, [...pack, ...tiles], true)]);
    // All batches are packed before any is computed, so one barrier is enough.
    const packed = nest(this.batch, pack);
    return this.args.lowered('contraction', [...before, ...packed, { s: 'barrier' }, ...nest(this.batch, tiles)]);
  }

  /**
   * Every tile, in blocks of rows small enough that their part of a stays in the second-level cache while all strips pass.
   * The threads share out the tiles of a block, strip by strip.
   */
  private allTiles(a: (row: Index, k: Index) => Expr): Stmt[] {
    const { M, MR, K, strips } = this;
    const whole = Math.floor(M / MR);
    const fits = Math.max(4, Math.floor(this.target.l2 / 2 / (4 * K * MR)));
    // A divisor of the number of tiles, if there is a fair one, spares a second copy of the code.
    let perBlock = Math.min(fits, whole);
    for (let d = perBlock; d > perBlock / 2; d--) {
      if (whole % d === 0) {
        perBlock = d;
        break;
      }
    }
    const tilesOf = (first: Index, tiles: number): readonly Stmt[] => {
      const p = loopVar('p', strips * tiles);
      const top = times(plus(first, remainder(varIndex(p), tiles)), MR);
      return nest([p], this.oneTile(divided(varIndex(p), tiles), top, MR, a), !this.byBatch);
    };
    const out: Stmt[] = [];
    if (whole > 0) {
      const blocks = Math.floor(whole / perBlock);
      const block = loopVar('mb', blocks);
      out.push(...nest([block], tilesOf(times(varIndex(block), perBlock), perBlock)));
      const left = whole - blocks * perBlock;
      if (left > 0) out.push(...tilesOf(constantIndex(blocks * perBlock), left));
    }
    const rest = M - whole * MR;
    if (rest > 0) {
      const strip = loopVar('s', strips);
      out.push(...nest([strip], this.oneTile(varIndex(strip), constantIndex(whole * MR), rest, a), !this.byBatch));
    }
    return out;
  }

  private get tile(): number {
    return this.args.scratch('tile', 'float32', this.MR * this.NR * 4, true);
  }

  private oneTile(strip: Index, top: Index, rows: number, a: (row: Index, k: Index) => Expr): Stmt[] {
    const { lanes, NR, K } = this;
    const acc = this.accumulators(rows, NR / lanes);
    const fold = this.folding([loopVar('k', K)], ([k]) =>
      this.step(
        acc,
        acc.map((_, i) => a(plus(top, constantIndex(i)), k!)),
        this.vectorsOf(strip, k!),
      ),
    );
    return [this.spanning([...this.clear(acc), ...fold, ...this.finish(strip, top, rows, acc)])];
  }

  /** Puts the finished tile into its scratch memory and computes the epilogue from there. */
  private finish(strip: Index, top: Index, rows: number, acc: readonly (readonly Local[])[]): Stmt[] {
    const { lanes, NR, N, strips } = this;
    const out = this.spill(acc, this.tile, (i, j) => constantIndex(i * NR + j * lanes));
    const width = N - (strips - 1) * NR;
    const full = this.maps(strip, top, rows, NR);
    if (width === NR) return [...out, ...full];
    const ragged = this.maps(strip, top, rows, width);
    if (strips === 1) return [...out, ...ragged];
    return [
      ...out,
      { s: 'if', guards: [{ index: strip, lo: 0, hi: strips - 1 }], then: full },
      { s: 'if', guards: [{ index: strip, lo: strips - 1, hi: strips }], then: ragged },
    ];
  }

  /** The epilogue of the first `width` columns of a tile. */
  private maps(strip: Index, top: Index, rows: number, width: number): readonly Stmt[] {
    const { shape, NR, e } = this;
    const i = loopVar('i', rows);
    const j = loopVar('j', width);
    const where = new Map([
      ...this.spread(shape.m, plus(top, varIndex(i))),
      ...this.spread(shape.n, plus(times(strip, NR), varIndex(j))),
      ...this.batchPlaces,
    ]);
    const result = e.load(this.tile, 'float32', plus(times(varIndex(i), NR), varIndex(j)), []);
    return nest([i], this.epilogue(where, result, j));
  }
}

export function lowerTiles(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered {
  const shape = inOrder(contractionShape(kernel, graph), kernel, graph, target.tile.vectors * target.lanes);
  return new TilesLowering(kernel, graph, target, home, shape).lower();
}
