/**
 * Linear algebra, `chainrule/linalg`: systems of equations, factorisations, and what follows from them. All functions take batches of
 * matrices in the last two axes, float32 or float64 (whole numbers become float32), and have gradients that can be differentiated again.
 *
 * @module chainrule/linalg
 */
export {
  det,
  inv,
  inverse,
  type LUFactors,
  lu,
  luFactor,
  luSolve,
  slogdet,
  solve,
} from './elimination.js';
export { cond, type LeastSquares, lstsq, matrixRank, pinv, type RankOptions } from './least-squares.js';
export { type MatrixOrder, matrixNorm, vectorNorm } from './norms.js';
export { matrixExp, matrixPower, multiDot } from './powers.js';
export {
  type EighOptions,
  eigh,
  eigvalsh,
  qr,
  type SvdOptions,
  svd,
  svdvals,
} from './spectral.js';
export {
  type CholeskyOptions,
  cholesky,
  choleskySolve,
  type SolveTriangularOptions,
  solveTriangular,
} from './triangular.js';
