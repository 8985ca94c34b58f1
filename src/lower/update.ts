/**
 * Lowering of a sparse update: of the whole base only the slices that the index names are touched.
 *
 * Values meet in a slice where indices are equal. Their sum is kept beside the base, in a row of its own for the first of them, and
 * the slice is written when the last has been added: each element is read before it is written, so base and result may be one memory. Where the
 * index names a slice once, as it mostly does, the value goes straight to its place.
 */
import { bytesOf } from '../base/dtype.js';
import { type Shape, sizeOf } from '../base/shape.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Guard, Index, Stmt } from '../ir/expr.js';
import { linear, unravel } from '../ir/index-algebra.js';
import { add, mul, sub } from '../ops/index.js';
import { constantIndex, loopVar, plus, SYMBOLS, times, varIndex } from '../rules/index-algebra.js';
import { Arguments, expressionsFor, type Lowered, nest, rangesOf, stepped, vectorisable, widen } from './kernel.js';
import type { Target } from './target.js';

export function lowerUpdate(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered {
  const { at } = kernel.cluster.members[0]!;
  const node = graph.nodes[at]!;
  const { op, shape, dtype } = node;
  if (op.kind !== 'update') throw new Error('internal: no update');
  const axis = op.axisOf(node.attrs);
  const [values, picks, base, factor] = graph.src[at] as [number, number, number, number];
  const e = expressionsFor(target);
  const args = new Arguments(graph, home);
  const out = args.slot(at);
  const slot = (place: number): number | null => (kernel.loads.has(place) ? args.slot(place) : null);
  const puller = new Puller(graph, e, { slot, number: (place) => args.number(place) });

  const list = graph.nodes[picks]!.shape;
  const n = list.reduce((a, b) => a * b, 1);
  const nodeOfValues = graph.nodes[values]!;
  const [first, last] = ['first', 'last'].map((name) => args.scratch(name, 'int32', shape[axis]! * 4, false)) as [
    number,
    number,
  ];
  const sums = args.scratch('sums', dtype, sizeOf(nodeOfValues.shape) * bytesOf(dtype), false);
  const store = (to: number, index: Index, value: Expr): Stmt => {
    return { s: 'store', slot: to, dtype: value.dtype, index, value, guards: [] };
  };

  // Which of the indices that name a slice is the first, and which the last. Other slices' entries are neither written nor read.
  const slice = (index: readonly Index[]): Index => e.asIndex(puller.pull(picks, index), shape[axis]!);
  const note = (to: number, position: Index): Stmt =>
    store(to, slice(unravel(position, list, SYMBOLS)), e.position(position));
  const i = loopVar('i', n);
  const backwards = plus(constantIndex(n - 1), times(varIndex(i), -1));
  const noted = nest([i], [note(last, varIndex(i)), note(first, backwards)]);

  const ranges = rangesOf('s', nodeOfValues.shape);
  const [before, after] = [ranges.index.slice(0, axis), ranges.index.slice(axis + list.length)];
  const own = ranges.index.slice(axis, axis + list.length);
  const position = linear(own, list, SYMBOLS);
  const noteAt = (from: number): Index => e.asIndex(e.load(from, 'int32', slice(own), []), n);
  const minus = (x: Index, y: Index): Index => plus(x, times(y, -1));
  const equal = (x: Index, y: Index): Guard => ({ index: minus(x, y), lo: 0, hi: 1 });
  const behind = (x: Index, y: Index): Guard => ({ index: minus(x, y), lo: 1, hi: n });

  const to = puller.target(at, ranges.index);
  const value = puller.pull(values, ranges.index);
  const sumAt = linear(
    [...before, noteAt(first), ...after],
    [...shape.slice(0, axis), n, ...shape.slice(axis + 1)],
    SYMBOLS,
  );
  const sum = e.op(add, e.load(sums, dtype, sumAt, [behind(position, noteAt(first))]), value);
  const changed = (total: Expr): Expr => e.op(sub, puller.pull(base, to), e.op(mul, total, puller.pull(factor, to)));

  const inner = ranges.vars.at(-1);
  const inSlice = inner !== undefined && after.some((x) => x.key === varIndex(inner).key) ? inner : null;
  const lanes =
    inSlice && inSlice.size >= target.lanes && vectorisable([changed(sum)], inSlice, target) ? target.lanes : 1;
  const outer = inSlice ? ranges.vars.slice(0, -1) : ranges.vars;
  const along = (slotOf: number, index: Index, x: Expr, parallel: boolean): readonly Stmt[] => {
    const wide = (width: number): Stmt[] => [store(slotOf, index, e.splat(widen(x, e, inSlice, width, null), width))];
    return inSlice ? stepped(inSlice, lanes, wide, parallel) : wide(1);
  };
  const result = linear(to, shape, SYMBOLS);
  // A slice named once has nothing to do with the others: threads share out the slices.
  const once: Stmt = {
    s: 'if',
    guards: [equal(noteAt(last), noteAt(first))],
    then: along(out, result, changed(e.op(add, e.constant(0, dtype), value)), outer.length === 0),
  };
  // Equal indices meet in one slice: threads share out what lies inside the slices.
  const several: Stmt = {
    s: 'if',
    guards: [behind(noteAt(last), noteAt(first))],
    then: [
      { s: 'if', guards: [equal(noteAt(last), position)], then: along(out, result, changed(sum), true) },
      { s: 'if', guards: [behind(noteAt(last), position)], then: along(sums, sumAt, sum, true) },
    ],
  };
  return args.lowered('update', [
    ...(slot(base) === out ? [] : copy(puller, base, shape, target, out)),
    ...noted,
    { s: 'barrier' },
    ...nest(outer, [several]),
    ...nest(outer, [once], true),
  ]);
}

/** Copies all of `base`. */
function copy(puller: Puller, base: number, shape: Shape, target: Target, out: number): readonly Stmt[] {
  const { e } = puller;
  const z = loopVar('z', sizeOf(shape));
  const value = puller.pull(base, unravel(varIndex(z), shape, SYMBOLS));
  const { dtype } = value;
  const put = (width: number): Stmt[] => [
    {
      s: 'store',
      slot: out,
      dtype,
      index: varIndex(z),
      value: e.splat(widen(value, e, z, width, null), width),
      guards: [],
    },
  ];
  return stepped(z, vectorisable([value], z, target) ? target.lanes : 1, put, true);
}
