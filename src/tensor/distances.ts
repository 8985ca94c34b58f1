/**
 * Distances between all pairs of points.
 */
import { floatOf, promote } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { broadcastShapes, showShape } from '../base/shape.js';
import { add, maximum, mul, square, sub, to, where } from './elementwise.js';
import { norm } from './norms.js';
import { nodeOf, showKind } from './operands.js';
import { matmul } from './products.js';
import { sum } from './reduce.js';
import { transpose, unsqueeze } from './shape.js';
import type { Tensor } from './tensor.js';

/** Options of {@link cdist}. */
export interface CdistOptions {
  /**
   * How distances of p = 2 are computed: `direct`, coordinate by coordinate, or by the `product` of all points, as
   * √(|a|² + |b|² − 2a·b). The product is faster for many points of many coordinates and loses digits where points are near to each
   * other compared with their distance from the origin. `direct` unless told.
   */
  mode?: 'direct' | 'product';
}

/**
 * The p-norm of a − b for each point of a [..., m, d] and each of b [..., n, d]: [..., m, n], in floats. Batch axes broadcast; p is 2
 * unless told, 0 counts coordinates that differ, Infinity takes the largest. Where points coincide the gradient is 0.
 * @throws ShapeError when points have different numbers of coordinates, ArgumentError for p below 0
 * @example
 * cdist(tensor([[0, 0], [3, 0]]), tensor([[0, 4]])) // [[4], [5]]
 */
export function cdist(a: Tensor, b: Tensor, p = 2, options: CdistOptions = {}): Tensor {
  const [x, y] = [nodeOf('cdist', a), nodeOf('cdist', b)];
  const { mode = 'direct' } = options;
  if (!(p >= 0)) throw new ArgumentError(`cdist: p must be a number from 0 up, or Infinity, got ${showKind(p)}`);
  if (mode !== 'direct' && mode !== 'product')
    throw new ArgumentError(`cdist: mode is 'direct' or 'product', got ${showKind(mode)}`);
  if (mode === 'product' && p !== 2) throw new ArgumentError(`cdist: mode 'product' is for p = 2, got p = ${p}`);
  if (x.shape.length < 2 || y.shape.length < 2 || x.shape.at(-1) !== y.shape.at(-1)) {
    throw new ShapeError(
      `cdist: shapes ${showShape(x.shape)} and ${showShape(y.shape)}; expected [..., m, d] and [..., n, d], points of as many coordinates`,
    );
  }
  broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2), 'cdist');
  const dtype = floatOf(promote(x.dtype, y.dtype));
  const [points, others] = [to(a, dtype), to(b, dtype)];
  if (mode === 'product') return byProduct(points, others);
  const difference = sub(unsqueeze(points, -2), unsqueeze(others, -3));
  // A fold over no coordinates has no largest one.
  return x.shape.at(-1) === 0 ? sum(difference, -1) : norm(difference, p, -1);
}

function byProduct(a: Tensor, b: Tensor): Tensor {
  const own = sum(square(a), -1, { keepdim: true });
  const other = unsqueeze(sum(square(b), -1), -2);
  const squared = maximum(add(add(own, other), mul(matmul(a, transpose(b, -2, -1)), -2)), 0);
  const zero = squared.eq(0);
  return where(zero, 0, where(zero, 1, squared).sqrt());
}
