/**
 * Lowering of a routine: sources that are not in memory are written there, then it is called on the whole of them.
 */
import { bytesOf, type TypedArray } from '../base/dtype.js';
import { showShape, sizeOf } from '../base/shape.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { LoopVar, Stmt, Whole } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import type { RoutineOp, Typed, Value } from '../ir/op.js';
import { SYMBOLS } from '../rules/index-algebra.js';
import { Arguments, expressionsFor, type Lowered, nest, rangesOf } from './kernel.js';
import { reportsOf } from './reports.js';
import type { Target } from './target.js';

/** The loops that store what it reads, and the call. */
export function lowerRoutine(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered {
  const { at } = kernel.cluster.members[0]!;
  const { op, attrs, shape, dtype } = graph.nodes[at]!;
  if (op.kind !== 'routine') throw new Error('internal: no routine');
  const e = expressionsFor(target);
  const args = new Arguments(graph, home);
  const puller = new Puller(graph, e, {
    slot: (from) => (kernel.loads.has(from) ? args.slot(from) : null),
    number: (from) => args.number(from),
  });
  const copies: Stmt[] = [];
  const vars: LoopVar[] = [];
  const src = graph.src[at]!.map((from, i): Whole => {
    const { shape, dtype } = graph.nodes[from]!;
    if (kernel.loads.has(from)) return { slot: args.slot(from), shape, dtype };
    const slot = args.scratch(`source ${i}`, dtype, sizeOf(shape) * bytesOf(dtype), false);
    const ranges = rangesOf(`s${i}`, shape);
    const value = puller.pull(from, ranges.index);
    const index = linear(ranges.index, shape, SYMBOLS);
    copies.push(...nest(ranges.vars, [{ s: 'store', slot, dtype, index, value, guards: [] }], true));
    vars.push(...ranges.vars);
    return { slot, shape, dtype };
  });
  const wholes = [...src, { slot: args.slot(at), shape, dtype }];
  return args.lowered(op.name, [
    ...reportsOf(puller.checks, graph, e, vars),
    ...copies,
    { s: 'barrier' },
    { s: 'call', text: textOf(op, attrs, wholes), wholes, run: caller(op, attrs, wholes) },
  ]);
}

/** A call in words. */
function textOf(op: RoutineOp, attrs: unknown, wholes: readonly Whole[]): string {
  const [out, ...src] = [...wholes.slice(-1), ...wholes.slice(0, -1)].map(
    ({ slot, dtype, shape }) => `b${slot}: ${dtype} ${showShape(shape)}`,
  );
  const key = op.key ? `<${op.key(attrs)}>` : '';
  return `${out} = ${op.name}${key}(${src.join(', ')})`;
}

/** Has a routine do its work on arrays, which may be longer than their shapes say. Outlives the graph, so it holds nothing of it. */
function caller(op: RoutineOp, attrs: unknown, types: readonly Typed[]): (arrays: readonly TypedArray[]) => void {
  return (arrays) => {
    const values = types.map(
      ({ shape, dtype }, i): Value => ({ shape, dtype, data: arrays[i]!.subarray(0, sizeOf(shape)) }),
    );
    op.run(values.slice(0, -1), values.at(-1)!, attrs);
  };
}
