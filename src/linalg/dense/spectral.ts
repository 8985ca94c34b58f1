/**
 * Eigenvalues of symmetric matrices, by reduction to a tridiagonal one and the implicit QL iteration, and singular values,
 * by one-sided Jacobi rotations. After Golub and Van Loan, Matrix Computations (4th ed.), sections 8.3 and 8.6.
 */
import { addTimes, dot, EPSILON, identity, largest, multiply, Refusal, rotate, transposed } from './matrix.js';
import { completeRows, reflector } from './orthogonal.js';

/** Iterations for one eigenvalue, and sweeps of rotations: several times what is ever needed. */
const MOST = 60;

export interface Eigen {
  /** In ascending order. */
  readonly values: Float64Array;
  /** The eigenvector of each value is a row. */
  readonly vectors: Float64Array;
}

/** Of a·s with the largest |element| 1: s is a power of two, so nothing is rounded; 1 for zeros. */
const scaleOf = (a: Float64Array): number => {
  const most = largest(a);
  return most > 0 ? 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(most)))) : 1;
};

/** Reduces symmetric a (n×n), which is overwritten, to the tridiagonal T of a = Qᵀ·T·Q: its diagonals, and Q. */
function tridiagonal(
  a: Float64Array,
  n: number,
): { readonly d: Float64Array; readonly e: Float64Array; readonly q: Float64Array } {
  const taus = new Float64Array(n);
  const w = new Float64Array(n);
  const [d, e] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k + 1 < n; k++) {
    // The row beside the diagonal, which is also the column below it.
    const [at, from, count] = [k * n + k + 1, k + 1, n - k - 1];
    const tau = (taus[k] = reflector(a, at, count));
    e[k] = a[at]!;
    if (tau === 0) continue;
    a[at] = 1;
    for (let i = 0; i < count; i++) w[i] = tau * dot(a, (from + i) * n + from, a, at, count);
    addTimes((-tau / 2) * dot(w, 0, a, at, count), a, at, w, 0, count);
    for (let i = 0; i < count; i++) {
      const row = (from + i) * n + from;
      const [p, q] = [w[i]!, a[at + i]!];
      for (let j = 0; j < count; j++) a[row + j]! -= p * a[at + j]! + q * w[j]!;
    }
  }
  for (let k = 0; k < n; k++) d[k] = a[k * n + k]!;
  const q = identity(n);
  for (let k = n - 2; k >= 0; k--) {
    const [at, from, count] = [k * n + k + 1, k + 1, n - k - 1];
    if (taus[k] === 0) continue;
    for (let i = from; i < n; i++) {
      const row = i * n + from;
      addTimes(-taus[k]! * dot(q, row, a, at, count), a, at, q, row, count);
    }
  }
  return { d, e, q };
}

/** Columns that are turned at a time: of all rows they stay in the cache. */
const BLOCK = 64;

/** Turns rows m − 1 and m of q (n×n), then those before them, up to rows `first` and first + 1, each by its cosine and sine. */
function rotateRows(q: Float64Array, n: number, first: number, m: number, turns: Float64Array): void {
  for (let from = 0; from < n; from += BLOCK) {
    const count = Math.min(BLOCK, n - from);
    for (let i = m - 1; i >= first; i--) {
      rotate(q, i * n + from, (i + 1) * n + from, count, turns[2 * i]!, turns[2 * i + 1]!);
    }
  }
}

/** Makes the tridiagonal matrix (diagonal d, beside it e) diagonal, turning the rows of q along. */
function implicitQL(d: Float64Array, e: Float64Array, q: Float64Array, n: number): void {
  const turns = new Float64Array(2 * n);
  for (let l = 0; l < n; l++) {
    for (let iterations = 0; ; iterations++) {
      let m = l;
      while (m + 1 < n && Math.abs(e[m]!) > EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l) break;
      if (iterations === MOST)
        throw new Refusal('has eigenvalues that the iteration does not find', 'change its elements by a little');
      // Wilkinson's shift: the eigenvalue of the first 2×2 block that is nearer to its corner.
      const half = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      const root = Math.sqrt(half * half + 1);
      let g = d[m]! - d[l]! + e[l]! / (half + (half < 0 ? -root : root));
      let [s, c, p] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        const r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        const t = (d[i]! - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        [turns[2 * i], turns[2 * i + 1]] = [c, s];
      }
      rotateRows(q, n, i + 1, m, turns);
      e[m] = 0;
      if (i >= l) continue;
      d[l]! -= p;
      e[l] = g;
    }
  }
}

/** Eigenvalues and eigenvectors of symmetric a (n×n), which is overwritten. */
export function eigenSymmetric(a: Float64Array, n: number): Eigen {
  const scale = scaleOf(a);
  for (let i = 0; i < a.length; i++) a[i]! *= scale;
  const { d, e, q } = tridiagonal(a, n);
  implicitQL(d, e, q, n);
  const order = [...d.keys()].sort((i, j) => d[i]! - d[j]!);
  const values = Float64Array.from(order, (i) => d[i]! / scale);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(q.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values, vectors };
}

export interface Singular {
  /** In descending order. */
  readonly values: Float64Array;
  /** The left and right singular vectors are rows: `left` min(m, n) × m, `right` min(m, n) × n. */
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** Singular values and vectors of a (m×n). */
export function singular(a: Float64Array, m: number, n: number): Singular {
  if (m < n) {
    const { values, left, right } = singular(transposed(a, m, n), n, m);
    return { values, left: right, right: left };
  }
  const scale = scaleOf(a);
  const columns = transposed(a, m, n).map((x) => x * scale);
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) gram[i * n + j] = gram[j * n + i] = dot(columns, i * m, columns, j * m, m);
  }
  // The eigenvectors of aᵀ·a all but make the columns orthogonal; the rotations then have little left to do, and give small
  // singular values the digits that squaring has cost.
  const { vectors } = eigenSymmetric(gram, n);
  // By descending eigenvalue.
  const right = new Float64Array(n * n);
  for (let i = 0; i < n; i++) right.set(vectors.subarray((n - 1 - i) * n, (n - i) * n), i * n);
  const turned = multiply(right, columns, n, n, m);
  orthogonalise(turned, right, m, n);
  const lengths = Float64Array.from({ length: n }, (_, i) => Math.sqrt(dot(turned, i * m, turned, i * m, m)));
  const order = [...lengths.keys()].sort((i, j) => lengths[j]! - lengths[i]!);
  const left = new Float64Array(n * m);
  const sorted = new Float64Array(n * n);
  order.forEach((from, to) => {
    const length = lengths[from]!;
    sorted.set(right.subarray(from * n, (from + 1) * n), to * n);
    if (length > 0) addTimes(1 / length, turned, from * m, left, to * m, m);
  });
  const rank = lengths.filter((length) => length > 0).length;
  completeRows(left, rank, n, m);
  return { values: Float64Array.from(order, (i) => lengths[i]! / scale), left, right: sorted };
}

/** Turns the rows of a (n×m), and those of v (n×n) with them, until they are orthogonal: one-sided Jacobi sweeps. */
function orthogonalise(a: Float64Array, v: Float64Array, m: number, n: number): void {
  const tolerance = EPSILON * Math.max(4, Math.sqrt(m));
  for (let sweep = 0; sweep < MOST; sweep++) {
    let turned = false;
    const squares = Float64Array.from({ length: n }, (_, i) => dot(a, i * m, a, i * m, m));
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const product = dot(a, p * m, a, q * m, m);
        const [x, y] = [squares[p]!, squares[q]!];
        if (Math.abs(product) <= tolerance * Math.sqrt(x) * Math.sqrt(y)) continue;
        turned = true;
        const zeta = (y - x) / (2 * product);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        rotate(a, p * m, q * m, m, c, c * t);
        rotate(v, p * n, q * n, n, c, c * t);
        squares[p] = dot(a, p * m, a, p * m, m);
        squares[q] = dot(a, q * m, a, q * m, m);
      }
    }
    if (!turned) return;
  }
  throw new Refusal('has singular values that the iteration does not find', 'change its elements by a little');
}
