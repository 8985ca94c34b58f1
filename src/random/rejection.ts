/**
 * Rejection without a loop: a fixed number of candidates side by side, of which the first that is accepted counts. There are so many
 * that none is accepted with a probability below the rounding unit of the dtype; then the last counts all the same.
 */
import * as ops from '../ops/index.js';
import { eq, where } from '../tensor/elementwise.js';
import { min, sum } from '../tensor/reduce.js';
import { Tensor } from '../tensor/tensor.js';

/** Along the last axis, the value of the first candidate that is accepted. */
export function firstAccepted(accepted: Tensor, value: Tensor): Tensor {
  const { shape } = accepted;
  const last = shape.length - 1;
  const place = new Tensor(ops.iotaNode(shape, last));
  const first = min(where(accepted, place, shape[last]! - 1), last, { keepdim: true });
  return sum(where(eq(place, first), value, 0), last);
}
