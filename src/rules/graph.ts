/**
 * Rules on graphs: places where something simpler, or something that fuses better, computes the same value.
 * {@link rewrite} lists them.
 */
import { trace, tracing } from '../base/trace.js';
import type { Graph } from '../ir/graph.js';
import { apply, type Node } from '../ir/node.js';
import type { ContractAttrs, MovementOp } from '../ir/op.js';
import { contract, permute } from '../ops/index.js';

/** A rule looks at one place and says what may stand there instead, computed from `src`. */
interface Rule {
  readonly name: string;
  try(
    graph: Graph,
    at: number,
    uses: readonly number[],
  ): { readonly node: Node; readonly src: readonly number[] } | null;
}

const is = <A>(node: Node, op: MovementOp<A>): node is Node<A> => Object.is(node.op, op);

/**
 * A contraction whose result is only read with its axes in another order produces it in that order. A weight that enters
 * transposed gets its gradient transposed; so the update can be computed on the gradient's tiles.
 */
const contractInOrder: Rule = {
  name: 'contractInOrder',
  try(graph, at, uses) {
    const node = graph.nodes[at]!;
    if (!is(node, permute) || graph.input[at]) return null;
    const from = graph.src[at]![0]!;
    const source = graph.nodes[from]!;
    if (source.op.kind !== 'contract' || graph.input[from] || uses[from] !== 1) return null;
    const attrs = (source as Node<ContractAttrs>).attrs;
    const out = node.attrs.axes.map((a) => attrs.out[a]!);
    return { node: apply(contract, source.src, { ...attrs, out }), src: graph.src[from]! };
  },
};

const RULES: readonly Rule[] = [contractInOrder];

/** Applies every rule wherever it fits. `wanted` are places whose values are asked for as they are. */
export function rewrite(graph: Graph, wanted: ReadonlySet<number>): void {
  const uses = new Array<number>(graph.nodes.length).fill(0);
  for (const src of graph.src) for (const s of src) uses[s]!++;
  for (const at of wanted) uses[at]!++;
  graph.nodes.forEach((_, at) => {
    for (const rule of RULES) {
      const better = rule.try(graph, at, uses);
      if (!better) continue;
      if (tracing()) trace('rules', 'rewrite', { rule: rule.name, before: graph.nodes[at], after: better.node });
      graph.nodes[at] = better.node;
      graph.src[at] = better.src;
    }
  });
}
