/**
 * The forward kernel of attention. A thread takes a block of queries and streams over blocks of keys; of the table of scores it holds
 * a few rows of one block.
 *
 * The softmax is taken online: each query has its largest score so far, the sum of its exponentials, and the sum of values
 * weighted by them; when a larger score comes, both sums shrink. Milakov and Gimelshein, "Online normalizer calculation for
 * softmax" (2018); Rabe and Staats, "Self-attention does not need O(n²) memory" (2021).
 */
import type { Index, Stmt } from '../ir/expr.js';
import { add, div, exp, log, mul, sub } from '../ops/index.js';
import { constantIndex, divided, plus, remainder, times } from '../rules/index-algebra.js';
import type { Matrix } from './attention-blocks.js';
import { AttentionPass, type Place } from './attention-pass.js';

const ZERO = constantIndex(0);

/** What a thread knows of its block of queries so far, query by query. */
interface Running {
  /** The largest score. */
  readonly largest: Matrix;
  /** Σ e^(score − largest), in the lanes of a vector. */
  readonly total: Matrix;
  /** Σ e^(score − largest)·v; null when only the log-sum-exp is wanted. */
  readonly sum: Matrix | null;
}

export class AttentionForward extends AttentionPass {
  loops(): readonly Stmt[] {
    const { blocks } = this;
    const { places, queries, keys, features, width } = blocks.shape;
    const q = blocks.pack('q', places.q, queries, features, blocks.queryBlocks * blocks.queries);
    const k = blocks.pack('k', places.k, keys, features, blocks.keyBlocks * blocks.keys, true);
    const out = blocks.results('out');
    const v = out.length === 0 ? null : blocks.pack('v', places.v, keys, width, blocks.keyBlocks * blocks.keys);
    const scores = blocks.own('scores', blocks.queries, blocks.keys);
    const state: Running = {
      largest: blocks.own('largest', 1, Math.ceil(blocks.queries / blocks.lanes) * blocks.lanes),
      total: blocks.own('total', blocks.queries, blocks.lanes),
      sum: v && blocks.own('sum', blocks.queries, v.cols),
    };
    return this.shared(blocks.batches * blocks.queryBlocks, (part) => {
      const batch = divided(part, blocks.queryBlocks);
      const first = times(remainder(part, blocks.queryBlocks), blocks.queries);
      const { sum } = state;
      const block = (at: Place): readonly Stmt[] => [
        ...this.tiles(at, (here, row) => this.products(q, k, scores, here, row)),
        ...this.tiles(at, (here, row) =>
          this.loop('i', blocks.tall, (i) => this.online(scores, state, here, i, plus(row, i))),
        ),
        ...(v && sum ? this.tiles(at, (here, row) => this.weighted(scores, v, sum, here, row, row)) : []),
      ];
      return [
        ...blocks.clear(state.largest, -Infinity),
        ...blocks.clear(state.total),
        ...(sum ? blocks.clear(sum) : []),
        ...this.loop('keys', blocks.keyBlocks, (i) => {
          const key = times(i, blocks.keys);
          return blocks.where(first, blocks.queries, key, block({ batch, query: first, key }));
        }),
        ...this.finish(state, batch, first, out),
      ];
    });
  }

  /** From products to exponentials of scores in row `i`, for the query whose running sums are in row `row`. */
  private online(scores: Matrix, { largest, total, sum }: Running, at: Place, i: Index, row: Index): Stmt[] {
    const { blocks } = this;
    const { e } = blocks;
    const query = plus(at.query, i);
    const out: Stmt[] = [];
    // A score that is NaN makes its exponential NaN, whatever the largest one is said to be.
    const most = blocks.args.local('most', blocks.dtype, blocks.lanes);
    out.push({ s: 'set', local: most, value: blocks.fill(-Infinity) });
    const scored = (k: Index): Stmt[] => {
      const { before, score } = blocks.score(blocks.vector(scores, row, k), at.batch, query, plus(at.key, k));
      const body = [...before];
      const s = this.set('score', score, body);
      body.push(blocks.store(scores, row, k, s), { s: 'set', local: most, value: this.larger(e.local(most), s) });
      return body;
    };
    out.push(...blocks.alongKeys(at.query, blocks.tall, at.key, scored));
    const old = this.set('old', blocks.one(largest, ZERO, row), out);
    const top = this.set(
      'top',
      this.larger(
        old,
        this.across((a, b) => this.larger(a, b), e.local(most)),
      ),
      out,
    );
    // Without any key so far nothing is subtracted: −∞ − −∞ would be NaN.
    const base = this.set('base', this.replaced(top, -Infinity, 0), out);
    const shrink = this.set('shrink', e.op(exp, e.op(sub, old, base)), out);
    out.push(blocks.store(largest, ZERO, row, top));
    const running = blocks.args.local('total', blocks.dtype, blocks.lanes);
    out.push({ s: 'set', local: running, value: e.op(mul, blocks.vector(total, row, ZERO), shrink) });
    const powers = (k: Index): Stmt[] => {
      const body: Stmt[] = [];
      const p = this.set('p', e.op(exp, e.op(sub, blocks.vector(scores, row, k), base)), body);
      body.push(blocks.store(scores, row, k, p), { s: 'set', local: running, value: e.op(add, e.local(running), p) });
      return body;
    };
    out.push(...blocks.alongKeys(at.query, blocks.tall, at.key, powers));
    out.push(blocks.store(total, row, ZERO, e.local(running)));
    if (sum) {
      const shrunk = (c: Index): Stmt => {
        const col = times(c, blocks.lanes);
        return blocks.store(sum, row, col, e.op(mul, blocks.vector(sum, row, col), shrink));
      };
      out.push(...this.loop('col', sum.cols / blocks.lanes, (c) => [shrunk(c)]));
    }
    return out;
  }

  /** Stores what a block of queries has come to. */
  private finish(
    { largest, total, sum }: Running,
    batch: Index,
    first: Index,
    out: readonly number[],
  ): readonly Stmt[] {
    const { blocks } = this;
    const { e } = blocks;
    const { queries, width } = blocks.shape;
    const logSumExp = blocks.results('logSumExp');
    return this.loop('row', blocks.queries, (row) => {
      const query = plus(first, row);
      const body: Stmt[] = [];
      const all = this.set(
        'all',
        this.across((a, b) => e.op(add, a, b), blocks.vector(total, row, ZERO)),
        body,
      );
      const value = e.op(add, blocks.one(largest, ZERO, row), e.op(log, all));
      const index = plus(times(batch, queries), query);
      for (const slot of logSumExp) body.push({ s: 'store', slot, dtype: blocks.dtype, index, value, guards: [] });
      if (sum) {
        const by = this.set('by', this.replaced(all, 0, 1), body);
        const to = times(plus(times(batch, queries), query), width);
        body.push(...blocks.deliver(sum, row, out, to, width, (x) => e.op(div, x, by)));
      }
      return blocks.if([{ index: query, lo: 0, hi: queries }], body);
    });
  }
}
