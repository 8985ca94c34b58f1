/**
 * From a graph to ordered kernels with planned memory. {@link fuse} lists the passes.
 */
import { current } from '../base/settings.js';
import { trace, tracing } from '../base/trace.js';
import { type Graph, graphOf } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import { verifyGraph } from '../ir/verify.js';
import { rewrite } from '../rules/graph.js';
import { type Cluster, Clusters } from './cluster.js';
import { nameValues } from './name.js';
import { type Arena, type Kernel, kernelOf, layOut, type Schedule, schedule, type Target } from './schedule.js';

export type { Arena, Cluster, Graph, Kernel, Schedule, Target };

/** What is asked of the fuser, in places of `nodes`. */
export interface Wanted {
  readonly nodes: readonly Node[];
  /** Values to end up in memory of their own. */
  readonly results: readonly number[];
  /** Values to end up in a given storage. */
  readonly targets: readonly Target[];
  /** Per input place, the number of the storage that holds it. */
  readonly storageOf: ReadonlyMap<number, number>;
  /** Values which, if they are stored at all, shall be kept. */
  readonly keep: (node: Node) => boolean;
}

export interface Fused {
  readonly graph: Graph;
  readonly named: readonly boolean[];
  readonly schedule: Schedule;
  /** Where stored values lie that are neither kept nor written in place. */
  readonly arena: Arena;
  /** Stored places that are results or kept, in order. */
  readonly kept: readonly number[];
}

export function fuse(wanted: Wanted): Fused {
  const graph = graphOf(wanted.nodes);
  const real = (at: number): number => graph.real[at]!;
  const results = wanted.results.map(real).filter((at) => !graph.input[at]);
  const targets = wanted.targets.map((t) => ({ at: real(t.at), target: t.target }));
  const inMemory = [...results, ...targets.map((t) => t.at)];

  const taken = rewrite(graph, new Set(inMemory));
  if (current.verify) verifyGraph(graph);
  const named = nameValues(graph, inMemory);
  const clusters = new Clusters(graph, named, new Set(targets.map((t) => t.at)));
  named.forEach((is, at) => {
    if (is) clusters.add(at);
  });
  clusters.mergeSiblings();
  const all = clusters.list.map((c) => kernelOf(graph, named, c));
  const stored = storedValues(graph, all, inMemory);
  // Where a shape is empty, what is named may turn out to be read by nobody.
  const kernels = all.filter((k) => k.stores.length > 0);
  const order = schedule(kernels, targets, wanted.storageOf, new Set(results));

  const kept = new Set(results);
  for (const at of stored) if (!order.inPlace.has(at) && !taken.has(at) && wanted.keep(graph.nodes[at]!)) kept.add(at);
  const arena = layOut(
    graph,
    order.kernels,
    stored.filter((at) => !order.inPlace.has(at) && !kept.has(at)),
    new Set(order.copies.map((c) => c.at)),
  );
  if (tracing()) trace('fuse', 'kernels', { graph, kernels: order.kernels });
  return { graph, named, schedule: order, arena, kept: [...kept].sort((a, b) => a - b) };
}

/** Values that have to be in memory: those asked for, and those that another kernel loads. Fills in what each kernel stores. */
function storedValues(graph: Graph, kernels: readonly Kernel[], inMemory: readonly number[]): number[] {
  const stored = new Set(inMemory.filter((at) => !graph.input[at]));
  for (const k of kernels) for (const at of k.loads) if (!graph.input[at]) stored.add(at);
  for (const k of kernels) k.stores = k.cluster.members.map((m) => m.at).filter((at) => stored.has(at));
  return [...stored];
}
