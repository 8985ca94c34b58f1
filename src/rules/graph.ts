/**
 * Rules on graphs: places where something simpler, or something that fuses better, computes the same value.
 * {@link rewrite} lists them.
 */
import { trace, tracing } from '../base/trace.js';
import type { Graph } from '../ir/graph.js';
import { contractInOrder, contractPart, contractWindows } from './contractions.js';
import type { Rule } from './rule.js';

const RULES: Rule[] = [contractInOrder, contractWindows, contractPart];

/** Adds a rule that few programs need. Whoever makes what it is for adds it, so that only bundles of such programs carry it. */
export function addRule(rule: Rule): void {
  if (!RULES.includes(rule)) RULES.push(rule);
}

/**
 * Applies every rule wherever it fits. `wanted` are places whose values are asked for as they are. Returns the places that
 * now hold something else than the node they were made for.
 */
export function rewrite(graph: Graph, wanted: ReadonlySet<number>): ReadonlySet<number> {
  const uses = new Array<number>(graph.nodes.length).fill(0);
  for (const src of graph.src) for (const s of src) uses[s]!++;
  for (const at of wanted) uses[at]!++;
  const taken = new Set<number>();
  graph.nodes.forEach((_, at) => {
    for (const rule of RULES) {
      const better = rule.try(graph, at, uses);
      if (!better) continue;
      const before = graph.nodes[at];
      for (const { at: place, node, src } of better) {
        graph.nodes[place] = node;
        graph.src[place] = src;
        if (place !== at) taken.add(place);
      }
      if (tracing()) trace('rules', 'rewrite', { rule: rule.name, before, after: graph.nodes[at] });
    }
  });
  return taken;
}
