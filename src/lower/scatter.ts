/**
 * Lowering of a scatter: the value that changes nothing everywhere, into which the values are folded one slice after
 * another, in the order of the index.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { Expr, Index, Stmt } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import { loopVar, SYMBOLS, varIndex } from '../rules/index-algebra.js';
import { Arguments, expressionsFor, type Lowered, nest, rangesOf, stepped, vectorisable, widen } from './kernel.js';
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
    node.shape.slice(1).reduce((a, b) => a * b, 1),
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
  const place: Index = linear(puller.target(member!.at, ranges.index), node.shape, SYMBOLS);
  const folded: Expr = e.op(op.combine, e.load(out, node.dtype, place, []), puller.pull(values, ranges.index));
  const last = ranges.vars.at(-1);
  const end = axis + graph.nodes[picks]!.shape.length;
  const afterIndex = last !== undefined && ranges.index.slice(end).some((i) => i.key === varIndex(last).key);
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
