/**
 * Layers and losses as functions. A loss marks its prediction, so that what an optimizer's step computes includes it:
 * reading the scores after the step, for the accuracy, costs nothing.
 *
 * @module functional
 */
import { isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import { markKept } from '../tensor/gradient.js';
import { bernoulli, type Generator, matmul, softplus, Tensor, transpose, where } from '../tensor/index.js';
import { labelMask } from '../tensor/labels.js';

export {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type Convolution,
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type TransposedConvolution,
  type TransposedConvolutionOptions,
} from '../tensor/images.js';
export { gelu, logSoftmax, relu, sigmoid, silu, softmax, softplus, tanh } from '../tensor/index.js';
export * from './activations.js';
export { type AttentionOptions, scaledDotProductAttention } from './attention.js';
export { bilinear } from './bilinear.js';
export { embedding } from './embedding.js';
export { type AlignOptions, affineGrid, type GridSampleOptions, gridSample } from './grid-sample.js';
export { type InterpolateOptions, type InterpolationMode, interpolate } from './interpolate.js';
export { type BatchNormOptions, batchNorm, type LayerNormOptions, layerNorm } from './normalization.js';
export { fold, type PatchOptions, pixelShuffle, pixelUnshuffle, unfold } from './patches.js';

/** How a loss of each sample becomes the result: their mean, their sum, or each for itself. */
export type Reduction = 'mean' | 'sum' | 'none';

/** Options of losses. */
export interface LossOptions {
  /** `mean` unless told. */
  reduction?: Reduction;
}

/** x·Wᵀ + b for x [..., in], weight [out, in] and bias [out]. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const y = matmul(x, transpose(weight));
  return bias ? y.add(bias) : y;
}

/** Sets elements to 0 with probability p and divides the others by 1 − p; with `training: false` does nothing. */
export function dropout(x: Tensor, options: { p?: number; training?: boolean; generator?: Generator } = {}): Tensor {
  const { p = 0.5, training = true, generator } = options;
  if (!(p >= 0 && p < 1))
    throw new ArgumentError(`dropout: the probability must be from 0 up to, not including, 1, got ${String(p)}`);
  if (!training || p === 0) return x;
  return where(bernoulli(1 - p, x.shape, { dtype: 'bool', generator }), x.div(1 - p), 0);
}

/**
 * Has the prediction computed whenever the loss is, or a step that follows from it: an accuracy costs no second forward
 * pass.
 */
function ofPrediction(loss: Tensor, prediction: Tensor): Tensor {
  markKept(prediction.node);
  loss.prediction = prediction.node;
  return loss;
}

function reduced(losses: Tensor, prediction: Tensor, { reduction = 'mean' }: LossOptions): Tensor {
  if (reduction === 'mean') return ofPrediction(losses.mean(), prediction);
  if (reduction === 'sum') return ofPrediction(losses.sum(), prediction);
  if (reduction === 'none') return ofPrediction(losses, prediction);
  throw new ArgumentError(`reduction is 'mean', 'sum' or 'none', got ${JSON.stringify(reduction)}`);
}

/** @throws DTypeError, ArgumentError unless `prediction` is a float tensor */
function expectPrediction(loss: string, prediction: Tensor): void {
  if (!(prediction instanceof Tensor))
    throw new ArgumentError(`${loss}: the prediction must be a tensor, got ${String(prediction)}`);
  if (!isFloat(prediction.dtype)) {
    throw new DTypeError(
      `${loss}: the prediction must be float32 or float64, got ${prediction.dtype}: convert it with .to('float32')`,
    );
  }
}

function expectTarget(loss: string, target: Tensor): void {
  if (!(target instanceof Tensor))
    throw new ArgumentError(`${loss}: the target must be a tensor, got ${String(target)}`);
}

function expectSameShape(loss: string, prediction: Tensor, target: Tensor): void {
  if (sameShape(prediction.shape, target.shape)) return;
  throw new ShapeError(
    `${loss}: the prediction has shape ${showShape(prediction.shape)}, the target ${showShape(target.shape)}; they must be equal ` +
      '(broadcasting here would hide a mistake)',
  );
}

/** The classes stand on axis 1, or on the only axis of a single sample. */
function classAxis(loss: string, scores: Tensor): number {
  if (scores.ndim === 0)
    throw new ShapeError(
      `${loss}: the scores of the classes need an axis, got a scalar; shape [batch, classes] is usual`,
    );
  const axis = scores.ndim === 1 ? 0 : 1;
  if (scores.shape[axis] === 0)
    throw new ShapeError(`${loss}: there are no classes in scores of shape ${showShape(scores.shape)}`);
  return axis;
}

/** Where each sample's own class stands: bool, of the shape of the scores. */
function ownClass(loss: string, scores: Tensor, labels: Tensor, axis: number): Tensor {
  const expected = scores.shape.filter((_, i) => i !== axis);
  if (!sameShape(labels.shape, expected)) {
    throw new ShapeError(
      `${loss}: scores of shape ${showShape(scores.shape)} go with labels of shape ${showShape(expected)}, got ${showShape(labels.shape)}`,
    );
  }
  return new Tensor(labelMask(loss, labels.node, scores.shape[axis]!, axis));
}

/**
 * The cross entropy between the softmax of scores and the target, in nats.
 * @param logits scores [batch, classes] (or [classes], or [batch, classes, …])
 * @param target class labels [batch] as integers, or probabilities of the shape of the scores
 * @throws IndexError when the value is computed and a label is not in 0 … classes − 1
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  expectPrediction('crossEntropy', logits);
  expectTarget('crossEntropy', target);
  const axis = classAxis('crossEntropy', logits);
  // Shifted so that the largest score is 0; the logarithm of the sum is then all that log-softmax subtracts.
  const z = logits.sub(logits.max(axis, { keepdim: true }).detach());
  const total = z.exp().sum(axis, { keepdim: true }).log();
  if (isFloat(target.dtype)) {
    if (!sameShape(logits.shape, target.shape)) {
      throw new ShapeError(
        `crossEntropy: a ${target.dtype} target holds probabilities of the shape of the scores, ${showShape(logits.shape)}, got ` +
          `${showShape(target.shape)}; class labels are integers: tensor(labels, { dtype: 'int32' })`,
      );
    }
    return reduced(total.sub(z).mul(target).sum(axis), logits, options);
  }
  // Picked by comparing positions with the label instead of gathering: this fuses, and its gradient needs no scatter.
  const own = where(ownClass('crossEntropy', logits, target, axis), z, 0).sum(axis);
  return reduced(total.squeeze(axis).sub(own), logits, options);
}

/** The negative of each sample's log-probability of its own class: {@link crossEntropy} after `logSoftmax`. */
export function nllLoss(logProbabilities: Tensor, labels: Tensor, options: LossOptions = {}): Tensor {
  expectPrediction('nllLoss', logProbabilities);
  expectTarget('nllLoss', labels);
  const axis = classAxis('nllLoss', logProbabilities);
  return reduced(
    where(ownClass('nllLoss', logProbabilities, labels, axis), logProbabilities, 0)
      .sum(axis)
      .neg(),
    logProbabilities,
    options,
  );
}

/** (prediction − target)² */
export function mseLoss(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  expectPrediction('mseLoss', prediction);
  expectTarget('mseLoss', target);
  expectSameShape('mseLoss', prediction, target);
  return reduced(prediction.sub(target).square(), prediction, options);
}

/** The cross entropy between sigmoid(logits) and targets from 0 to 1, as softplus(x) − x·t, which does not overflow. */
export function binaryCrossEntropyWithLogits(logits: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  expectPrediction('binaryCrossEntropyWithLogits', logits);
  expectTarget('binaryCrossEntropyWithLogits', target);
  expectSameShape('binaryCrossEntropyWithLogits', logits, target);
  return reduced(softplus(logits).sub(logits.mul(target)), logits, options);
}
