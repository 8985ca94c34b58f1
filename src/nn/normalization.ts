/**
 * Normalisation over features and over batches. Means come first and variances from what differs from them, in two passes:
 * nothing cancels far from 0.
 */

import type { DType } from '../base/dtype.js';
import { isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { noGrad, ones, rsqrt, type Tensor, zeros } from '../tensor/index.js';
import { Module } from './module.js';
import { Buffer, Parameter } from './parameter.js';

interface Moments {
  /** x − mean */
  readonly centred: Tensor;
  readonly mean: Tensor;
  /** Σ(x − mean)² / n */
  readonly variance: Tensor;
}

/** Mean and variance over axes, which stay with size 1. */
function momentsOf(x: Tensor, axes: readonly number[]): Moments {
  const mean = x.mean(axes, { keepdim: true });
  const centred = x.sub(mean);
  return { centred, mean, variance: centred.square().mean(axes, { keepdim: true }) };
}

function expectFloat(op: string, x: Tensor): void {
  if (!isFloat(x.dtype))
    throw new DTypeError(`${op}: takes float32 or float64, got ${x.dtype}: convert with .to('float32')`);
}

/** Factor and offset, where there are any, of shapes that broadcast to y. */
const affine = (y: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor => {
  const scaled = weight ? y.mul(weight) : y;
  return bias ? scaled.add(bias) : scaled;
};

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Factor and offset of each feature, of the normalised shape. */
  weight?: Tensor | null;
  /** Offset of each feature, of the normalised shape. */
  bias?: Tensor | null;
  /** Added to the variance; 1e-5 unless told. */
  eps?: number;
}

/**
 * (x − mean) / √(variance + ε) over the last axes, then · weight + bias. Ba, Kiros and Hinton, "Layer Normalization" (2016).
 * @param normalizedShape the sizes of the last axes of x
 */
export function layerNorm(x: Tensor, normalizedShape: readonly number[], options: LayerNormOptions = {}): Tensor {
  const { weight = null, bias = null, eps = 1e-5 } = options;
  expectFloat('layerNorm', x);
  const first = x.ndim - normalizedShape.length;
  if (first < 0 || normalizedShape.length === 0 || normalizedShape.some((n, i) => n !== x.shape[first + i])) {
    throw new ShapeError(
      `layerNorm: the last axes of an input of shape ${showShape(x.shape)} must be ${showShape(normalizedShape)}, over which it normalises`,
    );
  }
  const { centred, variance } = momentsOf(
    x,
    normalizedShape.map((_, i) => first + i),
  );
  return affine(centred.mul(rsqrt(variance.add(eps))), weight, bias);
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Means and variances of each channel to normalise by in evaluation; updated in training. */
  runningMean?: Tensor | null;
  /** Variances of each channel; see runningMean. */
  runningVar?: Tensor | null;
  /** Factor and offset of each channel. */
  weight?: Tensor | null;
  /** Offset of each channel. */
  bias?: Tensor | null;
  /** Whether to normalise by the batch itself; not unless told. */
  training?: boolean;
  /** The share of the new batch in the running statistics; 0.1 unless told. */
  momentum?: number;
  /** Added to the variance; 1e-5 unless told. */
  eps?: number;
}

/**
 * (x − mean) / √(variance + ε) for each channel, then · weight + bias. In training the mean and variance are those of the
 * batch, and the running ones move towards them (the variance with Bessel's correction); in evaluation they are the
 * running ones. Ioffe and Szegedy, "Batch Normalization" (2015).
 * @param x [batch, channels, …]
 */
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): Tensor {
  const { runningMean = null, runningVar = null, weight = null, bias = null } = options;
  const { training = false, momentum = 0.1, eps = 1e-5 } = options;
  expectFloat('batchNorm', x);
  if (x.ndim < 2)
    throw new ShapeError(`batchNorm: takes [batch, channels, …], got an input of shape ${showShape(x.shape)}`);
  const channels = x.shape[1]!;
  const named = { runningMean, runningVar, weight, bias };
  for (const [name, given] of Object.entries(named)) {
    if (given && (given.ndim !== 1 || given.size !== channels))
      throw new ShapeError(
        `batchNorm: ${name} has shape ${showShape(given.shape)}; an input of shape ${showShape(x.shape)} needs [${channels}]`,
      );
  }
  const beside = (values: Tensor): Tensor => values.reshape([channels, ...x.shape.slice(2).map(() => 1)]);
  const [factor, offset] = [weight && beside(weight), bias && beside(bias)];
  if (!training) {
    if (!runningMean || !runningVar)
      throw new ArgumentError('batchNorm: evaluation needs runningMean and runningVar; or pass training: true');
    const scaled = x.sub(beside(runningMean)).mul(rsqrt(beside(runningVar).add(eps)));
    return affine(scaled, factor, offset);
  }
  const count = x.size / channels;
  if (!(count > 1))
    throw new ShapeError(
      `batchNorm: training needs more than one value for each channel, got an input of shape ${showShape(x.shape)}`,
    );
  const { centred, mean, variance } = momentsOf(x, [0, ...x.shape.slice(2).map((_, i) => i + 2)]);
  const follow = (running: Tensor, batch: Tensor): void => {
    running.assign(running.mul(1 - momentum).add(batch.reshape([channels]).detach().mul(momentum)));
  };
  noGrad(() => {
    if (runningMean) follow(runningMean, mean);
    if (runningVar) follow(runningVar, variance.mul(count / (count - 1)));
  });
  return affine(centred.mul(rsqrt(variance.add(eps))), factor, offset);
}

/** Options of {@link LayerNorm}. */
export interface NormOptions {
  /** Added to the variance; 1e-5 unless told. */
  eps?: number;
  /** Whether there are a weight and a bias to learn; yes unless told. */
  affine?: boolean;
  /** float32 unless told. */
  dtype?: DType;
}

/** {@link layerNorm} over the last axes, of the given sizes. The weight starts at 1, the bias at 0. */
export class LayerNorm extends Module {
  /** The sizes of the axes that are normalised over, the last ones of the input. */
  readonly normalizedShape: readonly number[];
  /** Added to the variance. */
  readonly eps: number;
  /** A factor for each feature; null where there is nothing to learn. */
  readonly weight: Parameter | null;
  /** An offset for each feature; null where there is nothing to learn. */
  readonly bias: Parameter | null;

  constructor(normalizedShape: number | readonly number[], options: NormOptions = {}) {
    super();
    const { eps = 1e-5, affine: learns = true, dtype } = options;
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    this.eps = eps;
    this.weight = learns ? new Parameter(ones(this.normalizedShape, { dtype, name: 'weight' })) : null;
    this.bias = learns ? new Parameter(zeros(this.normalizedShape, { dtype, name: 'bias' })) : null;
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, this);
  }

  protected override describe(): string {
    return `${showShape(this.normalizedShape)}, eps: ${this.eps}`;
  }
}

/** Options of {@link BatchNorm1d} and {@link BatchNorm2d}. */
export interface BatchNormLayerOptions extends NormOptions {
  /** The share of the new batch in the running statistics; 0.1 unless told. */
  momentum?: number;
}

/** What the layers for inputs of different rank share. */
abstract class BatchNorm extends Module {
  /** Added to the variance. */
  readonly eps: number;
  /** The share of the new batch in the running statistics. */
  readonly momentum: number;
  /** A factor for each channel; null where there is nothing to learn. */
  readonly weight: Parameter | null;
  /** An offset for each channel; null where there is nothing to learn. */
  readonly bias: Parameter | null;
  /** The running mean of each channel. */
  readonly runningMean: Buffer;
  /** The running variance of each channel. */
  readonly runningVar: Buffer;

  /** The ranks of input that the layer takes. */
  protected abstract readonly ranks: readonly number[];

  constructor(
    /** How many channels the input has. */
    readonly channels: number,
    options: BatchNormLayerOptions = {},
  ) {
    super();
    if (!Number.isInteger(channels) || channels < 1)
      throw new ArgumentError(
        `${this.constructor.name}: the number of channels must be a whole number from 1 up, got ${String(channels)}`,
      );
    const { eps = 1e-5, momentum = 0.1, affine: learns = true, dtype } = options;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = learns ? new Parameter(ones([channels], { dtype, name: 'weight' })) : null;
    this.bias = learns ? new Parameter(zeros([channels], { dtype, name: 'bias' })) : null;
    this.runningMean = new Buffer(zeros([channels], { dtype, name: 'runningMean' }));
    this.runningVar = new Buffer(ones([channels], { dtype, name: 'runningVar' }));
  }

  forward(x: Tensor): Tensor {
    if (!this.ranks.includes(x.ndim) || x.shape[1] !== this.channels) {
      throw new ShapeError(
        `${this.constructor.name}(${this.channels}): takes ${this.ranks.join(' or ')} axes, of which the second has size ${this.channels}; ` +
          `got an input of shape ${showShape(x.shape)}`,
      );
    }
    return batchNorm(x, this);
  }

  protected override describe(): string {
    return `${this.channels}, eps: ${this.eps}, momentum: ${this.momentum}`;
  }
}

/** {@link batchNorm} for [batch, channels] and [batch, channels, length]. */
export class BatchNorm1d extends BatchNorm {
  protected readonly ranks = [2, 3];
}

/** {@link batchNorm} for [batch, channels, height, width]. */
export class BatchNorm2d extends BatchNorm {
  protected readonly ranks = [4];
}
