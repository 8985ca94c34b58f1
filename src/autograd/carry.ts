/**
 * The graph of a function carried over to other inputs, node by node, as far as it depends on them. How a node is made anew
 * is the caller's: as it was, or for a whole batch.
 */
import { unhurried } from '../base/settings.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import type { Pullback } from '../ir/op.js';
import { placeholderNode } from '../ops/index.js';

/**
 * What stands for `node` in the other graph, from what stands for its sources; null where a node stands for itself. `attrs` are its
 * attributes there.
 */
export type Make = (node: Node, src: readonly (Node | null)[], attrs: unknown) => Node | null;

export class Carried {
  private readonly known: Map<Node, Node | null>;

  /**
   * @param inputs what takes the place of each input
   * @param since nodes with a smaller id were there before the function ran: they stand for themselves
   * @param fill what takes the place of a cotangent that stands for itself, where a new one is wanted
   */
  constructor(
    inputs: Iterable<readonly [Node, Node]>,
    private readonly since: number,
    private readonly make: Make,
    private readonly fill: (cotangent: Node) => Node,
  ) {
    this.known = new Map(inputs);
  }

  /** What stands for `root` in the other graph; null where that is `root` itself. Without recursion, for chains of any depth. */
  find(root: Node): Node | null {
    const path = [root];
    const next = [0];
    while (path.length > 0) {
      const top = path.length - 1;
      const node = path[top]!;
      const isKnown = this.known.has(node);
      const i = next[top]!++;
      if (!isKnown && node.id >= this.since && i < node.src.length) {
        path.push(node.src[i]!);
        next.push(0);
        continue;
      }
      if (!isKnown) this.known.set(node, node.id < this.since ? null : this.anew(node));
      path.pop();
      next.pop();
    }
    return this.known.get(root)!;
  }

  /** Recorded where the node was, so that what was cut off stays cut off. */
  private anew(node: Node): Node | null {
    const { op, attrs } = node;
    const src = node.src.map((s) => this.known.get(s)!);
    const there = op.kind === 'alias' && op.carried ? op.carried(attrs, (f) => this.pullback(node, f)) : attrs;
    return withRecording(node.needsGrad, () => this.make(node, src, there));
  }

  /** A pullback of the user's, which takes cotangents of the one graph, as one that takes those of the other. */
  private pullback(node: Node, backward: Pullback): Pullback {
    return (cotangent) => {
      const stand = placeholderNode(node, cotangent.needsGrad, 'a cotangent inside vmap has no value');
      this.known.set(stand, cotangent);
      return unhurried(() => backward(stand)).map((g) => g && (this.find(g) ?? this.fill(g)));
    };
  }
}

/** The same computation from other inputs. */
export function copied(inputs: Iterable<readonly [Node, Node]>, since: number): Carried {
  const make: Make = (node, src, attrs) =>
    src.every((s) => s === null)
      ? null
      : apply(
          node.op,
          src.map((s, i) => s ?? node.src[i]!),
          attrs,
        );
  return new Carried(inputs, since, make, (cotangent) => cotangent);
}
