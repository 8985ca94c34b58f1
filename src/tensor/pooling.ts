/**
 * Pooling: every window of an image folded into one value.
 */
import { floatOf, isFloat } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOf, reshapeNode } from './operands.js';
import { type Border, batched, bordered, expectFit, type PerAxis, perAxis, slid, unbatched } from './spatial.js';
import { Tensor } from './tensor.js';

export interface PoolOptions {
  /** How far neighbouring windows lie apart; the size of the window unless told. */
  stride?: PerAxis;
  /** Elements added on both sides of each spatial axis, at most half a window. 0 unless told. */
  padding?: PerAxis;
  /** Whether a last window that reaches over the end counts (it must begin inside). No unless told. */
  ceilMode?: boolean;
}
export interface MaxPoolOptions extends PoolOptions {
  /** How far neighbouring elements of a window lie apart. 1 unless told. */
  dilation?: PerAxis;
}
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding counts as elements of value 0 in the mean. Yes unless told. */
  countIncludePad?: boolean;
}

/** How the windows of one pooling lie. `reach` is by how much the last ones reach over the padded end. */
interface Windows {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly reach: readonly number[];
}

const RANK = 2 as const;

function windowsOf(op: string, shape: Shape, kernel: PerAxis, options: MaxPoolOptions): Windows {
  const size = perAxis(op, 'the window', kernel, RANK, 1);
  const stride = perAxis(op, 'the stride', options.stride ?? size, RANK, 1);
  const dilation = perAxis(op, 'the dilation', options.dilation ?? 1, RANK, 1);
  const padding = perAxis(op, 'the padding', options.padding ?? 0, RANK, 0);
  const odd = padding.findIndex((n, i) => 2 * n > size[i]!);
  if (odd >= 0)
    throw new ArgumentError(
      `${op}: padding ${padding[odd]} is more than half of the window's ${size[odd]}: a window could lie in the padding alone`,
    );
  expectFit(
    op,
    shape,
    size,
    dilation,
    padding.map((n) => [n, n]),
  );
  const reach = size.map((n, i) => {
    if (!options.ceilMode) return 0;
    const length = shape[shape.length - RANK + i]!;
    const over = length + 2 * padding[i]! - (n - 1) * dilation[i]! - 1;
    const last = Math.ceil(over / stride[i]!);
    // One that would begin in the padding behind the end is left out.
    const count = last * stride[i]! >= length + padding[i]! ? last : last + 1;
    return Math.max(0, (count - 1) * stride[i]! - over);
  });
  return { size, stride, dilation, padding, reach };
}

const bordersOf = ({ padding, reach }: Windows): Border[] => padding.map((n, i) => [n, n + reach[i]!]);

const hasBorder = (w: Windows): boolean => bordersOf(w).some(([before, after]) => before + after > 0);

/** The windows of x, one axis of offsets at the end. */
function windowed(x: Node, w: Windows): Node {
  const slides = slid(bordered(x, bordersOf(w)), w);
  const { shape } = slides;
  return reshapeNode(slides, internShape([...shape.slice(0, shape.length - RANK), sizeOf(w.size)]));
}

/** A fold over the last axis, which is dropped. */
function folded(op: typeof ops.sum, x: Node): Node {
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
  const first = folded(ops.min, apply(ops.where, [found, place, none]));
  return apply(ops.eq, [place, asColumn(first, shape)]);
}

/**
 * The largest element of every window of x [batch, channels, height, width]; NaN where one is NaN. The gradient goes to the
 * first of equal elements in row-major order.
 * @throws ShapeError when a window does not fit, ArgumentError for options out of range
 */
export function maxPool2d(x: Tensor, kernel: PerAxis, options: MaxPoolOptions = {}): Tensor {
  const op = 'maxPool2d';
  const given = nodeOf(op, x);
  const image = batched(op, given, RANK);
  const w = windowsOf(op, image.shape, kernel, options);
  // Outside the image stands what no element is smaller than.
  const inside = hasBorder(w) ? windowed(ops.constantNode(1, image.shape, 'bool'), w) : null;
  const outside = ops.max.initial(image.dtype);
  const at = (node: Node): Node =>
    inside ? apply(ops.where, [inside, node, ops.constantNode(outside, node.shape, node.dtype)]) : node;
  const windows = windowed(image, w);
  const plain = at(ops.detachNode(windows));
  const value = folded(ops.max, plain);
  if (!windows.needsGrad) return new Tensor(unbatched(value, given.shape));
  // The value is the plain maximum; only a gradient asks which element it was.
  const chosen = firstLargest(plain, value, inside);
  const zeros = ops.constantNode(0, windows.shape, windows.dtype);
  const source = folded(ops.sum, apply(ops.where, [chosen, windows, zeros]));
  const result = apply(ops.custom, [value, source], { name: op, backward: (g: Node) => [g] });
  return new Tensor(unbatched(result, given.shape));
}

/**
 * The mean of every window of x [batch, channels, height, width].
 * @throws ShapeError when a window does not fit, ArgumentError for options out of range
 */
export function avgPool2d(x: Tensor, kernel: PerAxis, options: AvgPoolOptions = {}): Tensor {
  const op = 'avgPool2d';
  const given = nodeOf(op, x);
  const whole = batched(op, given, RANK);
  const image = castNode(whole, floatOf(whole.dtype));
  const w = windowsOf(op, image.shape, kernel, options);
  const total = folded(ops.sum, windowed(image, w));
  const count = elementsCounted(w, image, options.countIncludePad ?? true);
  return new Tensor(unbatched(apply(ops.div, [total, broadcastTo(count, total.shape)]), given.shape));
}

/** How many elements each window's mean is of. What lies behind the padding never counts. */
function elementsCounted(w: Windows, image: Node, countPadding: boolean): Node {
  const { dtype } = image;
  const all = ops.constantNode(sizeOf(w.size), internShape([]), dtype);
  if (countPadding ? w.reach.every((n) => n === 0) : !hasBorder(w)) return all;
  const [height, width] = image.shape.slice(-RANK) as [number, number];
  const [y, x] = countPadding ? w.padding : [0, 0];
  const counted = ops.constantNode(1, internShape([height + 2 * y!, width + 2 * x!]), dtype);
  return folded(ops.sum, windowed(counted, countPadding ? { ...w, padding: [0, 0] } : w));
}

/**
 * x [batch, channels, height, width] averaged to `size` [height, width]: window i of n along an axis of L elements reaches
 * from ⌊i·L/n⌋ up to ⌈(i+1)·L/n⌉.
 * @throws ShapeError for an empty image, ArgumentError for sizes below 1
 */
export function adaptiveAvgPool2d(x: Tensor, size: PerAxis): Tensor {
  const op = 'adaptiveAvgPool2d';
  const given = nodeOf(op, x);
  const whole = batched(op, given, RANK);
  const wanted = perAxis(op, 'the size', size, RANK, 1);
  let image = castNode(whole, floatOf(whole.dtype));
  if (image.shape.slice(2).includes(0))
    throw new ShapeError(`${op}: the input of shape ${showShape(given.shape)} has no elements to average`);
  wanted.forEach((n, i) => {
    image = averaged(image, 2 + i, n);
  });
  return new Tensor(unbatched(image, given.shape));
}

/** `axis` averaged to n elements. */
function averaged(x: Node, axis: number, n: number): Node {
  const { shape, dtype } = x;
  const length = shape[axis]!;
  if (length === n) return x;
  const from = Array.from({ length: n }, (_, i) => Math.floor((i * length) / n));
  const counts = from.map((start, i) => Math.ceil(((i + 1) * length) / n) - start);
  const most = Math.max(...counts);
  const even = counts.every((c) => c === most) && most * n === length;
  // Windows of unequal sizes are read through a table, whose places behind a window's end are left out of the sum.
  const table = Int32Array.from(
    from.flatMap((start) => Array.from({ length: most }, (_, k) => Math.min(start + k, length - 1))),
  );
  const places = ops.dataNode(new Storage('int32', n * most, table), internShape([n, most]));
  const split = internShape([...shape.slice(0, axis), n, most, ...shape.slice(axis + 1)]);
  const windows = even ? reshapeNode(x, split) : apply(ops.gather, [x, places], { axis });
  const along = (list: readonly number[]): Node => {
    const values = ops.dataNode(new Storage('int32', n, Int32Array.from(list)), internShape([n]));
    return reshapeNode(values, internShape([n, ...new Array<number>(split.length - axis - 1).fill(1)]));
  };
  const taken = even
    ? windows
    : apply(ops.where, [
        apply(ops.lt, [ops.iotaNode(split, axis + 1), broadcastTo(along(counts), split)]),
        windows,
        ops.constantNode(0, split, dtype),
      ]);
  const total = apply(ops.sum, [taken], { axes: [axis + 1] });
  const divisor = even
    ? ops.constantNode(most, total.shape, dtype)
    : broadcastTo(castNode(along(counts), dtype), total.shape);
  return reshapeNode(
    apply(ops.div, [total, divisor]),
    internShape([...shape.slice(0, axis), n, ...shape.slice(axis + 1)]),
  );
}
