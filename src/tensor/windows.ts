/**
 * Windows folded to one value each: what poolings of fixed windows and of fixed results share.
 */
import { isFloat } from '../base/dtype.js';
import { internShape, type Shape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, reshapeNode } from './operands.js';

/** Windows whose elements are counted by one last axis instead of one for each of `size`. */
export const withOneOffset = (windows: Node, size: readonly number[]): Node =>
  reshapeNode(windows, internShape([...windows.shape.slice(0, windows.shape.length - size.length), sizeOf(size)]));

/** A fold over the last axis, which is dropped. */
export function foldLast(op: typeof ops.sum, x: Node): Node {
  const axis = x.shape.length - 1;
  return reshapeNode(apply(op, [x], { axes: [axis] }), internShape(x.shape.slice(0, axis)));
}

const asColumn = (x: Node, shape: Shape): Node => broadcastTo(reshapeNode(x, internShape([...x.shape, 1])), shape);

/** Which element of its window is the `largest`, the first of equals (NaN counts as largest): bool, like the windows. */
function firstLargest(windows: Node, largest: Node, inside: Node | null): Node {
  const { shape } = windows;
  const axis = shape.length - 1;
  const equal = apply(ops.eq, [windows, asColumn(largest, shape)]);
  const hit = isFloat(windows.dtype) ? apply(ops.or, [equal, apply(ops.isnan, [windows])]) : equal;
  const found = inside ? apply(ops.and, [hit, inside]) : hit;
  const place = ops.iotaNode(shape, axis);
  const none = ops.constantNode(shape[axis]!, shape, 'int32');
  const first = foldLast(ops.min, apply(ops.where, [found, place, none]));
  return apply(ops.eq, [place, asColumn(first, shape)]);
}

/**
 * The largest of the elements that the last axis counts, of those that lie `inside` if not all do; NaN where one is NaN. The
 * gradient goes to the first of equals.
 */
export function largest(name: string, windows: Node, inside: Node | null): Node {
  // Outside the image stands what no element is smaller than.
  const outside = ops.max.initial(windows.dtype);
  const detached = ops.detachNode(windows);
  const plain = inside
    ? apply(ops.where, [inside, detached, ops.constantNode(outside, windows.shape, windows.dtype)])
    : detached;
  const value = foldLast(ops.max, plain);
  if (!windows.needsGrad) return value;
  // The value is the plain maximum; only a gradient asks which element it was.
  const chosen = firstLargest(plain, value, inside);
  const zeros = ops.constantNode(0, windows.shape, windows.dtype);
  const source = foldLast(ops.sum, apply(ops.where, [chosen, windows, zeros]));
  return apply(ops.custom, [value, source], { name, backward: (g: Node) => [g] });
}
