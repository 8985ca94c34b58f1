/**
 * Lowering of a scatter: the value that changes nothing everywhere, into which the values are folded one slice after
 * another, in the order of the index.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Index, LoopVar, Stmt } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import { loopVar, SYMBOLS, varIndex } from '../rules/index-algebra.js';
import { Arguments, expressionsFor, type Lowered, nest, rangesOf, vectorisable, widen } from './kernel.js';
import { reportsOf } from './reports.js';
import type { Target } from './target.js';

export function lowerScatter(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered {
  const [member] = kernel.cluster.members;
  const node = graph.nodes[member!.at]!;
  const { op } = node;
  if (op.kind !== 'scatter') throw new Error('internal: no scatter');
  const axis = op.axisOf(node.attrs);
  const [values, picks] = graph.src[member!.at] as [number, number];
  const e = expressionsFor(target);
  const args = new Arguments(graph, home);
  const out = args.slot(member!.at);
  const puller = new Puller(graph, e, {
    slot: (at) => (kernel.loads.has(at) ? args.slot(at) : null),
    number: (at) => args.number(at),
  });

  const flat = loopVar(
    'z',
    node.shape.reduce((a, b) => a * b, 1),
  );
  const start = (lanes: number): Stmt[] => [
    {
      s: 'store',
      slot: out,
      dtype: node.dtype,
      index: varIndex(flat),
      value: e.constant(op.initial(node.dtype), node.dtype, lanes),
      guards: [],
    },
  ];
  const clear = stepped(flat, target.vectors(node.dtype) ? target.lanes : 1, start, true);

  const ranges = rangesOf('s', graph.nodes[values]!.shape);
  const rank = graph.nodes[picks]!.shape.length;
  const pick = puller.pull(picks, ranges.index.slice(axis, axis + rank));
  const to = [...ranges.index.slice(0, axis), e.asIndex(pick, node.shape[axis]!), ...ranges.index.slice(axis + rank)];
  const place: Index = linear(to, node.shape, SYMBOLS);
  const folded: Expr = e.op(op.combine, e.load(out, node.dtype, place, []), puller.pull(values, ranges.index));
  const last = ranges.vars.at(-1);
  const afterIndex = last !== undefined && ranges.index.slice(axis + rank).some((i) => i.key === varIndex(last).key);
  const lanes = afterIndex && last.size >= target.lanes && vectorisable([folded], last, target) ? target.lanes : 1;
  const put = (width: number): Stmt[] => [
    {
      s: 'store',
      slot: out,
      dtype: node.dtype,
      index: place,
      value: e.splat(widen(folded, e, last ?? null, width, null), width),
      guards: [],
    },
  ];
  // Equal indices meet in one slice, so threads may share out what lies inside slices only.
  const fold = last ? nest(ranges.vars.slice(0, -1), stepped(last, lanes, put, afterIndex)) : put(1);
  return args.lowered('scatter', [
    ...reportsOf(puller.checks, graph, e, ranges.vars),
    ...clear,
    { s: 'barrier' },
    ...fold,
  ]);
}

/** A loop over `v` in steps of `lanes`, and one for what is left; with `parallel` the threads share it out. */
function stepped(v: LoopVar, lanes: number, body: (lanes: number) => readonly Stmt[], parallel: boolean): Stmt[] {
  if (v.size === 1) return [...body(1)];
  if (lanes === 1) return [{ s: 'for', v, parallel, body: body(1) }];
  const rest = v.size % lanes;
  const loops: Stmt[] = [{ s: 'for', v, step: lanes, parallel, body: body(lanes) }];
  if (rest > 0) loops.push({ s: 'for', v, from: v.size - rest, body: body(1) });
  return loops;
}
