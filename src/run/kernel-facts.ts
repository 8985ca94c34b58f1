/**
 * What a kernel computes, in words and in numbers: for the profile and for `CHAINRULE_DEBUG`.
 */
import { bytesOf } from '../base/dtype.js';
import { sizeOf } from '../base/shape.js';
import { attentionShape } from '../fuse/attention.js';
import type { Fused, Graph } from '../fuse/index.js';
import type { Program } from '../ir/expr.js';
import { describe, type Node } from '../ir/node.js';
import type { AttentionOp, ContractAttrs } from '../ir/op.js';
import { labelSizes } from '../ops/index.js';

export interface KernelFacts {
  /** The shape of its loops. */
  readonly name: string;
  /** The values it computes; those it stores are marked with *. */
  readonly values: string;
  /**
   * Arithmetic operations of the graph's values in it, each counted once at each of its elements: 2 for each product that a
   * contraction sums, 1 for each element that a reduction folds, log₂ n for each
   * of n that are sorted, a record's own price or count elsewhere; 0 for movement. What the
   * kernel computes again to avoid a store is not counted, so the rate is that of useful work.
   */
  readonly flops: number;
  /** Bytes of all that it loads from memory and stores there, each element once. */
  readonly bytes: number;
}

const product = (sizes: Iterable<number>): number => [...sizes].reduce((a, b) => a * b, 1);

/** How many elements a node runs over, and the arithmetic for each of them. */
function flopsOf(graph: Graph, at: number): number {
  const node = graph.nodes[at]!;
  const { op } = node;
  const source = (): Node => graph.nodes[graph.src[at]![0]!]!;
  switch (op.kind) {
    case 'contract': {
      const [a, b] = graph.src[at] as [number, number];
      const { attrs } = node as Node<ContractAttrs>;
      return 2 * product(labelSizes(graph.nodes[a]!, graph.nodes[b]!, attrs).values());
    }
    case 'reduce':
      return sizeOf(source().shape) * (op.combine.cost ?? 1);
    case 'scatter':
      return sizeOf(source().shape) * (op.combine.cost ?? 1);
    case 'update':
      // Added up; multiplied and subtracted at most once each.
      return 3 * sizeOf(source().shape);
    case 'sort':
      return sizeOf(node.shape) * Math.ceil(Math.log2(Math.max(1, node.shape.at(-1)!)));
    case 'attention':
      return attentionFlops(graph, at, op.gives);
    case 'routine':
      return op.flops(
        graph.src[at]!.map((s) => graph.nodes[s]!),
        node.attrs,
      );
    case 'elementwise':
      return sizeOf(node.shape) * (op.cost ?? 1);
    default:
      return 0;
  }
}

/** The scores are counted with the result, the cotangents of the probabilities with the gradient of the queries. */
function attentionFlops(graph: Graph, at: number, gives: AttentionOp['gives']): number {
  const { batch, queries, keys, features, width } = attentionShape(graph, at);
  const both = features + width;
  const terms = { out: both, logSumExp: 0, gradQ: both, gradK: features, gradV: width };
  return 2 * product(batch) * queries * keys * terms[gives];
}

/** The facts of kernel `i` of a plan, lowered to `program`. */
export function kernelFacts({ graph, named, schedule }: Fused, i: number, program: Program): KernelFacts {
  const { cluster, stores } = schedule.kernels[i]!;
  const inside = new Set(cluster.members.map((m) => m.at));
  const seen = new Set<number>();
  const loaded = new Map<number, number>();
  /** Where an update in place writes only a part. */
  const written = new Map<number, number>();
  let flops = 0;
  for (const member of cluster.members) {
    const domain = product(member.domain);
    if (member.role === 'update' && schedule.inPlace.has(member.at)) written.set(member.at, domain);
    const stack = [member.at];
    const own = new Set<number>();
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (own.has(at)) continue;
      own.add(at);
      if (at !== member.at && inside.has(at)) continue;
      if (graph.input[at] || (named[at] && at !== member.at)) {
        // A gather or a slice reads no more elements than it has results.
        loaded.set(at, (loaded.get(at) ?? 0) + domain);
        continue;
      }
      if (!seen.has(at)) flops += flopsOf(graph, at);
      seen.add(at);
      stack.push(...graph.src[at]!);
    }
  }
  const bytesAt = (at: number, most = Infinity): number => {
    const { shape, dtype } = graph.nodes[at]!;
    return Math.min(sizeOf(shape), most) * bytesOf(dtype);
  };
  let bytes = 0;
  for (const [at, reads] of loaded) bytes += bytesAt(at, reads);
  for (const at of stores) bytes += bytesAt(at, written.get(at));
  const values = cluster.members
    .map(({ at }) => `${describe(graph.nodes[at]!)}${stores.includes(at) ? '*' : ''}`)
    .join(', ');
  return { name: program.name, values, flops, bytes };
}
