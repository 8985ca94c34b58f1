/**
 * The rule that decides what gets a name of its own, and with it what is computed once and what is computed again
 * wherever it is read. A named value is the result of a kernel, or of a part of one; everything else is inlined into
 * the expressions of the named values that read it.
 */
import { sizeOf } from '../base/shape.js';
import type { Graph } from '../ir/graph.js';

/** Reading an element costs about as much as this many additions; a value cheaper than that is computed again. */
const RECOMPUTE = 8;
/** A value repeated along an axis is computed once if it costs more than this. */
const REPEAT = 2;
/** Most nodes inlined into one named value: bounds the size of a kernel, so that a huge graph is cut. */
const CONE = 192;
/** Most different places from which one expression may read one node before it is named. */
const VIEWS = 6;

/** No single reader. */
const MANY = -2;
const NONE = -1;

/** Which places get a name. `wanted` are the places whose values must end up in memory. */
export function nameValues(graph: Graph, wanted: Iterable<number>): boolean[] {
  const { nodes, src, input } = graph;
  const count = nodes.length;
  const named = new Array<boolean>(count).fill(false);
  // What nobody asks for is left out.
  const live = new Array<boolean>(count).fill(false);
  for (const i of wanted) {
    live[i] = true;
    named[i] = !input[i];
  }
  for (let i = count - 1; i >= 0; i--) if (live[i]) for (const s of src[i]!) live[s] = true;
  const isLeaf = (i: number): boolean => input[i]! || nodes[i]!.op.kind === 'leaf';

  // Forwards: what it costs to compute an element from memory, and whether a kernel's result is among what is read.
  const cost = new Float64Array(count);
  const heavy = new Array<boolean>(count).fill(false);
  // The same number at every place, known before the kernel starts: free.
  const uniform = new Array<boolean>(count).fill(false);
  for (let i = 0; i < count; i++) {
    const { op } = nodes[i]!;
    if (isLeaf(i)) {
      cost[i] = input[i] ? 1 : 0;
      uniform[i] = !input[i] && op.kind === 'leaf' && op.from !== 'index';
      continue;
    }
    if ((op.kind === 'elementwise' || op.kind === 'movement') && src[i]!.every((s) => uniform[s])) {
      uniform[i] = op.kind === 'elementwise' || src[i]!.length === 1;
      if (uniform[i]) continue;
    }
    if (live[i] && isKernelResult(graph, i)) named[i] = true;
    if (live[i] && op.kind === 'update') nameSources(graph, i, named);
    let total = op.kind === 'elementwise' ? (op.cost ?? 1) : op.kind === 'gather' ? 2 : 0;
    for (const s of src[i]!) {
      total += named[s] ? 1 : cost[s]!;
      if (named[s] ? isKernelResult(graph, s) : heavy[s]) heavy[i] = true;
    }
    cost[i] = Math.min(total, 1e6);
  }

  // Backwards: who reads each value, through how many different views, and how large the readers' expressions grow.
  const reader = new Int32Array(count).fill(NONE);
  const repeated = new Array<boolean>(count).fill(false);
  const cone = new Int32Array(count);
  const views = new Array<Set<number> | undefined>(count);
  for (let i = count - 1; i >= 0; i--) {
    const { op } = nodes[i]!;
    if (isLeaf(i)) continue;
    if (!named[i] && reader[i] !== NONE) {
      // What stands together of several has to be chosen from at each place.
      const computes = op.kind === 'elementwise' || op.kind === 'gather' || src[i]!.length > 1;
      if (computes && reader[i] === MANY && (heavy[i] || cost[i]! > RECOMPUTE)) named[i] = true;
      else if (computes && repeated[i] && (heavy[i] || cost[i]! > REPEAT)) named[i] = true;
      else if (views[i]!.size > VIEWS) named[i] = true;
      else if (reader[i]! >= 0 && ++cone[reader[i]!]! > CONE) named[i] = true;
    }
    const owner = named[i] ? i : reader[i]!;
    if (owner === NONE) continue;
    const moves = op.kind === 'movement' || op.kind === 'gather';
    for (const s of src[i]!) {
      reader[s] = reader[s] === NONE || reader[s] === owner ? owner : MANY;
      // A contraction reads each element of an operand again and again.
      if (op.kind === 'contract') repeated[s] = true;
      else if (moves ? repeated[i] || sizeOf(nodes[i]!.shape) > sizeOf(nodes[s]!.shape) : repeated[i] && !named[i])
        repeated[s] = true;
      const seen = (views[s] ??= new Set());
      if (named[i]) seen.add(0);
      else for (const v of views[i]!) seen.add(moves ? Math.imul(v, 31) + i + 1 : v);
      if (named[i] && moves) {
        seen.delete(0);
        seen.add(i + 1);
      }
    }
  }
  return named;
}

/** Whether a value comes out of a kernel that cannot be inlined. */
const isKernelResult = (graph: Graph, i: number): boolean => {
  const { kind } = graph.nodes[i]!.op;
  return ['reduce', 'contract', 'scatter', 'update', 'sort', 'routine', 'attention'].includes(kind);
};

/**
 * Names what an update in place relies on: an index and a base in memory, and values and a factor that neither check anything nor
 * read the base, for all of that has to be done before the first write.
 */
function nameSources({ nodes, src, input }: Graph, update: number, named: boolean[]): void {
  const [values, index, base, factor] = src[update] as [number, number, number, number];
  const isMemory = (at: number): boolean => named[at]! || input[at]!;
  const waits = (root: number): boolean => {
    const stack = [root];
    const seen = new Set<number>();
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const { op } = nodes[at]!;
      if (at === base || (op.kind === 'elementwise' && op.check)) return true;
      if (!isMemory(at)) stack.push(...src[at]!);
    }
    return false;
  };
  for (const at of [index, base]) if (nodes[at]!.op.kind !== 'leaf') named[at] = !input[at];
  for (const at of [values, factor]) if (!isMemory(at) && waits(at)) named[at] = true;
}
