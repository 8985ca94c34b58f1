/**
 * From what users pass (tensors and plain numbers, of shapes and dtypes that differ) to what records take: nodes of one
 * shape and one dtype.
 */
import { type DType, promote, promoteNumber } from '../base/dtype.js';
import { ArgumentError, DTypeError, GraphError, ShapeError } from '../base/errors.js';
import { broadcastShapes, internShape, SCALAR, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { Tensor } from './tensor.js';

/** A tensor, or a plain number that takes the dtype of the tensor beside it. */
export type TensorLike = Tensor | number;

/** What an argument is, in words for an error. */
export function showKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'an array; make a tensor of it with tensor(…)';
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'no class'})`;
  return typeof value === 'string' ? `the string ${JSON.stringify(value)}` : `${String(value)} (a ${typeof value})`;
}

/**
 * The node of a tensor argument.
 * @throws ArgumentError for another value, GraphError for a tensor whose value is gone
 */
export function nodeOf(op: string, x: Tensor): Node {
  if (!(x instanceof Tensor))
    throw new ArgumentError(`${op}: takes tensors, or numbers beside tensors, got ${showKind(x)}`);
  const { node } = x;
  if (node.lost !== '') throw new GraphError(node.lost);
  return node;
}

/** As {@link nodeOf}; a number alone becomes a float32 scalar. */
export const nodeOrNumber = (op: string, x: TensorLike): Node =>
  typeof x === 'number' ? ops.numberNode(x, SCALAR, 'float32') : nodeOf(op, x);

/** `value` at every place of `shape`. @throws DTypeError when an integer dtype cannot hold it */
export function numberLike(op: string, value: number, shape: Shape, dtype: DType): Node {
  if (typeof value !== 'number') throw new ArgumentError(`${op}: takes tensors and numbers, got ${showKind(value)}`);
  const [low, high] =
    dtype === 'int32' ? [-2147483648, 2147483647] : dtype === 'uint8' ? [0, 255] : [-Infinity, Infinity];
  if (value < low || value > high) {
    throw new DTypeError(
      `${op}: the number ${value} does not fit in ${dtype} (${low} … ${high}): convert the tensor first, as in x.to('float64')`,
    );
  }
  return ops.numberNode(value, shape, dtype);
}

/**
 * `value` at every place of `shape`, as an argument of the compiled program whatever it is: for numbers that change
 * from run to run.
 */
export function argumentNode(value: number, shape: Shape, dtype: DType): Node {
  const node = apply(ops.number, [], { shape, dtype });
  node.value = value;
  return node;
}

export const castNode = (x: Node, to: DType): Node => (x.dtype === to ? x : apply(ops.cast, [x], { to }));

export const reshapeNode = (x: Node, shape: Shape): Node =>
  x.shape === shape ? x : apply(ops.reshape, [x], { shape });

/** `x` repeated to `shape`, which it broadcasts to. */
export function broadcastTo(x: Node, shape: Shape): Node {
  if (x.shape === shape) return x;
  const missing = shape.length - x.shape.length;
  const full = missing === 0 ? x : reshapeNode(x, internShape([...new Array<number>(missing).fill(1), ...x.shape]));
  return full.shape === shape ? full : apply(ops.expand, [full], { shape });
}

/** Both operands in one shape and one dtype: the promoted one, after `computeIn` had its say. */
export function operands(
  op: string,
  a: TensorLike,
  b: TensorLike,
  computeIn: (dtype: DType) => DType,
): readonly [Node, Node] {
  if (typeof b === 'number') {
    const x = nodeOrNumber(op, a);
    const dtype = computeIn(promoteNumber(x.dtype, b));
    return [castNode(x, dtype), numberLike(op, b, x.shape, dtype)];
  }
  const y = nodeOf(op, b);
  if (typeof a === 'number') {
    const dtype = computeIn(promoteNumber(y.dtype, a));
    return [numberLike(op, a, y.shape, dtype), castNode(y, dtype)];
  }
  const x = nodeOf(op, a);
  const dtype = computeIn(promote(x.dtype, y.dtype));
  const shape = broadcastShapes(x.shape, y.shape, op);
  return [broadcastTo(castNode(x, dtype), shape), broadcastTo(castNode(y, dtype), shape)];
}

/** The dtype is kept: {@link operands}' usual `computeIn`. */
export const asPromoted = (dtype: DType): DType => dtype;

/** A list of sizes given one by one or as an array. @throws ArgumentError for anything else */
export function listOf(op: string, values: readonly number[] | readonly [readonly number[]]): readonly number[] {
  const [first] = values;
  const list = Array.isArray(first) && values.length === 1 ? first : values;
  for (const n of list) {
    if (typeof n !== 'number')
      throw new ArgumentError(`${op}: takes whole numbers, or one array of them, got ${showKind(n)}`);
  }
  return list as readonly number[];
}

/** @throws ShapeError for an axis of `axes` that has no elements: its extreme does not exist */
export function expectElements(op: string, shape: Shape, axes: readonly number[]): void {
  const empty = axes.find((a) => shape[a] === 0);
  if (empty === undefined) return;
  throw new ShapeError(
    `${op}: the tensor of shape ${showShape(shape)} is empty along axis ${empty}, and no elements have no ${op}: ` +
      'check the size before, or reduce over another axis',
  );
}
