/**
 * The reverse of pooling by maxima: every value goes back to the place where it was the largest, and all else is 0.
 */
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { sameShape, showShape, sizeOf } from '../base/shape.js';
import { type PerAxis, reshape, scatter, type Tensor, zeros } from '../tensor/index.js';
import { nodeOf } from '../tensor/operands.js';
import { batched, perAxis, type Rank } from '../tensor/spatial.js';
import { optionsText } from './layer-options.js';
import { Module } from './module.js';

/** Where the windows of the pooling lay. */
export interface MaxUnpoolOptions {
  /** How far neighbouring windows lay apart; the size of the window unless told. */
  stride?: PerAxis;
  /** What the pooling added on both sides of each spatial axis. 0 unless told. */
  padding?: PerAxis;
  /** The spatial size of the result, less than a stride from what the windows tell; that unless told. */
  outputSize?: PerAxis;
}

/** The spatial size of what was pooled. */
function outputSize(op: string, pooled: readonly number[], kernel: PerAxis, options: MaxUnpoolOptions): number[] {
  const rank = pooled.length;
  const size = perAxis(op, 'the window', kernel, rank, 1);
  const stride = perAxis(op, 'the stride', options.stride ?? size, rank, 1);
  const padding = perAxis(op, 'the padding', options.padding ?? 0, rank, 0);
  const least = pooled.map((n, i) => (n - 1) * stride[i]! - 2 * padding[i]! + size[i]!);
  if (options.outputSize === undefined) return least;
  const wanted = perAxis(op, 'the output size', options.outputSize, rank, 1);
  wanted.forEach((n, i) => {
    if (Math.abs(n - least[i]!) < stride[i]!) return;
    throw new ArgumentError(
      `${op}: along spatial axis ${i} windows of ${size[i]}, ${stride[i]} apart, are of an input of less than ${stride[i]} more or fewer elements than ${least[i]}; ` +
        `the output size is ${n}`,
    );
  });
  return [...wanted];
}

const unpooling =
  (op: string, rank: Rank) =>
  (x: Tensor, indices: Tensor, kernel: PerAxis, options: MaxUnpoolOptions = {}): Tensor => {
    const { shape } = batched(op, nodeOf(op, x), rank);
    const places = nodeOf(op, indices);
    if (places.dtype !== 'int32') throw new DTypeError(`${op}: the indices must be int32, got ${places.dtype}`);
    if (!sameShape(places.shape, x.shape))
      throw new ShapeError(
        `${op}: the values have shape ${showShape(x.shape)}, the indices ${showShape(places.shape)}; they must be equal`,
      );
    const [batch = 0, channels = 0, ...pooled] = shape;
    const spatial = outputSize(op, pooled, kernel, options);
    const flat = [batch, channels, sizeOf(pooled)];
    const empty = zeros([batch, channels, sizeOf(spatial)], { dtype: x.dtype });
    const filled = scatter(empty, 2, reshape(indices, flat), reshape(x, flat));
    return reshape(filled, [...x.shape.slice(0, -rank), ...spatial]);
  };

/**
 * The values of x [batch, channels, length] at the places from which {@link maxPool1d} took them; see {@link maxUnpool2d}.
 * @example
 * maxUnpool1d(tensor([[3, 5]]), tensor([[1, 3]], { dtype: 'int32' }), 2) // [[0, 3, 0, 5]]
 */
export const maxUnpool1d = unpooling('maxUnpool1d', 1);

/**
 * The values of x [batch, channels, height, width] at the places (`indices`, int32 of x's shape) from which {@link maxPool2d} took them, and 0
 * elsewhere. Where windows overlap and a place repeats, the last value stays, and the gradient flows to that one. Without a batch axis the result has none.
 * @throws ShapeError unless values and indices have one shape, DTypeError for other indices than int32, ArgumentError for options that do not
 * fit, IndexError when the value is computed and an index is out of range
 * @example
 * const { values, indices } = maxPool2d(tensor([[[1, 3], [2, 5]]]), 2, { returnIndices: true });
 * maxUnpool2d(values, indices, 2) // [[[0, 0], [0, 5]]]
 */
export const maxUnpool2d = unpooling('maxUnpool2d', 2);

/**
 * The values of x [batch, channels, depth, height, width] at the places from which {@link maxPool3d} took them; see {@link maxUnpool2d}.
 * @example
 * maxUnpool3d(ones([1, 1, 1, 1]), tensor([[[[5]]]], { dtype: 'int32' }), 2) // [[[[0, 0], [0, 0]], [[0, 1], [0, 0]]]]
 */
export const maxUnpool3d = unpooling('maxUnpool3d', 3);

/** The reverse of a pooling by maxima with windows of one size. */
abstract class MaxUnpool extends Module {
  constructor(
    /** The size of a window of the pooling: a number, or one for each spatial axis. */
    readonly kernelSize: PerAxis,
    /** Where the windows lay. */
    protected readonly options: MaxUnpoolOptions = {},
  ) {
    super();
  }

  protected override describe(): string {
    return `${JSON.stringify(this.kernelSize)}${optionsText(this.options)}`;
  }
}

/** Values at the places from which a pooling took them: {@link maxUnpool1d}. */
export class MaxUnpool1d extends MaxUnpool {
  forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool1d(x, indices, this.kernelSize, this.options);
  }
}

/** Values at the places from which a pooling took them: {@link maxUnpool2d}. */
export class MaxUnpool2d extends MaxUnpool {
  forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool2d(x, indices, this.kernelSize, this.options);
  }
}

/** Values at the places from which a pooling took them: {@link maxUnpool3d}. */
export class MaxUnpool3d extends MaxUnpool {
  forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool3d(x, indices, this.kernelSize, this.options);
  }
}
