/**
 * The graph as the compiler sees it: places instead of objects, aliases looked through, inputs without history. A rule
 * changes what stands at a place; nothing downstream has to be made anew.
 */
import type { Node } from './node.js';

export interface Graph {
  /** What is computed at each place. The sources' places stand in `src`. */
  readonly nodes: Node[];
  /** Places of the sources; empty for inputs and leaves. */
  readonly src: (readonly number[])[];
  /** The place that holds the value of each place: itself, or what an alias shows. */
  readonly real: readonly number[];
  /** Whether the value is there already. */
  readonly input: readonly boolean[];
}

/** `nodes` in an order where sources come first, with `node.at` their places. */
export function graphOf(nodes: readonly Node[]): Graph {
  const real = new Array<number>(nodes.length);
  const src = new Array<number[]>(nodes.length);
  const input = nodes.map((n) => n.storage !== null);
  nodes.forEach((node, i) => {
    const sources = input[i] ? [] : node.src.map((s) => real[s.at]!);
    const shows = !input[i] && node.op.kind === 'alias';
    real[i] = shows ? sources[0]! : i;
    src[i] = shows ? [] : sources;
  });
  return { nodes: [...nodes], src, real, input };
}
