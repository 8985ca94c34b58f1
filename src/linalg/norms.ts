/**
 * Sizes of vectors and matrices.
 */
import { ArgumentError } from '../base/errors.js';
import { type Axis, max, min, norm, type ReduceOptions, sum, type Tensor, unsqueeze } from '../tensor/index.js';
import { showKind } from '../tensor/operands.js';
import { matrixOf } from './matrices.js';
import { svdvals } from './spectral.js';

/**
 * The p-norm (Σ|x|ᵖ)^(1/p) over axes, or over all elements: 2 unless told, Infinity for the largest |x|, −Infinity for the smallest.
 * @example
 * vectorNorm(tensor([3, -4])) // 5
 */
export const vectorNorm = (x: Tensor, p = 2, axis: Axis = null, options: ReduceOptions = {}): Tensor =>
  norm(x, p, axis, options);

/**
 * `fro`: of all elements as one vector. `nuc`: the sum of the singular values. 2 and −2: the largest and the smallest of them. 1 and −1: the largest and
 * the smallest sum of a column's |elements|. Infinity and −Infinity: those of a row's.
 */
export type MatrixOrder = 'fro' | 'nuc' | number;

/**
 * A norm of each matrix of a [..., m, n]: the Frobenius norm unless told; see {@link MatrixOrder}. With `keepdim` the result is [..., 1, 1].
 * @example
 * matrixNorm(tensor([[1, -2], [3, 4]]), 1) // 6
 * matrixNorm(tensor([[1, -2], [3, 4]]), Infinity) // 7
 */
export function matrixNorm(a: Tensor, order: MatrixOrder = 'fro', { keepdim = false }: ReduceOptions = {}): Tensor {
  const size = sizeOf(matrixOf('matrixNorm', a), order);
  return keepdim ? unsqueeze(unsqueeze(size, -1), -1) : size;
}

function sizeOf(a: Tensor, order: MatrixOrder): Tensor {
  switch (order) {
    case 'fro':
      return norm(a, 2, [-2, -1]);
    case 'nuc':
      return sum(svdvals(a), -1);
    case 2:
      return max(svdvals(a), -1);
    case -2:
      return min(svdvals(a), -1);
    case 1:
    case Infinity:
      return max(norm(a, 1, order === 1 ? -2 : -1), -1);
    case -1:
    case -Infinity:
      return min(norm(a, 1, order === -1 ? -2 : -1), -1);
    default:
      throw new ArgumentError(
        `matrixNorm: the order is 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity, got ${showKind(order)}`,
      );
  }
}
