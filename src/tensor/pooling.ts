/**
 * Pooling: every window of an image, a sequence or a volume folded into one value.
 */
import { floatOf } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { internShape, SCALAR, type Shape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOf } from './operands.js';
import {
  type Border,
  batched,
  bordered,
  expectFit,
  type PerAxis,
  perAxis,
  type Rank,
  type Sliding,
  slid,
  unbatched,
} from './spatial.js';
import { Tensor } from './tensor.js';
import { foldLast, largest, withOneOffset } from './windows.js';

export interface PoolOptions {
  /** How far neighbouring windows lie apart; the size of the window unless told. */
  stride?: PerAxis;
  /** Elements added on both sides of each spatial axis, at most half a window. 0 unless told. */
  padding?: PerAxis;
  /** Whether a last window that reaches over the end counts (it must begin inside). No unless told. */
  ceilMode?: boolean;
}
/** Options of pooling by the largest element. */
export interface MaxPoolOptions extends PoolOptions {
  /** How far neighbouring elements of a window lie apart. 1 unless told. */
  dilation?: PerAxis;
}
/** Options of pooling by the mean. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding counts as elements of value 0 in the mean. Yes unless told. */
  countIncludePad?: boolean;
}

/** How the windows of one pooling lie. `reach` is by how much the last ones reach over the padded end. */
interface Windows extends Sliding {
  readonly padding: readonly number[];
  readonly reach: readonly number[];
}

function windowsOf(op: string, shape: Shape, kernel: PerAxis, options: MaxPoolOptions, rank: Rank): Windows {
  const size = perAxis(op, 'the window', kernel, rank, 1);
  const stride = perAxis(op, 'the stride', options.stride ?? size, rank, 1);
  const dilation = perAxis(op, 'the dilation', options.dilation ?? 1, rank, 1);
  const padding = perAxis(op, 'the padding', options.padding ?? 0, rank, 0);
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
    const length = shape[shape.length - rank + i]!;
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
const windowed = (x: Node, w: Windows): Node => withOneOffset(slid(bordered(x, bordersOf(w)), w), w.size);

type AnyOptions = MaxPoolOptions & AvgPoolOptions;

/** A pooling with options, and without a batch axis where the input has none. */
const pooling =
  <Options extends AnyOptions>(
    op: string,
    rank: Rank,
    pooled: (op: string, image: Node, kernel: PerAxis, options: AnyOptions, rank: Rank) => Node,
  ) =>
  (x: Tensor, kernel: PerAxis, options?: Options): Tensor => {
    const given = nodeOf(op, x);
    return new Tensor(unbatched(pooled(op, batched(op, given, rank), kernel, options ?? {}, rank), given.shape));
  };

function maximum(op: string, image: Node, kernel: PerAxis, options: MaxPoolOptions, rank: Rank): Node {
  const w = windowsOf(op, image.shape, kernel, options, rank);
  const inside = hasBorder(w) ? windowed(ops.constantNode(1, image.shape, 'bool'), w) : null;
  return largest(op, windowed(image, w), inside);
}

function average(op: string, given: Node, kernel: PerAxis, options: AvgPoolOptions, rank: Rank): Node {
  const image = castNode(given, floatOf(given.dtype));
  const w = windowsOf(op, image.shape, kernel, options, rank);
  const total = foldLast(ops.sum, windowed(image, w));
  const count = elementsCounted(w, image, options.countIncludePad ?? true);
  return apply(ops.div, [total, broadcastTo(count, total.shape)]);
}

/** How many elements each window's mean is of. What lies behind the padding never counts. */
function elementsCounted(w: Windows, { shape, dtype }: Node, countPadding: boolean): Node {
  if (countPadding ? w.reach.every((n) => n === 0) : !hasBorder(w))
    return ops.constantNode(sizeOf(w.size), SCALAR, dtype);
  const none = w.padding.map(() => 0);
  const padding = countPadding ? w.padding : none;
  const sizes = padding.map((n, i) => shape[shape.length - padding.length + i]! + 2 * n);
  const counted = ops.constantNode(1, internShape(sizes), dtype);
  return foldLast(ops.sum, windowed(counted, countPadding ? { ...w, padding: none } : w));
}

/**
 * The largest element of every window of x [batch, channels, length]; see {@link maxPool2d}.
 * @example
 * maxPool1d(tensor([[1, 3, 2, 5]]), 2) // [[3, 5]]
 */
export const maxPool1d = pooling<MaxPoolOptions>('maxPool1d', 1, maximum);

/**
 * The largest element of every window of x [batch, channels, height, width]; NaN where one is NaN. The gradient goes to the
 * first of equal elements in row-major order.
 * @throws ShapeError when a window does not fit, ArgumentError for options out of range
 * @example
 * maxPool2d(tensor([[[1, 3], [2, 5]]]), 2) // [[[5]]]
 */
export const maxPool2d = pooling<MaxPoolOptions>('maxPool2d', 2, maximum);

/**
 * The largest element of every window of x [batch, channels, depth, height, width]; see {@link maxPool2d}.
 * @example
 * maxPool3d(ones([1, 4, 6, 8]), [1, 2, 2]).shape // [1, 4, 3, 4]
 */
export const maxPool3d = pooling<MaxPoolOptions>('maxPool3d', 3, maximum);

/**
 * The mean of every window of x [batch, channels, length]; see {@link avgPool2d}.
 * @example
 * avgPool1d(tensor([[1, 3, 2, 5]]), 2) // [[2, 3.5]]
 */
export const avgPool1d = pooling<AvgPoolOptions>('avgPool1d', 1, average);

/**
 * The mean of every window of x [batch, channels, height, width].
 * @throws ShapeError when a window does not fit, ArgumentError for options out of range
 * @example
 * avgPool2d(tensor([[[1, 3], [2, 6]]]), 2) // [[[3]]]
 */
export const avgPool2d = pooling<AvgPoolOptions>('avgPool2d', 2, average);

/**
 * The mean of every window of x [batch, channels, depth, height, width]; see {@link avgPool2d}.
 * @example
 * avgPool3d(ones([1, 4, 6, 8]), 2).shape // [1, 2, 3, 4]
 */
export const avgPool3d = pooling<AvgPoolOptions>('avgPool3d', 3, average);
