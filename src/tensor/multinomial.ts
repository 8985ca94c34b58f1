/**
 * Drawing from categories by weight.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { apply } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { add, div, ge, gt, isfinite, logicalAnd, logicalNot, minimum, mul, neg, to, where } from './elementwise.js';
import type { Generator } from './generator.js';
import { nodeOf, showKind } from './operands.js';
import { rand } from './random.js';
import { all, sum } from './reduce.js';
import { cummax, cumsum } from './scan.js';
import { slice } from './slicing.js';
import { searchsorted, topk } from './sorting.js';
import { Tensor } from './tensor.js';
import { log1p } from './transcendental.js';

/** Options of {@link multinomial}. */
export interface MultinomialOptions {
  /** Whether a category can be drawn again; not unless told. */
  replacement?: boolean;
  /** Where the numbers come from; the default generator unless told. */
  generator?: Generator;
}

/** 0 for rows of weights to draw from; else the computation fails. */
function checked(weights: Tensor, least: number): Tensor {
  const sound = all(logicalAnd(ge(weights, 0), isfinite(weights)), -1, { keepdim: true });
  const enough = ge(sum(gt(weights, 0), -1, { keepdim: true }), least);
  const failed = to(logicalNot(logicalAnd(sound, enough)), 'int32');
  const positive =
    least === 1 ? 'one of them above 0' : `${least} of them above 0, to draw as many without replacement`;
  const message = `multinomial: weights must be finite numbers from 0 up, and in each row at least ${positive}`;
  return new Tensor(apply(ops.checkIndex, [failed.node], { limit: 1, what: 'weights', message }));
}

/**
 * `count` categories drawn from each row of weights (the last axis), which need not add up to 1: int32 of shape [..., count].
 * Categories of weight 0 are never drawn. With replacement by searching the running totals, without it as the largest of
 * weights over exponential noise (Efraimidis and Spirakis, 2006); the noise and the totals are float64.
 * @throws ShapeError for a scalar, ArgumentError for a count that is none or larger than a row without replacement, IndexError when
 * the value is computed and weights are negative, not finite, or too few above 0
 * @example
 * multinomial(tensor([0, 3, 0]), 2, { replacement: true }) // [1, 1]
 */
export function multinomial(weights: Tensor, count: number, options: MultinomialOptions = {}): Tensor {
  const { shape } = nodeOf('multinomial', weights);
  const { replacement = false, generator } = options;
  const n = shape.at(-1);
  if (n === undefined)
    throw new ShapeError(`multinomial: takes rows of weights, got a tensor of shape ${showShape(shape)}`);
  if (!Number.isInteger(count) || count < 1 || (!replacement && count > n))
    throw new ArgumentError(
      `multinomial: the count is a whole number from 1 up, without replacement to the ${n} categories; got ${showKind(count)}`,
    );
  const w = to(weights, 'float64');
  const outer = shape.slice(0, -1);
  const draw = (last: number): Tensor => rand([...outer, last], { dtype: 'float64', generator });
  if (!replacement) {
    const noise = neg(log1p(neg(draw(n))));
    return add(topk(where(gt(w, 0), div(w, noise), -1), count).indices, checked(w, count));
  }
  // What adds nothing has the total of the one before it, to the last bit, so that no draw can fall upon it.
  const totals = cummax(where(gt(w, 0), cumsum(w, -1), 0), -1);
  const total = slice(totals, '...', [-1]);
  const found = searchsorted(totals, mul(draw(count), total), { side: 'right' });
  // A draw that was rounded up to the whole goes to the last that counts.
  return add(minimum(found, searchsorted(totals, total)), checked(w, 1));
}
