/**
 * Distributions over whole numbers. Nothing flows back through them.
 */
import { type DType, floatOf } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { broadcastShapes, internShape, normalizeAxis, sameShape, showShape } from '../base/shape.js';
import { moveaxis } from '../tensor/arrange.js';
import { finish } from '../tensor/create.js';
import { bitsOf, uniform, uniformAbove0 } from '../tensor/drawing.js';
import {
  abs,
  add,
  div,
  floor,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  maximum,
  mul,
  neg,
  sqrt,
  sub,
  to,
  where,
} from '../tensor/elementwise.js';
import { nodeOf, showKind, type TensorLike } from '../tensor/operands.js';
import { noGrad } from '../tensor/recording.js';
import { argmax } from '../tensor/reduce.js';
import { unsqueeze } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import { exp, log, log1p } from '../tensor/transcendental.js';
import { type Call, callOf, type DrawOptions } from './parameters.js';
import { firstAccepted } from './rejection.js';

/** Up to this rate by counting the distribution function's steps below a uniform number, above by rejection. */
const LARGE = 10;
/** Steps at rate 10 beyond which less is left than the dtype's rounding unit. */
const STEPS: Partial<Record<DType, number>> = { float32: 32, float64: 48 };
/** At rate 10 a quarter of the candidates is rejected, less above: 0.25¹⁶ < 2⁻²⁴, 0.25²⁸ < 2⁻⁵³. */
const ROUNDS: Partial<Record<DType, number>> = { float32: 16, float64: 28 };

/** How many steps of the distribution function lie at or below a uniform number. */
function countSteps(rate: Tensor, { dtype, bits }: Call): Tensor {
  const u = new Tensor(uniform(bits(), 0, dtype));
  let step = exp(neg(rate));
  let below = step;
  let count = to(le(below, u), dtype);
  for (let k = 1; k < STEPS[dtype]!; k++) {
    step = mul(step, div(rate, k));
    below = add(below, step);
    count = add(count, to(le(below, u), dtype));
  }
  return count;
}

/** Coefficients of log Γ(x) − (x − ½)·log x + x − ½·log 2π in 1/x², over 1/x. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260] as const;

/**
 * The logarithm of the probability of k, from log((k + 1)/rate) so that large numbers do not cancel. Stirling's series at k + 1 is off
 * by 6·10⁻⁴ at k = 0 and much less above, where rate ≥ 10 hardly ever leads.
 */
function logProbability(k: Tensor, rate: Tensor): Tensor {
  const x = add(k, 1);
  const beyond = sub(x, rate);
  const z = div(1, x);
  const z2 = mul(z, z);
  const series = mul(z, add(mul(z2, add(mul(z2, STIRLING[2]), STIRLING[1])), STIRLING[0]));
  const main = sub(beyond, mul(add(k, 0.5), log1p(div(beyond, rate))));
  return sub(sub(main, mul(log(rate), 0.5)), add(series, 0.5 * Math.log(2 * Math.PI)));
}

/** Hörmann, "The transformed rejection method for generating Poisson random variables" (1993), algorithm PTRS. */
function transformedRejection(rates: Tensor, { dtype, bits }: Call): Tensor {
  const rounds = ROUNDS[dtype]!;
  const source = bits(rounds);
  const rate = unsqueeze(rates, -1);
  const b = add(mul(sqrt(rate), 2.53), 0.931);
  const a = add(mul(b, 0.02483), -0.059);
  const u = sub(new Tensor(uniform(source, 0, dtype)), 0.5);
  const v = new Tensor(uniformAbove0(source, 2, dtype));
  const distance = maximum(sub(0.5, abs(u)), 2 ** -53);
  const slope = add(div(mul(a, 2), distance), b);
  const k = floor(add(add(mul(slope, u), rate), 0.43));
  const inside = logicalAnd(le(0.07, distance), le(v, sub(0.9277, div(3.6224, sub(b, 2)))));
  const outside = logicalOr(lt(k, 0), logicalAnd(lt(distance, 0.013), lt(distance, v)));
  const scale = div(mul(v, add(div(1.1328, sub(b, 3.4)), 1.1239)), add(div(a, mul(distance, distance)), b));
  const under = le(log(scale), logProbability(maximum(k, 0), rate));
  return maximum(firstAccepted(logicalOr(inside, logicalAnd(logicalNot(outside), under)), k), 0);
}

/**
 * How many events happen that come at `rate` in all: whole numbers, in a float dtype. NaN for a rate below 0. One or two draws of the
 * generator.
 *
 * @example
 * poisson(4, { shape: [3] }).shape; // [3]
 * @throws ArgumentError for a plain number below 0
 */
export function poisson(rate: TensorLike, options: DrawOptions = {}): Tensor {
  if (typeof rate === 'number' && !(rate >= 0))
    throw new ArgumentError(`poisson: the rate must be from 0 up, got ${showKind(rate)}`);
  const call = callOf('poisson', { rate }, options);
  const count = noGrad(() => {
    const all = call.everywhere(call.values[0]!);
    if (typeof rate === 'number') return rate < LARGE ? countSteps(all, call) : transformedRejection(all, call);
    const small = lt(all, LARGE);
    const few = countSteps(where(small, all, 1), call);
    const many = transformedRejection(where(small, LARGE, all), call);
    return where(le(0, all), where(small, few, many), Number.NaN);
  });
  return finish(count.node, options);
}

/** Options of {@link categorical}. */
export interface CategoricalOptions extends Omit<DrawOptions, 'dtype' | 'requiresGrad'> {
  /** The axis of `logits` that counts the categories; the last unless told. */
  axis?: number;
}

/**
 * Categories, as int32, with probabilities softmax(logits): the largest of logits + Gumbel noise. The result has the shape of the logits
 * without their axis of categories, or a shape that this broadcasts to. A logit of −∞ is never drawn. One draw of the generator.
 *
 * @example
 * categorical(tensor([[0, -Infinity], [-Infinity, 0]])).toArray(); // [0, 1]
 * @throws ShapeError where the logits do not broadcast to the shape, or there are no categories
 */
export function categorical(logits: Tensor, options: CategoricalOptions = {}): Tensor {
  const { axis = -1, shape, generator, name } = options;
  const node = nodeOf('categorical', logits);
  const along = normalizeAxis(axis, node.shape.length, 'categorical: axis');
  const count = node.shape[along]!;
  if (count === 0) throw new ShapeError(`categorical: logits of shape ${showShape(node.shape)} have no categories`);
  const rows = node.shape.filter((_, i) => i !== along);
  const wanted = internShape(shape ?? rows);
  if (!sameShape(broadcastShapes(internShape(rows), wanted, 'categorical'), wanted))
    throw new ShapeError(`categorical: ${showShape(rows)} of logits do not broadcast to ${showShape(wanted)}`);
  return noGrad(() => {
    const dtype = floatOf(node.dtype);
    const all = moveaxis(to(logits, dtype), along, -1);
    const u = new Tensor(uniformAbove0(bitsOf(internShape([...wanted, count]), generator), 0, dtype));
    // Never 0, for infinite noise would outweigh a logit of −∞.
    const waiting = maximum(neg(log(u)), 2 ** -60);
    return finish(argmax(sub(all, log(waiting)), -1).node, { name });
  });
}
