/**
 * Convolution (cross-correlation, as deep learning means it): the contraction of an input's windows with a weight. The
 * windows are index arithmetic of the contraction; no copy of the input with every window written out is ever stored.
 * A transposed convolution is its adjoint, which is what its gradient for the input is too.
 */
import { floatOf, promote } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import {
  type Border,
  batched,
  bordered,
  expectFit,
  type PerAxis,
  perAxis,
  type Rank,
  SPATIAL_AXES,
  slid,
  unbatched,
  unslid,
} from './spatial.js';
import { Tensor } from './tensor.js';

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

export interface TransposedConvolutionOptions {
  /** How far the kernels of neighbouring elements lie apart: a number, or one for each spatial axis. 1 unless told. */
  stride?: PerAxis;
  /** How many elements of the result are left out on both sides of each spatial axis. 0 unless told. */
  padding?: PerAxis;
  /** How many more elements the result has at the end of each spatial axis; fewer than the stride or the dilation. 0 unless told. */
  outputPadding?: PerAxis;
  /** How far neighbouring elements of the kernel lie apart. 1 unless told. */
  dilation?: PerAxis;
  /** Channels in so many groups, each making its own part of the output channels. 1 unless told. */
  groups?: number;
}

/** What the axes are called within the contraction; spatial axes count up from POSITION and OFFSET. */
const [BATCH, GROUP, INPUT, OUTPUT, POSITION, OFFSET] = [0, 1, 2, 3, 10, 20];

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

/**
 * @param swapped whether the weight's first axis is that of the input channels, as in a transposed convolution
 * @throws ShapeError, ArgumentError unless channels, groups, weight and bias fit each other
 */
function expectChannels(
  op: string,
  x: Node,
  weight: Node,
  bias: Node | null,
  groups: number,
  rank: Rank,
  swapped: boolean,
): void {
  const [first, second] = swapped ? ['input channels', 'output channels'] : ['output channels', 'input channels'];
  if (weight.shape.length !== rank + 2) {
    const kernel = SPATIAL_AXES[rank].map((axis) => `kernel ${axis}`).join(', ');
    throw new ShapeError(
      `${op}: the weight has shape ${showShape(weight.shape)}; expected [${first}, ${second} / groups, ${kernel}]`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1)
    throw new ArgumentError(`${op}: groups must be a whole number from 1 up, got ${showKind(groups)}`);
  const [whole, part] = [weight.shape[0]!, weight.shape[1]!];
  const [inputs, outputs] = swapped ? [whole, part * groups] : [part * groups, whole];
  const channels = x.shape[1]!;
  if (whole % groups !== 0) throw new ShapeError(`${op}: ${whole} ${first} cannot be divided into ${groups} groups`);
  if (channels !== inputs) {
    throw new ShapeError(
      `${op}: the input ${showShape(x.shape)} has ${channels} channels, the weight ${showShape(weight.shape)} is for ${inputs}` +
        (groups > 1 ? ` (${inputs / groups} in each of ${groups} groups)` : ''),
    );
  }
  if (weight.shape.slice(2).includes(0))
    throw new ShapeError(`${op}: the kernel of shape ${showShape(weight.shape.slice(2))} is empty`);
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
    throw new ShapeError(
      `${op}: the bias has shape ${showShape(bias.shape)}; expected [${outputs}], one for each output channel`,
    );
}

/** `axis` of x as two, the groups and what is in each of them; x itself for a single group. */
const grouped = (node: Node, axis: number, groups: number): Node => {
  const { shape } = node;
  const sizes = [...shape.slice(0, axis), groups, shape[axis]! / groups, ...shape.slice(axis + 1)];
  return groups === 1 ? node : reshapeNode(node, internShape(sizes));
};

/** y [batch, channels, …spatial] with the bias of each channel, and without a batch axis if the input `from` had none. */
function finished(y: Node, bias: Node | null, from: Node, rank: Rank): Tensor {
  if (!bias) return new Tensor(unbatched(y, from.shape));
  const column = reshapeNode(
    castNode(bias, y.dtype),
    internShape([bias.shape[0]!, ...new Array<number>(rank).fill(1)]),
  );
  return new Tensor(unbatched(apply(ops.add, [y, broadcastTo(column, y.shape)]), from.shape));
}

/** The labels of the axes: of the windows' positions, and of the offsets within them. */
const axesOf = (rank: Rank, groups: number) => ({
  group: groups === 1 ? [] : [GROUP],
  places: SPATIAL_AXES[rank].map((_, i) => POSITION + i),
  offsets: SPATIAL_AXES[rank].map((_, i) => OFFSET + i),
});

type Convolve<Options> = (x: Tensor, weight: Tensor, bias?: Tensor | null, options?: Options) => Tensor;

const convolution =
  (op: string, rank: Rank): Convolve<ConvolutionOptions> =>
  (input, kernel, offset = null, options = {}) => {
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
    const { group, places, offsets } = axesOf(rank, groups);
    const y = apply(ops.contract, [grouped(castNode(w, dtype), 0, groups), windows], {
      a: [...group, OUTPUT, INPUT, ...offsets],
      b: [BATCH, ...group, INPUT, ...places, ...offsets],
      out: [BATCH, ...group, OUTPUT, ...places],
    });
    const shape = internShape([x.shape[0]!, w.shape[0]!, ...y.shape.slice(-rank)]);
    return finished(reshapeNode(y, shape), bias, given, rank);
  };

const transposed =
  (op: string, rank: Rank): Convolve<TransposedConvolutionOptions> =>
  (input, kernel, offset = null, options = {}) => {
    const [given, w, bias] = [nodeOf(op, input), nodeOf(op, kernel), offset && nodeOf(op, offset)];
    const { groups = 1 } = options;
    const whole = batched(op, given, rank);
    expectChannels(op, whole, w, bias, groups, rank, true);
    const size = w.shape.slice(2);
    const stride = perAxis(op, 'the stride', options.stride ?? 1, rank, 1);
    const dilation = perAxis(op, 'the dilation', options.dilation ?? 1, rank, 1);
    const padding = perAxis(op, 'the padding', options.padding ?? 0, rank, 0);
    const extra = perAxis(op, 'the output padding', options.outputPadding ?? 0, rank, 0);
    const length = whole.shape.slice(2).map((n, i) => {
      const [step, apart, more] = [stride[i]!, dilation[i]!, extra[i]!];
      if (more >= Math.max(step, apart))
        throw new ArgumentError(
          `${op}: the output padding ${more} must be smaller than the stride ${step} or the dilation ${apart}`,
        );
      const result = (n - 1) * step - 2 * padding[i]! + (size[i]! - 1) * apart + 1 + more;
      if (n > 0 && result > 0) return result;
      throw new ShapeError(
        `${op}: axis ${2 + i} of the input ${showShape(whole.shape)} gives ${result} elements: use less padding, or a larger input`,
      );
    });

    const dtype = floatOf(promote(whole.dtype, w.dtype));
    // Output padding of a stride or more makes room for windows of zeros.
    const x = bordered(
      castNode(whole, dtype),
      extra.map((more, i) => [0, Math.floor(more / stride[i]!)]),
    );
    const { group, places, offsets } = axesOf(rank, groups);
    const factors = [grouped(castNode(w, dtype), 0, groups), grouped(x, 1, groups)];
    // Every element of x times the kernel is a window of the result.
    const windows = apply(ops.contract, factors, {
      a: [...group, INPUT, OUTPUT, ...offsets],
      b: [BATCH, ...group, INPUT, ...places],
      out: [BATCH, ...group, OUTPUT, ...places, ...offsets],
    });
    const channels = windows.shape.slice(0, -2 * rank);
    const borders = padding.map((n): Border => [n, n]);
    const y = unslid(windows, internShape([...channels, ...length]), borders, { size, stride, dilation });
    const shape = internShape([x.shape[0]!, w.shape[1]! * groups, ...length]);
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

/**
 * The transposed convolution of x [batch, channels, length] with weight [channels, outputs / groups, kernel], plus bias
 * [outputs]: the sum of kernels times elements, a stride apart. It is the gradient of {@link conv1d} for its input, and its result has
 * (length − 1)·stride − 2·padding + (kernel − 1)·dilation + 1 + outputPadding elements per channel. Whole numbers are computed in float32.
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * convTranspose1d(tensor([[1, 2]]), tensor([[[1, 10, 100]]])) // [[1, 12, 120, 200]]
 */
export const convTranspose1d = transposed('convTranspose1d', 1);

/**
 * As {@link convTranspose1d} in two dimensions: x [batch, channels, height, width], weight [channels, outputs / groups, …kernel].
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * convTranspose2d(ones([1, 3, 4, 4]), ones([3, 2, 2, 2]), null, { stride: 2 }).shape // [1, 2, 8, 8]
 */
export const convTranspose2d = transposed('convTranspose2d', 2);

/**
 * As {@link convTranspose1d} in three dimensions: x [batch, channels, depth, height, width], weight [channels, outputs /
 * groups, …kernel].
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * convTranspose3d(ones([3, 2, 2, 2]), ones([3, 1, 2, 2, 2])).shape // [1, 3, 3, 3]
 */
export const convTranspose3d = transposed('convTranspose3d', 3);
