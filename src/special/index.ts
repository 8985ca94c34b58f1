/**
 * `chainrule/special`: the logarithm of the gamma function and its derivatives, and the inverse of the error function. One record of the
 * alphabet each; integers and bools are computed in float32. Above 0 within 4 units in the last place in float32 (polygamma of order 2 and
 * 3: 5 and 7) and in float64; where a function crosses zero elsewhere than at whole numbers, and below 0, where large terms cancel, of the
 * size of those.
 *
 * @module chainrule/special
 */
import { floatOf } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import * as ops from '../ops/index.js';
import { smooth } from '../tensor/forms.js';
import { castNode, nodeOrNumber, showKind, type TensorLike } from '../tensor/operands.js';
import { Tensor } from '../tensor/tensor.js';

/**
 * The number whose error function is x; ±∞ at ±1, NaN beyond.
 *
 * @example
 * erfinv(tensor([0, 1, -1])).toArray(); // [0, Infinity, -Infinity]
 */
export const erfinv = smooth(ops.erfinv);

/**
 * log |Γ(x)|, for whole x > 0 the logarithm of (x − 1)!; ∞ at 0, −1, −2, …
 *
 * @example
 * lgamma(tensor([1, 2, 5])).exp().round().toArray(); // [1, 1, 24]
 */
export const lgamma = smooth(ops.lgamma);

/**
 * The derivative of {@link lgamma}, ψ(x) = Γ′(x)/Γ(x); ∓∞ at ±0, NaN at −1, −2, …
 *
 * @example
 * digamma(tensor(1)).item().toFixed(5); // '-0.57722'
 */
export const digamma = (x: TensorLike): Tensor => polygamma(x, 0);

/**
 * The derivative of {@link digamma} of an order from 0 up: 1 gives trigamma. At −1, −2, … ∞ for an odd order, NaN for an even one.
 *
 * @example
 * polygamma(tensor(1), 1).mul(6).sqrt().item().toFixed(5); // '3.14159'
 * @throws ArgumentError unless the order is a whole number from 0 up
 */
export function polygamma(x: TensorLike, order: number): Tensor {
  if (!Number.isInteger(order) || order < 0)
    throw new ArgumentError(`polygamma: the order must be a whole number from 0 up, got ${showKind(order)}`);
  const node = nodeOrNumber('polygamma', x);
  return new Tensor(ops.polygammaNode(castNode(node, floatOf(node.dtype)), order));
}
