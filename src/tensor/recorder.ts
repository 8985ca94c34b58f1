/**
 * Looks on while a function is captured: which tensors from outside it uses, which gradients it touches, and which
 * tensors it makes.
 */
import { GraphError } from '../base/errors.js';
import { describe, type Node } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { Capture } from '../run/capture.js';
import { Gradient } from './gradient.js';
import type { Tensor } from './tensor.js';
import type { Watch } from './watch.js';

/** A tensor that was there before, as it was then. */
interface Outside {
  readonly node: Node;
  readonly needsGrad: boolean;
}

/** What a captured function did first with a gradient: clear it, or add to it or read it. */
export type Touch = 'set' | 'used';

export class Recorder implements Watch {
  readonly capture = new Capture();
  readonly outside = new Map<Tensor, Outside>();
  readonly gradients = new Map<Gradient, Touch>();
  private readonly inside = new Set<Tensor>();
  private readonly owners = new Map<Storage, Tensor>();

  /** @param standIns the tensors that the function gets as arguments */
  constructor(private readonly standIns: readonly Tensor[]) {}

  read(tensor: Tensor, node: Node): void {
    if (node.id >= this.capture.start || this.outside.has(tensor) || this.inside.has(tensor)) return;
    if (this.standIns.includes(tensor)) return;
    if (node.needsGrad && node.src.length > 0) {
      throw new GraphError(
        `a compiled function uses ${describe(node)}, which was computed outside from tensors that require gradients: ` +
          'compute it inside, or use its detach()',
      );
    }
    this.outside.set(tensor, { node, needsGrad: node.needsGrad });
    if (node.storage) this.owners.set(node.storage, tensor);
  }

  bound(tensor: Tensor, node: Node): void {
    if (!this.outside.has(tensor)) this.inside.add(tensor);
    else if (node.storage) this.owners.set(node.storage, tensor);
  }

  gradientUsed(gradient: Gradient): void {
    if (this.gradients.has(gradient)) return;
    this.gradients.set(gradient, 'used');
    const { node } = gradient;
    if (node && node.id < this.capture.start) throw leftOver(node);
  }

  gradientSet(gradient: Gradient): void {
    if (!this.gradients.has(gradient)) this.gradients.set(gradient, 'set');
  }

  /** The tensor from outside to which a storage belonged or belongs. */
  ownerOf(storage: Storage): Tensor | null {
    const owner = this.owners.get(storage);
    if (owner) return owner;
    // Values that were pending when they were read have their memory only now.
    for (const [tensor, { node }] of this.outside) if (node.storage === storage) return tensor;
    return null;
  }

  /** The tensors from outside whose gradients were touched. */
  touched(): { readonly tensor: Tensor; readonly gradient: Gradient; readonly first: Touch }[] {
    return Array.from(this.outside.keys()).flatMap((tensor) => {
      const gradient = Gradient.find(tensor.node);
      const first = gradient && this.gradients.get(gradient);
      return gradient && first ? [{ tensor, gradient, first }] : [];
    });
  }

  /**
   * Gives up what was made inside and is of one call only: who kept it would see the values of that call for ever. What
   * follows from constants alone stays.
   */
  giveUp(): void {
    const shown = new Set(Array.from(this.outside.keys(), (tensor) => tensor.node));
    const nodes = new Set<Node>();
    const stack = Array.from(this.inside, (tensor) => tensor.node);
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (nodes.has(node)) continue;
      nodes.add(node);
      stack.push(...node.src);
    }
    // Sources are older than what is made of them.
    const changing = new Set<Node>();
    for (const node of [...nodes].sort((a, b) => a.id - b.id)) {
      const changes = node.op === ops.data || this.capture.isRefreshed(node) || node.src.some((s) => changing.has(s));
      if (changes) changing.add(node);
    }
    for (const tensor of this.inside) {
      const { node } = tensor;
      if (node.id < this.capture.start || node.op === ops.data || shown.has(node) || !changing.has(node)) continue;
      node.lost = `${describe(node)} was computed inside a compiled function, which keeps nothing but what it returns: return it as well`;
    }
  }
}

/** A gradient from before the call would be added to. */
export const leftOver = (node: Node): GraphError =>
  new GraphError(
    `a compiled function adds to a gradient from before the call (${node.dtype} [${node.shape.join(', ')}]): gradients of several calls ` +
      'cannot be added up; call optimizer.zeroGrad() before backward()',
  );
