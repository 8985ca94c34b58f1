/**
 * From the indices a user names to places along an axis, int32, from 0 up, checked when they are computed; and from those to
 * places in row-major order.
 */
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape, sizeOf, stridesOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { castNode, nodeOf, numberLike, reshapeNode, showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** Whole numbers, as a tensor (int32 or uint8) or plain. */
export type Indices = Tensor | number | readonly number[] | Int32Array;

/** Indices as an int32 node. */
function indexNode(op: string, indices: Indices): Node {
  if (indices instanceof Tensor) {
    const node = nodeOf(op, indices);
    if (node.dtype === 'int32' || node.dtype === 'uint8') return castNode(node, 'int32');
    const remedy =
      node.dtype === 'bool'
        ? 'masks are for index(), maskedSelect() and at(), or for where(mask, x, 0), which keeps the shape'
        : "convert them with .to('int32')";
    throw new DTypeError(`${op}: indices must be int32, got ${node.dtype}: ${remedy}`);
  }
  const list = typeof indices === 'number' ? [indices] : Array.from(indices);
  for (const i of list)
    if (!Number.isInteger(i)) throw new ArgumentError(`${op}: indices must be whole numbers, got ${showKind(i)}`);
  return reshapeNode(listNode(Int32Array.from(list)), internShape(typeof indices === 'number' ? [] : [list.length]));
}

/** A list of whole numbers in memory. */
export const listNode = (list: Int32Array): Node =>
  ops.dataNode(new Storage('int32', list.length, list), internShape([list.length]));

/**
 * The places along `axis` of `shape` that the indices name; negative ones count from the end.
 * @throws IndexError when the value is computed and an index is out of range
 */
export function placesIn(op: string, shape: Shape, axis: number, indices: Indices): Node {
  const size = shape[axis]!;
  const given = indexNode(op, indices);
  if (size === 0 && sizeOf(given.shape) > 0) {
    throw new IndexError(`${op}: axis ${axis} of a tensor of shape ${showShape(shape)} has no elements to take`);
  }
  const int = (value: number): Node => numberLike(op, value, given.shape, 'int32');
  // Indices from −size to −1 count from the end; one below stays as it is, so that the check names the user's own
  // number.
  const fromEnd = apply(ops.and, [apply(ops.lt, [given, int(0)]), apply(ops.le, [int(-size), given])]);
  const counted = apply(ops.where, [fromEnd, apply(ops.add, [given, int(size)]), given]);
  return apply(ops.checkIndex, [counted], { limit: size, what: 'index' });
}

export const flatNode = (x: Node): Node => reshapeNode(x, internShape([sizeOf(x.shape)]));

/** The places in row-major order of `shape` that `places` along an axis name, element by element. */
export function linearPlaces(shape: Shape, axis: number, places: Node): Node {
  const strides = stridesOf(shape);
  const int = (value: number): Node => ops.constantNode(value, places.shape, 'int32');
  const times = (a: Node, stride: number): Node => (stride === 1 ? a : apply(ops.mul, [a, int(stride)]));
  return shape
    .map((_, i) => times(i === axis ? places : ops.iotaNode(places.shape, i), strides[i]!))
    .reduce((a, b) => apply(ops.add, [a, b]));
}

/** One element of x along an axis for every place: out[i, j] = x[places[i, j], j] for axis 0 of a matrix. */
export const gatherAlong = (x: Node, axis: number, places: Node): Node =>
  apply(ops.gather, [flatNode(x), linearPlaces(x.shape, axis, places)], { axis: 0 });

/** @throws ShapeError unless the indices have as many axes as x, and sizes within x's along all but `axis` */
export function expectAligned(op: string, shape: Shape, axis: number, indices: Shape): void {
  if (indices.length === shape.length && indices.every((n, i) => i === axis || n <= shape[i]!)) return;
  throw new ShapeError(
    `${op}: indices of shape ${showShape(indices)} along axis ${axis} of ${showShape(shape)}: they need as many axes, ` +
      'and along the others no larger sizes',
  );
}
