/**
 * First values for parameters.
 *
 * @module init
 */
import { ShapeError } from '../base/errors.js';
import { showShape, sizeOf } from '../base/shape.js';
import { type RandomOptions, rand, randn, type Tensor } from '../tensor/index.js';

/** Normal with this mean and standard deviation. */
export const normal = (
  shape: readonly number[],
  options: RandomOptions & { mean?: number; std?: number } = {},
): Tensor => {
  const { mean = 0, std = 1, ...rest } = options;
  return randn(shape, rest).mul(std).add(mean);
};

/** Uniform from low up to high. */
export const uniform = (
  shape: readonly number[],
  options: RandomOptions & { low?: number; high?: number } = {},
): Tensor => {
  const { low = 0, high = 1, ...rest } = options;
  return rand(shape, rest)
    .mul(high - low)
    .add(low);
};

/** How many inputs one output of a weight [out, in, …] is computed from. */
export function fanIn(shape: readonly number[]): number {
  if (shape.length < 2)
    throw new ShapeError(`the fan-in of a weight needs at least two axes, [out, in, …], got shape ${showShape(shape)}`);
  return sizeOf(shape.slice(1));
}

/**
 * Uniform within ±√(6 / ((1 + a²)·fanIn)), which keeps the size of signals through layers with leaky ReLUs of slope
 * `a`. He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015). Layers here, as in PyTorch, use a = √5:
 * ±1/√fanIn.
 */
export const kaimingUniform = (shape: readonly number[], options: RandomOptions & { a?: number } = {}): Tensor => {
  const { a = Math.sqrt(5), ...rest } = options;
  const bound = Math.sqrt(6 / ((1 + a * a) * Math.max(fanIn(shape), 1)));
  return uniform(shape, { low: -bound, high: bound, ...rest });
};

export { ones, zeros } from '../tensor/index.js';
