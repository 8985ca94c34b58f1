/**
 * From one kernel to loops. {@link lower} chooses the shape; each shape has its file.
 */
import type { Graph, Kernel } from '../fuse/index.js';
import { lowerAttention } from './attention.js';
import type { Lowered } from './kernel.js';
import { lowerRows } from './rows.js';
import { lowerScatter } from './scatter.js';
import type { Target } from './target.js';
import { lowerTiles, tiles } from './tiles.js';

export type { Binding, Lowered } from './kernel.js';
export { priceOf } from './price.js';
export { checkMessage } from './reports.js';
export { isSpelled } from './spelled.js';
export type { Target } from './target.js';

/** Lowers a kernel for a target. `home` gives equal texts for places that share memory. */
export function lower(kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered {
  const { role } = kernel.cluster.members[0]!;
  if (role === 'attention') return lowerAttention(kernel, graph, target, home);
  if (role === 'scatter') return lowerScatter(kernel, graph, target, home);
  if (tiles(kernel, graph, target)) return lowerTiles(kernel, graph, target, home);
  return lowerRows(kernel, graph, target, home);
}
