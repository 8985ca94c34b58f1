/**
 * Products of tensors whose axes carry labels: what stands behind matmul's relatives and einsum. Axes of one label run
 * together; one that the result lacks is summed.
 */
import { type DType, promote } from '../base/dtype.js';
import { DTypeError } from '../base/errors.js';
import { internShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, reshapeNode } from './operands.js';

/** A node and the label of each of its axes, all different. */
export interface Labelled {
  readonly node: Node;
  readonly labels: readonly number[];
}

/** `x` without the axes whose label is null, all of size 1. */
export function withoutUnlabelled(x: Node, labels: readonly (number | null)[]): Labelled {
  const node = labels.includes(null) ? reshapeNode(x, internShape(x.shape.filter((_, i) => labels[i] !== null))) : x;
  return { node, labels: labels.filter((l) => l !== null) };
}

/** The dtype in which nodes are multiplied. @throws DTypeError when all are bool */
export function productDType(op: string, nodes: readonly Node[]): DType {
  const dtype = nodes.map((n) => n.dtype).reduce(promote);
  if (dtype === 'bool') throw new DTypeError(`${op} takes numbers, got bool: convert with .to('float32')`);
  return dtype;
}

/** The axes of `x` in the order of `labels`, which has all of its own; axes of size 1 where it lacks one. */
export function inOrderOf({ node, labels: own }: Labelled, labels: readonly number[]): Node {
  const axes = labels.filter((l) => own.includes(l)).map((l) => own.indexOf(l));
  const turned = axes.every((a, i) => a === i) ? node : apply(ops.permute, [node], { axes });
  return reshapeNode(turned, internShape(labels.map((l) => (own.includes(l) ? node.shape[own.indexOf(l)]! : 1))));
}

/** Σ a·b over the labels that `out` lacks. Where it lacks none this is a multiplication, which fuses with its neighbours. */
export function productOf(op: string, a: Labelled, b: Labelled, out: readonly number[]): Node {
  const dtype = productDType(op, [a.node, b.node]);
  const [x, y] = [castNode(a.node, dtype), castNode(b.node, dtype)];
  if ([...a.labels, ...b.labels].some((l) => !out.includes(l)))
    return apply(ops.contract, [x, y], { a: a.labels, b: b.labels, out });
  const [left, right] = [inOrderOf({ ...a, node: x }, out), inOrderOf({ ...b, node: y }, out)];
  const shape = internShape(out.map((_, i) => (left.shape[i] === 1 ? right.shape[i]! : left.shape[i]!)));
  return apply(ops.mul, [broadcastTo(left, shape), broadcastTo(right, shape)]);
}
