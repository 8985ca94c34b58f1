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
import type { Expr, Guard, Index, Local, LoopVar, Stmt } from '../ir/expr.js';
import {
  constantIndex,
  divided,
  dividedByDynamic,
  loopVar,
  plus,
  remainder,
  remainderByDynamic,
  times,
  varIndex,
} from '../rules/index-algebra.js';
import { ANY_ROWS, Contracting, tileFor } from './contracting.js';
import { type ContractionShape, contractionShape, inOrder } from './contraction.js';
import { type Lowered, nest, put, tripsOf, vectorisable, widen } from './kernel.js';
import { copyAlong, readsInOrder } from './packing.js';
import type { Target } from './target.js';

/** Rows of a tile for what whole tiles have left over of a dynamic number of rows. */
const FEW_ROWS = 4;

/** The operand with the columns packed into strips: what all ways share that pack it. */
export abstract class Packing extends Contracting {
  /** Rows and columns of a tile. */
  protected readonly MR: number;
  protected readonly NR: number;
  /** Columns of a strip. */
  protected readonly wide: number;
  protected readonly strips: number;

  /** @param narrow whether a strip is one vector wide if the number of columns is dynamic; else it is as wide as a tile */
  constructor(
    kernel: Kernel,
    graph: Graph,
    target: Target,
    home: (at: number) => string,
    shape: ContractionShape,
    narrow = false,
  ) {
    super(kernel, graph, target, home, shape);
    const { rows, vectors } = tileFor(
      this.unitOfM === undefined ? this.M : ANY_ROWS,
      this.unitOfN === undefined ? this.N : ANY_ROWS * this.lanes,
      target,
    );
    this.MR = rows;
    this.NR = vectors * this.lanes;
    this.wide = narrow && this.unitOfN !== undefined ? this.lanes : this.NR;
    this.strips = Math.ceil(this.N / this.wide);
  }

  protected readonly inB = (strip: Index, k: Index, j: Index): Index => {
    const first = plus(times(this.batchNumber, this.strips), strip);
    return plus(plus(times(first, this.K * this.wide), times(k, this.wide)), j);
  };

  private get packedB(): number {
    return this.args.scratch('b', 'float32', this.batchesHeld * this.strips * this.K * this.wide * 4, this.byBatch);
  }

  /**
   * Copies b into strips, zeros where there is none: vectors along the columns where these are neighbours in memory, else along the
   * last folded range where those are.
   */
  protected packB(): Stmt[] {
    const { e, wide, N, strips, fold, lanes, lane, target } = this;
    const dynamic = this.unitOfN !== undefined || this.unitOfK !== undefined ? 1 : undefined;
    const strip = loopVar('s', strips, dynamic);
    const slot = this.packedB;
    const element = (s: Index, j: Index): Expr => this.operand(this.shape.b, plus(times(s, wide), j), this.folded);
    const sample = element(varIndex(strip), varIndex(lane));
    const inOrder = readsInOrder(sample, lane, target);
    const along = fold.at(-1);
    const byFold = !inOrder && along !== undefined && along.size >= lanes && readsInOrder(sample, along, target);
    const one = (s: Index, j: Index, width: number, v: LoopVar | null): Stmt[] =>
      put(e, slot, this.inB(s, this.folded, j), e.splat(widen(element(s, j), e, v, width, null), width), v);
    /** The columns from 0 up to `to`, for all of the folded range. */
    const columns = (s: Index, to: number, unit?: number): readonly Stmt[] => {
      const j = loopVar('j', to, unit);
      if (byFold)
        return copyAlong(element(s, varIndex(j)), [j], fold, target, (width, v) => one(s, varIndex(j), width, v));
      if (unit !== undefined) return nest([...fold, j], one(s, varIndex(j), 1, null));
      const whole = inOrder || vectorisable([sample], lane, target) ? Math.floor(to / lanes) : 0;
      const vectors = Array.from({ length: whole }, (_, i) =>
        one(s, plus(constantIndex(i * lanes), varIndex(lane)), lanes, lane),
      ).flat();
      const rest = Array.from({ length: to - whole * lanes }, (_, i) =>
        one(s, constantIndex(whole * lanes + i), 1, null),
      ).flat();
      return nest(fold, whole > 0 ? [{ s: 'for', v: lane, step: lanes, body: vectors }, ...rest] : rest);
    };
    const zero = (s: Index, j: Index): Stmt => {
      return {
        s: 'store',
        slot,
        dtype: 'float32',
        index: this.inB(s, this.folded, j),
        value: e.constant(0, 'float32'),
        guards: [],
      };
    };
    const full = Math.floor(N / wide);
    const rest = N - full * wide;
    const out: Stmt[] = [];
    const s = varIndex(strip);
    if (full > 0 || dynamic)
      out.push({ s: 'for', v: strip, to: full, parallel: !this.byBatch, body: columns(s, wide) });
    if (this.unitOfN !== undefined) {
      const j = loopVar('j', wide, dynamic);
      const empty: Stmt = { s: 'for', v: j, from: rest, body: nest(fold, [zero(s, varIndex(j))]) };
      out.push({ s: 'for', v: strip, from: full, to: strips, body: [...columns(s, rest, dynamic), empty] });
    } else if (rest > 0) {
      const zeros = Array.from({ length: wide - rest }, (_, i) => zero(s, constantIndex(rest + i)));
      out.push({ s: 'for', v: strip, from: full, body: [...columns(s, rest), ...nest(fold, zeros)] });
    }
    return out;
  }

  /** So many vectors of columns, from the first of a strip on, at a place of the fold. */
  protected vectorsOf(strip: Index, k: Index, vectors = this.NR / this.lanes): Expr[] {
    return Array.from({ length: vectors }, (_, j) => {
      const [further, within] = [Math.floor((j * this.lanes) / this.wide), (j * this.lanes) % this.wide];
      return this.vector(this.packedB, this.inB(plus(strip, constantIndex(further)), k, constantIndex(within)));
    });
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
    const dynamic = this.unitOfM;
    const [whole, rest] = [Math.floor(M / MR), M % MR];
    const fits = Math.max(4, Math.floor(this.target.l2 / 2 / (4 * K * MR)));
    const columns = this.unitOfN && 1;
    const strip = loopVar('s', strips, columns);
    const out: Stmt[] = [];
    if (whole > 0 || dynamic !== undefined) {
      // Blocks of about the same size: the last may lack a few tiles.
      const blocks = Math.ceil(whole / fits);
      const perBlock = Math.ceil(whole / Math.max(blocks, 1));
      const block = loopVar('mb', blocks, dynamic && 1);
      const p = loopVar('p', strips * perBlock, dynamic === undefined ? columns && perBlock : strips);
      const [of, which] = dynamic === undefined ? [divided, remainder] : [dividedByDynamic, remainderByDynamic];
      const tile = plus(times(varIndex(block), perBlock), which(varIndex(p), perBlock));
      const guard: Guard = { index: tile, lo: 0, hi: whole, dynamic: dynamic !== undefined };
      const body = this.oneTile(of(varIndex(p), perBlock), times(tile, MR), MR, a);
      const all = dynamic !== undefined || blocks * perBlock > whole;
      out.push(...nest([block], nest([p], all ? [{ s: 'if', guards: [guard], then: body }] : body, !this.byBatch)));
    }
    if (dynamic === undefined) {
      if (rest > 0) {
        const top = constantIndex(whole * MR);
        out.push(...nest([strip], this.oneTile(varIndex(strip), top, rest, a), !this.byBatch));
      }
      return out;
    }
    // Rows that no tile has, a few at a time.
    const row = loopVar('m', M, dynamic);
    for (const { step, ...trips } of tripsOf(row, [MR, ...(MR > FEW_ROWS ? [FEW_ROWS] : []), 1]).slice(1)) {
      const rows: Stmt = {
        s: 'for',
        v: row,
        ...trips,
        step,
        body: this.oneTile(varIndex(strip), varIndex(row), step, a),
      };
      out.push(...nest([strip], [rows], !this.byBatch));
    }
    return out;
  }

  private get tile(): number {
    return this.args.scratch('tile', 'float32', this.MR * this.NR * 4, true);
  }

  private oneTile(strip: Index, top: Index, rows: number, a: (row: Index, k: Index) => Expr): Stmt[] {
    const { lanes, NR, K } = this;
    const acc = this.accumulators(rows, NR / lanes);
    const fold = this.folding([loopVar('k', K, this.unitOfK)], ([k]) =>
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
    const { lanes, NR, N } = this;
    const out = this.spill(acc, this.tile, (i, j) => constantIndex(i * NR + j * lanes));
    const dynamic = this.unitOfN !== undefined;
    const whole = Math.floor(N / NR);
    const rest = N - whole * NR;
    const full = dynamic || whole > 0 ? this.maps(strip, top, rows, NR) : [];
    const ragged = dynamic || rest > 0 ? this.maps(strip, top, rows, rest, this.unitOfN && 1) : [];
    if (full.length === 0 || ragged.length === 0) return [...out, ...full, ...ragged];
    const behind = times(strip, -1);
    return [
      ...out,
      { s: 'if', guards: [{ index: strip, lo: 0, hi: whole, dynamic }], then: full },
      { s: 'if', guards: [{ index: behind, lo: behind.min, hi: 1 - whole, dynamic }], then: ragged },
    ];
  }

  /** The epilogue of the first `width` columns of a tile. */
  private maps(strip: Index, top: Index, rows: number, width: number, unit?: number): readonly Stmt[] {
    const { shape, NR, e } = this;
    const i = loopVar('i', rows);
    const j = loopVar('j', width, unit);
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
