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

/** Windows without history. Outside the image stands what no element is smaller than. */
function plainOf(windows: Node, inside: Node | null): Node {
  const plain = ops.detachNode(windows);
  if (!inside) return plain;
  const outside = ops.constantNode(ops.max.initial(windows.dtype), windows.shape, windows.dtype);
  return apply(ops.where, [inside, plain, outside]);
}

/** The first of the `places` of a window, which increase along it, where its `largest` element stands; NaN counts as largest. */
function firstPlace(plain: Node, largest: Node, inside: Node | null, places: Node): Node {
  const { shape } = plain;
  const equal = apply(ops.eq, [plain, asColumn(largest, shape)]);
  const hit = isFloat(plain.dtype) ? apply(ops.or, [equal, apply(ops.isnan, [plain])]) : equal;
  const found = inside ? apply(ops.and, [hit, inside]) : hit;
  const none = ops.constantNode(ops.min.initial('int32'), shape, 'int32');
  return foldLast(ops.min, apply(ops.where, [found, places, none]));
}

/**
 * The largest of the elements that the last axis counts, of those that lie `inside` if not all do; NaN where one is NaN. The
 * gradient goes to the first of equals.
 */
export function largest(name: string, windows: Node, inside: Node | null): Node {
  const plain = plainOf(windows, inside);
  const value = foldLast(ops.max, plain);
  if (!windows.needsGrad) return value;
  // The value is the plain maximum; only a gradient asks which element it was.
  const place = ops.iotaNode(windows.shape, windows.shape.length - 1);
  const chosen = apply(ops.eq, [place, asColumn(firstPlace(plain, value, inside, place), windows.shape)]);
  const zeros = ops.constantNode(0, windows.shape, windows.dtype);
  const source = foldLast(ops.sum, apply(ops.where, [chosen, windows, zeros]));
  return apply(ops.custom, [value, source], { name, backward: (g: Node) => [g] });
}

/** Where {@link largest} finds its elements, by windows of the places: int32. */
export function placesOfLargest(windows: Node, inside: Node | null, places: Node): Node {
  const plain = plainOf(windows, inside);
  return firstPlace(plain, foldLast(ops.max, plain), inside, broadcastTo(places, windows.shape));
}

/** Each element's place in row-major order of the last `rank` axes of an image: int32 of shape [1, 1, …]. */
export function placesIn(image: Node, rank: number): Node {
  const spatial = image.shape.slice(-rank);
  return reshapeNode(ops.iotaNode([sizeOf(spatial)], 0), internShape([1, 1, ...spatial]));
}
