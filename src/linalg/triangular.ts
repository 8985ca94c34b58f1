/**
 * Triangular matrices: solving with them, and the Cholesky factorisation into two.
 */
import { ArgumentError } from '../base/errors.js';
import type { RoutineOp } from '../ir/op.js';
import { type Tensor, tril, triu } from '../tensor/index.js';
import { factorCholesky, substitute, type Triangle } from './dense/elimination.js';
import { expectSymmetric } from './dense/matrix.js';
import { adjoint, algorithm, call, matrixOf, rightSide, squareOf } from './matrices.js';

/** x of a·x = b for a triangle a */
const triangular: RoutineOp<Triangle> = algorithm<Triangle>({
  name: 'solveTriangular',
  arity: 2,
  result: ([, size]) => size!,
  compute([a, b], [[n], right], triangle) {
    substitute(a!, n, triangle, b!, right![1]);
    return b!;
  },
  flops: ([[n], right]) => n * n * right![1],
  vjp({ src: [a], out, attrs: { upper, unit } }, cotangent) {
    const right = solveTriangle(adjoint(a!), cotangent, { upper: !upper, unit });
    const whole = right.matmul(adjoint(out)).neg();
    const off = unit ? 1 : 0;
    return [upper ? triu(whole, off) : tril(whole, -off), right];
  },
});

/** x of a·x = b, where all is prepared: one batch, one dtype. */
export const solveTriangle = (a: Tensor, b: Tensor, triangle: Triangle): Tensor => call(triangular, [a, b], triangle);

/** Options of {@link solveTriangular}. */
export interface SolveTriangularOptions {
  /** Whether the upper triangle of a is meant; else the lower. */
  readonly upper: boolean;
  /** Whether a stands on the left, as in a·x = b; else x·a = b is solved. True unless told. */
  readonly left?: boolean;
  /** Whether the diagonal counts as ones, whatever stands there. */
  readonly unitriangular?: boolean;
}

/**
 * x of a·x = b, where a is [..., n, n], of which one triangle is read, and b is [..., n, k] or a vector of n; or of x·a = b with b [..., k, n]. Batches
 * broadcast. By substitution.
 * @throws LinAlgError, when the value is computed, for a 0 on the diagonal
 * @example
 * solveTriangular(tensor([[2, 0], [1, 4]]), tensor([2, 9]), { upper: false }) // [1, 2]
 */
export function solveTriangular(a: Tensor, b: Tensor, options: SolveTriangularOptions): Tensor {
  const { upper, left = true, unitriangular: unit = false } = options ?? {};
  if (typeof upper !== 'boolean')
    throw new ArgumentError('solveTriangular: say which triangle is meant, as in { upper: true }');
  const square = squareOf('solveTriangular', a);
  if (!left) {
    const turned = adjoint(matrixOf('solveTriangular', b));
    return adjoint(solveTriangular(adjoint(square), turned, { upper: !upper, unitriangular: unit }));
  }
  const { a: matrix, b: right, shaped } = rightSide('solveTriangular', square, b, square.shape.at(-1)!);
  return shaped(solveTriangle(matrix, right, { upper, unit }));
}

/** The lower triangle with half the diagonal. */
const lowerHalf = (x: Tensor): Tensor => tril(x).add(tril(x, -1)).mul(0.5);

/** The lower triangle l with l·lᵀ = a. */
const lower = algorithm<undefined>({
  name: 'cholesky',
  arity: 1,
  result: ([size]) => size!,
  compute([a], [[n]], _, digits) {
    expectSymmetric(a!, n, digits);
    return factorCholesky(a!, n);
  },
  flops: ([[n]]) => n ** 3 / 3,
  // Murray, Differentiation of the Cholesky decomposition (2016), section 3: lᵀ·ḡ·l = Φ(lᵀ·l̄).
  vjp({ out: l }, cotangent) {
    const inner = lowerHalf(adjoint(l).matmul(cotangent));
    const upper = { upper: true, unit: false };
    const half = solveTriangle(adjoint(l), inner, upper);
    const whole = adjoint(solveTriangle(adjoint(l), adjoint(half), upper));
    return [whole.add(adjoint(whole)).mul(0.5)];
  },
});

/** Options of {@link cholesky} and {@link choleskySolve}. */
export interface CholeskyOptions {
  /** Whether to return the upper triangle u with uᵀ·u = a instead of the lower one. */
  readonly upper?: boolean;
}

/**
 * The lower triangle l, with a diagonal above 0, for which l·lᵀ is the symmetric positive definite a [..., n, n].
 * @throws LinAlgError, when the value is computed, for a matrix that is not symmetric (to half its digits) or not positive definite
 * @example
 * cholesky(tensor([[4, 2], [2, 10]])) // [[2, 0], [1, 3]]
 */
export function cholesky(a: Tensor, { upper = false }: CholeskyOptions = {}): Tensor {
  const l = call(lower, [squareOf('cholesky', a)], undefined);
  return upper ? adjoint(l) : l;
}

/**
 * x of a·x = b from the Cholesky factor of a: the lower triangle, or with `upper` the upper one. b is [..., n, k] or a vector of n.
 * @example
 * choleskySolve(tensor([2, 3]), cholesky(tensor([[4, 0], [0, 9]]))) // [0.5, 0.3333333432674408]
 */
export function choleskySolve(b: Tensor, factor: Tensor, { upper = false }: CholeskyOptions = {}): Tensor {
  const l = upper ? adjoint(squareOf('choleskySolve', factor)) : squareOf('choleskySolve', factor);
  const first = solveTriangular(l, b, { upper: false });
  return solveTriangular(adjoint(l), first, { upper: true });
}
