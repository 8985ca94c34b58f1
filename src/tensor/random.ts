/**
 * Tensors of random numbers. Each call is one draw of its generator, made when the tensor is made; the numbers are
 * computed when they are needed.
 */
import { checkDType, type DType, isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError } from '../base/errors.js';
import { internShape, type Shape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { eachCall, refreshed } from '../run/capture.js';
import { finish, type TensorOptions } from './create.js';
import { defaultGenerator, Generator } from './generator.js';
import { argumentNode, castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import { Tensor } from './tensor.js';

export interface RandomOptions extends TensorOptions {
  /** Where the numbers come from; the default generator unless told. */
  generator?: Generator;
}

type Word = 0 | 1 | 2 | 3;

/** One draw; a compiled function makes it anew at each call. */
class Drawing {
  /** The counter and the key, as numbers of the program. */
  words: readonly number[] = [];

  constructor(generator: Generator) {
    eachCall(() => {
      const { draw, seed } = generator.draw();
      this.words = [...draw, ...seed];
    });
  }
}

/** Draws, seeds and ranges change without compiling anything. */
const argument = (value: number, shape: Shape): Node => argumentNode(value, shape, 'int32');

/** The four words of random bits at each position of `shape`, by one draw. */
function bitsOf(shape: Shape, drawing: Drawing): (word: Word) => Node {
  const position = reshapeNode(ops.iotaNode(internShape([sizeOf(shape)]), 0), shape);
  const words = drawing.words.map((n, i) => refreshed(argument(n, shape), () => drawing.words[i]!));
  const src = [position, ...words];
  return (word) => apply(ops.randomBits, src, { word });
}

const constant = (value: number, like: Node): Node => ops.constantNode(value, like.shape, like.dtype);
const times = (a: Node, b: number): Node => apply(ops.mul, [a, constant(b, a)]);
const plus = (a: Node, b: Node | number): Node => apply(ops.add, [a, typeof b === 'number' ? constant(b, a) : b]);

/** The upper `count` bits of words, as a float. */
const upper = (bits: Node, count: number, dtype: DType): Node =>
  castNode(apply(ops.shiftRightLogical, [bits, constant(32 - count, bits)]), dtype);

/**
 * A whole number of as many random bits as the dtype holds exactly, and how many these are: 24, or 53 from two words.
 */
function wholeOf(
  bits: (word: Word) => Node,
  from: 0 | 2,
  dtype: DType,
): { readonly whole: Node; readonly count: number } {
  const second: Word = from === 0 ? 1 : 3;
  if (dtype === 'float32') return { whole: upper(bits(from), 24, dtype), count: 24 };
  return { whole: plus(times(upper(bits(from), 27, dtype), 2 ** 26), upper(bits(second), 26, dtype)), count: 53 };
}

/** In [0, 1), at equal distances. */
function uniform(bits: (word: Word) => Node, from: 0 | 2, dtype: DType): Node {
  const { whole, count } = wholeOf(bits, from, dtype);
  return times(whole, 2 ** -count);
}

/** In (0, 1]: never the 0 whose logarithm is infinite. */
function uniformAbove0(bits: (word: Word) => Node, dtype: DType): Node {
  const { whole, count } = wholeOf(bits, 0, dtype);
  return times(plus(whole, 1), 2 ** -count);
}

function floatDType(op: string, options: RandomOptions): DType {
  const dtype = checkDType(options.dtype ?? 'float32');
  if (!isFloat(dtype)) throw new DTypeError(`${op}: gives floats, got dtype ${dtype}; randint gives integers`);
  return dtype;
}

function drawFrom({ generator = defaultGenerator }: RandomOptions): Drawing {
  if (!(generator instanceof Generator))
    throw new ArgumentError(`generator must be a Generator, got ${showKind(generator)}`);
  return new Drawing(generator);
}

/** Uniform in [0, 1): multiples of 2⁻²⁴ in float32, of 2⁻⁵³ in float64. */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const dtype = floatDType('rand', options);
  const dims = internShape(shape);
  return finish(uniform(bitsOf(dims, drawFrom(options)), 0, dtype), options);
}

/**
 * Normal with mean 0 and variance 1, by Box and Muller's transform of two uniform numbers. In float32 no value is
 * beyond ±5.8.
 */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const dtype = floatDType('randn', options);
  const bits = bitsOf(internShape(shape), drawFrom(options));
  const radius = apply(ops.sqrt, [times(apply(ops.log, [uniformAbove0(bits, dtype)]), -2)]);
  const angle = dtype === 'float32' ? times(upper(bits(1), 24, dtype), 2 ** -24) : uniform(bits, 2, dtype);
  return finish(apply(ops.mul, [radius, apply(ops.cos, [times(angle, 2 * Math.PI)])]), options);
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
  const bits = bitsOf(dims, drawFrom(options))(0);
  const range = high - low;
  // All of 2³² numbers: the bits themselves.
  const part = range === 2 ** 32 ? bits : apply(ops.mulHigh, [bits, argument(range | 0, dims)]);
  return finish(castNode(plus(part, argument(low, dims)), dtype), options);
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
