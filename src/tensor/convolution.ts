/**
 * Convolution (cross-correlation, as deep learning means it): the contraction of an input's windows with a weight. The
 * windows are index arithmetic of the contraction; no copy of the input with every window written out is ever stored.
 */
import { promote } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { internShape } from '../base/shape.js';
import { apply } from '../ir/node.js';
import { provideWindows } from '../lower/index.js';
import { lowerSliding } from '../lower/sliding.js';
import * as ops from '../ops/index.js';
import { expectChannels, finished, grouped, LABEL, labelsFrom } from './channels.js';
import { castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import { type Border, batched, bordered, expectFit, type PerAxis, perAxis, type Rank, slid } from './spatial.js';
import type { Tensor } from './tensor.js';

/** Options of convolutions. */
export interface ConvolutionOptions {
  /** How far neighbouring windows lie apart: a number, or one for each spatial axis. 1 unless told. */
  stride?: PerAxis;
  /**
   * Zeros on both sides of each spatial axis: a number, or one for each; `'valid'` is none, `'same'` as many as keep the
   * size (stride 1 only; where their number is odd, the end gets one more). 0 unless told.
   */
  padding?: PerAxis | 'same' | 'valid';
  /** How far neighbouring elements of a window lie apart. 1 unless told. */
  dilation?: PerAxis;
  /** Channels in so many groups, each seen by its own part of the output channels. 1 unless told. */
  groups?: number;
}

/** A convolution of one rank: the input, the weight, perhaps a bias, options. */
export type Convolution = (x: Tensor, weight: Tensor, bias?: Tensor | null, options?: ConvolutionOptions) => Tensor;

function bordersOf(
  op: string,
  padding: PerAxis | 'same' | 'valid',
  size: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): readonly Border[] {
  if (padding === 'valid') return size.map(() => [0, 0]);
  if (padding === 'same') {
    const wide = stride.find((s) => s !== 1);
    if (wide !== undefined)
      throw new ArgumentError(`${op}: padding 'same' needs stride 1, got stride ${wide}: give the padding as a number`);
    return size.map((n, i) => {
      const total = (n - 1) * dilation[i]!;
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  if (typeof padding === 'string')
    throw new ArgumentError(
      `${op}: padding is a number, one for each spatial axis, 'same' or 'valid', got ${showKind(padding)}`,
    );
  return perAxis(op, 'the padding', padding, size.length, 0).map((n) => [n, n]);
}

const convolution =
  (op: string, rank: Rank): Convolution =>
  (input, kernel, offset = null, options = {}) => {
    provideWindows(lowerSliding);
    const [given, w, bias] = [nodeOf(op, input), nodeOf(op, kernel), offset && nodeOf(op, offset)];
    const { groups = 1 } = options;
    const x = batched(op, given, rank);
    expectChannels(op, x, w, bias, groups, rank, false);
    const size = w.shape.slice(2);
    const stride = perAxis(op, 'the stride', options.stride ?? 1, rank, 1);
    const dilation = perAxis(op, 'the dilation', options.dilation ?? 1, rank, 1);
    const borders = bordersOf(op, options.padding ?? 0, size, stride, dilation);
    expectFit(op, x.shape, size, dilation, borders);

    const dtype = promote(x.dtype, w.dtype);
    const parts = grouped(castNode(x, dtype), 1, groups);
    const windows = slid(bordered(parts, borders), { size, stride, dilation });
    const group = groups === 1 ? [] : [LABEL.group];
    const [places, offsets] = [labelsFrom(LABEL.position, rank), labelsFrom(LABEL.offset, rank)];
    const y = apply(ops.contract, [grouped(castNode(w, dtype), 0, groups), windows], {
      a: [...group, LABEL.output, LABEL.input, ...offsets],
      b: [LABEL.batch, ...group, LABEL.input, ...places, ...offsets],
      out: [LABEL.batch, ...group, LABEL.output, ...places],
    });
    const shape = internShape([x.shape[0]!, w.shape[0]!, ...y.shape.slice(-rank)]);
    return finished(reshapeNode(y, shape), bias, given, rank);
  };

/**
 * The convolution of x [batch, channels, length] with weight [outputs, channels / groups, kernel], plus bias [outputs]:
 * [batch, outputs, windows]. Without a batch axis the result has none.
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * conv1d(tensor([[1, 2, 3, 4]]), tensor([[[1, -1]]])) // [[-1, -1, -1]]
 */
export const conv1d = convolution('conv1d', 1);

/**
 * The convolution of x [batch, channels, height, width] with weight [outputs, channels / groups, kernel height, kernel
 * width], plus bias [outputs]: [batch, outputs, height, width] of the windows. Without a batch axis the result has none.
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * conv2d(ones([1, 3, 8, 8]), ones([4, 3, 3, 3]), null, { padding: 'same' }).shape // [1, 4, 8, 8]
 */
export const conv2d = convolution('conv2d', 2);

/**
 * As {@link conv2d} in three dimensions: x [batch, channels, depth, height, width], weight [outputs, channels / groups, …kernel].
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * conv3d(ones([1, 2, 4, 5, 6]), ones([3, 2, 2, 2, 2])).shape // [1, 3, 3, 4, 5]
 */
export const conv3d = convolution('conv3d', 3);
