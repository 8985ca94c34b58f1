/**
 * The ranges of a contraction, sorted by which operand has them.
 */
import { contractLabels } from '../fuse/cluster.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { Puller } from '../fuse/pull.js';
import type { LoopVar } from '../ir/expr.js';
import { unravel } from '../ir/index-algebra.js';
import type { Node } from '../ir/node.js';
import type { ContractAttrs } from '../ir/op.js';
import { labelSizes } from '../ops/index.js';
import { Expressions } from '../rules/expressions.js';
import { loopVar, SYMBOLS, strideAlong, varIndex } from '../rules/index-algebra.js';

/** A contraction's ranges: batch, rows (of a only), columns (of b only), folded; and which operand is which. */
export interface ContractionShape {
  readonly batch: readonly number[];
  readonly m: readonly number[];
  readonly n: readonly number[];
  readonly k: readonly number[];
  readonly size: ReadonlyMap<number, number>;
  /** The range whose size is dynamic: the one that leads in all that have it, such as the examples of a batch. */
  readonly dynamic: number | null;
  readonly attrs: ContractAttrs;
  /** Places of the operands and their labels; `a` has the m labels. */
  readonly a: { readonly at: number; readonly labels: readonly number[] };
  readonly b: { readonly at: number; readonly labels: readonly number[] };
}

/** The last axis of the result always belongs to `b`: what is stored in order is computed in vectors. */
export function contractionShape(kernel: Kernel, graph: Graph): ContractionShape {
  const at = kernel.cluster.members[0]!.at;
  const { attrs } = graph.nodes[at] as Node<ContractAttrs>;
  const [first, second] = graph.src[at] as [number, number];
  const size = labelSizes(graph.nodes[first]!, graph.nodes[second]!, attrs);
  const last = attrs.out.at(-1);
  const swap = last !== undefined && attrs.a.includes(last) && !attrs.b.includes(last);
  const a = swap ? { at: second, labels: attrs.b } : { at: first, labels: attrs.a };
  const b = swap ? { at: first, labels: attrs.a } : { at: second, labels: attrs.b };
  const out = (test: (l: number) => boolean): number[] => attrs.out.filter(test);
  const leads = (l: number): boolean =>
    [attrs.a, attrs.b, attrs.out].every((labels) => !labels.includes(l) || labels[0] === l);
  return {
    dynamic: [...attrs.out.slice(0, 1), ...attrs.a.slice(0, 1)].find(leads) ?? null,
    batch: out((l) => a.labels.includes(l) && b.labels.includes(l)),
    m: out((l) => a.labels.includes(l) && !b.labels.includes(l)),
    n: out((l) => !a.labels.includes(l) && b.labels.includes(l)),
    k: contractLabels(graph, at).slice(attrs.out.length),
    size,
    attrs,
    a,
    b,
  };
}

/** The same contraction with rows and columns exchanged. */
export const turned = (s: ContractionShape): ContractionShape => ({ ...s, m: s.n, n: s.m, a: s.b, b: s.a });

/** How many elements labels count together. */
export const count = (labels: readonly number[], size: ReadonlyMap<number, number>): number =>
  labels.reduce((n, l) => n * size.get(l)!, 1);

/** A loop over one of the ranges. */
export const rangeVar = (name: string, label: number, { size, dynamic }: ContractionShape): LoopVar =>
  loopVar(`${name}${label}`, size.get(label)!, label === dynamic ? 1 : undefined);

/** What the count of all `labels` is a multiple of if one of them is dynamic. */
export const unitOf = (labels: readonly number[], { size, dynamic }: ContractionShape): number | undefined =>
  dynamic !== null && labels.includes(dynamic)
    ? count(
        labels.filter((l) => l !== dynamic),
        size,
      )
    : undefined;

/** Those of `labels` with which both they and the result end. */
export function lastOf(labels: readonly number[], out: readonly number[]): readonly number[] {
  let run = 0;
  while (run < labels.length && labels.at(-1 - run) === out.at(-1 - run)) run++;
  return labels.slice(labels.length - run);
}

/** The same contraction with only `n` for columns; the others become batches, which `a` need not have. */
export const withColumns = (shape: ContractionShape, n: readonly number[]): ContractionShape => ({
  ...shape,
  n,
  batch: shape.attrs.out.filter((l) => shape.batch.includes(l) || (shape.n.includes(l) && !n.includes(l))),
});

/** Columns that are wasted where the last strip of each row of an image is not full: at most this share of all. */
const WASTE = 0.25;

/**
 * The same contraction with only those columns left in `n` that neighbour each other in the result. So a strip of columns lies within one image, and is stored in order. Of an image that is read through windows it lies
 * within one row, unless rows are so short that much of the strips would be empty: then it is also read in order.
 */
export function inOrder(shape: ContractionShape, kernel: Kernel, graph: Graph, strip: number): ContractionShape {
  const { attrs, size } = shape;
  if (shape.n.length < 2) return shape;
  const tail = lastOf(shape.n, attrs.out);
  if (tail.length === 0 || count(tail, size) < strip) return shape;
  const last = size.get(tail.at(-1)!)!;
  const padded = Math.ceil(last / strip) * strip;
  const rows = padded - last <= WASTE * last && !neighbours(shape, tail, kernel, graph);
  return withColumns(shape, rows ? tail.slice(-1) : tail);
}

/** Whether `b` has neighbours along all of `columns`, counted in row-major order, next to each other in memory. */
function neighbours({ b, size }: ContractionShape, columns: readonly number[], kernel: Kernel, graph: Graph): boolean {
  const puller = new Puller(graph, new Expressions(), {
    slot: (at) => (kernel.loads.has(at) ? at : null),
    number: (at) => at,
  });
  const column = loopVar('column', count(columns, size));
  const places = unravel(
    varIndex(column),
    columns.map((l) => size.get(l)!),
    SYMBOLS,
  );
  const index = b.labels.map((l) =>
    columns.includes(l) ? places[columns.indexOf(l)]! : varIndex(loopVar(`l${l}`, size.get(l)!)),
  );
  const value = puller.pull(b.at, index);
  return value.e === 'load' && value.guards.length === 0 && strideAlong(value.index, column) === 1;
}
