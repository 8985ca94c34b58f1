/**
 * From one kernel to loops. {@link lower} chooses the shape; each shape has its file.
 */
import type { Role } from '../fuse/cluster.js';
import type { Graph, Kernel } from '../fuse/index.js';
import { contractionShape, count } from './contraction.js';
import type { Lowered } from './kernel.js';
import { fromBeginnings } from './offsets.js';
import { lowerRows } from './rows.js';
import { lowerScatter } from './scatter.js';
import { withSizes } from './sizes.js';
import { lowerSort } from './sort.js';
import { lowerSplit } from './split.js';
import type { Target } from './target.js';
import { lowerTiles } from './tiles.js';
import { lowerTurned } from './turned.js';

export type { Binding, Lowered } from './kernel.js';
export { priceOf } from './price.js';
export { checkMessage } from './reports.js';
export { isSpelled } from './spelled.js';
export type { Target } from './target.js';

/** From a kernel to loops for a target. `home` gives equal texts for places that share memory. */
type Lowering = (kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string) => Lowered;

/** Fewer multiplications than this are not worth tiles. */
const WORTH = 2048;

/** A way to compute a contraction; null where it does not fit. */
type Way = (...given: Parameters<Lowering>) => Lowered | null;

/** Over overlapping windows. */
let overWindows: Way | null = null;

/** Adds the way over windows: whoever makes convolutions does. Without it they are computed in another way, to the same bits. */
export function provideWindows(way: Way): void {
  overWindows = way;
}

/** A contraction in register tiles, the first way that fits; null where it is as well done row by row. */
const lowerContraction: Way = (kernel, graph, target, home) => {
  const node = graph.nodes[kernel.cluster.members[0]!.at]!;
  if (node.dtype !== 'float32' || target.lanes === 1 || kernel.checks) return null;
  const { m, n, k, size } = contractionShape(kernel, graph);
  if (count(m, size) * count(n, size) * count(k, size) < WORTH) return null;
  return (
    lowerSplit(kernel, graph, target, home) ??
    overWindows?.(kernel, graph, target, home) ??
    lowerTurned(kernel, graph, target, home) ??
    (count(n, size) >= target.lanes ? lowerTiles(kernel, graph, target, home) : null)
  );
};

/** Rows and columns, or a contraction's tiles. */
const lowerRanges: Lowering = (kernel, graph, target, home) =>
  (kernel.cluster.contraction && lowerContraction(kernel, graph, target, home)) ||
  lowerRows(kernel, graph, target, home);

/** By what a kernel's first value is to it. */
const LOWERINGS = new Map<Role, Lowering>([
  ['fold', lowerRanges],
  ['map', lowerRanges],
  ['scatter', lowerScatter],
  ['sort', lowerSort],
]);

/**
 * Adds the lowering of a role that few programs have. Whoever makes its nodes provides it, so that only bundles of such programs
 * carry it.
 */
export function provide(role: Role, lowering: Lowering): void {
  LOWERINGS.set(role, lowering);
}

/** Lowers a kernel for a target. */
export const lower: Lowering = (kernel, graph, target, home) => {
  const { role } = kernel.cluster.members[0]!;
  const lowering = LOWERINGS.get(role);
  if (!lowering) throw new Error(`internal: nobody has provided a lowering for "${role}"`);
  const lowered = fromBeginnings(lowering(kernel, graph, target, home));
  return { ...lowered, program: withSizes(lowered.program) };
};
