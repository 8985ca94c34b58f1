/**
 * Distributions that are a simple function of uniform or normal numbers. Gradients flow to their parameters through that function.
 * One draw of the generator each.
 */
import { ArgumentError } from '../base/errors.js';
import type { Node } from '../ir/node.js';
import { erfinv } from '../special/index.js';
import { finish } from '../tensor/create.js';
import { standardNormal, uniformAbove0, uniform as uniformNode } from '../tensor/drawing.js';
import { add, clamp, div, lt, mul, neg, sub, where } from '../tensor/elementwise.js';
import { showKind, type TensorLike } from '../tensor/operands.js';
import { Tensor } from '../tensor/tensor.js';
import { erf, log } from '../tensor/transcendental.js';
import { callOf, type DrawOptions, expectPositive } from './parameters.js';

const made = (x: Tensor, options: DrawOptions): Tensor => finish(x.node, options);
const drawn = (node: Node): Tensor => new Tensor(node);

/**
 * Normal numbers. Parameters are numbers or tensors, which broadcast; gradients flow to both.
 * The same seed gives the same numbers on every engine, but for the rounding of elementary functions, and the same bits for any number of threads.
 *
 * @example
 * normal(0, 1, { shape: [2, 3] }).shape; // [2, 3]
 * @throws ArgumentError for a negative `std`
 */
export function normal(mean: TensorLike = 0, std: TensorLike = 1, options: DrawOptions = {}): Tensor {
  if (typeof std === 'number' && std < 0)
    throw new ArgumentError(`normal: std must be a number from 0 up, got ${showKind(std)}`);
  const { bits, dtype, values } = callOf('normal', { mean, std }, options);
  return made(add(mul(drawn(standardNormal(bits(), dtype)), values[1]!), values[0]!), options);
}

/**
 * Numbers at equal distances from `low` up to `high`, which only rounding can reach. Gradients flow to both.
 * The same seed gives the same numbers on every engine, but for the rounding of elementary functions, and the same bits for any number of threads.
 *
 * @example
 * uniform(-1, 1, { shape: [4] }).abs().max().item() <= 1; // true
 * @throws ArgumentError unless low ≤ high
 */
export function uniform(low: TensorLike = 0, high: TensorLike = 1, options: DrawOptions = {}): Tensor {
  if (typeof low === 'number' && typeof high === 'number' && !(low <= high))
    throw new ArgumentError(`uniform: low ${low} must not be above high ${high}`);
  const { bits, dtype, values } = callOf('uniform', { low, high }, options);
  const [from, end] = values as [TensorLike, TensorLike];
  const width = typeof from === 'number' && typeof end === 'number' ? end - from : sub(end, from);
  return made(add(mul(drawn(uniformNode(bits(), 0, dtype)), width), from), options);
}

/**
 * The time to the first of events that come at a rate: density rate·e^(−rate·x). Gradients flow to the rate.
 * The same seed gives the same numbers on every engine, but for the rounding of elementary functions, and the same bits for any number of threads.
 *
 * @example
 * exponential(2, { shape: [3] }).shape; // [3]
 * @throws ArgumentError for a rate that is not above 0
 */
export function exponential(rate: TensorLike = 1, options: DrawOptions = {}): Tensor {
  expectPositive('exponential', 'the rate', rate);
  const { bits, dtype, values } = callOf('exponential', { rate }, options);
  return made(div(neg(log(drawn(uniformAbove0(bits(), 0, dtype)))), values[0]!), options);
}

/**
 * Numbers of density e^(−|x − mean|/scale) / (2·scale). Gradients flow to both.
 * The same seed gives the same numbers on every engine, but for the rounding of elementary functions, and the same bits for any number of threads.
 *
 * @example
 * laplace(0, 1, { shape: [3] }).shape; // [3]
 * @throws ArgumentError for a scale that is not above 0
 */
export function laplace(mean: TensorLike = 0, scale: TensorLike = 1, options: DrawOptions = {}): Tensor {
  expectPositive('laplace', 'the scale', scale);
  const { bits, dtype, values } = callOf('laplace', { mean, scale }, options);
  const source = bits();
  const size = log(drawn(uniformAbove0(source, 0, dtype)));
  const signed = where(lt(drawn(uniformNode(source, 2, dtype)), 0.5), size, neg(size));
  return made(add(mul(signed, values[1]!), values[0]!), options);
}

/**
 * Normal numbers between `low` and `high`, by the inverse of the distribution function. Gradients flow to mean and std. Bounds that both
 * lie on one side of the mean, further than 5 std in float32 and 8 in float64, leave no precision: the result is then a bound.
 * The same seed gives the same numbers on every engine, but for the rounding of elementary functions, and the same bits for any number of threads.
 *
 * @example
 * truncatedNormal(0, 1, -2, 2, { shape: [100] }).abs().max().item() <= 2; // true
 * @throws ArgumentError unless `std` is above 0 and low < high
 */
export function truncatedNormal(
  mean: TensorLike = 0,
  std: TensorLike = 1,
  low = -2,
  high = 2,
  options: DrawOptions = {},
): Tensor {
  expectPositive('truncatedNormal', 'std', std);
  if (!(low < high)) throw new ArgumentError(`truncatedNormal: low ${low} must be below high ${high}`);
  const { bits, dtype, values } = callOf('truncatedNormal', { mean, std }, options);
  const [centre, width] = values as [TensorLike, TensorLike];
  const scaled = (bound: number): Tensor => erf(mul(div(sub(bound, centre), width), Math.SQRT1_2));
  const [from, end] = [scaled(low), scaled(high)];
  const quantile = add(from, mul(drawn(uniformNode(bits(), 0, dtype)), sub(end, from)));
  const x = add(mul(mul(erfinv(quantile), Math.SQRT2), width), centre);
  return made(clamp(x, low, high), options);
}
