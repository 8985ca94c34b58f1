/**
 * What the forward and the backward kernel of attention have in common: the threads' parts, and products of blocks.
 */
import type { Expr, Index, Stmt } from '../ir/expr.js';
import { eq, lt, where } from '../ops/index.js';
import { loopVar, plus, times, varIndex } from '../rules/index-algebra.js';
import { type AttentionBlocks, CHUNK, type Matrix } from './attention-blocks.js';
import { nest } from './kernel.js';

/** Where a tile of scores lies: which batch, and its first query and the first key of its block, counted over all blocks. */
export interface Place {
  readonly batch: Index;
  readonly query: Index;
  readonly key: Index;
}

export abstract class AttentionPass {
  constructor(protected readonly blocks: AttentionBlocks) {}

  /** The loops after the operands have been copied. */
  abstract loops(): readonly Stmt[];

  /** `body` for each of `count` independent parts, shared out among the threads. */
  protected shared(count: number, body: (part: Index) => readonly Stmt[]): readonly Stmt[] {
    const { lane, lanes } = this.blocks;
    const part = loopVar('part', count, 1);
    return nest([part], [{ s: 'for', v: lane, step: lanes, body: body(varIndex(part)) }], true);
  }

  protected loop(name: string, size: number, body: (i: Index) => readonly Stmt[]): readonly Stmt[] {
    const v = loopVar(name, size);
    return nest([v], body(varIndex(v)));
  }

  protected set(name: string, value: Expr, out: Stmt[]): Expr {
    const local = this.blocks.args.local(name, value.dtype, value.lanes);
    out.push({ s: 'set', local, value });
    return this.blocks.e.local(local);
  }

  /** The lanes of a vector put together, pairwise. */
  protected across(combine: (a: Expr, b: Expr) => Expr, vector: Expr): Expr {
    const { e } = this.blocks;
    let parts = Array.from({ length: vector.lanes }, (_, i) => e.lane(vector, i));
    while (parts.length > 1)
      parts = Array.from({ length: parts.length / 2 }, (_, i) => combine(parts[2 * i]!, parts[2 * i + 1]!));
    return parts[0]!;
  }

  /** The larger of two, where NaN counts as none: cheaper than a maximum that keeps it. */
  protected larger(a: Expr, b: Expr): Expr {
    const { e } = this.blocks;
    return e.typed(where, a.dtype, undefined, e.typed(lt, 'bool', undefined, a, b), b, a);
  }

  /** `x`, but `value` where it is `from`. */
  protected replaced(x: Expr, from: number, value: number): Expr {
    const { e } = this.blocks;
    const is = e.typed(eq, 'bool', undefined, x, e.constant(from, x.dtype));
    return e.typed(where, x.dtype, undefined, is, e.constant(value, x.dtype), x);
  }

  /**
   * `then` for each tile of queries in the block at `block`: for all of them before what comes next, so that the keys or the values of
   * the block stay in the first-level cache. It is told where the tile lies, and its first row in the block.
   */
  protected tiles(block: Place, then: (at: Place, row: Index) => readonly Stmt[]): readonly Stmt[] {
    const { tall, queries } = this.blocks;
    return this.loop('tile', queries / tall, (tile) => {
      const row = times(tile, tall);
      const at = { ...block, query: plus(block.query, row) };
      return this.blocks.where(at.query, tall, at.key, then(at, row));
    });
  }

  /** q·kᵀ, or likewise g·vᵀ, for the tile of queries at `query`, with the keys at `key`, into rows of `to` from `row` on. */
  protected products(a: Matrix, b: Matrix, to: Matrix, at: Place, row: Index): readonly Stmt[] {
    const { blocks } = this;
    const { batch, query, key } = at;
    return blocks.product({
      rows: blocks.tall,
      cols: blocks.keys,
      tall: blocks.tall,
      wide: blocks.strip(blocks.shape.keys),
      where: (_, col) => blocks.reached(query, blocks.tall, plus(key, col)),
      start: () => blocks.fill(0),
      a: (i, k) => blocks.one(a, plus(query, i), k, batch),
      b: (k, col) => blocks.vector(b, k, plus(key, col), batch),
      depth: b.rows,
      end: (i, col, value) => blocks.store(to, plus(row, i), col, value),
    });
  }

  /** Adds the products of weights of keys, rows of `a` from `row` on, and rows of `b` for these keys to rows of `to`. */
  protected weighted(a: Matrix, b: Matrix, to: Matrix, at: Place, row: Index, toRow: Index): readonly Stmt[] {
    const { blocks } = this;
    const { batch, query, key } = at;
    return blocks.product({
      rows: blocks.tall,
      cols: to.cols,
      tall: blocks.tall,
      wide: blocks.strip(to.cols),
      where: () => [],
      start: (i, col) => blocks.vector(to, plus(toRow, i), col),
      a: (i, k) => blocks.one(a, plus(row, i), k),
      b: (k, col) => blocks.vector(b, plus(key, k), col, batch),
      depth: blocks.keys,
      pieces: { of: CHUNK, where: (_, k) => blocks.reached(query, blocks.tall, plus(key, k)) },
      end: (i, col, value) => blocks.store(to, plus(toRow, i), col, value),
    });
  }
}
