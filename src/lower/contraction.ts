/**
 * The ranges of a contraction, sorted by which operand has them.
 */
import { contractLabels } from '../fuse/cluster.js';
import type { Graph, Kernel } from '../fuse/index.js';
import type { Node } from '../ir/node.js';
import type { ContractAttrs } from '../ir/op.js';
import { labelSizes } from '../ops/index.js';

/** A contraction's ranges: batch, rows (of a only), columns (of b only), folded; and which operand is which. */
export interface ContractionShape {
  readonly batch: readonly number[];
  readonly m: readonly number[];
  readonly n: readonly number[];
  readonly k: readonly number[];
  readonly size: ReadonlyMap<number, number>;
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
  return {
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

/** How many elements labels count together. */
export const count = (labels: readonly number[], size: ReadonlyMap<number, number>): number =>
  labels.reduce((n, l) => n * size.get(l)!, 1);
