/**
 * Derivatives of one elementwise record at one point in float64, by its own vjp and by those of what the vjp is made of.
 */
import { gradients } from '../../src/autograd/reverse.js';
import { SCALAR } from '../../src/base/shape.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { ElementwiseOp } from '../../src/ir/op.js';
import { Storage } from '../../src/ir/storage.js';
import { constantNode, dataNode } from '../../src/ops/leaf.js';

/** The value of a graph of elementwise records over scalars. */
function valueOf(node: Node): number {
  const { op } = node;
  if (op.kind === 'elementwise') return op.scalar(node.src.map(valueOf), node.src[0]!.dtype, node.attrs);
  if (node.storage) return node.storage.read()[0]!;
  return (node.attrs as { value: number }).value;
}

export interface Derivatives {
  readonly value: number;
  readonly first: readonly number[];
  /** second[i][j] = ∂²/∂xᵢ∂xⱼ */
  readonly second: readonly (readonly number[])[];
}

export function derivatives(op: ElementwiseOp<undefined>, ...point: number[]): Derivatives {
  const one = constantNode(1, SCALAR, 'float64');
  const inputs = point.map((x) => {
    const node = dataNode(new Storage('float64', 1, Float64Array.of(x)), SCALAR);
    node.needsGrad = true;
    return node;
  });
  const result = apply(op, inputs);
  const first = gradients([result], [one], inputs).map((g) => g!);
  const number = (g: Node | null): number => (g === null ? 0 : valueOf(g));
  return {
    value: valueOf(result),
    first: first.map(valueOf),
    second: first.map((g) => gradients([g], [one], inputs).map(number)),
  };
}
