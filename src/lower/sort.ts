/**
 * Lowering of a sort: merges from the bottom up, of (key, place) pairs in scratch memory, each level from one pair of
 * buffers into the other. A merge has as many trips as results, each a choice without a branch, so loops of fixed bounds
 * suffice. The order of equal keys is kept, so the result is one, whoever computes which part of it.
 *
 * Short rows, and rows that are many, are sorted by a thread each. Else rows are sorted in blocks, and where runs are longer than a block,
 * each block of results finds by bisection where in both runs it begins ("merge path": Odeh, Green, Mwassi, Shmueli and
 * Birk, 2012), so that all threads have work at every level.
 */
import { bytesOf, isFloat } from '../base/dtype.js';
import { sizeOf } from '../base/shape.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Index, Local, Stmt } from '../ir/expr.js';
import { unravel } from '../ir/index-algebra.js';
import { and, le, maximum, minimum, not, or } from '../ops/index.js';
import type { Expressions } from '../rules/expressions.js';
import {
  constantIndex,
  divided,
  loopVar,
  plus,
  remainder,
  SYMBOLS,
  times,
  varIndex,
  ZERO,
} from '../rules/index-algebra.js';
import { Arguments, expressionsFor, type Lowered, nest, rangesOf } from './kernel.js';
import { reportsOf } from './reports.js';
import type { Target } from './target.js';

/** Elements that one thread sorts at a time, a power of two. */
const BLOCK = 1024;
/** From so many rows on each is left to one thread. */
const MANY_ROWS = 16;

/** Two neighbouring runs in order, to be made one; `start` is the place of the first in its row. */
interface Pair {
  readonly row: Index;
  readonly start: Index;
  readonly left: number;
  readonly right: number;
}
/** Where pairs of (key, place) stand; the last level writes no keys. */
interface Run {
  readonly keys: number | null;
  readonly places: number;
}

class Sorting {
  private readonly e: Expressions;
  private readonly args: Arguments;
  private readonly puller: Puller;
  private readonly at: number;
  private readonly source: number;
  private readonly descends: boolean;
  private readonly rows: number;
  private readonly n: number;
  private readonly block: number;
  /** The buffers, by turns, and the result. */
  private readonly runs: readonly [Run, Run];
  private readonly out: Run;

  constructor(
    kernel: Kernel,
    private readonly graph: Graph,
    target: Target,
    home: (at: number) => string,
  ) {
    this.at = kernel.cluster.members[0]!.at;
    const { op, attrs, shape } = graph.nodes[this.at]!;
    if (op.kind !== 'sort') throw new Error('internal: no sort');
    this.source = graph.src[this.at]![0]!;
    this.descends = op.descends(attrs);
    this.n = shape.at(-1)!;
    this.rows = sizeOf(shape.slice(0, -1));
    this.block = this.rows >= MANY_ROWS || this.n <= BLOCK ? this.n : BLOCK;
    this.e = expressionsFor(target);
    const args = new Arguments(graph, home);
    this.args = args;
    this.puller = new Puller(graph, this.e, {
      slot: (at) => (kernel.loads.has(at) ? args.slot(at) : null),
      number: (at) => args.number(at),
    });
    // A merge looks one element past the end of a run, though it makes no use of it.
    const length = (this.whole ? this.n : this.rows * this.n) + 1;
    const { dtype } = graph.nodes[this.source]!;
    const run = (name: string): Run => ({
      keys: args.scratch(`keys ${name}`, dtype, length * bytesOf(dtype), this.whole),
      places: args.scratch(`places ${name}`, 'int32', length * bytesOf('int32'), this.whole),
    });
    this.out = { keys: null, places: args.slot(this.at) };
    this.runs = [run('a'), run('b')];
  }

  /** Whether a row is one block; then each thread has scratch memory for one row. */
  private get whole(): boolean {
    return this.block === this.n;
  }

  lower(): Lowered {
    const { n, block, graph, e, args } = this;
    const { shape } = graph.nodes[this.at]!;
    const ranges = rangesOf('s', shape);
    this.puller.pull(this.source, ranges.index);
    const body = [...reportsOf(this.puller.checks, graph, e, ranges.vars)];
    const blocks = n === 0 ? 0 : Math.floor(n / block);
    body.push(
      ...this.each(blocks, (row, b) => this.sortBlock(row, times(b, block), block)),
      ...(blocks * block < n
        ? this.each(1, (row) => this.sortBlock(row, constantIndex(blocks * block), n - blocks * block))
        : []),
    );
    for (let width = block; width < n; width *= 2) body.push({ s: 'barrier' }, ...this.mergeBlocks(width));
    return args.lowered('sort', body);
  }

  /** What to do for `count` parts of each row, shared out among the threads. */
  private each(count: number, body: (row: Index, part: Index) => readonly Stmt[]): readonly Stmt[] {
    const v = loopVar('p', this.rows * count, count);
    const q = varIndex(v);
    if (v.size === 0) return [];
    return nest([v], body(divided(q, count), remainder(q, count)), true);
  }

  /** The runs that a level reads and writes, by the width of what it reads; the first of all reads the first buffers. */
  private level(width: number): { readonly from: Run; readonly to: Run } {
    const turn = Math.log2(width) % 2;
    return { from: this.runs[turn]!, to: width * 2 >= this.n ? this.out : this.runs[1 - turn]! };
  }

  /** The address of a place in a row. */
  private address(run: Run, row: Index, place: Index): Index {
    return this.whole && run !== this.out ? place : plus(times(row, this.n), place);
  }

  private put(run: Run, row: Index, place: Index, key: Expr | null, from: Expr): Stmt[] {
    const index = this.address(run, row, place);
    const places: Stmt = { s: 'store', slot: run.places, dtype: 'int32', index, value: from, guards: [] };
    if (run.keys === null || key === null) return [places];
    return [{ s: 'store', slot: run.keys, dtype: key.dtype, index, value: key, guards: [] }, places];
  }

  private load(run: Run, what: 'keys' | 'places', row: Index, place: Index): Expr {
    const dtype = what === 'places' ? 'int32' : this.graph.nodes[this.source]!.dtype;
    return this.e.load(run[what]!, dtype, this.address(run, row, place), []);
  }

  /** Whether key a comes strictly before b, in the order in which NaN is larger than all. */
  private precedes(a: Expr, b: Expr): Expr {
    const { e } = this;
    const [x, y] = this.descends ? [b, a] : [a, b];
    const atMost = (p: Expr, q: Expr): Expr => e.typed(le, 'bool', undefined, p, q);
    const behind = e.op(not, atMost(y, x));
    return isFloat(x.dtype) ? e.op(and, behind, atMost(x, x)) : behind;
  }

  /** Reads `length` elements from place `start` on and sorts them. */
  private sortBlock(row: Index, start: Index, length: number): Stmt[] {
    const v = loopVar('k', length);
    const place = plus(start, varIndex(v));
    const outer = unravel(row, this.graph.nodes[this.at]!.shape.slice(0, -1), SYMBOLS);
    const key = this.puller.pull(this.source, [...outer, place]);
    const first = this.n === 1 ? this.out : this.runs[0];
    const out = [...nest([v], this.put(first, row, place, key, this.e.position(place)))];
    for (let width = 1; width < this.block; width *= 2) {
      const pairs = loopVar('p', Math.floor(length / (2 * width)));
      const at = (i: Index): Pair => ({ row, start: plus(start, times(i, 2 * width)), left: width, right: width });
      const last = at(constantIndex(pairs.size));
      if (pairs.size > 0) out.push(...nest([pairs], this.merge(width, at(varIndex(pairs)))));
      out.push(...this.mergeLast(width, last, length - pairs.size * 2 * width));
    }
    return out;
  }

  /** What is left behind the last whole pair of a level: `rest` elements, in one run or two. */
  private mergeLast(width: number, at: Pair, rest: number): readonly Stmt[] {
    if (rest > width) return this.merge(width, { ...at, right: rest - width });
    return rest > 0 ? this.copy(width, at, rest) : [];
  }

  private copy(width: number, { row, start }: Pair, count: number): readonly Stmt[] {
    const { from, to } = this.level(width);
    const v = loopVar('k', count);
    const place = plus(start, varIndex(v));
    const key = to.keys === null ? null : this.load(from, 'keys', row, place);
    return nest([v], this.put(to, row, place, key, this.load(from, 'places', row, place)));
  }

  /** A level whose runs are longer than a block: the results of all its pairs, block by block. */
  private mergeBlocks(width: number): readonly Stmt[] {
    const { n, block } = this;
    const pairs = Math.floor(n / (2 * width));
    const perPair = (2 * width) / block;
    const at = (row: Index, i: Index): Pair => ({ row, start: times(i, 2 * width), left: width, right: width });
    const full = this.each(pairs * perPair, (row, b) =>
      this.merge(width, at(row, divided(b, perPair)), times(remainder(b, perPair), block), block),
    );
    const rest = n - pairs * 2 * width;
    const last = (row: Index): Pair => ({ ...at(row, constantIndex(pairs)), right: rest - width });
    if (rest <= width) return [...full, ...this.each(1, (row) => this.mergeLast(width, last(row), rest))];
    const blocks = Math.floor(rest / block);
    const part = rest - blocks * block;
    return [
      ...full,
      ...this.each(blocks, (row, b) => this.merge(width, last(row), times(b, block), block)),
      ...(part > 0 ? this.each(1, (row) => this.merge(width, last(row), constantIndex(blocks * block), part)) : []),
    ];
  }

  /** Merges a pair of runs: `count` of the results, from the one numbered `skip` on. */
  private merge(
    width: number,
    pair: Pair,
    skip: Index = ZERO,
    count: number = pair.left + pair.right,
  ): readonly Stmt[] {
    const { e, args } = this;
    const { row, start, left, right } = pair;
    const { from, to } = this.level(width);
    const v = loopVar('k', count);
    const result = plus(skip, varIndex(v));
    // How many came from the left run so far; the rest came from the right one.
    const taken = args.local('taken', 'int32', 1);
    const i = e.asIndex(e.local(taken), left + 1);
    const j = plus(plus(result, constantIndex(left)), times(i, -1));
    const [x, y] = [i, j].map((place) => this.load(from, 'keys', row, plus(start, place))) as [Expr, Expr];
    const holds = (index: Index, below: number): Expr => e.guard([{ index, lo: index.min, hi: below }]);
    const turns = e.op(and, holds(j, left + right), e.op(or, e.op(not, holds(i, left)), this.precedes(y, x)));
    const chosen = e.asIndex(e.choose(turns, e.position(j), e.position(i)), left + right);
    const place = this.load(from, 'places', row, plus(start, chosen));
    const step = e.choose(turns, e.position(i), e.position(plus(i, constantIndex(1))));
    return [
      ...(skip.key === ZERO.key
        ? [{ s: 'set' as const, local: taken, value: e.constant(0, 'int32') }]
        : this.bisect(width, pair, skip, taken)),
      ...nest(
        [v],
        [
          ...this.put(to, row, plus(start, result), e.choose(turns, y, x), place),
          { s: 'set', local: taken, value: step },
        ],
      ),
    ];
  }

  /** Sets `low` to how many of the first `skip` results come from the left run. */
  private bisect(width: number, { row, start, left, right }: Pair, skip: Index, low: Local): Stmt[] {
    const { e, args } = this;
    const { from } = this.level(width);
    const int = (value: number): Expr => e.constant(value, 'int32');
    const [high, middle] = [args.local('high', 'int32', 1), args.local('middle', 'int32', 1)];
    const fewer = args.local('fewer', 'bool', 1);
    const within = (local: Local): Index => e.asIndex(e.local(local), left + 1);
    const m = within(middle);
    const opposite = e.op(maximum, e.position(plus(plus(skip, constantIndex(-1)), times(m, -1))), int(0));
    const x = this.load(from, 'keys', row, plus(start, m));
    const y = this.load(from, 'keys', row, plus(start, plus(constantIndex(left), e.asIndex(opposite, right))));
    const closed = e.typed(le, 'bool', undefined, e.local(high), e.local(low));
    const steps = loopVar('b', Math.ceil(Math.log2(Math.min(left, right) + 1)));
    const set = (local: Local, value: Expr): Stmt => ({ s: 'set', local, value });
    return [
      set(low, e.op(maximum, e.position(plus(skip, constantIndex(-right))), int(0))),
      set(high, e.op(minimum, e.position(skip), int(left))),
      ...nest(
        [steps],
        [
          set(middle, e.position(divided(plus(within(low), within(high)), 2))),
          set(fewer, e.op(or, closed, this.precedes(y, x))),
          set(high, e.choose(e.local(fewer), e.local(middle), e.local(high))),
          set(low, e.choose(e.local(fewer), e.local(low), e.position(plus(m, constantIndex(1))))),
        ],
      ),
    ];
  }
}

export const lowerSort = (kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered =>
  new Sorting(kernel, graph, target, home).lower();
