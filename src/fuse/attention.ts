/**
 * What the compiler asks of attention: which source is which, how large everything is, which records belong in one kernel.
 */
import type { Index } from '../ir/expr.js';
import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { AttentionAttrs, AttentionOp } from '../ir/op.js';
import { constantIndex } from '../rules/index-algebra.js';
import type { Puller } from './pull.js';

/** The places of the sources by what they are: of the records of the forward pass, then of the gradients. */
interface Sources {
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly g?: number;
  readonly logSumExp?: number;
  readonly delta?: number;
  readonly mask?: number;
}

function sourcesOf({ gives }: Pick<AttentionOp, 'gives'>, src: readonly number[]): Sources {
  const [q, k, v] = src as readonly [number, number, number];
  if (gives === 'out' || gives === 'logSumExp') return { q, k, v, mask: src[3] };
  return { q, k, v, g: src[3], logSumExp: src[4], delta: src[5], mask: src[6] };
}

export interface AttentionShape extends AttentionAttrs {
  readonly places: Sources;
  readonly batch: readonly number[];
  readonly queries: number;
  readonly keys: number;
  /** How many numbers a query and a key have, and how many a value. */
  readonly features: number;
  readonly width: number;
}

export function attentionShape(graph: Graph, at: number): AttentionShape {
  const { op, attrs } = graph.nodes[at] as Node<AttentionAttrs>;
  if (op.kind !== 'attention') throw new Error('internal: no attention');
  const places = sourcesOf(op, graph.src[at]!);
  const [q, v] = [graph.nodes[places.q]!.shape, graph.nodes[places.v]!.shape];
  return {
    ...attrs,
    places,
    batch: q.slice(0, -2),
    queries: q.at(-2)!,
    keys: v.at(-2)!,
    features: q.at(-1)!,
    width: v.at(-1)!,
  };
}

/** The ranges it runs over. */
export const attentionDomain = ({ batch, queries, keys, features, width }: AttentionShape): number[] => [
  ...batch,
  queries,
  keys,
  features,
  width,
];

/** Pulls every source at a place of the domain. */
export function pullSources(puller: Puller, { places, batch }: AttentionShape, index: readonly Index[]): void {
  const rank = batch.length;
  const [query, key, feature, column] = index.slice(rank) as [Index, Index, Index, Index];
  const pull = (at: number | undefined, row: Index, col: Index): void => {
    if (at !== undefined) puller.pull(at, [...index.slice(0, rank), row, col]);
  };
  pull(places.q, query, feature);
  pull(places.k, key, feature);
  pull(places.v, key, column);
  pull(places.g, query, column);
  pull(places.logSumExp, query, constantIndex(0));
  pull(places.delta, query, constantIndex(0));
  pull(places.mask, query, key);
}

/** Whether two places hold results of attention on the same sources, which one kernel computes. */
export function computedTogether(graph: Graph, a: number, b: number): boolean {
  const [x, y] = [graph.nodes[a]!, graph.nodes[b]!];
  if (x.op.kind !== 'attention' || y.op.kind !== 'attention') return false;
  return graph.src[a]!.join() === graph.src[b]!.join() && x.op.key?.(x.attrs) === y.op.key?.(y.attrs);
}
