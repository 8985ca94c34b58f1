/**
 * The gamma and the beta distribution. Marsaglia and Tsang, "A simple method for generating gamma variables" (2000): a candidate is
 * accepted with a probability of at least 0.952.
 */
import type { DType } from '../base/dtype.js';
import { finish } from '../tensor/create.js';
import { standardNormal, uniformAbove0 } from '../tensor/drawing.js';
import { add, div, lt, maximum, mul, sqrt, square, sub, where } from '../tensor/elementwise.js';
import type { TensorLike } from '../tensor/operands.js';
import { noGrad } from '../tensor/recording.js';
import { unsqueeze } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { exp, log, log1p, sigmoid } from '../tensor/transcendental.js';
import { type Call, callOf, type DrawOptions, expectConstant, expectPositive } from './parameters.js';
import { firstAccepted } from './rejection.js';

/** 0.048⁸ < 2⁻²⁴, 0.048¹² < 2⁻⁵² */
const ROUNDS: Partial<Record<DType, number>> = { float32: 8, float64: 12 };

/** Logarithms of gamma variates of rate 1: small parameters give numbers that only their logarithms can hold. */
function logStandardGamma(concentration: TensorLike, { dtype, bits, everywhere }: Call): Tensor {
  const alpha = everywhere(concentration);
  // A variate for α is one for α + 1 times u^(1/α).
  const small = lt(alpha, 1);
  const d = sub(add(alpha, where(small, 1, 0)), 1 / 3);
  const rounds = ROUNDS[dtype]!;
  const [source, other] = [bits(rounds), bits(rounds)];
  const x = new Tensor(standardNormal(source, dtype));
  const wide = unsqueeze(d, -1);
  const y = maximum(div(x, sqrt(mul(wide, 9))), -0.99999);
  // log v and 1 − v + log v for v = (1 + y)³, without the loss of digits where y is small.
  const logV = mul(log1p(y), 3);
  const rest = sub(logV, mul(y, add(mul(y, add(y, 3)), 3)));
  const u = new Tensor(uniformAbove0(other, 0, dtype));
  const accepted = lt(log(u), add(mul(square(x), 0.5), mul(wide, rest)));
  const chosen = add(log(d), firstAccepted(accepted, logV));
  const boost = div(log(new Tensor(uniformAbove0(bits(), 0, dtype))), alpha);
  return where(small, add(chosen, boost), chosen);
}

/**
 * Gamma variates: density proportional to x^(concentration − 1)·e^(−rate·x). Gradients flow to the rate; the concentration must not
 * require one. Three draws of the generator.
 * The same seed gives the same numbers on every engine, but for the rounding of elementary functions, and the same bits for any number of threads.
 *
 * @example
 * gamma(2, 0.5, { shape: [3] }).shape; // [3]
 * @throws ArgumentError for parameters that are not above 0, GraphError for a concentration that requires a gradient
 */
export function gamma(concentration: TensorLike, rate: TensorLike = 1, options: DrawOptions = {}): Tensor {
  expectPositive('gamma', 'the concentration', concentration);
  expectPositive('gamma', 'the rate', rate);
  expectConstant('gamma', 'the concentration', concentration);
  const call = callOf('gamma', { concentration, rate }, options);
  const standard = noGrad(() => exp(logStandardGamma(call.values[0]!, call)));
  return finish(div(standard, call.values[1]!).node, options);
}

/**
 * Beta variates, between 0 and 1: density proportional to x^(a − 1)·(1 − x)^(b − 1). No gradient flows to the parameters. Six draws of
 * the generator.
 * The same seed gives the same numbers on every engine, but for the rounding of elementary functions, and the same bits for any number of threads.
 *
 * @example
 * beta(2, 3, { shape: [100] }).max().item() <= 1; // true
 * @throws ArgumentError for parameters that are not above 0, GraphError for one that requires a gradient
 */
export function beta(a: TensorLike, b: TensorLike, options: DrawOptions = {}): Tensor {
  for (const [name, value] of Object.entries({ a, b })) {
    expectPositive('beta', name, value);
    expectConstant('beta', name, value);
  }
  const call = callOf('beta', { a, b }, options);
  const x = noGrad(() =>
    sigmoid(sub(logStandardGamma(call.values[0]!, call), logStandardGamma(call.values[1]!, call))),
  );
  return finish(x.node, options);
}
