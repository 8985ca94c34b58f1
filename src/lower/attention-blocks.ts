/**
 * What the kernels of attention are made of: the operands in the order in which tiles read them, products of blocks in scratch
 * memory, and the scores of a block with what masks them.
 *
 * Everything that the kernel holds is padded with zeros to whole blocks, so no tile has a ragged copy; what lies wholly outside,
 * or in the future of a causal query, is skipped tile by tile.
 */
import { bytesOf, type DType } from '../base/dtype.js';
import { type AttentionShape, attentionDomain, attentionShape, pullSources } from '../fuse/attention.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller, type Stops } from '../fuse/pull.js';
import type { Expr, Guard, Index, LoopVar, Stmt } from '../ir/expr.js';
import { unravel } from '../ir/index-algebra.js';
import type { AttentionOp } from '../ir/op.js';
import { add, mul } from '../ops/index.js';
import type { Expressions } from '../rules/expressions.js';
import { constantIndex, divided, loopVar, plus, remainder, SYMBOLS, times, varIndex } from '../rules/index-algebra.js';
import { Arguments, expressionsFor, nest, put, vectorisable, widen } from './kernel.js';
import { copyAlong } from './packing.js';
import { RegisterTile, unrolled } from './register-tile.js';
import { reportsOf } from './reports.js';
import type { Target } from './target.js';

/** Queries and keys of a block, about: a block of scores and the keys it came from fit the first-level cache together. */
const BLOCK = 64;
/** Keys that are skipped together where none takes part; a multiple of the lanes of every target, and of a tile's rows. */
export const CHUNK = 16;

const ZERO = constantIndex(0);
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
const padded = (n: number, to: number): number => Math.ceil(n / to) * to;
const commonMultiple = (a: number, b: number): number => {
  let m = a;
  while (m % b !== 0) m += a;
  return m;
};

/**
 * A matrix, or one for each batch, in memory of the kernel: panels of columns one after another, each row by row. Rows of a wide matrix
 * would lie so far apart that they push each other out of the cache.
 */
export interface Matrix {
  readonly slot: number;
  readonly rows: number;
  readonly cols: number;
  /** Columns of a panel. */
  readonly panel: number;
}

/** A product of blocks, tile by tile. Rows and columns are those of the result. */
export interface Product {
  /** How many there are, whole tiles. */
  readonly rows: number;
  readonly cols: number;
  /** Rows of a tile. */
  readonly tall: number;
  /** Columns of a tile. */
  readonly wide: number;
  /** Where this does not hold for the first row and column of a tile, it is skipped. */
  readonly where: (row: Index, col: Index) => readonly Guard[];
  readonly start: (row: Index, col: Index) => Expr;
  readonly a: (row: Index, k: Index) => Expr;
  readonly b: (k: Index, col: Index) => Expr;
  /** Places of the folded range, and the pieces of it that are skipped for a tile where a guard does not hold. */
  readonly depth: number;
  readonly pieces?: { readonly of: number; readonly where: (row: Index, k: Index) => readonly Guard[] };
  readonly end: (row: Index, col: Index, value: Expr) => Stmt;
}

export class AttentionBlocks {
  readonly e: Expressions;
  readonly args: Arguments;
  readonly shape: AttentionShape;
  readonly dtype: DType;
  readonly lanes: number;
  /** One trip of this loop spans a vector. */
  readonly lane: LoopVar;
  readonly batches: number;
  /** Queries and keys of a block, and how many blocks there are. */
  readonly queries: number;
  readonly keys: number;
  readonly queryBlocks: number;
  readonly keyBlocks: number;
  /** Queries of a tile. */
  readonly tall: number;
  private readonly stops: Stops;
  private readonly puller: Puller;
  private readonly packing: Stmt[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly graph: Graph,
    private readonly target: Target,
    home: (at: number) => string,
  ) {
    const first = kernel.cluster.members[0]!.at;
    this.e = expressionsFor(target);
    this.args = new Arguments(graph, home);
    this.shape = attentionShape(graph, first);
    this.dtype = graph.nodes[first]!.dtype;
    this.lanes = target.vectors(this.dtype) ? target.lanes : 1;
    this.lane = loopVar('lane', this.lanes);
    this.batches = product(this.shape.batch);
    const { queries, keys } = this.shape;
    this.tall = Math.max(1, Math.min(target.tile.rows, queries));
    // Blocks of equal size, so that the last is not nearly empty.
    this.queries = padded(Math.ceil(queries / Math.max(1, Math.ceil(queries / BLOCK))), this.tall);
    this.queryBlocks = this.queries === 0 ? 0 : Math.ceil(queries / this.queries);
    // Whole chunks and whole tiles.
    const unit = commonMultiple(CHUNK, this.strip(keys));
    this.keys = padded(Math.min(keys, BLOCK), unit);
    this.keyBlocks = this.keys === 0 ? 0 : Math.ceil(keys / this.keys);
    this.stops = {
      slot: (at) => (kernel.loads.has(at) ? this.args.slot(at) : null),
      number: (at) => this.args.number(at),
    };
    this.puller = new Puller(graph, this.e, this.stops);
  }

  /** Columns of a tile of a matrix `n` wide: as many vectors as leave the least empty. */
  strip(n: number): number {
    const { tile } = this.target;
    // A vector of numbers of eight bytes takes two registers.
    const most = this.lanes === 1 ? tile.vectors : Math.max(1, Math.floor((tile.vectors * 4) / bytesOf(this.dtype)));
    let best = 1;
    for (let v = 2; v <= most; v++) if (padded(n, v * this.lanes) <= padded(n, best * this.lanes)) best = v;
    return best * this.lanes;
  }

  /** Where the value that a record gives is to be stored; differentiating twice asks for the log-sum-exp twice. */
  results(gives: AttentionOp['gives']): number[] {
    const wanted = this.kernel.stores.filter((at) => {
      const { op } = this.graph.nodes[at]!;
      return op.kind === 'attention' && op.gives === gives;
    });
    return wanted.map((at) => this.args.slot(at));
  }

  /** Only those guards that do not always hold. */
  open(guards: readonly Guard[]): Guard[] {
    return guards.filter(({ index, lo, hi }) => index.min < lo || index.max >= hi);
  }

  /** That a query and a key, both counted over all blocks, take part. */
  present(query: Index, key: Index): Guard[] {
    const { queries, keys } = this.shape;
    return this.open([{ index: query, lo: 0, hi: queries }, { index: key, lo: 0, hi: keys }, ...this.past(query, key)]);
  }

  /** The same for a vector of keys. */
  presentAlong(query: Index, key: Index): Guard[] {
    return this.present(query, plus(key, varIndex(this.lane)));
  }

  /** That a causal query sees a key. */
  past(query: Index, key: Index): Guard[] {
    if (!this.shape.causal) return [];
    const behind = plus(query, times(key, -1));
    return this.open([{ index: behind, lo: 0, hi: behind.max + 1 }]);
  }

  /** Some statements where all guards hold. */
  if(guards: readonly Guard[], then: readonly Stmt[]): readonly Stmt[] {
    const open = this.open(guards);
    return open.length > 0 ? [{ s: 'if', guards: open, then }] : then;
  }

  /** Some statements where some of the queries from `query` on and some of the keys from `key` on take part. */
  where(query: Index, queries: number, key: Index, then: readonly Stmt[]): readonly Stmt[] {
    return this.if(this.reached(query, queries, key), then);
  }

  /** That they do. */
  reached(query: Index, queries: number, key: Index): Guard[] {
    return this.open([
      { index: query, lo: 0, hi: this.shape.queries },
      { index: key, lo: 0, hi: this.shape.keys },
      ...this.past(plus(query, constantIndex(queries - 1)), key),
    ]);
  }

  /** Scratch memory of each thread's own. */
  own(name: string, rows: number, cols: number): Matrix {
    const slot = this.args.scratch(name, this.dtype, rows * cols * bytesOf(this.dtype), true);
    return { slot, rows, cols, panel: cols };
  }

  /** Where an element lies. */
  place({ rows, cols, panel }: Matrix, row: Index, col: Index, batch: Index = ZERO): Index {
    // The bounds of a folded range written out in steps do not show that it stays within a row.
    if (panel === cols) return plus(times(plus(times(batch, rows), row), cols), col);
    const before = plus(times(batch, cols / panel), divided(col, panel));
    return plus(times(plus(times(before, rows), row), panel), remainder(col, panel));
  }

  /** An element. */
  one(of: Matrix, row: Index, col: Index, batch?: Index): Expr {
    return this.e.load(of.slot, this.dtype, this.place(of, row, col, batch), []);
  }

  /** A vector of neighbours in a row. */
  vector(of: Matrix, row: Index, col: Index, batch?: Index): Expr {
    const { lane, lanes } = this;
    const index = this.place(of, row, plus(col, varIndex(lane)), batch);
    return this.e.load(of.slot, this.dtype, index, [], lanes, lane);
  }

  /** Writes an element or a vector of neighbours in a row. */
  store(of: Matrix, row: Index, col: Index, value: Expr): Stmt {
    const index = this.place(of, row, value.lanes > 1 ? plus(col, varIndex(this.lane)) : col);
    return { s: 'store', slot: of.slot, dtype: this.dtype, index, value, guards: [] };
  }

  /** A vector of one number. */
  fill(value: number): Expr {
    return this.e.constant(value, this.dtype, this.lanes);
  }

  /** Sets all of a matrix, whose rows are whole vectors. */
  clear(of: Matrix, value = 0): readonly Stmt[] {
    const [row, col] = [loopVar('row', of.rows), loopVar('col', of.cols / this.lanes)];
    return nest([row, col], [this.store(of, varIndex(row), times(varIndex(col), this.lanes), this.fill(value))]);
  }

  /**
   * Copies an operand, one matrix of `rows` × `cols` for each batch, before all else: with zeros up to `blocks` rows and whole strips of
   * columns, or transposed, a block of keys to a panel.
   */
  pack(name: string, at: number, rows: number, cols: number, blocks: number, transposed = false): Matrix {
    const { e, dtype, batches } = this;
    const across = padded(cols, this.strip(cols));
    const [height, width] = transposed ? [cols, blocks] : [blocks, across];
    const slot = this.args.scratch(name, dtype, batches * height * width * bytesOf(dtype), false);
    const packed: Matrix = { slot, rows: height, cols: width, panel: transposed ? this.keys : width };
    const store = (batch: Index, row: Index, col: Index, value: Expr, v: LoopVar | null): Stmt[] => {
      const place = transposed ? this.place(packed, col, row, batch) : this.place(packed, row, col, batch);
      return put(e, slot, place, value, v);
    };
    const [line, column] = [loopVar(name, batches * rows, rows), loopVar('col', cols)];
    const [batch, row] = [divided(varIndex(line), rows), remainder(varIndex(line), rows)];
    const value = this.puller.pull(at, [...unravel(batch, this.shape.batch, SYMBOLS), row, varIndex(column)]);
    const copy = (lanes: number, v: LoopVar | null): Stmt[] =>
      store(batch, row, varIndex(column), e.splat(widen(value, e, v, lanes, null), lanes), v);
    const target = { ...this.target, lanes: this.lanes };
    if (rows > 0) this.packing.push(...copyAlong(value, [line], [column], target, copy, true));
    const zeros = (part: string, top: number, left: number, height: number, width: number): void => {
      if (height <= 0 || width <= 0) return;
      const [y, x] = [loopVar(part, batches * height, height), loopVar('col', width)];
      const below = plus(remainder(varIndex(y), height), constantIndex(top));
      const beside = plus(varIndex(x), constantIndex(left));
      const zero = store(divided(varIndex(y), height), below, beside, e.constant(0, dtype), null);
      this.packing.push(...nest([y, x], zero, true));
    };
    zeros('below', rows, 0, blocks - rows, transposed ? cols : across);
    if (!transposed) zeros('beside', 0, cols, rows, across - cols);
    return packed;
  }

  /** What has to be done before the blocks: checks, and copies of the operands. */
  before(): Stmt[] {
    const ranges = attentionDomain(this.shape).map((n, i) => loopVar(`d${i}`, n, i === 0 ? 1 : undefined));
    const puller = new Puller(this.graph, this.e, this.stops);
    pullSources(puller, this.shape, ranges.map(varIndex));
    return [...reportsOf(puller.checks, this.graph, this.e, ranges), ...this.packing, { s: 'barrier' }];
  }

  /** Stores one row of `from` where a result lies in memory, after `map` has seen each number. */
  deliver(
    from: Matrix,
    row: Index,
    slots: readonly number[],
    to: Index,
    cols: number,
    map: (x: Expr) => Expr,
  ): readonly Stmt[] {
    const { dtype, lanes, lane } = this;
    const wide = loopVar('col', Math.floor(cols / lanes));
    const left = times(varIndex(wide), lanes);
    const index = plus(plus(to, left), varIndex(lane));
    const stores = (index: Index, value: Expr): Stmt[] =>
      slots.map((slot) => ({ s: 'store', slot, dtype, index, value, guards: [] }));
    const rest = Array.from({ length: cols - wide.size * lanes }, (_, i) => {
      const col = constantIndex(wide.size * lanes + i);
      return stores(plus(to, col), map(this.one(from, row, col)));
    });
    const vectors = stores(index, map(this.vector(from, row, left)));
    return [...(wide.size > 0 ? nest([wide], vectors) : []), ...rest.flat()];
  }

  /** A number of a query, from memory. */
  ofQuery(at: number, batch: Index, query: Index): Expr {
    const guards = this.open([{ index: query, lo: 0, hi: this.shape.queries }]);
    return this.puller.pull(at, [...unravel(batch, this.shape.batch, SYMBOLS), query, constantIndex(0)], guards);
  }

  /** All tiles of a product. */
  product(p: Product): readonly Stmt[] {
    const { e, lanes } = this;
    const [r, c] = [loopVar('r', p.rows / p.tall), loopVar('c', p.cols / p.wide)];
    const [top, left] = [times(varIndex(r), p.tall), times(varIndex(c), p.wide)];
    const row = (i: number): Index => plus(top, constantIndex(i));
    const col = (j: number): Index => plus(left, constantIndex(j * lanes));
    const tile = new RegisterTile(e, this.args, this.dtype, p.tall, p.wide / lanes, lanes);
    const step = (k: Index): Stmt[] =>
      tile.step(
        (i) => p.a(row(i), k),
        (j) => p.b(k, col(j)),
      );
    const folded = (): readonly Stmt[] => {
      if (!p.pieces) return unrolled(p.depth, step);
      const piece = loopVar('piece', p.depth / p.pieces.of);
      const first = times(varIndex(piece), p.pieces.of);
      const body = unrolled(p.pieces.of, (k) => step(plus(first, k)));
      return nest([piece], this.if(p.pieces.where(top, first), body));
    };
    const body: Stmt[] = [
      ...tile.start((i, j) => p.start(row(i), col(j))),
      ...folded(),
      ...tile.each((i, j, sum) => p.end(row(i), col(j), e.local(sum))),
    ];
    return nest([r, c], this.if(p.where(top, left), body));
  }

  /** `then` for every vector of scores in a row of a block in which one of the `queries` from `query` on takes part. */
  alongKeys(query: Index, queries: number, first: Index, then: (key: Index) => readonly Stmt[]): readonly Stmt[] {
    const chunk = loopVar('chunk', this.keys / CHUNK);
    const start = times(varIndex(chunk), CHUNK);
    const body = Array.from({ length: CHUNK / this.lanes }, (_, u) =>
      then(plus(start, constantIndex(u * this.lanes))),
    ).flat();
    return nest([chunk], this.where(query, queries, plus(first, start), body));
  }

  /** From a vector of products of queries and keys to scores; −∞ where a key takes no part. `before` has to be done first. */
  score(products: Expr, batch: Index, query: Index, key: Index): { readonly before: Stmt[]; readonly score: Expr } {
    const { e } = this;
    const { scale, places } = this.shape;
    const present = this.presentAlong(query, key);
    let score = e.op(mul, products, this.fill(scale));
    const before: Stmt[] = [];
    if (places.mask !== undefined) {
      const mask = this.maskAt(places.mask, batch, query, key, present, before);
      score = mask.dtype === 'bool' ? e.choose(mask, score, this.fill(-Infinity)) : e.op(add, score, mask);
    }
    return { before, score: this.chosen(present, score, -Infinity) };
  }

  /** `value` where the guards hold for a lane, else `other`. */
  chosen(present: readonly Guard[], value: Expr, other: number): Expr {
    const { e, lanes, lane } = this;
    return present.length > 0 ? e.choose(e.guard(present, lanes, lane), value, this.fill(other)) : value;
  }

  /** A vector of the mask, which goes through scratch memory where its elements have to be found one by one. */
  private maskAt(at: number, batch: Index, query: Index, key: Index, present: Guard[], before: Stmt[]): Expr {
    const { e, lanes, lane, args } = this;
    const { dtype } = this.graph.nodes[at]!;
    const value = (k: Index, guards: Guard[]): Expr =>
      this.puller.pull(at, [...unravel(batch, this.shape.batch, SYMBOLS), query, k], guards);
    const inOrder = value(plus(key, varIndex(lane)), present);
    if (lanes === 1 || vectorisable([inOrder], lane, this.target))
      return e.splat(widen(inOrder, e, lane, lanes, null), lanes);
    const slot = args.scratch('mask', dtype, lanes * bytesOf(dtype), true);
    const v = loopVar('v', lanes);
    const k = plus(key, varIndex(v));
    before.push(...nest([v], put(e, slot, varIndex(v), value(k, this.present(query, k)), null)));
    return e.load(slot, dtype, varIndex(lane), [], lanes, lane);
  }
}
