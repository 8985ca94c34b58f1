/**
 * From one kernel to loops. {@link lower} chooses the shape; each shape has its file.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import { contractionShape, count } from './contraction.js';
import type { Lowered } from './kernel.js';
import { lowerRoutine } from './routine.js';
import { lowerRows } from './rows.js';
import { lowerScatter } from './scatter.js';
import { lowerSliding } from './sliding.js';
import { lowerSort } from './sort.js';
import { lowerSplit } from './split.js';
import type { Target } from './target.js';
import { lowerTiles } from './tiles.js';
import { lowerTurned } from './turned.js';

export type { Binding, Lowered } from './kernel.js';
export { priceOf } from './price.js';
export { checkMessage } from './reports.js';
export { callRoutine } from './routine.js';
export { isSpelled } from './spelled.js';
export type { Target } from './target.js';

/** Fewer multiplications than this are not worth tiles. */
const WORTH = 2048;

/** A contraction in register tiles, the first way that fits; null where it is as well done row by row. */
function lowerContraction(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered | null {
  const node = graph.nodes[kernel.cluster.members[0]!.at]!;
  if (node.dtype !== 'float32' || target.lanes === 1 || kernel.checks) return null;
  const { m, n, k, size } = contractionShape(kernel, graph);
  if (count(m, size) * count(n, size) * count(k, size) < WORTH) return null;
  return (
    lowerSplit(kernel, graph, target, home) ??
    lowerSliding(kernel, graph, target, home) ??
    lowerTurned(kernel, graph, target, home) ??
    (count(n, size) >= target.lanes ? lowerTiles(kernel, graph, target, home) : null)
  );
}

/** Lowers a kernel for a target. `home` gives equal texts for places that share memory. */
export function lower(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered {
  const { role } = kernel.cluster.members[0]!;
  if (role === 'scatter') return lowerScatter(kernel, graph, target, home);
  if (role === 'sort') return lowerSort(kernel, graph, target, home);
  if (role === 'routine') return lowerRoutine(kernel, graph, target, home);
  return (
    (kernel.cluster.contraction && lowerContraction(kernel, graph, target, home)) ||
    lowerRows(kernel, graph, target, home)
  );
}
