/**
 * Reverse mode: the chain rule over nodes. Every record knows its vector-Jacobian product; this file only visits
 * nodes in the right order and adds up what arrives. It extends the graph and computes nothing, so gradients can be differentiated again.
 */
import { GraphError, ShapeError } from '../base/errors.js';
import { sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply, describe, type Node, newWalk, withRecording } from '../ir/node.js';
import { isDifferentiable } from '../ir/op.js';
import { add } from '../ops/index.js';

/**
 * The nodes that a gradient flows through from `roots` down to the leaves, and no further than `ends`, each after all of its
 * sources. Iterative, so a chain of any depth is walked without recursion.
 */
export function gradientOrder(roots: readonly Node[], ends?: Pick<ReadonlySet<Node>, 'has'>): Node[] {
  const walk = newWalk();
  const order: Node[] = [];
  // The path from a root, and which source of each node on it comes next.
  const path: Node[] = [];
  const next: number[] = [];
  const enter = (node: Node): void => {
    if (!node.needsGrad || node.mark === walk) return;
    node.mark = walk;
    path.push(node);
    next.push(0);
  };
  for (const root of roots) {
    enter(root);
    while (path.length > 0) {
      const top = path.length - 1;
      const node = path[top]!;
      const i = next[top]!++;
      if (i < node.src.length && !ends?.has(node)) enter(node.src[i]!);
      else {
        order.push(node);
        path.pop();
        next.pop();
      }
    }
  }
  return order;
}

function checkCotangent(node: Node, g: Node, from: Node): void {
  if (!sameShape(g.shape, node.shape) || g.dtype !== node.dtype) {
    throw new ShapeError(
      `the gradient that "${from.op.name}" sends to ${describe(node)} is ${g.dtype} ${showShape(g.shape)}; ` +
        'a gradient has the shape and dtype of the value it belongs to',
    );
  }
}

/**
 * The sum of two cotangents. What belongs together is joined instead of added, also behind one and the same movement: gradients of
 * neighbouring slices become one tensor, and those of a weight that is used again and again one contraction.
 */
function sumOf(a: Node, b: Node): Node {
  const { op } = a;
  if (op === b.op) {
    const joined = op.sum?.(a, b);
    if (joined) return joined;
    const [x, y] = [a.src[0], b.src[0]];
    const alike = op.key?.(a.attrs) === op.key?.(b.attrs) && x && y && sameShape(x.shape, y.shape);
    if (op.kind === 'movement' && a.src.length === 1 && alike && sizeOf(x.shape) <= sizeOf(a.shape)) {
      return apply(op, [sumOf(x, y)], a.attrs);
    }
  }
  return apply(add, [a, b]);
}

/**
 * Sends cotangents from the roots to the leaves, or only to `ends`, calling `visit` with each node's full cotangent in an order where it is complete.
 * Returns the nodes that it went through, each after its sources.
 */
function sweep(
  roots: readonly Node[],
  seeds: readonly Node[],
  visit: (node: Node, cotangent: Node) => Node,
  ends?: ReadonlySet<Node>,
): Node[] {
  const order = gradientOrder(roots, ends);
  // Only what leads to the ends, where there are any.
  const leads = ends && new Set(ends);
  if (leads) for (const node of order) if (node.src.some((s) => leads.has(s))) leads.add(node);
  // Before anything is delivered, so that a refused backward pass has changed nothing.
  const gone = order.find((node) => node.released && node.src.length > 0);
  if (gone) {
    throw new GraphError(
      `backward() has already gone through ${describe(gone)} and released its history: ` +
        'call the first backward({ retainGraph: true }), or compute the value again',
    );
  }
  const arrived = new Map<Node, Node>();
  const send = (to: Node, g: Node, from: Node): void => {
    checkCotangent(to, g, from);
    const before = arrived.get(to);
    arrived.set(to, before ? sumOf(before, g) : g);
  };
  roots.forEach((root, i) => {
    if (root.needsGrad) send(root, seeds[i]!, root);
  });
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    const total = arrived.get(node);
    if (!total) continue;
    arrived.delete(node);
    const cotangent = visit(node, total);
    const { op } = node;
    if (node.src.length === 0 || !isDifferentiable(op) || ends?.has(node)) continue;
    const needs = node.src.map((s) => s.needsGrad && (leads?.has(s) ?? true));
    const back = typeof op.vjp === 'function' ? op.vjp(node, cotangent, needs) : throughComposed(node, cotangent);
    if (back.length !== node.src.length) {
      throw new GraphError(
        `the derivative of "${node.op.name}" returned ${back.length} gradients for ${node.src.length} inputs`,
      );
    }
    for (let s = 0; s < back.length; s++) {
      const g = back[s];
      if (needs[s] && g) send(node.src[s]!, g, node);
    }
  }
  return order;
}

/** From the cotangent of a record to those of its sources by way of its composition. */
function throughComposed(node: Node, cotangent: Node): (Node | null)[] {
  const { op } = node;
  if (op.kind !== 'attention') throw new Error(`internal: "${op.name}" has no composition`);
  const arrived = new Map<Node, Node>();
  // Recorded even when the gradient itself is not, or there would be nothing to go through.
  const value = withRecording(true, () => op.composed(node));
  const visit = (at: Node, g: Node): Node => {
    if (node.src.includes(at)) arrived.set(at, g);
    return g;
  };
  sweep([value], [cotangent], visit, new Set(node.src));
  // A source that stands in several places has got all of it at once.
  return node.src.map((s, i) => (node.src.indexOf(s) === i ? (arrived.get(s) ?? null) : null));
}

/**
 * Backpropagates `seed` from `root` and hands each node that has a sink its cotangent. Unless `retain`, the
 * history behind `root` is released: it cannot be gone through again, and the gradients carry no history of their own.
 */
export function backward(root: Node, seed: Node, retain: boolean): void {
  const order = withRecording(retain, () =>
    sweep([root], [seed], (node, g) => {
      const cotangent = node.sink ? node.sink.hook(g) : g;
      node.sink?.receive(cotangent, root);
      return cotangent;
    }),
  );
  if (!retain) for (const node of order) if (node.src.length > 0) node.released = true;
}

/**
 * The gradients of Σ outputs·cotangents with respect to `inputs`; null where nothing depends on an input. Differentiable again.
 * With `independent` inputs, of which none leads to another, nothing behind them is gone through.
 */
export function gradients(
  outputs: readonly Node[],
  cotangents: readonly Node[],
  inputs: readonly Node[],
  independent = false,
): (Node | null)[] {
  const found = new Map<Node, Node | null>(inputs.map((n) => [n, null]));
  const visit = (node: Node, g: Node): Node => {
    const seen = node.sink ? node.sink.hook(g) : g;
    if (found.has(node)) found.set(node, seen);
    return seen;
  };
  sweep(outputs, cotangents, visit, independent ? new Set(inputs) : undefined);
  return inputs.map((n) => found.get(n) ?? null);
}
