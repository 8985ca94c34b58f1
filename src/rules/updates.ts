/**
 * A rule for optimizers: of a large table only the rows that were looked up have to be updated.
 */
import type { Graph } from '../ir/graph.js';
import { apply, type Node } from '../ir/node.js';
import { constant, mul, number, scatterAdd, sparseUpdate, sub } from '../ops/index.js';
import { is, own, type Rule } from './rule.js';

/** Whether a place holds one number, the same everywhere, which no run of the program can... */
function isStep(graph: Graph, at: number): boolean {
  const node = graph.nodes[at]!;
  if (is(node, constant)) return node.attrs.value > 0 && node.attrs.value < Infinity;
  return is(node, number);
}

/**
 * base − factor · scatterAdd(values, index), where nobody else reads the product and the sum, is a {@link sparseUpdate}: gradient
 * descent on a table of which some rows were looked up. Where no value goes the sum is +0, and base − factor · 0 is the base to the last bit, −0, infinities and NaN
 * included, if the factor is finite and not negative, as a rate of learning is. A run-time number that is negative (which turns −0 into 0), infinite or
 * NaN (which make everything NaN) leaves such rows as they are.
 */
export const updateNamedSlices: Rule = {
  name: 'updateNamedSlices',
  try(graph, at, uses) {
    const node = graph.nodes[at]!;
    if (!is(node, sub) || graph.input[at]) return null;
    const [base, step] = graph.src[at] as [number, number];
    if (!graph.input[base] || !own(graph, step, uses, mul)) return null;
    for (const [sum, factor] of [graph.src[step]!, graph.src[step]!.toReversed()] as [number, number][]) {
      const scatter = own(graph, sum, uses, scatterAdd);
      if (!scatter || !isStep(graph, factor)) continue;
      const [values, index] = graph.src[sum] as [number, number];
      const { axis } = scatter.attrs;
      const src = [values, index, base, factor];
      const sources = src.map((s): Node => graph.nodes[s]!);
      return [{ at, node: apply(sparseUpdate, sources, { axis }), src }];
    }
    return null;
  },
};
