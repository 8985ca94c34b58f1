/**
 * What a node remembers of the gradients that reach it: the sum so far, the hooks that see each one on its way, and
 * which backward passes they came from, so that an optimizer's step can compute the losses of those passes along with
 * the update.
 */
import { backward } from '../autograd/reverse.js';
import { GraphError } from '../base/errors.js';
import { apply, type Node, type Sink, withRecording } from '../ir/node.js';
import { add } from '../ops/index.js';
import { watched } from './watch.js';

/** Sees a gradient on its way and may replace it. */
export type NodeHook = (cotangent: Node) => Node;

export class Gradient implements Sink {
  private sum: Node | null = null;
  /** Whether arriving gradients are added up here: a leaf's are, and those of a tensor with `retainGrad()`. */
  accumulates = false;
  /** Used up by an optimizer's step: gone until it is cleared. */
  spent = false;
  /** The backward passes whose gradients are in the sum. */
  passes: Pass[] = [];
  /** The value at this node, where it is to be computed along with a loss that depends on it. */
  marked: Node | null = null;
  /** Values to compute before the memory of this leaf is next overwritten. */
  readonly kept = new Set<Node>();
  private readonly hooks = new Set<NodeHook>();

  /** The sum of what arrived since it was last cleared. */
  get node(): Node | null {
    watched.by?.gradientUsed(this);
    return this.sum;
  }

  /** The gradient state of `node`, made when it is first asked for. */
  static of(node: Node): Gradient {
    const known = Gradient.find(node);
    if (known) return known;
    const made = new Gradient();
    node.sink = made;
    return made;
  }

  /** The gradient state of `node`, if it has one. */
  static find(node: Node): Gradient | null {
    return node.sink instanceof Gradient ? node.sink : null;
  }

  /** Computes `node` before the memory of this leaf is overwritten. Marks whose value is there by now are done with. */
  keep(node: Node): void {
    for (const known of this.kept) if (known.storage !== null) this.kept.delete(known);
    this.kept.add(node);
  }

  addHook(hook: NodeHook): () => void {
    this.hooks.add(hook);
    return () => this.hooks.delete(hook);
  }

  hook(cotangent: Node): Node {
    let g = cotangent;
    for (const hook of this.hooks) g = hook(g);
    return g;
  }

  receive(cotangent: Node): void {
    if (this.marked) current?.kept.push(this.marked);
    if (!this.accumulates) return;
    if (this.spent) {
      throw new GraphError(
        'backward() would add to a gradient that optimizer.step() has used up: call optimizer.zeroGrad() before backward(), ' +
          'or step({ keepGrads: true }) to go on adding',
      );
    }
    current?.arrivals.push({ at: this, cotangent });
  }

  /** Adds a gradient that `pass` brought. */
  accumulate(cotangent: Node, pass: Pass): void {
    const { node } = this;
    this.sum = node ? apply(add, [node, cotangent]) : cotangent;
    this.passes.push(pass);
    pass.gradients.add(this);
  }

  /** Replaces the sum: by null, or by what the user made of it. */
  set(node: Node | null): void {
    watched.by?.gradientSet(this);
    if (node === null) this.leavePasses();
    this.sum = node;
    this.spent = false;
  }

  /** Takes the state that a captured backward pass leaves behind. */
  restore(node: Node | null, spent: boolean): void {
    this.leavePasses();
    this.sum = node;
    this.spent = spent;
  }

  /** The step has used the gradient; `keep` leaves it to be read and added to. */
  use(keep: boolean): void {
    this.leavePasses();
    this.kept.clear();
    if (keep) return;
    this.sum = null;
    this.spent = true;
  }

  private leavePasses(): void {
    if (this.passes.length === 0) return;
    for (const pass of this.passes) pass.gradients.delete(this);
    this.passes = [];
  }
}

/** One `backward()`: where it began, which gradients it brought, and what is to be computed with it. */
export class Pass {
  /** The gradients that hold a part from this pass. */
  readonly gradients = new Set<Gradient>();
  /** Predictions that a loss marked, on the way from the root to the leaves. */
  readonly kept: Node[] = [];
  readonly arrivals: { readonly at: Gradient; readonly cotangent: Node }[] = [];

  constructor(readonly root: Node) {}

  /** What is realised together: reading one of these alone would compute most of the others as well. */
  wanted(): Node[] {
    const nodes = [this.root, ...this.kept];
    for (const { node } of this.gradients) if (node) nodes.push(node);
    return nodes;
  }
}

/** The pass under way: gradients are handed over only when all of it has succeeded. */
let current: Pass | null = null;

/**
 * Backpropagates `seed` from `root` into the gradients of the leaves. Should it throw, no gradient has changed.
 * With `retain` the graph can be gone through again, and the gradients are differentiable themselves.
 */
export function backpropagate(root: Node, seed: Node, retain: boolean): Pass {
  const pass = new Pass(root);
  const outer = current;
  current = pass;
  try {
    backward(root, seed, retain);
  } finally {
    current = outer;
  }
  withRecording(retain, () => {
    for (const { at, cotangent } of pass.arrivals) at.accumulate(cotangent, pass);
  });
  pass.arrivals.length = 0;
  return pass;
}

/** Has `node` computed along with any loss that is derived from it and differentiated. */
export function markKept(node: Node): void {
  if (node.needsGrad && node.src.length > 0) Gradient.of(node).marked = node;
}

/**
 * The leaves with a gradient that the pending value of `node` depends on. A walk over the graph: for marks set by hand.
 */
export function leavesOf(node: Node): Gradient[] {
  const found = new Set<Gradient>();
  const seen = new Set<Node>([node]);
  const stack = [node];
  for (let at = stack.pop(); at; at = stack.pop()) {
    if (at.src.length === 0) {
      const gradient = Gradient.find(at);
      if (gradient?.accumulates) found.add(gradient);
    } else if (at.storage === null) {
      for (const s of at.src) {
        if (!seen.has(s)) {
          seen.add(s);
          stack.push(s);
        }
      }
    }
  }
  return [...found];
}

/**
 * Those of `nodes` whose value can still be had: nothing they wait for has been overwritten or given up since. For
 * values that are computed only because they are near; the one that is asked for says itself what is wrong.
 */
export function computable(nodes: readonly Node[]): Node[] {
  const good = new Set<Node>();
  const isGood = (root: Node): boolean => {
    const seen: Node[] = [];
    const entered = new Set<Node>([root]);
    const stack = [root];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (node.storage ? node.storage.version !== node.version : node.lost !== '') return false;
      seen.push(node);
      if (node.storage !== null) continue;
      for (const s of node.src) {
        if (good.has(s) || entered.has(s)) continue;
        entered.add(s);
        stack.push(s);
      }
    }
    for (const node of seen) good.add(node);
    return true;
  };
  return nodes.filter(isGood);
}
