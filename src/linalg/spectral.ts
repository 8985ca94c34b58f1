/**
 * Factorisations with orthogonal matrices: QR, eigenvectors of symmetric matrices, singular values.
 */
import { ArgumentError, GraphError } from '../base/errors.js';
import { cat, eq, eye, logicalAnd, slice, type Tensor, tril, triu, unsqueeze, where } from '../tensor/index.js';
import { expectFinite, expectSymmetric, transposed } from './dense/matrix.js';
import { completeRows, factorQR } from './dense/orthogonal.js';
import { eigenSymmetric, singular } from './dense/spectral.js';
import { adjoint, algorithm, bundle, call, matrixOf, parts, type Size, sizeOfMatrix, squareOf } from './matrices.js';
import { solveTriangle } from './triangular.js';

/** Rows of Q and R one after another. */
const qrSizes = ([m, n]: Size, complete: boolean): Size[] => {
  const k = complete ? m : Math.min(m, n);
  return [
    [m, k],
    [k, n],
  ];
};

/** q with orthonormal columns and the upper triangle r with q·r = a */
const factoring = algorithm<{ readonly complete: boolean }>({
  name: 'qr',
  arity: 1,
  result: ([size], { complete }) => [qrSizes(size!, complete).reduce((sum, [r, c]) => sum + r * c, 0)],
  compute([a], [[m, n]], { complete }) {
    const { q, r } = factorQR(a!, m, n, complete);
    return bundle(q, r);
  },
  flops: ([[m, n]]) => 4 * m * n * Math.min(m, n),
  // Walter and Lehmann, Algorithmic differentiation of linear algebra functions (2010), for at least as many rows as columns.
  // With fewer, r = [u | v] and a = [x | q·v], so that q and u are the factors of x, and v adds to the cotangent of q.
  vjp({ src: [a], out, attrs: { complete } }, cotangent) {
    const [m, n] = sizeOfMatrix(a!.shape);
    if (complete && m > n)
      throw new GraphError(
        "qr: mode 'complete' has no gradient for more rows than columns, for the columns beyond those are any that fit: use 'reduced'",
      );
    const sizes = qrSizes([m, n], false);
    const [q, r] = parts(out, ...sizes) as [Tensor, Tensor];
    let [ofQ, ofR] = parts(cotangent, ...sizes) as [Tensor, Tensor];
    if (m >= n) return [thin(q, r, ofQ, ofR)];
    const split = (x: Tensor): [Tensor, Tensor] => [slice(x, '...', [0, m]), slice(x, '...', [m, n])];
    const [u] = split(r);
    const [ofU, ofV] = split(ofR);
    ofQ = ofQ.add(split(a!)[1].matmul(adjoint(ofV)));
    return [cat([thin(q, u, ofQ, ofU), q.matmul(ofV)], -1)];
  },
});

/** The cotangent of q·r, where r is square: (q̄ + q·m)·r⁻ᵀ with m symmetric, and equal to r·r̄ᵀ − q̄ᵀ·q in its lower triangle. */
function thin(q: Tensor, r: Tensor, ofQ: Tensor, ofR: Tensor): Tensor {
  const inner = r.matmul(adjoint(ofR)).sub(adjoint(ofQ).matmul(q));
  const symmetric = tril(inner).add(adjoint(tril(inner, -1)));
  const whole = ofQ.add(q.matmul(symmetric));
  return adjoint(solveTriangle(r, adjoint(whole), { upper: true, unit: false }));
}

/**
 * a = Q·R for each matrix of a [..., m, n]: Q with orthonormal columns, [..., m, k], and an upper triangle R, [..., k, n]. k is min(m, n), or m
 * in mode `complete`. By Householder reflections; the signs are LAPACK's. Has a gradient where the first k columns are independent.
 * @example
 * qr(tensor([[3, 1], [4, 2]])).R.slice(0, 0).round() // -5
 */
export function qr(
  a: Tensor,
  mode: 'reduced' | 'complete' = 'reduced',
): {
  /** Orthonormal columns: [..., m, k], k being min(m, n), or m where the mode is `complete`. */
  readonly Q: Tensor;
  /** The upper triangle: [..., k, n]. */
  readonly R: Tensor;
} {
  if (mode !== 'reduced' && mode !== 'complete')
    throw new ArgumentError(`qr: the mode is 'reduced' or 'complete', got ${JSON.stringify(mode)}`);
  const matrix = matrixOf('qr', a);
  const complete = mode === 'complete';
  const sizes = qrSizes(sizeOfMatrix(matrix.shape), complete);
  const [Q, R] = parts(call(factoring, [matrix], { complete }), ...sizes) as [Tensor, Tensor];
  return { Q, R: triu(R) };
}

/** x / y, where 0 / 0 is 0: nothing arrives, so it does not matter that two values are equal. */
function quotient(x: Tensor, y: Tensor): Tensor {
  const nothing = logicalAnd(eq(x, 0), eq(y, 0));
  return x.div(where(nothing, 1, y));
}

/** d[j] − d[i] at [i, j]. */
const differences = (d: Tensor): Tensor => unsqueeze(d, -2).sub(unsqueeze(d, -1));

/** A matrix with d on its diagonal. */
const diagonalOf = (d: Tensor): Tensor =>
  unsqueeze(d, -1).mul(eye(d.shape.at(-1)!, d.shape.at(-1)!, { dtype: d.dtype }));

/** Eigenvalues in ascending order and orthonormal eigenvectors of a symmetric matrix. */
const eigen = algorithm<undefined>({
  name: 'eigh',
  arity: 1,
  result: ([[n]]) => [n + n * n],
  compute([a], [[n]], _, digits) {
    expectFinite(a!);
    expectSymmetric(a!, n, digits);
    const { values, vectors } = eigenSymmetric(a!, n);
    return bundle(values, transposed(vectors, n, n));
  },
  flops: ([[n]]) => 9 * n ** 3,
  // Giles, Collected matrix derivative results (2008), section 3.1, for an a that moves among the symmetric ones.
  vjp({ src: [a], out }, cotangent) {
    const n = a!.shape.at(-1)!;
    const [values, vectors] = parts(out, [n], [n, n]) as [Tensor, Tensor];
    const [ofValues, ofVectors] = parts(cotangent, [n], [n, n]) as [Tensor, Tensor];
    const turn = adjoint(vectors).matmul(ofVectors);
    const inner = quotient(turn.sub(adjoint(turn)).mul(0.5), differences(values)).add(diagonalOf(ofValues));
    return [vectors.matmul(inner).matmul(adjoint(vectors))];
  },
});

/** The symmetric matrix that one triangle of x tells, or x itself. */
function mirrored(x: Tensor, triangle: EighOptions['triangle']): Tensor {
  if (triangle === undefined) return x;
  return triangle === 'L' ? tril(x).add(adjoint(tril(x, -1))) : triu(x).add(adjoint(triu(x, 1)));
}

/** Options of {@link eigh} and {@link eigvalsh}. */
export interface EighOptions {
  /** Reads this triangle only, the lower or the upper one; the other may hold anything. Unless told, the matrix must be symmetric. */
  readonly triangle?: 'L' | 'U';
}

/**
 * The eigenvalues of symmetric matrices a [..., n, n] in ascending order, [..., n], and their eigenvectors, the columns of [..., n, n], each of
 * length 1 and of either sign. By reduction to a tridiagonal matrix and the QL iteration. Eigenvectors of equal eigenvalues are any
 * that fit, so a gradient that depends on which is not finite.
 * @throws LinAlgError, when the value is computed, for a matrix that is not symmetric (to half its digits) or not finite
 * @example
 * eigh(tensor([[2, 0], [0, 1]])).eigenvalues // [1, 2]
 * eigh(tensor([[2, 0], [0, 1]])).eigenvectors.abs() // [[0, 1], [1, 0]]
 */
export function eigh(
  a: Tensor,
  { triangle }: EighOptions = {},
): {
  /** In ascending order: [..., n]. */
  readonly eigenvalues: Tensor;
  /** Orthonormal, one a column, in the order of the values: [..., n, n]. */
  readonly eigenvectors: Tensor;
} {
  if (triangle !== undefined && triangle !== 'L' && triangle !== 'U')
    throw new ArgumentError(`eigh: the triangle is 'L' or 'U', got ${JSON.stringify(triangle)}`);
  const square = squareOf('eigh', a);
  const n = square.shape.at(-1)!;
  const both = call(eigen, [mirrored(square, triangle)], undefined);
  const [eigenvalues, eigenvectors] = parts(both, [n], [n, n]) as [Tensor, Tensor];
  return { eigenvalues, eigenvectors };
}

/** The eigenvalues of {@link eigh} alone. */
export const eigvalsh = (a: Tensor, options: EighOptions = {}): Tensor => eigh(a, options).eigenvalues;

const svdSizes = ([m, n]: Size): (readonly number[])[] => {
  const k = Math.min(m, n);
  return [[m, k], [k], [k, n]];
};

/** u with orthonormal columns, descending s and vh with orthonormal rows, with u·diag(s)·vh = a */
const decomposing = algorithm<undefined>({
  name: 'svd',
  arity: 1,
  result: ([[m, n]]) => [Math.min(m, n) * (m + n + 1)],
  compute([a], [[m, n]]) {
    expectFinite(a!);
    const { values, left, right } = singular(a!, m, n);
    return bundle(transposed(left, values.length, m), values, right);
  },
  flops: ([[m, n]]) => 12 * Math.max(m, n) * Math.min(m, n) ** 2,
  // Townsend, Differentiating the singular value decomposition (2016).
  vjp({ src: [a], out }, cotangent) {
    const sizes = svdSizes(sizeOfMatrix(a!.shape));
    const [u, s, vh] = parts(out, ...sizes) as [Tensor, Tensor, Tensor];
    const [ofU, ofS, ofVh] = parts(cotangent, ...sizes) as [Tensor, Tensor, Tensor];
    const [row, column] = [unsqueeze(s, -2), unsqueeze(s, -1)];
    const gaps = differences(s.square());
    const skew = (x: Tensor): Tensor => quotient(x.sub(adjoint(x)), gaps);
    const uu = adjoint(u).matmul(ofU);
    const vv = vh.matmul(adjoint(ofVh));
    const inner = skew(uu).mul(row).add(skew(vv).mul(column)).add(diagonalOf(ofS));
    // What points out of the spaces that the vectors span.
    const outU = quotient(ofU.sub(u.matmul(uu)), row).matmul(vh);
    const outV = u.matmul(quotient(ofVh.sub(adjoint(vv).matmul(vh)), column));
    return [u.matmul(inner).matmul(vh).add(outU).add(outV)];
  },
});

/** Columns that make an orthonormal basis of those of u. */
const completing = algorithm<undefined>({
  name: 'completion',
  arity: 1,
  result: ([[m, k]]) => [m, m - k],
  compute([u], [[m, k]]) {
    const rows = bundle(transposed(u!, m, k), new Float64Array((m - k) * m));
    completeRows(rows, k, m, m);
    return transposed(rows.subarray(k * m), m - k, m);
  },
  flops: ([[m, k]]) => 4 * m * m * (m - k),
  vjp() {
    throw new GraphError(
      'svd: with fullMatrices there is no gradient, for the vectors beyond the first min(m, n) are any that fit: leave it out',
    );
  },
});

/** Options of {@link svd}. */
export interface SvdOptions {
  /** Whether U and Vh are square: [..., m, m] and [..., n, n]. False unless told; PyTorch's default is true. */
  readonly fullMatrices?: boolean;
}

/**
 * a = U·diag(S)·Vh for each matrix of a [..., m, n]: orthonormal columns U [..., m, k] and rows Vh [..., k, n], singular values S [..., k] in
 * descending order, k = min(m, n). By one-sided Jacobi rotations, which find small singular values to high relative accuracy. Vectors
 * come with either sign, and those of equal values are any that fit, so a gradient that depends on which is not finite.
 * @throws LinAlgError, when the value is computed, for a matrix that is not finite
 * @example
 * svd(tensor([[0, 3], [2, 0]])).S // [3, 2]
 */
export function svd(
  a: Tensor,
  { fullMatrices = false }: SvdOptions = {},
): {
  /** Orthonormal columns: [..., m, min(m, n)]. */
  readonly U: Tensor;
  /** The singular values, the largest first: [..., min(m, n)]. */
  readonly S: Tensor;
  /** Orthonormal rows: [..., min(m, n), n]. */
  readonly Vh: Tensor;
} {
  const matrix = matrixOf('svd', a);
  const size = sizeOfMatrix(matrix.shape);
  const [U, S, Vh] = parts(call(decomposing, [matrix], undefined), ...svdSizes(size)) as [Tensor, Tensor, Tensor];
  if (!fullMatrices) return { U, S, Vh };
  const full = (columns: Tensor): Tensor => cat([columns, call(completing, [columns], undefined)], -1);
  return size[0] > size[1] ? { U: full(U), S, Vh } : { U, S, Vh: size[0] < size[1] ? adjoint(full(adjoint(Vh))) : Vh };
}

/**
 * The singular values of {@link svd} alone.
 * @example
 * svdvals(tensor([[0, 3], [2, 0]])) // [3, 2]
 */
export const svdvals = (a: Tensor): Tensor => svd(a).S;
