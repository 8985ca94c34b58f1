/**
 * Tensors of random numbers. Each call is one draw of its generator, made when the tensor is made; the numbers are
 * computed when they are needed.
 */
import { checkDType, type DType, isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError } from '../base/errors.js';
import { internShape } from '../base/shape.js';
import { apply } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { finish, type TensorOptions } from './create.js';
import { argument, bitsOf, standardNormal, uniform } from './drawing.js';
import { defaultGenerator, type Generator } from './generator.js';
import { castNode, nodeOf, showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** Options of random tensors. */
export interface RandomOptions extends TensorOptions {
  /** Where the numbers come from; the default generator unless told. */
  generator?: Generator;
}

function floatDType(op: string, options: RandomOptions): DType {
  const dtype = checkDType(options.dtype ?? 'float32');
  if (!isFloat(dtype)) throw new DTypeError(`${op}: gives floats, got dtype ${dtype}; randint gives integers`);
  return dtype;
}

/** Uniform in [0, 1): multiples of 2⁻²⁴ in float32, of 2⁻⁵³ in float64. */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const dtype = floatDType('rand', options);
  const dims = internShape(shape);
  return finish(uniform(bitsOf(dims, options.generator), 0, dtype), options);
}

/**
 * Normal with mean 0 and variance 1, by Box and Muller's transform of two uniform numbers. In float32 no value is
 * beyond ±5.8.
 */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const dtype = floatDType('randn', options);
  return finish(standardNormal(bitsOf(internShape(shape), options.generator), dtype), options);
}

/**
 * Whole numbers from `low` up to, not including, `high`, as int32. The upper half of bits × range, which favours no
 * number by more than range / 2³².
 */
export function randint(low: number, high: number, shape: readonly number[], options: RandomOptions = {}): Tensor {
  for (const [what, n] of [
    ['low', low],
    ['high', high],
  ] as const) {
    if (!Number.isInteger(n) || n < -(2 ** 31) || n > 2 ** 31)
      throw new ArgumentError(`randint: ${what} must be a whole number of 32 bits, got ${showKind(n)}`);
  }
  if (low >= high)
    throw new ArgumentError(`randint: low ${low} must be below high ${high}: the range from low up to high is empty`);
  const dims = internShape(shape);
  const dtype = checkDType(options.dtype ?? 'int32');
  const bits = bitsOf(dims, options.generator)(0);
  const range = high - low;
  // All of 2³² numbers: the bits themselves.
  const part = range === 2 ** 32 ? bits : apply(ops.mulHigh, [bits, argument(range | 0, dims)]);
  return finish(castNode(apply(ops.add, [part, argument(low, dims)]), dtype), options);
}

/** 0 … n − 1 in random order, as int32. Computed at once. */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const { generator = defaultGenerator } = options;
  const order = generator.permutation(n);
  const node = ops.dataNode(new Storage('int32', order.length, order), internShape([n]));
  return finish(castNode(node, checkDType(options.dtype ?? 'int32')), options);
}

/**
 * 1 with probability p, else 0: p is a number together with a shape, or a tensor with a probability for each element.
 * float32 unless told.
 */
export function bernoulli(p: number | Tensor, shape?: readonly number[] | null, options: RandomOptions = {}): Tensor {
  const probability = p instanceof Tensor ? nodeOf('bernoulli', p) : null;
  if (typeof p === 'number' && !(p >= 0 && p <= 1))
    throw new ArgumentError(`bernoulli: the probability must be from 0 to 1, got ${p}`);
  const dims = shape ?? probability?.shape;
  if (!dims) throw new ArgumentError('bernoulli: a number as probability needs a shape, as in bernoulli(0.5, [2, 3])');
  const u = rand(dims, { generator: options.generator });
  const below = typeof p === 'number' ? u.lt(p) : u.lt(p.detach());
  return finish(castNode(below.node, checkDType(options.dtype ?? 'float32')), options);
}

/** As {@link rand}, in the shape and dtype of `x`. */
export const randLike = (x: Tensor, options: RandomOptions = {}): Tensor =>
  rand(x.shape, { dtype: x.dtype, ...options });

/** As {@link randn}, in the shape and dtype of `x`. */
export const randnLike = (x: Tensor, options: RandomOptions = {}): Tensor =>
  randn(x.shape, { dtype: x.dtype, ...options });
