/**
 * Reductions: an axis, several, or all of them (null, or none named) folded into one value.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { floatOf, isFloat } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { internShape, normalizeAxes, normalizeAxis, type Shape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { ReduceOp } from '../ir/op.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, expectElements, nodeOf, reshapeNode } from './operands.js';
import { Tensor } from './tensor.js';

/** One axis, several, or null for all. Negative ones count from the end. */
export type Axis = number | readonly number[] | null;

/** Options of reductions. */
export interface ReduceOptions {
  /** Leave the folded axes in place with size 1. */
  keepdim?: boolean;
}

/** Options of {@link var_} and {@link std}. */
export interface VarianceOptions extends ReduceOptions {
  /** What is subtracted from the number of elements before dividing by it; 1 (Bessel's) unless told. */
  correction?: number;
}

/** The shape without `axes`. */
const without = (shape: Shape, axes: readonly number[]): Shape =>
  internShape(shape.filter((_, i) => !axes.includes(i)));

const axesOf = (x: Node, axis: Axis): number[] => normalizeAxes(axis ?? undefined, x.shape.length);

const countOf = (x: Node, axes: readonly number[]): number => axes.reduce((n, a) => n * x.shape[a]!, 1);

/** The folded axes stay with size 1. */
const fold = (op: ReduceOp, x: Node, axes: readonly number[]): Node =>
  axes.length === 0 ? x : apply(op, [x], { axes });

/** A result whose folded axes are kept or dropped. */
const finish = (x: Tensor, result: Node, axes: readonly number[], { keepdim = false }: ReduceOptions): Tensor => {
  const node = keepdim ? result : reshapeNode(result, without(result.shape, axes));
  return node === x.node ? x : new Tensor(node);
};

const float = (x: Node): Node => castNode(x, floatOf(x.dtype));

/** Sums of bools and of bytes are int32. */
const summable = (x: Node): Node => (x.dtype === 'bool' || x.dtype === 'uint8' ? castNode(x, 'int32') : x);

const number = (value: number, like: Node): Node => ops.numberNode(value, like.shape, like.dtype);

const meanNode = (x: Node, axes: readonly number[]): Node => {
  const total = fold(ops.sum, x, axes);
  return apply(ops.div, [total, number(countOf(x, axes), total)]);
};

/** The sum; 0 over no elements. Bools and uint8 are summed in int32. */
export function sum(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  const node = nodeOf('sum', x);
  const axes = axesOf(node, axis);
  return finish(x, fold(ops.sum, summable(node), axes), axes, options);
}

/** The mean, in floats; NaN over no elements. */
export function mean(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  const node = float(nodeOf('mean', x));
  const axes = axesOf(node, axis);
  return finish(x, meanNode(node, axes), axes, options);
}

/** The product; 1 over no elements. Bools and uint8 are multiplied in int32. */
export function prod(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  const node = nodeOf('prod', x);
  const axes = axesOf(node, axis);
  return finish(x, fold(ops.prod, summable(node), axes), axes, options);
}

const extreme =
  (op: ReduceOp) =>
  (x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor => {
    const node = nodeOf(op.name, x);
    const axes = axesOf(node, axis);
    expectElements(op.name, node.shape, axes);
    return finish(x, fold(op, node, axes), axes, options);
  };

/** The largest element; NaN if one is NaN. Equal ones share the gradient evenly. @throws ShapeError over no elements */
export const max = extreme(ops.max);

/**
 * The smallest element; NaN if one is NaN. Equal ones share the gradient evenly.
 * @throws ShapeError over no elements
 */
export const min = extreme(ops.min);

const truth = (x: Node): Node => (x.dtype === 'bool' ? x : apply(ops.ne, [x, number(0, x)]));

/** Whether some element is true or not 0; false over no elements. */
export function any(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  const node = nodeOf('any', x);
  const axes = axesOf(node, axis);
  return finish(x, fold(ops.max, truth(node), axes), axes, options);
}

/** Whether every element is true or not 0; true over no elements. */
export function all(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  const node = nodeOf('all', x);
  const axes = axesOf(node, axis);
  return finish(x, fold(ops.min, truth(node), axes), axes, options);
}

/** Two passes: first the mean, then the squares of what differs from it, which does not cancel far from 0. */
const varianceNode = (x: Node, axes: readonly number[], correction: number): Node => {
  const difference = apply(ops.sub, [x, broadcastTo(meanNode(x, axes), x.shape)]);
  const squares = fold(ops.sum, apply(ops.mul, [difference, difference]), axes);
  return apply(ops.div, [squares, number(Math.max(countOf(x, axes) - correction, 0), squares)]);
};

function variance(op: string, x: Tensor, axis: Axis, options: VarianceOptions): { node: Node; axes: number[] } {
  const { correction = 1 } = options;
  if (!Number.isFinite(correction))
    throw new ArgumentError(`${op}: correction must be a finite number, got ${String(correction)}`);
  const node = float(nodeOf(op, x));
  const axes = axesOf(node, axis);
  return { node: varianceNode(node, axes, correction), axes };
}

/**
 * The variance, Σ(x − mean)² / (n − correction), in two passes; the method is called `var`. NaN over too few elements.
 */
export function var_(x: Tensor, axis: Axis = null, options: VarianceOptions = {}): Tensor {
  const { node, axes } = variance('var', x, axis, options);
  return finish(x, node, axes, options);
}

/** The standard deviation, the root of the variance. */
export function std(x: Tensor, axis: Axis = null, options: VarianceOptions = {}): Tensor {
  const { node, axes } = variance('std', x, axis, options);
  return finish(x, apply(ops.sqrt, [node]), axes, options);
}

/** log Σ eˣ without overflow; −∞ over no elements. */
export function logsumexp(x: Tensor, axis: Axis = null, options: ReduceOptions = {}): Tensor {
  const node = float(nodeOf('logsumexp', x));
  const axes = axesOf(node, axis);
  // Shifted by the largest, which is no part of the derivative; where that is infinite nothing is shifted, for ∞ − ∞ is
  // NaN.
  const largest = ops.detachNode(fold(ops.max, node, axes));
  const shift = apply(ops.where, [apply(ops.isfinite, [largest]), largest, number(0, largest)]);
  const total = fold(ops.sum, apply(ops.exp, [apply(ops.sub, [node, broadcastTo(shift, node.shape)])]), axes);
  return finish(x, apply(ops.add, [apply(ops.log, [total]), shift]), axes, options);
}

/** Where an extreme is first attained; NaN counts as one, the first of them wins. */
const position =
  (name: string, op: ReduceOp) =>
  (x: Tensor, axis: number | null = null, options: ReduceOptions = {}): Tensor => {
    const whole = ops.detachNode(nodeOf(name, x));
    // Over all axes: the position in row-major order.
    const node = axis === null ? reshapeNode(whole, internShape([sizeOf(whole.shape)])) : whole;
    const along = axis === null ? 0 : normalizeAxis(axis, node.shape.length);
    expectElements(name, whole.shape, axis === null ? axesOf(whole, null) : [along]);
    const best = broadcastTo(fold(op, node, [along]), node.shape);
    const equal = apply(ops.eq, [node, best]);
    const hit = isFloat(node.dtype) ? apply(ops.or, [equal, apply(ops.isnan, [node])]) : equal;
    const places = ops.iotaNode(node.shape, along);
    const none = ops.numberNode(node.shape[along]!, node.shape, 'int32');
    const first = fold(ops.min, apply(ops.where, [hit, places, none]), [along]);
    if (axis !== null) return finish(x, first, [along], options);
    return new Tensor(reshapeNode(first, internShape(options.keepdim ? whole.shape.map(() => 1) : [])));
  };

/**
 * The index of the largest element along an axis, the first of equals, as int32; NaN is larger than all. Over all axes
 * unless one is named.
 */
export const argmax = position('argmax', ops.max);

/**
 * The index of the smallest element along an axis, the first of equals, as int32; NaN is smaller than all. Over all
 * axes unless one is named.
 */
export const argmin = position('argmin', ops.min);
