/**
 * The activations of PyTorch's `nn.functional` that are no methods of Tensor. All take a tensor of any shape and compute
 * integers in float32; where a bend has two slopes its gradient is PyTorch's.
 */
import { floatOf } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { normalizeAxis, showShape } from '../base/shape.js';
import { exponential, uniform } from '../random/index.js';
import {
  abs,
  expm1,
  type Generator,
  neg,
  sigmoid,
  softmax,
  softplus,
  split,
  type Tensor,
  tanh,
  to,
  where,
} from '../tensor/index.js';

const floating = (x: Tensor): Tensor => to(x, floatOf(x.dtype));

/** x below 0, else 0: so that the exponential of the branch not taken cannot overflow into the gradient. */
const negativePart = (x: Tensor): Tensor => where(x.gt(0), 0, x);

/** Options of {@link elu} and {@link celu}. */
export interface AlphaOptions {
  /** How deep it goes below 0; 1 unless told. */
  alpha?: number;
}

/** x above 0, α·(eˣ − 1) below. Clevert et al., "Exponential Linear Units" (2015). */
export function elu(input: Tensor, { alpha = 1 }: AlphaOptions = {}): Tensor {
  const x = floating(input);
  return where(x.gt(0), x, expm1(negativePart(x)).mul(alpha));
}

// The fixed point of mean 0 and variance 1: Klambauer et al., "Self-Normalizing Neural Networks" (2017).
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** {@link elu} with the α and the scale that keep means at 0 and variances at 1. */
export const selu = (input: Tensor): Tensor => elu(input, { alpha: SELU_ALPHA }).mul(SELU_SCALE);

/** x above 0, α·(e^(x/α) − 1) below: smooth at 0 for every α. @throws ArgumentError for α = 0 */
export function celu(input: Tensor, { alpha = 1 }: AlphaOptions = {}): Tensor {
  if (alpha === 0) throw new ArgumentError('celu: alpha must not be 0, by which it divides');
  const x = floating(input);
  return where(x.gt(0), x, expm1(negativePart(x).div(alpha)).mul(alpha));
}

/** x above 0, x·negativeSlope (0.01 unless told) below. */
export function leakyRelu(input: Tensor, { negativeSlope = 0.01 }: { negativeSlope?: number } = {}): Tensor {
  const x = floating(input);
  return where(x.gt(0), x, x.mul(negativeSlope));
}

/**
 * x above 0, x·weight below: one weight for all, or one for each channel, which stand on axis 1.
 * @param weight of shape [1] or [channels]
 */
export function prelu(input: Tensor, weight: Tensor): Tensor {
  const x = floating(input);
  const channels = x.ndim > 1 ? x.shape[1]! : 1;
  if (weight.ndim !== 1 || (weight.size !== 1 && weight.size !== channels)) {
    throw new ShapeError(
      `prelu: the weight has shape ${showShape(weight.shape)}; an input of shape ${showShape(x.shape)} takes [1] or [${channels}]`,
    );
  }
  const aligned = weight.size === 1 ? weight.reshape([]) : weight.reshape([channels, ...x.shape.slice(2).map(() => 1)]);
  return where(x.gt(0), x, x.mul(aligned));
}

/** x limited to low … high (−1 … 1 unless told); unlike in `clamp` the gradient on the bounds is 0. */
export function hardtanh(input: Tensor, { low = -1, high = 1 }: { low?: number; high?: number } = {}): Tensor {
  const x = floating(input);
  return where(x.le(low), low, where(x.ge(high), high, x));
}

/** x limited to 0 … 6. */
export const relu6 = (input: Tensor): Tensor => hardtanh(input, { low: 0, high: 6 });

/** x/6 + ½, limited to 0 … 1. */
export const hardsigmoid = (input: Tensor): Tensor => relu6(floating(input).add(3)).div(6);

/** x · {@link hardsigmoid}(x). Howard et al., "Searching for MobileNetV3" (2019). */
export function hardswish(input: Tensor): Tensor {
  const x = floating(input);
  return x.mul(hardsigmoid(x));
}

/** x · tanh(log(1 + eˣ)). Misra, "Mish" (2019). */
export function mish(input: Tensor): Tensor {
  const x = floating(input);
  return x.mul(tanh(softplus(x)));
}

/** x / (1 + |x|) */
export function softsign(input: Tensor): Tensor {
  const x = floating(input);
  return x.div(abs(x).add(1));
}

/** x − tanh x */
export function tanhshrink(input: Tensor): Tensor {
  const x = floating(input);
  return x.sub(tanh(x));
}

/** Options of {@link hardshrink} and {@link softshrink}. */
export interface ShrinkOptions {
  /** Half the width of the part around 0 that becomes 0; ½ unless told. */
  lambd?: number;
}

/** x moved towards 0 by λ, and 0 for |x| ≤ λ. */
export function softshrink(input: Tensor, { lambd = 0.5 }: ShrinkOptions = {}): Tensor {
  const x = floating(input);
  return where(x.gt(lambd), x.sub(lambd), where(x.lt(-lambd), x.add(lambd), 0));
}

/** x, and 0 for |x| ≤ λ. */
export function hardshrink(input: Tensor, { lambd = 0.5 }: ShrinkOptions = {}): Tensor {
  const x = floating(input);
  return where(abs(x).le(lambd), 0, x);
}

/** log(1 / (1 + e⁻ˣ)), which for very negative x is x. */
export const logSigmoid = (input: Tensor): Tensor => neg(softplus(neg(floating(input))));

/** a · sigmoid(b) for the halves a and b of x along an axis. @throws ShapeError for an axis of odd size */
export function glu(input: Tensor, axis = -1): Tensor {
  const x = floating(input);
  const along = normalizeAxis(axis, x.ndim, 'glu: axis');
  const size = x.shape[along]!;
  if (size % 2 !== 0 || size === 0)
    throw new ShapeError(`glu: axis ${along} of ${showShape(x.shape)} has size ${size}; only an even one has halves`);
  const [a, b] = split(x, size / 2, along);
  return a!.mul(sigmoid(b!));
}

/** x above the threshold, else `value`. */
export function threshold(input: Tensor, limit: number, value: number): Tensor {
  const x = floating(input);
  return where(x.gt(limit), x, value);
}

/** softmax of −x along an axis: the smallest gets the most. */
export const softmin = (input: Tensor, axis = -1): Tensor => softmax(neg(floating(input)), axis);

/** Options of {@link rrelu}. */
export interface RreluOptions {
  /** Slopes below 0 lie between these; 1/8 and 1/3 unless told. */
  lower?: number;
  /** The steepest slope; ⅓ unless told. */
  upper?: number;
  /** Random slopes for each element; otherwise, and unless told, the one in the middle. */
  training?: boolean;
  /** Where the slopes are drawn from; the default generator unless told. */
  generator?: Generator;
}

/** x above 0, and below x times a random slope. Xu et al., "Empirical Evaluation of Rectified Activations" (2015). */
export function rrelu(input: Tensor, options: RreluOptions = {}): Tensor {
  const { lower = 1 / 8, upper = 1 / 3, training = false, generator } = options;
  if (!(lower <= upper)) throw new ArgumentError(`rrelu: lower ${lower} must not be above upper ${upper}`);
  const x = floating(input);
  const slope = training ? uniform(lower, upper, { shape: x.shape, dtype: x.dtype, generator }) : (lower + upper) / 2;
  return where(x.gt(0), x, x.mul(slope));
}

/** Options of {@link gumbelSoftmax}. */
export interface GumbelOptions {
  /** The temperature: the nearer to 0, the nearer the result is to 0 and 1; 1 unless told. */
  tau?: number;
  /** 0 and 1 forwards, up to rounding, with the gradient of the soft result. */
  hard?: boolean;
  /** The axis that counts the categories; the last unless told. */
  axis?: number;
  /** Where the noise is drawn from; the default generator unless told. */
  generator?: Generator;
}

/**
 * A random category for each row of logits as softmax((logits + Gumbel noise) / tau), which has a gradient. Jang et al., "Categorical
 * Reparameterization with Gumbel-Softmax" (2016). @throws ArgumentError unless tau is above 0
 */
export function gumbelSoftmax(input: Tensor, options: GumbelOptions = {}): Tensor {
  const { tau = 1, hard = false, axis = -1, generator } = options;
  if (!(tau > 0)) throw new ArgumentError(`gumbelSoftmax: tau must be above 0, got ${String(tau)}`);
  const logits = floating(input);
  const waiting = exponential(1, { shape: logits.shape, dtype: logits.dtype, generator }).maximum(2 ** -60);
  const soft = softmax(logits.sub(waiting.log()).div(tau), axis);
  if (!hard) return soft;
  const chosen = soft.eq(soft.max(axis, { keepdim: true })).to(soft.dtype);
  return chosen.sub(soft.detach()).add(soft);
}
