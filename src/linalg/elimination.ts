/**
 * Systems of equations and what else comes from Gaussian elimination: inverses, determinants, the factorisation P·L·U.
 */
import { internShape } from '../base/shape.js';
import type { RoutineOp } from '../ir/op.js';
import {
  arange,
  argsort,
  cat,
  eq,
  eye,
  slice,
  Tensor,
  takeAlongAxis,
  to,
  tril,
  triu,
  unsqueeze,
} from '../tensor/index.js';
import { broadcastTo } from '../tensor/operands.js';
import { factorLU, solveSquare, type Triangle } from './dense/elimination.js';
import {
  adjoint,
  algorithm,
  bundle,
  call,
  matrixOf,
  parts,
  rightSide,
  sameBatch,
  sizeOfMatrix,
  squareOf,
} from './matrices.js';
import { solveTriangle } from './triangular.js';

/** x of a·x = b, for a caller of this name. */
const solver = (name: string): RoutineOp<undefined> =>
  algorithm<undefined>({
    name,
    arity: 2,
    result: ([, size]) => size!,
    compute: ([a, b], [[n], right]) => solveSquare(a!, n, b!, right![1]),
    flops: ([[n], right]) => (2 / 3) * n ** 3 + 2 * n * n * right![1],
    vjp({ src: [a], out }, cotangent) {
      const right = call(solving, [adjoint(a!), cotangent], undefined);
      return [right.matmul(adjoint(out)).neg(), right];
    },
  });
const solving = solver('solve');
const inverting = solver('inv');
const differentiating = solver('the gradient of det');

/** Ones on the diagonal of every matrix of a's batch. */
const identityLike = (a: Tensor): Tensor =>
  new Tensor(broadcastTo(eye(a.shape.at(-1)!, a.shape.at(-1)!, { dtype: a.dtype }).node, internShape(a.shape)));

/**
 * x of a·x = b, where a is [..., n, n], and b is [..., n, k] or a vector of n; batches broadcast. By elimination with partial pivoting.
 * @throws LinAlgError, when the value is computed, for a singular matrix
 * @example
 * solve(tensor([[2, 1], [1, 3]]), tensor([3, 4])) // [1, 1]
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  const square = squareOf('solve', a);
  const { a: matrix, b: right, shaped } = rightSide('solve', square, b, square.shape.at(-1)!);
  return shaped(call(solving, [matrix, right], undefined));
}

/**
 * The inverse of each matrix of a [..., n, n]. For inv(a)·b, solve(a, b) is faster and more exact.
 * @throws LinAlgError, when the value is computed, for a singular matrix
 * @example
 * inv(tensor([[2, 0], [0, 4]])) // [[0.5, 0], [0, 0.25]]
 */
export function inv(a: Tensor): Tensor {
  const square = squareOf('inv', a);
  return call(inverting, [square, identityLike(square)], undefined);
}

/** {@inheritDoc inv} */
export const inverse = inv;

/** The determinant, its sign, and the logarithm of its size. */
const determinant = algorithm<undefined>({
  name: 'det',
  arity: 1,
  result: () => [3],
  compute([a], [[n]]) {
    const { sign } = factorLU(a!, n, n);
    let [product, side, logarithm] = [sign, sign, 0];
    for (let k = 0; k < n; k++) {
      const pivot = a![k * n + k]!;
      product *= pivot;
      side *= Math.sign(pivot);
      logarithm += Math.log(Math.abs(pivot));
    }
    return [product, side, logarithm];
  },
  flops: ([[n]]) => (2 / 3) * n ** 3,
  // d det = det · tr(a⁻¹·da) (Jacobi's formula); that of the logarithm is the trace alone, the sign does not vary.
  vjp({ src: [a], out }, cotangent) {
    const by = slice(cotangent, '...', 0)
      .mul(slice(out, '...', 0))
      .add(slice(cotangent, '...', 2));
    const inverted = call(differentiating, [adjoint(a!), identityLike(a!)], undefined);
    return [inverted.mul(unsqueeze(unsqueeze(by, -1), -1))];
  },
});

/**
 * The determinant of each matrix of a [..., n, n]; that of no rows is 1. It has a gradient where it is not 0.
 * @example
 * det(tensor([[1, 2], [3, 4]])) // -2
 */
export const det = (a: Tensor): Tensor => slice(call(determinant, [squareOf('det', a)], undefined), '...', 0);

/**
 * The sign of the determinant (−1, 0 or 1) and the natural logarithm of its size, which neither overflows nor underflows; −∞ for 0.
 * @example
 * slogdet(tensor([[0, 1], [1, 0]])).sign // -1
 */
export function slogdet(a: Tensor): {
  /** −1, 0 or 1 for each matrix: [...]. */
  readonly sign: Tensor;
  /** The logarithm of the determinant's size: [...]. */
  readonly logabsdet: Tensor;
} {
  const all = call(determinant, [squareOf('slogdet', a)], undefined);
  return { sign: slice(all, '...', 1), logabsdet: slice(all, '...', 2) };
}

const UNIT_LOWER: Triangle = { upper: false, unit: true };
const UPPER: Triangle = { upper: true, unit: false };

/** L (m×k) and U (k×n) from where both stand in one matrix. */
function triangles(packed: Tensor): { readonly l: Tensor; readonly u: Tensor } {
  const [m, n] = sizeOfMatrix(packed.shape);
  const k = Math.min(m, n);
  const l = tril(slice(packed, '...', [0, k]), -1).add(eye(m, k, { dtype: packed.dtype }));
  return { l, u: triu(slice(packed, '...', [0, k], [0, n])) };
}

/** Rows in another order: row i of the result is row order[i] of x. */
const rowsOf = (x: Tensor, order: Tensor): Tensor => (x.size === 0 ? x : takeAlongAxis(x, unsqueeze(order, -1), -2));

/** The factors of elimination with partial pivoting, and the order of the rows. */
const factoring = algorithm<undefined>({
  name: 'lu',
  arity: 1,
  result: ([[m, n]]) => [m * n + m],
  compute([a], [[m, n]]) {
    const { order } = factorLU(a!, m, n);
    return bundle(a!, order);
  },
  flops: ([[m, n]]) => m * n * Math.min(m, n),
  // From d(P·a) = dL·U + L·dU, where the triangles of L⁻¹·d(P·a)·U⁻¹ belong to one factor each; of an oblong matrix the
  // part beyond the square follows from one factor alone.
  vjp({ src: [a], out }, cotangent) {
    const [m, n] = sizeOfMatrix(a!.shape);
    const k = Math.min(m, n);
    const size = [[m, n], [m]];
    const [packed, order] = parts(out, ...size) as [Tensor, Tensor];
    const [given] = parts(cotangent, ...size) as [Tensor];
    const { l, u } = triangles(packed);
    const first = (x: Tensor): Tensor => slice(x, '...', [0, k], [0, k]);
    const below = (x: Tensor): Tensor => slice(x, '...', [k, m], [0, k]);
    const beside = (x: Tensor): Tensor => slice(x, '...', [0, k], [k, n]);
    const left = (x: Tensor): Tensor => solveTriangle(adjoint(first(l)), x, { upper: true, unit: true });
    const right = (x: Tensor): Tensor => adjoint(solveTriangle(first(u), adjoint(x), UPPER));
    let ofL = adjoint(first(l)).matmul(tril(first(given), -1));
    let ofU = triu(first(given)).matmul(adjoint(first(u)));
    if (n > k) ofL = ofL.sub(beside(given).matmul(adjoint(beside(u))));
    if (m > k) ofU = ofU.sub(adjoint(below(l)).matmul(below(given)));
    let whole = right(left(tril(ofL, -1).add(triu(ofU))));
    if (n > k) whole = cat([whole, left(beside(given))], -1);
    if (m > k) whole = cat([whole, right(below(given))], -2);
    return [rowsOf(whole, argsort(order))];
  },
});

/** What {@link luFactor} gives and {@link luSolve} takes. */
export interface LUFactors {
  /** U, and below its diagonal L without its ones: [..., m, n]. */
  readonly lu: Tensor;
  /** Of shape [..., m], int32: row i of the factors' product is row permutation[i] of the matrix. */
  readonly permutation: Tensor;
}

/**
 * The factors of a [..., m, n] by elimination with partial pivoting in one matrix, for {@link luSolve}.
 * @example
 * luFactor(tensor([[1, 2], [4, 4]])).lu // [[4, 4], [0.25, 1]]
 * luFactor(tensor([[1, 2], [4, 4]])).permutation // [1, 0]
 */
export function luFactor(a: Tensor): LUFactors {
  const matrix = matrixOf('luFactor', a);
  const [m, n] = sizeOfMatrix(matrix.shape);
  const [lu, order] = parts(call(factoring, [matrix], undefined), [m, n], [m]) as [Tensor, Tensor];
  return { lu, permutation: to(order, 'int32') };
}

/**
 * a = P·L·U for each matrix of a [..., m, n]: a permutation, a lower triangle with ones on its diagonal [..., m, k] and an upper one
 * [..., k, n], where k is min(m, n). The factors have gradients where the first k columns are independent.
 * @example
 * lu(tensor([[1, 2], [4, 4]])).L // [[1, 0], [0.25, 1]]
 * lu(tensor([[1, 2], [4, 4]])).P // [[0, 1], [1, 0]]
 */
export function lu(a: Tensor): {
  /** The permutation: [..., m, m]. */
  readonly P: Tensor;
  /** The lower triangle, with ones on its diagonal: [..., m, min(m, n)]. */
  readonly L: Tensor;
  /** The upper triangle: [..., min(m, n), n]. */
  readonly U: Tensor;
} {
  const { lu: packed, permutation } = luFactor(a);
  const { l, u } = triangles(packed);
  const rows = unsqueeze(arange(permutation.shape.at(-1)!), -1);
  return { P: to(eq(rows, unsqueeze(permutation, -2)), packed.dtype), L: l, U: u };
}

/**
 * x of a·x = b from {@link luFactor} of a: one factorisation for any number of right-hand sides, [..., n, k] or a vector of n.
 * @throws LinAlgError, when the value is computed, for a singular matrix
 * @example
 * luSolve(luFactor(tensor([[2, 1], [1, 3]])), tensor([3, 4])) // [1, 1]
 */
export function luSolve({ lu: packed, permutation }: LUFactors, b: Tensor): Tensor {
  const square = squareOf('luSolve', packed);
  const { b: right, shaped } = rightSide('luSolve', square, b, square.shape.at(-1)!);
  const [matrix, rows] = sameBatch('luSolve', square, rowsOf(right, permutation));
  return shaped(solveTriangle(matrix, solveTriangle(matrix, rows, UNIT_LOWER), UPPER));
}
