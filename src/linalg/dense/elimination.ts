/**
 * Gaussian elimination with partial pivoting, substitution, and the Cholesky factorisation, after Golub and Van Loan, Matrix
 * Computations (4th ed.), chapters 3 and 4.
 */
import { addRows, addTimes, dot, EPSILON, Refusal, swapRows } from './matrix.js';

export interface Pivots {
  /** Row i of the factors is row order[i] of the matrix. */
  readonly order: Int32Array;
  /** The sign of that permutation. */
  readonly sign: number;
}

/** Replaces a (m×n) by its factors: L below the diagonal, whose own diagonal is 1, and U. */
export function factorLU(a: Float64Array, m: number, n: number): Pivots {
  const order = Int32Array.from({ length: m }, (_, i) => i);
  let sign = 1;
  for (let k = 0; k < Math.min(m, n); k++) {
    let p = k;
    for (let i = k + 1; i < m; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[p * n + k]!)) p = i;
    if (p !== k) {
      swapRows(a, k, p, n);
      [order[k], order[p]] = [order[p]!, order[k]!];
      sign = -sign;
    }
    const pivot = a[k * n + k]!;
    // All below is 0 as well.
    if (pivot === 0) continue;
    for (let i = k + 1; i < m; i++) {
      const by = (a[i * n + k]! /= pivot);
      addTimes(-by, a, k * n + k + 1, a, i * n + k + 1, n - k - 1);
    }
  }
  return { order, sign };
}

/**
 * As {@link factorLU} of a square matrix that shall have an inverse.
 * @throws Refusal when a pivot is nothing but rounding beside the elements of its row and its column
 */
export function factorRegular(a: Float64Array, n: number): Pivots {
  const rows = new Float64Array(n);
  const columns = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const size = Math.abs(a[i * n + j]!);
      rows[i] = Math.max(rows[i]!, size);
      columns[j] = Math.max(columns[j]!, size);
    }
  }
  const pivots = factorLU(a, n, n);
  for (let k = 0; k < n; k++) {
    const size = Math.min(rows[pivots.order[k]!]!, columns[k]!);
    if (Math.abs(a[k * n + k]!) <= n * EPSILON * size) {
      throw new Refusal(
        `is singular: to working precision, column ${k} is a combination of the columns before it`,
        'use pinv or lstsq, or add a small multiple of the identity',
      );
    }
  }
  return pivots;
}

/** The rows of b (n columns) in the order of the pivots. */
export function permuteRows(b: Float64Array, { order }: Pivots, columns: number): Float64Array {
  const out = new Float64Array(b.length);
  order.forEach((from, i) => {
    out.set(b.subarray(from * columns, (from + 1) * columns), i * columns);
  });
  return out;
}

/** Which triangle of a matrix stands for it, and whether its diagonal counts as ones. */
export interface Triangle {
  readonly upper: boolean;
  readonly unit: boolean;
}

/** Replaces b (n×columns) by the x of a·x = b, where a (n×n) is a triangle. @throws Refusal for a 0 on its diagonal */
export function substitute(
  a: Float64Array,
  n: number,
  { upper, unit }: Triangle,
  b: Float64Array,
  columns: number,
): void {
  const row = new Float64Array(columns);
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const [from, end] = upper ? [i + 1, n] : [0, i];
    row.fill(0);
    addRows(a, i * n + from, 1, end - from, b, from * columns, columns, row, 0, columns);
    for (let k = 0; k < columns; k++) b[i * columns + k]! -= row[k]!;
    if (unit) continue;
    const pivot = a[i * n + i]!;
    if (pivot === 0) {
      throw new Refusal(
        `is singular: element [${i}, ${i}] of its diagonal is 0`,
        'a triangle without zeros there has an inverse',
      );
    }
    for (let k = 0; k < columns; k++) b[i * columns + k]! /= pivot;
  }
}

/** x of a·x = b for square a (n×n), which is overwritten. @throws Refusal when a is singular */
export function solveSquare(a: Float64Array, n: number, b: Float64Array, columns: number): Float64Array {
  const x = permuteRows(b, factorRegular(a, n), columns);
  substitute(a, n, { upper: false, unit: true }, x, columns);
  substitute(a, n, { upper: true, unit: false }, x, columns);
  return x;
}

/** The lower triangle L with L·Lᵀ = a (n×n), of which the lower triangle is read. @throws Refusal unless a is positive definite */
export function factorCholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      l[i * n + j] = (a[i * n + j]! - dot(l, i * n, l, j * n, j)) / l[j * n + j]!;
    }
    const square = a[i * n + i]! - dot(l, i * n, l, i * n, i);
    if (!(square > 0)) {
      throw new Refusal(
        `is not positive definite: the determinant of its first ${i + 1} rows and columns is not above 0`,
        'add a small multiple of the identity, or use eigh, which takes any symmetric matrix',
      );
    }
    l[i * n + i] = Math.sqrt(square);
  }
  return l;
}
