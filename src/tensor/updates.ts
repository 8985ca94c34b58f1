/**
 * Updates of a part of a tensor as functions, after JAX: `x.at(…).set(v)` is x with v there, and x stays as it is.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { broadcastShapes, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOf, numberLike, reshapeNode, type TensorLike } from './operands.js';
import { partOf, type Range, spelledOut } from './ranges.js';
import { index, slice } from './slicing.js';
import { cutOut, listed, type Scatter, type Spots } from './spots.js';
import { Tensor } from './tensor.js';

/** A range, as slice() takes it; or, once, a list of indices or a bool mask, as index() takes them. */
export type Place = Range | Tensor | Int32Array;

const isListed = (place: Place): place is Tensor | Int32Array => place instanceof Tensor || place instanceof Int32Array;
const isRange = (place: Place): place is Range => !isListed(place);

/** What a part of a tensor can become. Values broadcast to the shape of the part, and take the dtype of the tensor. */
export interface Updates {
  /** The part itself. */
  get(): Tensor;
  /** The values in its place; where indices repeat, the last stays. */
  set(values: TensorLike): Tensor;
  /** The values added; where indices repeat, they add up. */
  add(values: TensorLike): Tensor;
  /** Times the values; where indices repeat, times each. */
  multiply(values: TensorLike): Tensor;
  /** The smaller of both. */
  min(values: TensorLike): Tensor;
  /** The larger of both. */
  max(values: TensorLike): Tensor;
}

/** The part of x, which has one list among the places. */
function picked(x: Tensor, places: readonly Place[]): Tensor {
  const list = places.find(isListed)!;
  const at = places.indexOf(list);
  // A mask covers as many axes as it has.
  const covered = list instanceof Tensor && list.dtype === 'bool' ? list.ndim : 1;
  const rest = new Array<null>(Math.max(0, covered - 1)).fill(null);
  const entries = spelledOut<Place>([...places.slice(0, at + 1), ...rest, ...places.slice(at + 1)], x.shape);
  const before = entries.slice(0, entries.findIndex(isListed));
  const ranges = entries.map((place) => (isListed(place) ? null : place));
  return index(slice(x, ...ranges), list, before.filter((place) => typeof place !== 'number').length);
}

/**
 * The part of x at these places, to be set or updated in a new tensor. Ranges are those of slice(): one for each axis, `'...'` and
 * `'newaxis'`. One list of indices (a tensor or an Int32Array; a plain array is a range) or one bool mask, which is computed
 * at once, may stand among them. Repeated indices count one after another, in their order, on any number of threads.
 * @throws ArgumentError for a second list, ShapeError for values that do not fit, IndexError when the value is computed and an
 * index is out of range
 * @example
 * at(tensor([1, 2, 3, 4]), [1, 3]).set(0) // [1, 0, 0, 4]
 * at(tensor([1, 2, 3]), Int32Array.of(0, 0, 2)).add(10) // [21, 2, 13]
 * at(tensor([[1, 2], [3, 4]]), '...', 0).multiply(tensor([10, 100])) // [[10, 2], [300, 4]]
 */
export function at(x: Tensor, ...places: Place[]): Updates {
  const node = nodeOf('at', x);
  const ranges = places.filter(isRange);
  const isCut = ranges.length === places.length;
  if (places.length - ranges.length > 1)
    throw new ArgumentError(
      'at: takes one list of indices or mask beside ranges; two lists are one of places in row-major order, as in ' +
        'x.reshape(-1).at(rows.mul(width).add(columns))',
    );
  const part = (of: Tensor): Tensor => (isCut ? slice(of, ...ranges) : picked(of, places));
  const spots = (): Spots => {
    if (isCut) return cutOut(node.shape, partOf(node.shape, ranges));
    const own = ops.iotaNode([sizeOf(node.shape)], 0);
    return listed(node.shape, part(new Tensor(reshapeNode(own, node.shape))).node);
  };
  const fitted = (name: string, values: TensorLike, { shape }: Spots): Node => {
    const op = `at(…).${name}`;
    if (typeof values === 'number') return numberLike(op, values, shape, node.dtype);
    const given = castNode(nodeOf(op, values), node.dtype);
    if (!sameShape(broadcastShapes(given.shape, shape, op), shape))
      throw new ShapeError(
        `${op}: values of shape ${showShape(given.shape)} do not fit into a part of ${showShape(shape)}`,
      );
    return broadcastTo(given, shape);
  };
  const folding =
    (name: string, scatter: Scatter) =>
    (values: TensorLike): Tensor => {
      const there = spots();
      return new Tensor(apply(scatter.combine, [node, there.fold(scatter, fitted(name, values, there))], undefined));
    };
  return {
    get: () => part(x),
    set: (values) => {
      const there = spots();
      return new Tensor(there.set(node, fitted('set', values, there)));
    },
    add: folding('add', ops.scatterAdd),
    multiply: folding('multiply', ops.scatterProd),
    min: folding('min', ops.scatterMin),
    max: folding('max', ops.scatterMax),
  };
}
