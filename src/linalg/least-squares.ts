/**
 * What singular values tell: pseudo-inverses, least squares, rank and condition.
 */

import type { DType } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { div, eye, gt, max, mul, slice, sum, type Tensor } from '../tensor/index.js';
import { showKind } from '../tensor/operands.js';
import { addTimes, expectFinite } from './dense/matrix.js';
import { singular } from './dense/spectral.js';
import { inv } from './elimination.js';
import { adjoint, algorithm, call, matrixOf, rightSide, sizeOfMatrix, squareOf } from './matrices.js';
import { type MatrixOrder, matrixNorm } from './norms.js';
import { svdvals } from './spectral.js';

/** What a singular value may be beside the largest to count as rounding, unless told: as NumPy and PyTorch have it. */
const tolerance = (dtype: DType, [m, n]: readonly [number, number]): number =>
  Math.max(m, n) * (dtype === 'float32' ? 2 ** -23 : 2 ** -52);

/** What counts as 0 where a rank matters. */
export interface RankOptions {
  /** Singular values up to this, relative to the largest, count as 0; max(m, n) · ε of the dtype unless told. */
  readonly rtol?: number;
}

function relative(op: string, a: Tensor, { rtol }: RankOptions): number {
  if (rtol === undefined) return tolerance(a.dtype, sizeOfMatrix(a.shape));
  if (!(typeof rtol === 'number' && rtol >= 0))
    throw new ArgumentError(`${op}: rtol must be a number from 0 up, got ${showKind(rtol)}`);
  return rtol;
}

/** The pseudo-inverse of Moore and Penrose. */
const inverting = algorithm<{ readonly rtol: number }>({
  name: 'pinv',
  arity: 1,
  result: ([[m, n]]) => [n, m],
  compute([a], [[m, n]], { rtol }) {
    expectFinite(a!);
    const { values, left, right } = singular(a!, m, n);
    const out = new Float64Array(n * m);
    values.forEach((s, k) => {
      if (s <= rtol * values[0]!) return;
      for (let i = 0; i < n; i++) addTimes(right[k * n + i]! / s, left, k * m, out, i * m, m);
    });
    return out;
  },
  flops: ([[m, n]]) => 14 * Math.max(m, n) * Math.min(m, n) ** 2,
  // Golub and Pereyra (1973), for an a that moves among those of its rank.
  vjp({ src: [a], out: p }, cotangent) {
    const [m, n] = sizeOfMatrix(a!.shape);
    const [pt, gt] = [adjoint(p), adjoint(cotangent)];
    const rest = (size: number, x: Tensor): Tensor => eye(size, size, { dtype: x.dtype }).sub(x);
    const within = pt.matmul(cotangent).matmul(pt);
    const rows = rest(m, a!.matmul(p)).matmul(gt).matmul(p).matmul(pt);
    const columns = pt
      .matmul(p)
      .matmul(gt)
      .matmul(rest(n, p.matmul(a!)));
    return [rows.add(columns).sub(within)];
  },
});

/**
 * The pseudo-inverse [..., n, m] of each matrix of a [..., m, n]: that of least squares and least norm. Its gradient is that among
 * matrices of the same rank.
 * @throws LinAlgError, when the value is computed, for a matrix that is not finite
 * @example
 * pinv(tensor([[2, 0], [0, 0]])) // [[0.5, 0], [0, 0]]
 */
export function pinv(a: Tensor, options: RankOptions = {}): Tensor {
  const matrix = matrixOf('pinv', a);
  return call(inverting, [matrix], { rtol: relative('pinv', matrix, options) });
}

/** What {@link lstsq} finds. */
export interface LeastSquares {
  /** The x of least Σ(a·x − b)², and of those that of least norm. */
  readonly solution: Tensor;
  /** That sum for each column of b. */
  readonly residuals: Tensor;
  /** int32, of the batch's shape. */
  readonly rank: Tensor;
  /** Those of a, the largest first. */
  readonly singularValues: Tensor;
}

/**
 * The x for which a·x comes nearest to b: a is [..., m, n] of any rank, b is [..., m, k] or a vector of m. By the pseudo-inverse.
 * @throws LinAlgError, when the value is computed, for a matrix that is not finite
 * @example
 * lstsq(tensor([[1], [1], [1]]), tensor([1, 2, 6])).solution.round() // [3]
 */
export function lstsq(a: Tensor, b: Tensor, options: RankOptions = {}): LeastSquares {
  const matrix = matrixOf('lstsq', a);
  const { a: left, b: right, shaped } = rightSide('lstsq', matrix, b, matrix.shape.at(-2)!);
  const x = pinv(left, options).matmul(right);
  const squares = sum(left.matmul(x).sub(right).square(), -2);
  return {
    solution: shaped(x),
    residuals: b.shape.length === 1 ? squares.squeeze(-1) : squares,
    rank: matrixRank(left, options),
    singularValues: svdvals(left),
  };
}

/**
 * How many singular values of each matrix of a [..., m, n] are not 0, as int32.
 * @example
 * matrixRank(tensor([[1, 2], [2, 4]])) // 1
 */
export function matrixRank(a: Tensor, options: RankOptions = {}): Tensor {
  const matrix = matrixOf('matrixRank', a);
  const values = svdvals(matrix);
  if (values.shape.at(-1) === 0) return sum(gt(values, 0), -1);
  const least = mul(max(values, -1, { keepdim: true }), relative('matrixRank', matrix, options));
  return sum(gt(values, least), -1);
}

/**
 * The condition number of each matrix of a: by how much solving with it magnifies errors. The largest singular value over the smallest
 * unless told; in another {@link MatrixOrder} ‖a‖·‖a⁻¹‖, for square matrices.
 * @example
 * cond(tensor([[1, 0], [0, 0.25]])) // 4
 */
export function cond(a: Tensor, order: MatrixOrder = 2): Tensor {
  if (order !== 2 && order !== -2) {
    const square = squareOf('cond', a);
    return mul(matrixNorm(square, order), matrixNorm(inv(square), order));
  }
  const values = svdvals(matrixOf('cond', a));
  const [largest, smallest] = [slice(values, '...', 0), slice(values, '...', -1)];
  return order === 2 ? div(largest, smallest) : div(smallest, largest);
}
