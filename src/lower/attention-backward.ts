/**
 * The backward kernel of attention. The probabilities of a block follow again from its scores and the log-sum-exp, so nothing of the
 * size of the table of scores is kept; the gradients of its queries and of its keys are sums over such blocks.
 */
import type { Index, Stmt } from '../ir/expr.js';
import { exp, mul, sub } from '../ops/index.js';
import { constantIndex, divided, plus, remainder, times } from '../rules/index-algebra.js';
import type { Matrix } from './attention-blocks.js';
import { AttentionPass, type Place } from './attention-pass.js';

/** From this many batches on, each thread takes whole ones, and every block of scores is computed once. */
const MANY_BATCHES = 8;
/** Keys of a tile. */
const TALL = 4;
const ZERO = constantIndex(0);

export class AttentionBackward extends AttentionPass {
  private readonly shape = this.blocks.shape;
  private readonly slots = {
    q: this.blocks.results('gradQ'),
    k: this.blocks.results('gradK'),
    v: this.blocks.results('gradV'),
  };
  private readonly operands = this.packed();
  /** The probabilities of a block, and the cotangents of its scores. */
  private readonly p = this.blocks.own('p', this.blocks.queries, this.blocks.keys);
  private readonly ds = this.blocks.own('ds', this.blocks.queries, this.blocks.keys);

  private packed() {
    const { blocks, shape, slots } = this;
    const { places, queries, keys, features, width } = shape;
    const [rows, cols] = [blocks.queryBlocks * blocks.queries, blocks.keyBlocks * blocks.keys];
    return {
      q: blocks.pack('q', places.q, queries, features, rows),
      g: blocks.pack('g', places.g!, queries, width, rows),
      k: slots.q.length === 0 ? null : blocks.pack('k', places.k, keys, features, cols),
      kAcross: blocks.pack('kAcross', places.k, keys, features, cols, true),
      vAcross: blocks.pack('vAcross', places.v, keys, width, cols, true),
    };
  }

  loops(): readonly Stmt[] {
    const { blocks, operands, slots } = this;
    const { queryBlocks, keyBlocks, batches } = blocks;
    const own = (name: string, like: Matrix | null, rows: number): Matrix | null =>
      like && blocks.own(name, rows, like.cols);
    const gradK = slots.k.length === 0 ? null : own('gradK', operands.q, blocks.keys);
    const gradV = slots.v.length === 0 ? null : own('gradV', operands.g, blocks.keys);
    const clear = (...all: (Matrix | null)[]): Stmt[] => all.flatMap((m) => (m ? blocks.clear(m) : []));
    const overKeys = (batch: Index, each: (block: Index) => readonly Stmt[]): readonly Stmt[] =>
      this.loop('keys', keyBlocks, (block) => [
        ...clear(gradK, gradV),
        ...each(times(block, blocks.keys)),
        ...this.deliverKeys(gradK, gradV, batch, times(block, blocks.keys)),
      ]);
    if (batches >= MANY_BATCHES) {
      const gradQ = own('gradQ', operands.k, queryBlocks * blocks.queries);
      return this.shared(batches, (batch) => [
        ...clear(gradQ),
        ...overKeys(batch, (key) =>
          this.loop('queries', queryBlocks, (block) => {
            const query = times(block, blocks.queries);
            return this.block({ batch, query, key }, gradQ, query, gradK, gradV);
          }),
        ),
        ...this.deliverQueries(gradQ, batch, ZERO, queryBlocks * blocks.queries),
      ]);
    }
    const gradQ = own('gradQ', operands.k, blocks.queries);
    const byQueries = this.shared(batches * queryBlocks, (part) => {
      const batch = divided(part, queryBlocks);
      const query = times(remainder(part, queryBlocks), blocks.queries);
      return [
        ...clear(gradQ),
        ...this.loop('keys', keyBlocks, (block) =>
          this.block({ batch, query, key: times(block, blocks.keys) }, gradQ, ZERO, null, null),
        ),
        ...this.deliverQueries(gradQ, batch, query, blocks.queries),
      ];
    });
    const byKeys = this.shared(batches * keyBlocks, (part) => {
      const batch = divided(part, keyBlocks);
      const key = times(remainder(part, keyBlocks), blocks.keys);
      return [
        ...clear(gradK, gradV),
        ...this.loop('queries', queryBlocks, (block) =>
          this.block({ batch, query: times(block, blocks.queries), key }, null, ZERO, gradK, gradV),
        ),
        ...this.deliverKeys(gradK, gradV, batch, key),
      ];
    });
    return [...(gradQ ? byQueries : []), ...(gradK || gradV ? byKeys : [])];
  }

  /** Adds what a block of queries and keys gives to those gradients that are there; those of queries from row `row` on. */
  private block(
    at: Place,
    gradQ: Matrix | null,
    row: Index,
    gradK: Matrix | null,
    gradV: Matrix | null,
  ): readonly Stmt[] {
    const { blocks, operands, p, ds } = this;
    const { q, g, k, kAcross, vAcross } = operands;
    const both = gradQ !== null || gradK !== null;
    return blocks.where(at.query, blocks.queries, at.key, [
      ...this.tiles(at, (here, top) => this.products(q, kAcross, p, here, top)),
      ...(both ? this.tiles(at, (here, top) => this.products(g, vAcross, ds, here, top)) : []),
      ...this.tiles(at, (here, top) => this.loop('i', blocks.tall, (i) => this.row(here, i, plus(top, i), both))),
      ...(gradQ && k ? this.tiles(at, (here, top) => this.weighted(ds, k, gradQ, here, top, plus(row, top))) : []),
      ...(gradK ? this.transposed(ds, q, gradK, at) : []),
      ...(gradV ? this.transposed(p, g, gradV, at) : []),
    ]);
  }

  /** From products to probabilities, and with `both` to cotangents of scores, in row `row` of a block, for query `i` of a tile. */
  private row(at: Place, i: Index, row: Index, both: boolean): Stmt[] {
    const { blocks, p, ds } = this;
    const { e } = blocks;
    const { places, scale } = this.shape;
    const query = plus(at.query, i);
    const out: Stmt[] = [];
    const base = this.set('base', this.replaced(blocks.ofQuery(places.logSumExp!, at.batch, query), -Infinity, 0), out);
    const delta = both ? this.set('delta', blocks.ofQuery(places.delta!, at.batch, query), out) : null;
    const each = (k: Index): Stmt[] => {
      const key = plus(at.key, k);
      const { before, score } = blocks.score(blocks.vector(p, row, k), at.batch, query, key);
      const body = [...before];
      const found = this.set('p', e.op(exp, e.op(sub, score, base)), body);
      body.push(blocks.store(p, row, k, found));
      if (delta) {
        const moved = e.op(mul, found, e.op(sub, blocks.vector(ds, row, k), delta));
        const value = e.op(mul, moved, e.constant(scale, blocks.dtype));
        body.push(blocks.store(ds, row, k, blocks.chosen(blocks.presentAlong(query, key), value, 0)));
      }
      return body;
    };
    out.push(...blocks.alongKeys(at.query, blocks.tall, at.key, each));
    return out;
  }

  /** Adds the products of weights of a block, whose columns are keys, and rows of `b` for its queries to rows of `to` for the keys. */
  private transposed(a: Matrix, b: Matrix, to: Matrix, at: Place): readonly Stmt[] {
    const { blocks } = this;
    const { batch, query, key } = at;
    return blocks.product({
      rows: blocks.keys,
      cols: to.cols,
      tall: TALL,
      wide: blocks.strip(to.cols),
      where: (row) => blocks.reached(query, blocks.queries, plus(key, row)),
      start: (row, col) => blocks.vector(to, row, col),
      a: (row, i) => blocks.one(a, i, row),
      b: (i, col) => blocks.vector(b, plus(query, i), col, batch),
      depth: blocks.queries,
      pieces: { of: blocks.tall, where: (row, i) => blocks.reached(plus(query, i), blocks.tall, plus(key, row)) },
      end: (row, col, value) => blocks.store(to, row, col, value),
    });
  }

  private deliverQueries(gradQ: Matrix | null, batch: Index, query: Index, count: number): readonly Stmt[] {
    const { queries, features } = this.shape;
    return this.deliver(gradQ, this.slots.q, batch, query, count, queries, features);
  }

  private deliverKeys(gradK: Matrix | null, gradV: Matrix | null, batch: Index, key: Index): readonly Stmt[] {
    const { blocks, slots } = this;
    const { keys, features, width } = this.shape;
    return [
      ...this.deliver(gradK, slots.k, batch, key, blocks.keys, keys, features),
      ...this.deliver(gradV, slots.v, batch, key, blocks.keys, keys, width),
    ];
  }

  /** Stores those of `count` rows, the first of which is row `first` of its batch, that are among the batch's `all`. */
  private deliver(
    from: Matrix | null,
    slots: readonly number[],
    batch: Index,
    first: Index,
    count: number,
    all: number,
    cols: number,
  ): readonly Stmt[] {
    if (!from) return [];
    const { blocks } = this;
    return this.loop('row', count, (row) => {
      const place = plus(first, row);
      const to = times(plus(times(batch, all), place), cols);
      return blocks.if(
        [{ index: place, lo: 0, hi: all }],
        blocks.deliver(from, row, slots, to, cols, (x) => x),
      );
    });
  }
}
