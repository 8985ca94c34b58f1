/**
 * Backpropagation from a tensor, and what can be said about gradients on their way.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { GraphError } from '../base/errors.js';
import { current as settings } from '../base/settings.js';
import { showShape } from '../base/shape.js';
import { apply, describe } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { realise } from '../run/realise.js';
import { backpropagate, Gradient } from './gradient.js';
import { nodeOf } from './operands.js';
import { gradientFor, Tensor } from './tensor.js';

/** Options of {@link backward}. */
export interface BackwardOptions {
  /** The gradient of the final result with respect to this tensor; needed unless this tensor has one element. */
  gradient?: Tensor;
  /** Keep the graph, to go through it again or to differentiate the gradients. */
  retainGraph?: boolean;
}

/** Sees a gradient and may return another one in its place. */
export type GradientHook = (gradient: Tensor) => Tensor | undefined | void;

/**
 * Adds the gradients of `x` with respect to the leaves it came from to their `grad`. Nothing is computed before it is
 * read or an optimizer steps. If it throws, no gradient has changed.
 * @param options the gradient with respect to `x` (needed unless it has one element), or options
 * @throws GraphError when there is no history, or it was released by an earlier `backward()`
 */
export function backward(x: Tensor, options: Tensor | BackwardOptions = {}): void {
  const node = nodeOf('backward', x);
  const { gradient, retainGraph = false } = options instanceof Tensor ? { gradient: options } : options;
  if (!node.needsGrad) {
    throw new GraphError(
      `backward(): no gradient leads through ${describe(node)}: nothing it was computed from has requiresGrad, ` +
        'or its history was cut by noGrad, detach() or an operation with no derivative (a comparison, an integer or bool result)',
    );
  }
  if (!gradient && x.size !== 1) {
    throw new GraphError(
      `backward() of a tensor of shape ${showShape(x.shape)} needs a gradient argument of that shape: only a scalar ` +
        '(one element) has the obvious one, 1. Reduce it first, as in loss.mean().backward(), or pass { gradient }',
    );
  }
  const seed = gradient ? gradientFor('backward', x, gradient) : ops.constantNode(1, x.shape, x.dtype);
  x.pass = backpropagate(node, seed, retainGraph);
  if (settings.eager) realise(x.pass.wanted());
}

function expectGradient(what: string, x: Tensor): Gradient {
  const node = nodeOf(what, x);
  if (node.needsGrad) return Gradient.of(node);
  throw new GraphError(`${what}: no gradient reaches ${describe(node)}, for it does not have requiresGrad`);
}

/** Keeps the gradient of a tensor that is no leaf, as `grad`. */
export function retainGrad(x: Tensor): void {
  expectGradient('retainGrad', x).accumulates = true;
}

/**
 * Calls `hook` with the gradient of `x` during each `backward()`, before it is added up and sent on; what the hook
 * returns takes its place. Returns a function that removes the hook.
 */
export function registerHook(x: Tensor, hook: GradientHook): () => void {
  return expectGradient('registerHook', x).addHook((cotangent) => {
    const replacement = hook(new Tensor(cotangent));
    return replacement === undefined ? cotangent : gradientFor('a gradient hook', x, replacement);
  });
}

/** The same value without its history: no gradient flows through the result. Shares memory with `x`. */
export const detach = (x: Tensor): Tensor => new Tensor(apply(ops.detached, [nodeOf('detach', x)]));
