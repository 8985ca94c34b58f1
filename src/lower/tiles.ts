/**
 * Lowering of a contraction to register tiles.
 *
 * The result is cut into tiles of a few rows by a few vectors, which stay in registers while the folded range runs. One operand (`b`,
 * the one with the last axis of the result) is packed into strips as wide as a tile, zeros at its ragged end, so the inner loop
 * reads it in order; the other (`a`) is read where it lies, or packed too when its elements have to be computed. Both
 * are read through their index maps, so transposes and windows cost nothing extra. When the fold of a tile is done, the
 * cluster's maps (bias, activation, an optimizer's update) are computed on it: the epilogue.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Index, Local, LoopVar, Stmt } from '../ir/expr.js';
import { linear, unravel } from '../ir/index-algebra.js';
import { mulAdd } from '../ops/index.js';
import type { Expressions } from '../rules/expressions.js';
import {
  constantIndex,
  divided,
  divisions,
  loopVar,
  plus,
  remainder,
  SYMBOLS,
  strideAlong,
  times,
  varIndex,
} from '../rules/index-algebra.js';
import { type ContractionShape, contractionShape, count, inOrder } from './contraction.js';
import { Arguments, domainIndex, expressionsFor, type Lowered, nest, put, vectorisable, widen } from './kernel.js';
import { copyAlongFold, readsInOrder } from './packing.js';
import type { Target } from './target.js';

/** Fewer multiplications than this are not worth packing for. */
const WORTH = 2048;
/** From this many batches on, each thread takes whole ones. */
const MANY_BATCHES = 8;
/** Steps of the folded range written out one after another. */
const UNROLL = 4;

/** Whether a kernel is a contraction for which tiles pay. */
export function tiles(kernel: Kernel, graph: Graph, target: Target): boolean {
  const node = graph.nodes[kernel.cluster.members[0]!.at]!;
  if (!kernel.cluster.contraction || node.dtype !== 'float32' || target.lanes === 1 || kernel.checks) return false;
  const { m, n, k, size } = contractionShape(kernel, graph);
  return count(n, size) >= target.lanes && count(m, size) * count(n, size) * count(k, size) >= WORTH;
}

class TilesLowering {
  private readonly e: Expressions;
  private readonly args: Arguments;
  private readonly shape: ContractionShape;
  private readonly puller: Puller;
  private readonly M: number;
  private readonly N: number;
  private readonly K: number;
  /** Rows and columns of a tile. */
  private readonly MR: number;
  private readonly NR: number;
  private readonly strips: number;
  /** Whether the threads share out the batch, each with scratch memory of its own, rather than strips and tiles. */
  private readonly byBatch: boolean;
  private readonly lanes: number;
  /** One trip of this loop spans a vector. */
  private readonly lane: LoopVar;
  private readonly batch: readonly LoopVar[];
  /** One loop for each folded range: while packing, no division finds them from one index. */
  private readonly fold: readonly LoopVar[];

  constructor(
    private readonly kernel: Kernel,
    private readonly graph: Graph,
    private readonly target: Target,
    home: (at: number) => string,
  ) {
    this.e = expressionsFor(target);
    this.args = new Arguments(graph, home);
    this.shape = inOrder(contractionShape(kernel, graph), kernel, graph, target.tile.vectors * target.lanes);
    const { m, n, k, size, batch } = this.shape;
    this.M = count(m, size);
    this.N = count(n, size);
    this.K = count(k, size);
    this.lanes = target.lanes;
    this.MR = Math.min(target.tile.rows, this.M);
    this.NR = Math.min(target.tile.vectors, Math.ceil(this.N / this.lanes)) * this.lanes;
    this.strips = Math.ceil(this.N / this.NR);
    this.byBatch = count(batch, size) >= MANY_BATCHES;
    this.lane = loopVar('lane', this.lanes);
    this.batch = batch.map((l) => loopVar(`b${l}`, size.get(l)!));
    this.fold = k.map((l) => loopVar(`k${l}`, size.get(l)!));
    const tile = this.args.scratch('tile', 'float32', this.MR * this.NR * 4, true);
    const inside = new Set(kernel.cluster.members.map((x) => x.at));
    this.puller = new Puller(graph, this.e, {
      slot: (at) => (kernel.loads.has(at) && !inside.has(at) ? this.args.slot(at) : null),
      number: (at) => this.args.number(at),
      supply: (at) => (at === kernel.cluster.members[0]!.at ? this.e.load(tile, 'float32', this.inTile, []) : null),
    });
    this.tile = tile;
  }

  private readonly tile: number;
  /** Which element of the tile the epilogue is at. */
  private inTile: Index = constantIndex(0);

  /** The index of an operand, given where the result's row and column and the fold are. */
  private operand(of: { readonly at: number; readonly labels: readonly number[] }, row: Index, k: Index): Expr {
    const { shape } = this;
    const own = of === shape.a ? shape.m : shape.n;
    const sizes = (labels: readonly number[]): number[] => labels.map((l) => shape.size.get(l)!);
    const where = new Map<number, Index>();
    unravel(row, sizes(own), SYMBOLS).forEach((i, x) => where.set(own[x]!, i));
    unravel(k, sizes(shape.k), SYMBOLS).forEach((i, x) => where.set(shape.k[x]!, i));
    shape.batch.forEach((l, x) => where.set(l, varIndex(this.batch[x]!)));
    return this.puller.pull(
      of.at,
      of.labels.map((l) => where.get(l)!),
    );
  }

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

  /** Where in the folded range a trip through its loops is. */
  private get folded(): Index {
    return linear(
      this.fold.map(varIndex),
      this.fold.map((v) => v.size),
      SYMBOLS,
    );
  }

  /** Which batch this is, counted over all. */
  private get batchNumber(): Index {
    if (this.byBatch) return constantIndex(0);
    return linear(
      this.batch.map(varIndex),
      this.batch.map((v) => v.size),
      SYMBOLS,
    );
  }

  /** How many batches scratch memory holds at once. */
  private get batchesHeld(): number {
    return this.byBatch ? 1 : this.batch.reduce((n, v) => n * v.size, 1);
  }

  private readonly inB = (strip: Index, k: Index, j: Index): Index => {
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
  private packB(): Stmt[] {
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

  /**
   * How the inner loop reads a: where it lies if that is plain memory, else from a packed copy. The copy is made before all batches if it is
   * the same for all, else inside each.
   */
  private sourceOfA(): { a: (row: Index, k: Index) => Expr; before: readonly Stmt[]; inside: readonly Stmt[] } {
    const { e, M, K, fold } = this;
    const [row, k] = [loopVar('m', M), loopVar('k', K)];
    const value = this.operand(this.shape.a, varIndex(row), varIndex(k));
    const plain =
      value.e === 'load' &&
      value.guards.length === 0 &&
      divisions(value.index) === 0 &&
      strideAlong(value.index, k) !== null;
    if (plain) return { a: (r, kk) => this.operand(this.shape.a, r, kk), before: [], inside: [] };
    const once = this.shape.batch.every((l) => !this.shape.a.labels.includes(l));
    const held = once ? 1 : this.batchesHeld;
    const slot = this.args.scratch('a', 'float32', held * M * K * 4, this.byBatch && !once);
    const batch = once ? constantIndex(0) : this.batchNumber;
    const where = (r: Index, kk: Index): Index => plus(times(plus(times(batch, M), r), K), kk);
    const element = this.operand(this.shape.a, varIndex(row), this.folded);
    const one = (width: number, v: LoopVar | null): Stmt[] =>
      put(e, slot, where(varIndex(row), this.folded), e.splat(widen(element, e, v, width, null), width), v);
    const copy = copyAlongFold(element, [row], fold, this.target, one, once || !this.byBatch);
    const a = (r: Index, kk: Index): Expr => e.load(slot, 'float32', where(r, kk), []);
    return once ? { a, before: copy, inside: [] } : { a, before: [], inside: copy };
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

  private oneTile(strip: Index, top: Index, rows: number, a: (row: Index, k: Index) => Expr): Stmt[] {
    const { e, args, lanes, NR, K } = this;
    const vectors = NR / lanes;
    const acc: Local[][] = Array.from({ length: rows }, (_, i) =>
      Array.from({ length: vectors }, (_, j) => args.local(`t${i}${j}`, 'float32', lanes)),
    );
    const lane = varIndex(this.lane);
    const each = (f: (i: number, j: number, local: Local) => Stmt): Stmt[] =>
      acc.flatMap((row, i) => row.map((local, j) => f(i, j, local)));
    const step = (k: Index): Stmt[] => {
      const b = Array.from({ length: vectors }, (_, j) => {
        const index = this.inB(strip, k, plus(constantIndex(j * lanes), lane));
        return e.load(this.packedB, 'float32', index, [], lanes, this.lane);
      });
      const left = acc.map((_, i) => e.splat(a(plus(top, constantIndex(i)), k), lanes));
      return each((i, j, local) => ({ s: 'set', local, value: e.op(mulAdd, left[i]!, b[j]!, e.local(local)) }));
    };
    const k = loopVar('k', K);
    const many = Math.floor(K / UNROLL) * UNROLL;
    const fold: Stmt[] = [];
    if (many > 0) {
      const body = Array.from({ length: UNROLL }, (_, u) => step(plus(varIndex(k), constantIndex(u)))).flat();
      fold.push({ s: 'for', v: k, step: UNROLL, to: many, body });
    }
    for (let u = many; u < K; u++) fold.push(...step(constantIndex(u)));
    const start = each((_, __, local) => ({ s: 'set', local, value: e.constant(0, 'float32', lanes) }));
    return [
      { s: 'for', v: this.lane, step: lanes, body: [...start, ...fold, ...this.epilogue(strip, top, rows, acc)] },
    ];
  }

  /** Puts the finished tile into its scratch memory and computes the cluster's maps from there. */
  private epilogue(strip: Index, top: Index, rows: number, acc: readonly (readonly Local[])[]): Stmt[] {
    const { e, lanes, NR, N, strips } = this;
    const lane = varIndex(this.lane);
    const out: Stmt[] = acc.flatMap((row, i) =>
      row.map((local, j): Stmt => {
        const index = plus(constantIndex(i * NR + j * lanes), lane);
        return { s: 'store', slot: this.tile, dtype: 'float32', index, value: e.local(local), guards: [] };
      }),
    );
    const i = loopVar('i', rows);
    const width = N - (strips - 1) * NR;
    const full = nest([i], this.maps(strip, top, i, NR));
    if (width === NR) return [...out, ...full];
    const ragged = nest([i], this.maps(strip, top, i, width));
    if (strips === 1) return [...out, ...ragged];
    return [
      ...out,
      { s: 'if', guards: [{ index: strip, lo: 0, hi: strips - 1 }], then: full },
      { s: 'if', guards: [{ index: strip, lo: strips - 1, hi: strips }], then: ragged },
    ];
  }

  /** Everything stored for the first `width` columns of row `i` of a tile. */
  private maps(strip: Index, top: Index, i: LoopVar, width: number): Stmt[] {
    const { shape, NR, lanes, e } = this;
    const whole = Math.floor(width / lanes) * lanes;
    const v = loopVar('j', width);
    const at = (j: Index): { value: Expr; index: Index; slot: number }[] => {
      this.inTile = plus(times(varIndex(i), NR), j);
      const where = new Map<number, Index>();
      const sizes = (labels: readonly number[]): number[] => labels.map((l) => shape.size.get(l)!);
      unravel(plus(top, varIndex(i)), sizes(shape.m), SYMBOLS).forEach((x, p) => where.set(shape.m[p]!, x));
      unravel(plus(times(strip, NR), j), sizes(shape.n), SYMBOLS).forEach((x, p) => where.set(shape.n[p]!, x));
      shape.batch.forEach((l, p) => where.set(l, varIndex(this.batch[p]!)));
      const index = shape.attrs.out.map((l) => where.get(l)!);
      return this.kernel.stores.map((stored) => {
        const member = this.kernel.cluster.members.find((x) => x.at === stored)!;
        const own =
          member.role === 'fold'
            ? index
            : domainIndex(member, { vars: [], index }, this.kernel.cluster.rows, { vars: [], index: [] }, []);
        const { shape: size } = this.graph.nodes[stored]!;
        return {
          value: this.puller.pull(stored, own),
          index: linear(own, size, SYMBOLS),
          slot: this.args.slot(stored),
        };
      });
    };
    const put = (places: readonly { value: Expr; index: Index; slot: number }[], lanesNow: number): Stmt[] => {
      const locals = places.map(({ value }) => this.args.local('value', value.dtype, lanesNow));
      return [
        ...places.map(
          ({ value }, p): Stmt => ({
            s: 'set',
            local: locals[p]!,
            value: e.splat(widen(value, e, v, lanesNow, null), lanesNow),
          }),
        ),
        ...places.map(
          ({ index, slot, value }, p): Stmt => ({
            s: 'store',
            slot,
            dtype: value.dtype,
            index,
            value: e.local(locals[p]!),
            guards: [],
          }),
        ),
      ];
    };
    const places = at(varIndex(v));
    const wide =
      whole > 0 &&
      vectorisable(
        places.map((p) => p.value),
        v,
        this.target,
      ) &&
      places.every((p) => strideAlong(p.index, v) === 1);
    if (!wide) return [...nest([v], put(places, 1))];
    const out: Stmt[] = [{ s: 'for', v, step: lanes, to: whole, body: put(places, lanes) }];
    if (whole < width) out.push({ s: 'for', v, from: whole, body: put(places, 1) });
    return out;
  }
}

export const lowerTiles = (kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered =>
  new TilesLowering(kernel, graph, target, home).lower();
