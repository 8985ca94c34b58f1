/**
 * What all lowerings of a contraction to register tiles share: the operands by rows, columns and fold, the tile itself, and the maps
 * that are computed on the finished result (bias, activation, an optimizer's update): the epilogue.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Index, Local, LoopVar, Stmt } from '../ir/expr.js';
import { linear, unravel } from '../ir/index-algebra.js';
import { mulAdd } from '../ops/index.js';
import type { Expressions } from '../rules/expressions.js';
import {
  constantIndex,
  divisions,
  loopVar,
  plus,
  SYMBOLS,
  strideAlong,
  times,
  varIndex,
} from '../rules/index-algebra.js';
import { type ContractionShape, count, lastOf, rangeVar, unitOf } from './contraction.js';
import {
  Arguments,
  domainIndex,
  expressionsFor,
  type Lowered,
  nest,
  put,
  stepped,
  tripsOf,
  vectorisable,
  widen,
} from './kernel.js';
import { copyAlong } from './packing.js';
import type { Target } from './target.js';

/** From this many batches on, each thread takes whole ones. */
const MANY_BATCHES = 8;

/** Steps of a long folded range that are written out one after another. */
const UNROLL = 4;
/** Short folded ranges are written out as long as there are no more steps than this. */
const WRITTEN_OUT = 10;

/** Where each range of a contraction is, by its label. */
type Places = ReadonlyMap<number, Index>;

/** How the inner loop reads the operand with the rows, and what has to be done before. */
interface Source {
  readonly a: (row: Index, k: Index) => Expr;
  /** Before all batches. */
  readonly before: readonly Stmt[];
  /** In each batch. */
  readonly inside: readonly Stmt[];
}

export abstract class Contracting {
  protected readonly e: Expressions;
  protected readonly args: Arguments;
  protected readonly M: number;
  protected readonly N: number;
  protected readonly K: number;
  protected readonly lanes: number;
  /** One trip of this loop spans a vector. */
  protected readonly lane: LoopVar;
  protected readonly batch: readonly LoopVar[];
  /** One loop for each folded range: no division finds them from one index. */
  protected readonly fold: readonly LoopVar[];
  private readonly puller: Puller;

  constructor(
    protected readonly kernel: Kernel,
    protected readonly graph: Graph,
    protected readonly target: Target,
    home: (at: number) => string,
    protected readonly shape: ContractionShape,
  ) {
    this.e = expressionsFor(target);
    this.args = new Arguments(graph, home);
    const { m, n, k, size, batch } = shape;
    this.M = count(m, size);
    this.N = count(n, size);
    this.K = count(k, size);
    this.lanes = target.lanes;
    this.lane = loopVar('lane', this.lanes);
    this.batch = batch.map((l) => rangeVar('b', l, shape));
    this.fold = k.map((l) => rangeVar('k', l, shape));
    const inside = new Set(kernel.cluster.members.map((x) => x.at));
    this.puller = new Puller(graph, this.e, {
      slot: (at) => (kernel.loads.has(at) && !inside.has(at) ? this.args.slot(at) : null),
      number: (at) => this.args.number(at),
      supply: (at) => (at === kernel.cluster.members[0]!.at ? this.result : null),
    });
  }

  abstract lower(): Lowered;

  /** What the counts of rows, columns and folded places are multiples of, where they are dynamic. */
  protected get unitOfM(): number | undefined {
    return unitOf(this.shape.m, this.shape);
  }
  protected get unitOfN(): number | undefined {
    return unitOf(this.shape.n, this.shape);
  }
  protected get unitOfK(): number | undefined {
    return unitOf(this.shape.k, this.shape);
  }

  /** Whether the threads share out the batch, each with scratch memory of its own, rather than parts of one. */
  protected get byBatch(): boolean {
    return count(this.shape.batch, this.shape.size) >= MANY_BATCHES;
  }

  /** The finished element of the contraction that the epilogue is at. */
  private result: Expr | null = null;

  private sizes(labels: readonly number[]): number[] {
    return labels.map((l) => this.shape.size.get(l)!);
  }

  /** Where the ranges of `labels` are, given their row-major position. */
  protected spread(labels: readonly number[], at: Index): [number, Index][] {
    return unravel(at, this.sizes(labels), SYMBOLS).map((i, x) => [labels[x]!, i]);
  }

  /** Where the ranges are that neither rows, columns nor fold have. */
  protected get batchPlaces(): [number, Index][] {
    return this.shape.batch.map((l, x) => [l, varIndex(this.batch[x]!)]);
  }

  /** The element of an operand. */
  protected at(of: ContractionShape['a'], where: Places): Expr {
    return this.puller.pull(
      of.at,
      of.labels.map((l) => where.get(l)!),
    );
  }

  /** The element of an operand, given the row or column of the result and the position in the fold. */
  protected operand(of: ContractionShape['a'], row: Index, k: Index): Expr {
    const { shape } = this;
    const own = of === shape.a ? shape.m : shape.n;
    return this.at(of, new Map([...this.spread(own, row), ...this.spread(shape.k, k), ...this.batchPlaces]));
  }

  /** Where in the folded range a trip through its loops is. */
  protected get folded(): Index {
    return linear(this.fold.map(varIndex), this.sizes(this.shape.k), SYMBOLS);
  }

  /** Which batch this is, counted over all. */
  protected get whichBatch(): Index {
    return linear(this.batch.map(varIndex), this.sizes(this.shape.batch), SYMBOLS);
  }

  /** Which batch this is, among those that scratch memory holds at once. */
  protected get batchNumber(): Index {
    return this.byBatch ? constantIndex(0) : this.whichBatch;
  }

  /** How many batches scratch memory holds at once. */
  protected get batchesHeld(): number {
    return this.byBatch ? 1 : this.batch.reduce((n, v) => n * v.size, 1);
  }

  /**
   * The operand with the rows: where it lies if that is plain memory, else from a packed copy. The copy is made before all batches if it is
   * the same for all, else inside each.
   */
  protected sourceOfA(): Source {
    const { e, M, K, fold } = this;
    const [row, k] = [loopVar('m', M, this.unitOfM), loopVar('k', K, this.unitOfK)];
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
    // Rows of a tile lie at constant distances: one after another, each in the order of the fold, unless that has a dynamic length.
    const across = this.unitOfK !== undefined;
    const where = (r: Index, kk: Index): Index =>
      plus(times(batch, M * K), across ? plus(times(kk, M), r) : plus(times(r, K), kk));
    const element = this.operand(this.shape.a, varIndex(row), this.folded);
    const one = (width: number, v: LoopVar | null): Stmt[] =>
      put(e, slot, where(varIndex(row), this.folded), e.splat(widen(element, e, v, width, null), width), v);
    const [outer, inner] = across ? [fold, [row]] : [[row], fold];
    const copy = copyAlong(element, outer, inner, this.target, one, once || !this.byBatch);
    const a = (r: Index, kk: Index): Expr => e.load(slot, 'float32', where(r, kk), []);
    return once ? { a, before: copy, inside: [] } : { a, before: [], inside: copy };
  }

  /** The registers of a tile. */
  protected accumulators(rows: number, vectors: number): Local[][] {
    return Array.from({ length: rows }, (_, i) =>
      Array.from({ length: vectors }, (_, j) => this.args.local(`t${i}${j}`, 'float32', this.lanes)),
    );
  }

  protected clear(acc: readonly (readonly Local[])[]): Stmt[] {
    const value = this.e.constant(0, 'float32', this.lanes);
    return acc.flat().map((local) => ({ s: 'set', local, value }));
  }

  /** One step of the fold: every row's element times every vector of columns. */
  protected step(acc: readonly (readonly Local[])[], a: readonly Expr[], b: readonly Expr[]): Stmt[] {
    const { e, lanes } = this;
    return acc.flatMap((row, i) => {
      const left = e.splat(a[i]!, lanes);
      return row.map((local, j): Stmt => ({ s: 'set', local, value: e.op(mulAdd, left, b[j]!, e.local(local)) }));
    });
  }

  /**
   * Loops over the folded ranges around what `step` does at each place. Short ranges at the end are written out; a long last one is written
   * out a few times.
   */
  protected folding(vars: readonly LoopVar[], step: (at: readonly Index[]) => readonly Stmt[]): readonly Stmt[] {
    let outer = vars.length;
    let written: Index[][] = [[]];
    while (outer > 0) {
      const { size, unit } = vars[outer - 1]!;
      if (unit !== undefined || written.length * size > WRITTEN_OUT) break;
      outer--;
      const before = written;
      written = Array.from({ length: size }, (_, i) => before.map((at) => [constantIndex(i), ...at])).flat();
    }
    const index = vars.slice(0, outer).map(varIndex);
    const last = vars[outer - 1];
    if (!last || written.length > 1)
      return nest(
        vars.slice(0, outer),
        written.flatMap((at) => step([...index, ...at])),
      );
    const at = (k: Index): readonly Stmt[] => step([...index.slice(0, -1), k, ...written[0]!]);
    const body = tripsOf(last, [UNROLL, 1]).flatMap((trips): readonly Stmt[] => {
      const { from = 0, to, step: many } = trips;
      // A few that are left over, and always will be, need no loop.
      if (many === 1 && last.unit === undefined)
        return Array.from({ length: to - from }, (_, i) => at(constantIndex(from + i))).flat();
      const steps = Array.from({ length: many }, (_, u) => at(plus(varIndex(last), constantIndex(u)))).flat();
      return [{ s: 'for', v: last, ...trips, body: steps }];
    });
    return nest(vars.slice(0, outer - 1), body);
  }

  /** A vector of neighbours of scratch memory. */
  protected vector(slot: number, index: Index): Expr {
    return this.e.load(slot, 'float32', plus(index, varIndex(this.lane)), [], this.lanes, this.lane);
  }

  /** Writes the registers of a tile to scratch memory. */
  protected spill(acc: readonly (readonly Local[])[], slot: number, place: (i: number, j: number) => Index): Stmt[] {
    return acc.flatMap((row, i) =>
      row.map((local, j): Stmt => {
        const index = plus(place(i, j), varIndex(this.lane));
        return { s: 'store', slot, dtype: 'float32', index, value: this.e.local(local), guards: [] };
      }),
    );
  }

  /** `body` with the loop whose one trip spans a vector around it. */
  protected spanning(body: readonly Stmt[]): Stmt {
    return { s: 'for', v: this.lane, step: this.lanes, body };
  }

  /** Everything stored for the elements of the result along `v`, which are at `where` and whose contraction is `result`. */
  protected epilogue(where: Places, result: Expr, v: LoopVar): readonly Stmt[] {
    const { shape, lanes, e } = this;
    this.result = result;
    const index = shape.attrs.out.map((l) => where.get(l)!);
    const places = this.kernel.stores.map((stored) => {
      const member = this.kernel.cluster.members.find((x) => x.at === stored)!;
      const own =
        member.role === 'fold'
          ? index
          : domainIndex(member, { vars: [], index }, this.kernel.cluster.rows, { vars: [], index: [] }, []);
      const { shape: size } = this.graph.nodes[stored]!;
      return { value: this.puller.pull(stored, own), index: linear(own, size, SYMBOLS), slot: this.args.slot(stored) };
    });
    const store = (width: number): Stmt[] => {
      const locals = places.map(({ value }) => this.args.local('value', value.dtype, width));
      return [
        ...places.map(({ value }, p): Stmt => {
          return { s: 'set', local: locals[p]!, value: e.splat(widen(value, e, v, width, null), width) };
        }),
        ...places.map(({ index: at, slot, value }, p): Stmt => {
          return { s: 'store', slot, dtype: value.dtype, index: at, value: e.local(locals[p]!), guards: [] };
        }),
      ];
    };
    const values = places.map((p) => p.value);
    const inOrder = places.every((p) => strideAlong(p.index, v) === 1);
    return (v.unit === undefined && v.size < lanes) || !inOrder || !vectorisable(values, v, this.target)
      ? nest([v], store(1))
      : stepped(v, lanes, store);
  }

  /** The epilogue for everything, in the order of the result; `finished` gives an element of the contraction by batch, row and column. */
  protected inOrderOfResult(finished: (batch: Index, row: Index, column: Index) => Expr): readonly Stmt[] {
    const { shape } = this;
    const { out } = shape.attrs;
    // The last ranges that rows, or columns, have in common are one loop.
    const side = [shape.m, shape.n, shape.batch].find((labels) => labels.includes(out.at(-1)!)) ?? [];
    const last = lastOf(side, out);
    const first = out.slice(0, out.length - last.length);
    const vars = first.map((l) => rangeVar('o', l, shape));
    const v = loopVar('o', count(last, shape.size), unitOf(last, shape));
    const where = new Map([
      ...first.map((l, i): [number, Index] => [l, varIndex(vars[i]!)]),
      ...this.spread(last, varIndex(v)),
    ]);
    const flat = (labels: readonly number[]): Index =>
      linear(
        labels.map((l) => where.get(l)!),
        this.sizes(labels),
        SYMBOLS,
      );
    const result = finished(flat(shape.batch), flat(shape.m), flat(shape.n));
    return nest(vars, this.epilogue(where, result, v), true);
  }
}

/** What loading an element costs in the inner loop, in multiply-adds. */
const LOAD = 0.5;
/** Tiles have at most so many rows: each is another stream of addresses. */
const MOST_ROWS = 12;

/** A multiple of every number of rows that a tile may have. */
export const ANY_ROWS = 27720;

/** The rows and vectors of the register tile that covers so many rows and columns at the least cost. */
export function tileFor(M: number, columns: number, { lanes, tile }: Target): Target['tile'] {
  const registers = tile.rows * tile.vectors;
  const vectorsIn = Math.ceil(columns / lanes);
  const cost = (rows: number, vectors: number): number => rows * vectors + LOAD * (rows + vectors);
  let best = { rows: Math.min(tile.rows, M), vectors: Math.min(tile.vectors, vectorsIn) };
  const total = ({ rows, vectors }: Target['tile']): number => {
    const rest = M % rows;
    const perStrip = Math.floor(M / rows) * cost(rows, vectors) + (rest > 0 ? cost(rest, vectors) : 0);
    return perStrip * Math.ceil(vectorsIn / vectors);
  };
  for (let vectors = 1; vectors <= Math.min(vectorsIn, tile.vectors + 2); vectors++) {
    const most = Math.min(MOST_ROWS, M, Math.floor(registers / vectors));
    for (let rows = most; rows > most / 2; rows--) {
      if (total({ rows, vectors }) < total(best)) best = { rows, vectors };
    }
  }
  return best;
}
