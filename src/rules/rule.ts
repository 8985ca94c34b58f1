/**
 * What a rule on graphs is.
 */
import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { Op } from '../ir/op.js';

/** What shall stand at a place, and the places of its sources. */
export interface Replacement {
  readonly at: number;
  readonly node: Node;
  readonly src: readonly number[];
}

/**
 * A rule looks at one place and says how else to compute its value. It may use other places on the way there, if nobody but
 * this one needs what they held (`uses` counts readers, and whoever asks for a value).
 */
export interface Rule {
  readonly name: string;
  try(graph: Graph, at: number, uses: readonly number[]): readonly Replacement[] | null;
}

export const is = <A>(node: Node, op: Op<A>): node is Node<A> => Object.is(node.op, op);

/** The node at a place, if it is computed here by `op` and read by nobody but the one who asks. */
export function own<A>(graph: Graph, at: number, uses: readonly number[], op: Op<A>): Node<A> | null {
  const node = graph.nodes[at]!;
  return uses[at] === 1 && !graph.input[at] && is(node, op) ? node : null;
}

/** The place of the only source of `at`, if it is computed here by `op` and read by nobody else. */
export function ownSource<A>(
  graph: Graph,
  at: number,
  uses: readonly number[],
  op: Op<A>,
): { readonly at: number; readonly node: Node<A> } | null {
  const from = graph.src[at]?.[0];
  const node = from === undefined ? null : own(graph, from, uses, op);
  return from === undefined || !node ? null : { at: from, node };
}
