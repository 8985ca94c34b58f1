/**
 * Memory for time: a part of a computation whose inner values are not kept for the backward pass, but computed again.
 */
import { copied } from '../autograd/carry.js';
import { gradientOrder, gradients } from '../autograd/reverse.js';
import { ArgumentError } from '../base/errors.js';
import { apply, isRecording, type Node, nodesMade } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { defineFunction } from '../tensor/custom.js';
import { variableFor } from '../tensor/differentiate.js';
import { nodeOf, showKind } from '../tensor/operands.js';
import { Tensor } from '../tensor/tensor.js';

function outputsOf(result: unknown): readonly Tensor[] {
  const list: readonly unknown[] = Array.isArray(result) ? result : [result];
  return list.map((y) => {
    if (y instanceof Tensor) return y;
    throw new ArgumentError(`checkpoint: the function must return a tensor or an array of tensors, got ${showKind(y)}`);
  });
}

/**
 * `fn(...inputs)`, of which the backward pass keeps only the inputs: whatever else its derivative needs is computed a second time
 * when the gradient arrives, with the same bits, random draws included. For deep chains: cut into √n parts of √n layers each, n layers
 * take the memory of 2√n, for one more forward pass. Parameters, and other tensors too, may be closed over, and get their gradients all
 * the same.
 *
 * @example
 * const w = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * const layer = (x: Tensor) => x.matmul(w).tanh();
 * const y = checkpoint((x: Tensor) => layer(layer(x)), tensor([[0.5, -1]]));
 * y.sum().backward();
 * w.grad!.shape; // [2, 2]
 * @throws ArgumentError unless `fn` returns a tensor or an array of tensors; float ones must have one dtype
 */
export function checkpoint<A extends readonly unknown[], R extends Tensor | readonly Tensor[]>(
  fn: (...inputs: A) => R,
  ...inputs: A
): R {
  if (typeof fn !== 'function') throw new ArgumentError(`checkpoint: takes a function, got ${showKind(fn)}`);
  if (!isRecording()) return fn(...inputs);
  const since = nodesMade();
  const result = fn(...inputs);
  const outputs = outputsOf(result);
  const roots = outputs.map((y) => nodeOf('checkpoint', y));
  const isOutside = { has: (node: Node): boolean => node.id < since };
  const outside = gradientOrder(roots, isOutside).filter(isOutside.has);
  if (outside.length === 0) return result;

  // The values, from copies that nothing keeps for a gradient.
  const values = copied(
    outside.map((node) => [node, ops.detachNode(node)]),
    since,
  );
  const again = (cotangents: readonly Node[]): (Node | null)[] => {
    // Not before the gradient is there: else what is computed again would be there from the first time on.
    const inner = outside.map((node) => variableFor(apply(ops.after, [node, ...cotangents])));
    const second = copied(
      outside.map((node, i) => [node, inner[i]!]),
      since,
    );
    const smooth = roots.flatMap((root, i) =>
      root.needsGrad ? [{ root: second.find(root)!, g: cotangents[i]! }] : [],
    );
    return gradients(
      smooth.map(({ root }) => root),
      smooth.map(({ g }) => g),
      inner,
      true,
    );
  };
  const whole = defineFunction({
    name: 'checkpoint',
    forward: (_, ...__: Tensor[]): readonly Tensor[] =>
      roots.map((root, i) => (root.needsGrad ? new Tensor(values.find(root)!) : outputs[i]!)),
    backward: (_, ...cotangents) => again(cotangents.map((g) => g.node)).map((g) => g && new Tensor(g)),
  });
  const wrapped = whole(...outside.map((node) => new Tensor(node)));
  return (result instanceof Tensor ? wrapped[0] : wrapped) as R;
}
