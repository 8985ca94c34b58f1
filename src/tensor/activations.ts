/**
 * The functions between the layers of networks, in forms that neither overflow nor lose their gradient far from 0.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { normalizeAxis } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOrNumber, type TensorLike } from './operands.js';
import { Tensor } from './tensor.js';

const floatNode = (op: string, x: TensorLike): Node => {
  const node = nodeOrNumber(op, x);
  return castNode(node, floatOf(node.dtype));
};

const constant = (value: number, like: Node): Node => ops.constantNode(value, like.shape, like.dtype);
const times = (a: Node, b: Node): Node => apply(ops.mul, [a, b]);
const plus = (a: Node, b: Node): Node => apply(ops.add, [a, b]);

/** x where x > 0, else 0; the gradient at 0 is 0. */
export function relu(x: TensorLike): Tensor {
  return new Tensor(apply(ops.relu, [nodeOrNumber('relu', x)]));
}

/** x · sigmoid(x), also called swish. */
export function silu(x: TensorLike): Tensor {
  const node = floatNode('silu', x);
  return new Tensor(times(node, apply(ops.sigmoid, [node])));
}

/** log(1 + eˣ), which for large x is x: computed as max(x, 0) + log(1 + e^(−|x|)). */
export function softplus(x: TensorLike): Tensor {
  const node = floatNode('softplus', x);
  const zero = constant(0, node);
  // Not abs and maximum, whose derivatives at 0 are averages: both branches here have the right one.
  const negative = apply(ops.lt, [node, zero]);
  const below = apply(ops.where, [negative, node, apply(ops.neg, [node])]);
  const above = apply(ops.where, [negative, zero, node]);
  return new Tensor(plus(above, apply(ops.log1p, [apply(ops.exp, [below])])));
}

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** `tanh` for the approximation of the paper, which some published networks were trained with; `none` is exact. */
  approximate?: 'none' | 'tanh';
}

/** x · Φ(x), Φ the normal distribution function. Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016). */
export function gelu(x: TensorLike, options: GeluOptions = {}): Tensor {
  const { approximate = 'none' } = options;
  const node = floatNode('gelu', x);
  const half = times(node, constant(0.5, node));
  const one = constant(1, node);
  if (approximate === 'none') {
    return new Tensor(times(half, plus(one, apply(ops.erf, [times(node, constant(Math.SQRT1_2, node))]))));
  }
  if (approximate !== 'tanh')
    throw new ArgumentError(`gelu: approximate is 'none' or 'tanh', got ${JSON.stringify(approximate)}`);
  const cubic = plus(node, times(constant(0.044715, node), times(node, times(node, node))));
  return new Tensor(times(half, plus(one, apply(ops.tanh, [times(constant(Math.sqrt(2 / Math.PI), node), cubic)]))));
}

/** x minus its largest along the axis, which changes no softmax and keeps every exponential at most 1. */
function shifted(op: string, x: TensorLike, axis: number): { readonly z: Node; readonly axes: readonly number[] } {
  const node = floatNode(op, x);
  const axes = [normalizeAxis(axis, node.shape.length, `${op}: axis`)];
  const largest = ops.detachNode(apply(ops.max, [node], { axes }));
  return { z: apply(ops.sub, [node, broadcastTo(largest, node.shape)]), axes };
}

/** eˣ / Σ eˣ along an axis: positive numbers that add up to 1. */
export function softmax(x: TensorLike, axis = -1): Tensor {
  const { z, axes } = shifted('softmax', x, axis);
  const e = apply(ops.exp, [z]);
  return new Tensor(apply(ops.div, [e, broadcastTo(apply(ops.sum, [e], { axes }), z.shape)]));
}

/** The logarithm of {@link softmax}, computed without taking the logarithm of small numbers. */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  const { z, axes } = shifted('logSoftmax', x, axis);
  const total = apply(ops.log, [apply(ops.sum, [apply(ops.exp, [z])], { axes })]);
  return new Tensor(apply(ops.sub, [z, broadcastTo(total, z.shape)]));
}
