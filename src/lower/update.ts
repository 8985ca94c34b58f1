/**
 * Lowering of a sparse update: of the whole base only the slices that the index names are touched.
 *
 * Values meet in a slice where indices are equal. Their sum is kept beside the base, and the slice is written when the last
 * of them has been added. So each element is read before it is written, and base and result may be one memory. Where an index is the
 * only one of its kind, as most are in a large table, the value goes straight to its place.
 */
import { bytesOf } from '../base/dtype.js';
import { sizeOf } from '../base/shape.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Guard, Index, LoopVar, Stmt } from '../ir/expr.js';
import { linear, unravel } from '../ir/index-algebra.js';
import type { Node } from '../ir/node.js';
import { add, mul, sub } from '../ops/index.js';
import type { Expressions } from '../rules/expressions.js';
import { loopVar, plus, SYMBOLS, times, varIndex } from '../rules/index-algebra.js';
import {
  Arguments,
  expressionsFor,
  type Lowered,
  nest,
  type Ranges,
  rangesOf,
  stepped,
  vectorisable,
  widen,
} from './kernel.js';
import type { Target } from './target.js';

class Updating {
  private readonly e: Expressions;
  private readonly args: Arguments;
  private readonly puller: Puller;
  private readonly at: number;
  private readonly node: Node;
  private readonly axis: number;
  /** Places of the sources. */
  private readonly values: number;
  private readonly picks: number;
  private readonly base: number;
  private readonly factor: number;
  /** Shape and number of the indices. */
  private readonly list: readonly number[];
  private readonly n: number;
  /** Slots: the result, and for each slice that is named the positions of the first and the last index that names it. */
  private readonly out: number;
  private readonly first: number;
  private readonly last: number;
  /** Over the values. */
  private readonly ranges: Ranges;

  constructor(
    private readonly kernel: Kernel,
    graph: Graph,
    private readonly target: Target,
    home: (at: number) => string,
  ) {
    const { at } = kernel.cluster.members[0]!;
    this.at = at;
    this.node = graph.nodes[at]!;
    const { op, attrs, shape } = this.node;
    if (op.kind !== 'update') throw new Error('internal: no update');
    this.axis = op.axisOf(attrs);
    [this.values, this.picks, this.base, this.factor] = graph.src[at] as [number, number, number, number];
    this.list = graph.nodes[this.picks]!.shape;
    this.n = sizeOf(this.list);
    this.e = expressionsFor(target);
    this.args = new Arguments(graph, home);
    this.out = this.args.slot(at);
    const ends = (name: string): number => this.args.scratch(name, 'int32', shape[this.axis]! * 4, false);
    this.first = ends('first');
    this.last = ends('last');
    this.puller = new Puller(graph, this.e, { slot: (x) => this.slot(x), number: (x) => this.args.number(x) });
    this.ranges = rangesOf('s', graph.nodes[this.values]!.shape);
  }

  lower(): Lowered {
    const { base, out } = this;
    const copied = this.slot(base) === out ? [] : this.copyBase();
    return this.args.lowered('update', [...copied, ...this.noteEnds(), { s: 'barrier' }, ...this.change()]);
  }

  private slot(at: number): number | null {
    return this.kernel.loads.has(at) ? this.args.slot(at) : null;
  }

  private copyBase(): readonly Stmt[] {
    const { shape } = this.node;
    const z = loopVar('z', sizeOf(shape), sizeOf(shape.slice(1)));
    const value = this.puller.pull(this.base, unravel(varIndex(z), shape, SYMBOLS));
    return stepped(z, this.lanesOf(value, z), this.store(this.out, varIndex(z), value, z), true);
  }

  /** Slices that no index names are not noted, and what stands there is never read. */
  private noteEnds(): readonly Stmt[] {
    const note = (slot: number, position: Index): readonly Stmt[] =>
      this.store(slot, this.slice(unravel(position, this.list, SYMBOLS)), this.e.position(position))(1);
    // One trip, from the last index on: where that is follows from the size, and so it is a bound.
    const [end, i] = [loopVar('end', this.n, 1), loopVar('i', this.n, 1)];
    const body = [...note(this.last, varIndex(i)), ...note(this.first, minus(varIndex(end), varIndex(i)))];
    return [{ s: 'for', v: end, from: this.n - 1, to: this.n, body: nest([i], body) }];
  }

  private change(): readonly Stmt[] {
    const { e, n, node, puller } = this;
    const { vars, index } = this.ranges;
    const end = this.axis + this.list.length;
    const own = index.slice(this.axis, end);
    const position = linear(own, this.list, SYMBOLS);
    const [first, last] = [this.first, this.last].map((slot) =>
      e.asIndex(e.load(slot, 'int32', this.slice(own), []), n),
    ) as [Index, Index];

    const value = puller.pull(this.values, index);
    const to = puller.target(this.at, index);
    const sums = this.sums(index, this.slice(own), first);
    const sum = e.op(add, e.load(sums.slot, node.dtype, sums.index, [isBehind(position, first, n)]), value);
    const changed = (total: Expr): Expr =>
      e.op(sub, puller.pull(this.base, to), e.op(mul, total, puller.pull(this.factor, to)));

    const inner = vars.at(-1);
    const inSlice = inner && index.slice(end).some((x) => x.key === varIndex(inner).key) ? inner : null;
    const outer = inSlice ? vars.slice(0, -1) : vars;
    const lanes = inSlice ? this.lanesOf(changed(sum), inSlice) : 1;
    const along = (slot: number, place: Index, x: Expr, parallel: boolean): readonly Stmt[] => {
      const body = this.store(slot, place, x, inSlice);
      return inSlice ? stepped(inSlice, lanes, body, parallel) : body(1);
    };
    const where = (guard: Guard, then: readonly Stmt[]): Stmt => ({ s: 'if', guards: [guard], then });
    const result = linear(to, node.shape, SYMBOLS);
    // Equal indices meet in one slice: threads share out what lies inside the slices.
    const several = where(isBehind(last, first, n), [
      where(isSame(last, position), along(this.out, result, changed(sum), true)),
      where(isBehind(last, position, n), along(sums.slot, sums.index, sum, true)),
    ]);
    // A slice that is named once has nothing to do with the others: threads share out the slices.
    const alone = changed(e.op(add, e.constant(0, node.dtype), value));
    const once = where(isSame(last, first), along(this.out, result, alone, outer.length === 0));
    return [...nest(outer, [several]), ...nest(outer, [once], true)];
  }

  /** Memory for the sums of slices that are named several times: by slices or by their first indices, whichever are fewer. */
  private sums(index: readonly Index[], slice: Index, first: Index): { slot: number; index: Index } {
    const { axis, n } = this;
    const { shape, dtype } = this.node;
    const [row, count] = shape[axis]! < n ? [slice, shape[axis]!] : [first, n];
    const sizes = [...shape.slice(0, axis), count, ...shape.slice(axis + 1)];
    const place = [...index.slice(0, axis), row, ...index.slice(axis + this.list.length)];
    const slot = this.args.scratch('sums', dtype, sizeOf(sizes) * bytesOf(dtype), false);
    return { slot, index: linear(place, sizes, SYMBOLS) };
  }

  /** The slice that an index names. */
  private slice(index: readonly Index[]): Index {
    return this.e.asIndex(this.puller.pull(this.picks, index), this.node.shape[this.axis]!);
  }

  private lanesOf(value: Expr, v: LoopVar): number {
    return v.size >= this.target.lanes && vectorisable([value], v, this.target) ? this.target.lanes : 1;
  }

  /** Stores one element of `value`, or neighbours along `v`. */
  private store(slot: number, index: Index, value: Expr, v: LoopVar | null = null): (lanes: number) => readonly Stmt[] {
    const { e } = this;
    return (lanes) => {
      const wide = e.splat(widen(value, e, v, lanes, null), lanes);
      return [{ s: 'store', slot, dtype: value.dtype, index, value: wide, guards: [] }];
    };
  }
}

const minus = (a: Index, b: Index): Index => plus(a, times(b, -1));
/** Whether a ≥ b is b. */
const isSame = (a: Index, b: Index): Guard => ({ index: minus(a, b), lo: 0, hi: 1 });
/** Whether a < n comes after b. */
const isBehind = (a: Index, b: Index, n: number): Guard => ({ index: minus(a, b), lo: 1, hi: n });

export const lowerUpdate = (kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered =>
  new Updating(kernel, graph, target, home).lower();
