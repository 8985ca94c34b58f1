/**
 * A rule for optimizers: of a large table only the slices that were looked up have to be updated.
 */
import type { Graph } from '../ir/graph.js';
import { apply } from '../ir/node.js';
import { constant, mul, number, scatterAdd, sparseUpdate, sub } from '../ops/index.js';
import { is, own, type Rule } from './rule.js';

/** Whether a place holds one number everywhere which, times 0, is 0. Of a run-time number that is taken for granted. */
function isFactor(graph: Graph, at: number): boolean {
  const node = graph.nodes[at]!;
  return is(node, constant) ? node.attrs.value > 0 && node.attrs.value < Infinity : is(node, number);
}

/**
 * base − factor · scatterAdd(values, index), where nobody else reads the product or the sum, is a {@link sparseUpdate}: gradient descent
 * on a table of which some slices were looked up. Where no value goes the sum is +0, and base − factor · 0 is the base to the
 * last bit, −0, infinities and NaN included, for a factor that is finite and not negative, as learning rates are. Should a run-time number be
 * negative, such slices keep a −0 that would have become 0; should it be infinite or NaN, they stay what they are instead of becoming NaN.
 */
export const updateNamedSlices: Rule = {
  name: 'updateNamedSlices',
  try(graph, at, uses) {
    if (!is(graph.nodes[at]!, sub) || graph.input[at]) return null;
    const [base, step] = graph.src[at] as [number, number];
    if (!graph.input[base] || !own(graph, step, uses, mul)) return null;
    const [a, b] = graph.src[step] as [number, number];
    const [sum, factor] = isFactor(graph, b) ? [a, b] : [b, a];
    const scatter = own(graph, sum, uses, scatterAdd);
    if (!scatter || !isFactor(graph, factor)) return null;
    const src = [...graph.src[sum]!, base, factor];
    const sources = src.map((s) => graph.nodes[s]!);
    return [{ at, node: apply(sparseUpdate, sources, { axis: scatter.attrs.axis }), src }];
  },
};
