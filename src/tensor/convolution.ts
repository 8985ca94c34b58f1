/**
 * Convolution (cross-correlation, as deep learning means it): the contraction of an input's windows with a weight. The
 * windows are index arithmetic of the contraction; no copy of the input with every window written out is ever stored.
 */
import { promote } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import { type Border, batched, bordered, expectFit, type PerAxis, perAxis, slid, unbatched } from './spatial.js';
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

/** @throws ShapeError, ArgumentError unless channels, groups, weight and bias fit each other */
function expectChannels(op: string, x: Node, weight: Node, bias: Node | null, groups: number, rank: number): void {
  if (weight.shape.length !== rank + 2) {
    throw new ShapeError(
      `${op}: the weight has shape ${showShape(weight.shape)}; expected [output channels, input channels / groups, ${rank === 1 ? 'kernel size' : 'kernel height, kernel width'}]`,
    );
  }
  const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
  if (!Number.isInteger(groups) || groups < 1)
    throw new ArgumentError(`${op}: groups must be a whole number from 1 up, got ${showKind(groups)}`);
  const channels = x.shape[1]!;
  if (outputs % groups !== 0)
    throw new ShapeError(`${op}: ${outputs} output channels cannot be divided into ${groups} groups`);
  if (channels !== inputs * groups) {
    throw new ShapeError(
      `${op}: the input ${showShape(x.shape)} has ${channels} channels, the weight ${showShape(weight.shape)} is for ${inputs * groups}` +
        (groups > 1 ? ` (${inputs} in each of ${groups} groups)` : ''),
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
    throw new ShapeError(
      `${op}: the bias has shape ${showShape(bias.shape)}; expected [${outputs}], one for each output channel`,
    );
}

function convolve(
  op: string,
  rank: number,
  input: Tensor,
  kernel: Tensor,
  offset: Tensor | null,
  options: ConvolutionOptions,
): Tensor {
  const given = nodeOf(op, input);
  const [w, bias] = [nodeOf(op, kernel), offset && nodeOf(op, offset)];
  const { groups = 1 } = options;
  const x = batched(op, given, rank);
  expectChannels(op, x, w, bias, groups, rank);
  const size = w.shape.slice(2);
  const stride = perAxis(op, 'the stride', options.stride ?? 1, rank, 1);
  const dilation = perAxis(op, 'the dilation', options.dilation ?? 1, rank, 1);
  const borders = bordersOf(op, options.padding ?? 0, size, stride, dilation);
  if (size.includes(0)) throw new ShapeError(`${op}: the kernel of shape ${showShape(size)} is empty`);
  expectFit(op, x.shape, size, dilation, borders);

  const dtype = promote(x.dtype, w.dtype);
  const [channels, outputs] = [x.shape[1]! / groups, w.shape[0]! / groups];
  const split = (node: Node, at: number, each: number): Node =>
    groups === 1
      ? node
      : reshapeNode(node, internShape([...node.shape.slice(0, at), groups, each, ...node.shape.slice(at + 1)]));
  const windows = slid(bordered(split(castNode(x, dtype), 1, channels), borders), size, stride, dilation);
  const weight = split(castNode(w, dtype), 0, outputs);

  const group = groups === 1 ? [] : [GROUP];
  const places = size.map((_, i) => POSITION + i);
  const offsets = size.map((_, i) => OFFSET + i);
  const product = apply(ops.contract, [weight, windows], {
    a: [...group, OUTPUT, INPUT, ...offsets],
    b: [BATCH, ...group, INPUT, ...places, ...offsets],
    out: [BATCH, ...group, OUTPUT, ...places],
  });
  const result = reshapeNode(
    product,
    internShape([x.shape[0]!, w.shape[0]!, ...product.shape.slice(product.shape.length - rank)]),
  );
  return new Tensor(unbatched(bias ? withBias(result, castNode(bias, dtype), rank) : result, given.shape));
}

function withBias(y: Node, bias: Node, rank: number): Node {
  const column = reshapeNode(bias, internShape([bias.shape[0]!, ...new Array<number>(rank).fill(1)]));
  return apply(ops.add, [y, broadcastTo(column, y.shape)]);
}

/**
 * The convolution of x [batch, channels, length] with weight [outputs, channels / groups, kernel], plus bias [outputs]:
 * [batch, outputs, windows]. Without a batch axis the result has none.
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 */
export const conv1d = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions = {},
): Tensor => convolve('conv1d', 1, x, weight, bias, options);

/**
 * The convolution of x [batch, channels, height, width] with weight [outputs, channels / groups, kernel height, kernel
 * width], plus bias [outputs]: [batch, outputs, height, width] of the windows. Without a batch axis the result has none.
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 */
export const conv2d = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions = {},
): Tensor => convolve('conv2d', 2, x, weight, bias, options);
