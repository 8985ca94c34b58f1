/**
 * Pooling to a result of a given size: window i of n along an axis of L elements reaches from ⌊i·L/n⌋ up to ⌈(i+1)·L/n⌉.
 */
import { floatOf } from '../base/dtype.js';
import { ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOf, reshapeNode } from './operands.js';
import { batched, type PerAxis, perAxis, type Rank, unbatched } from './spatial.js';
import { Tensor } from './tensor.js';
import { largest, withOneOffset } from './windows.js';

interface Parts {
  /** The axis as two: windows and the elements of each. */
  readonly windows: Node;
  /** How many elements each window has, along the axis of the windows; null where all have as many. */
  readonly counts: Node | null;
}

/** `values` along `axis` of a tensor with as many axes as `shape`. */
function along(values: readonly number[], axis: number, shape: Shape): Node {
  const node = ops.dataNode(new Storage('int32', values.length, Int32Array.from(values)), internShape([values.length]));
  return reshapeNode(node, internShape([values.length, ...new Array<number>(shape.length - axis - 1).fill(1)]));
}

/** An axis of x in n windows. */
function parted(x: Node, axis: number, n: number): Parts {
  const { shape } = x;
  const length = shape[axis]!;
  const from = Array.from({ length: n }, (_, i) => Math.floor((i * length) / n));
  const counts = from.map((start, i) => Math.ceil(((i + 1) * length) / n) - start);
  const most = Math.max(...counts);
  const split = internShape([...shape.slice(0, axis), n, most, ...shape.slice(axis + 1)]);
  if (most * n === length) return { windows: reshapeNode(x, split), counts: null };
  // Windows of unequal sizes are read through a table, whose places behind a window's end are left out later.
  const table = Int32Array.from(
    from.flatMap((start) => Array.from({ length: most }, (_, k) => Math.min(start + k, length - 1))),
  );
  const places = ops.dataNode(new Storage('int32', n * most, table), internShape([n, most]));
  return { windows: apply(ops.gather, [x, places], { axis }), counts: along(counts, axis, split) };
}

/** Which elements of windows of `shape`, whose elements `axis` + 1 counts, belong to them; null where all do. */
const insideOf = (counts: Node | null, axis: number, shape: Shape): Node | null =>
  counts && apply(ops.lt, [ops.iotaNode(shape, axis + 1), broadcastTo(counts, shape)]);

/** `axis` averaged to n elements. */
function averaged(x: Node, axis: number, n: number): Node {
  if (x.shape[axis] === n) return x;
  const { windows, counts } = parted(x, axis, n);
  const { shape, dtype } = windows;
  const inside = insideOf(counts, axis, shape);
  const taken = inside ? apply(ops.where, [inside, windows, ops.constantNode(0, shape, dtype)]) : windows;
  const total = apply(ops.sum, [taken], { axes: [axis + 1] });
  const divisor = counts
    ? broadcastTo(castNode(counts, dtype), total.shape)
    : ops.constantNode(shape[axis + 1]!, total.shape, dtype);
  return reshapeNode(
    apply(ops.div, [total, divisor]),
    internShape([...shape.slice(0, axis + 1), ...shape.slice(axis + 2)]),
  );
}

/** The mean of each window is that of means along one axis after the other. */
const average = (_: string, image: Node, size: readonly number[]): Node =>
  size.reduce((x, n, i) => averaged(x, 2 + i, n), castNode(image, floatOf(image.dtype)));

function maximum(op: string, image: Node, size: readonly number[]): Node {
  let x = image;
  const counted = size.map((n, i) => {
    const { windows, counts } = parted(x, 2 + 2 * i, n);
    x = windows;
    return counts;
  });
  const inside = counted
    .map((counts, i) => {
      const trailing =
        counts && reshapeNode(counts, internShape([counts.shape[0]!, ...x.shape.slice(3 + 2 * i).map(() => 1)]));
      return insideOf(trailing, 2 + 2 * i, x.shape);
    })
    .reduce((a, b) => (a && b ? apply(ops.and, [a, b]) : (a ?? b)));
  const places = size.map((_, i) => 2 + 2 * i);
  const ordered = (node: Node): Node => {
    const turned = apply(ops.permute, [node], { axes: [0, 1, ...places, ...places.map((axis) => axis + 1)] });
    return withOneOffset(turned, turned.shape.slice(-size.length));
  };
  return largest(op, ordered(x), inside && ordered(inside));
}

const adaptive =
  (op: string, rank: Rank, pooled: (op: string, image: Node, size: readonly number[]) => Node) =>
  (x: Tensor, size: PerAxis): Tensor => {
    const given = nodeOf(op, x);
    const image = batched(op, given, rank);
    const wanted = perAxis(op, 'the size', size, rank, 1);
    if (image.shape.slice(2).includes(0))
      throw new ShapeError(`${op}: the input of shape ${showShape(given.shape)} has no elements to pool`);
    return new Tensor(unbatched(pooled(op, image, wanted), given.shape));
  };

/**
 * x [batch, channels, length] averaged to `size` elements; see {@link adaptiveAvgPool2d}.
 * @example
 * adaptiveAvgPool1d(tensor([[1, 2, 3, 4, 5]]), 2) // [[2, 4]]
 */
export const adaptiveAvgPool1d = adaptive('adaptiveAvgPool1d', 1, average);

/**
 * x [batch, channels, height, width] averaged to a `size` of [height, width]. Window i of n along an axis of L elements reaches
 * from ⌊i·L/n⌋ up to ⌈(i+1)·L/n⌉.
 * @throws ShapeError for an empty image, ArgumentError for sizes below 1
 * @example
 * adaptiveAvgPool2d(tensor([[[1, 2], [3, 6]]]), 1) // [[[3]]]
 */
export const adaptiveAvgPool2d = adaptive('adaptiveAvgPool2d', 2, average);

/**
 * x [batch, channels, depth, height, width] averaged to `size`; see {@link adaptiveAvgPool2d}.
 * @example
 * adaptiveAvgPool3d(ones([1, 3, 4, 5, 6]), [1, 2, 3]).shape // [1, 3, 1, 2, 3]
 */
export const adaptiveAvgPool3d = adaptive('adaptiveAvgPool3d', 3, average);

/**
 * The largest elements of x [batch, channels, length] in `size` windows; see {@link adaptiveMaxPool2d}.
 * @example
 * adaptiveMaxPool1d(tensor([[1, 2, 3, 4, 5]]), 2) // [[3, 5]]
 */
export const adaptiveMaxPool1d = adaptive('adaptiveMaxPool1d', 1, maximum);

/**
 * The largest elements of x [batch, channels, height, width] in `size` [height, width] windows, which lie as those of
 * {@link adaptiveAvgPool2d}. The gradient goes to the first of equal elements in row-major order.
 * @throws ShapeError for an empty image, ArgumentError for sizes below 1
 * @example
 * adaptiveMaxPool2d(tensor([[[1, 2], [3, 6]]]), 1) // [[[6]]]
 */
export const adaptiveMaxPool2d = adaptive('adaptiveMaxPool2d', 2, maximum);

/**
 * The largest elements of x [batch, channels, depth, height, width] in `size` windows; see {@link adaptiveMaxPool2d}.
 * @example
 * adaptiveMaxPool3d(ones([1, 3, 4, 5, 6]), 2).shape // [1, 3, 2, 2, 2]
 */
export const adaptiveMaxPool3d = adaptive('adaptiveMaxPool3d', 3, maximum);
