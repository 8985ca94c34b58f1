/**
 * The QR factorisation by Householder reflections, and bases made complete. After Golub and Van Loan, Matrix Computations (4th
 * ed.), section 5.2, with LAPACK's choice of signs.
 */
import { addTimes, dot, transposed } from './matrix.js';

/**
 * Replaces the `count` elements of x from `at` by the v of a reflection H = I − τ·v·vᵀ (v[0] = 1, which is not stored) that maps them to (β, 0, …),
 * with β in the place of v[0]. Returns τ; 0 where there is nothing to be done.
 */
export function reflector(x: Float64Array, at: number, count: number): number {
  const first = x[at]!;
  let most = 0;
  for (let k = 1; k < count; k++) most = Math.max(most, Math.abs(x[at + k]!));
  if (most === 0) return 0;
  const scale = Math.max(most, Math.abs(first));
  let squares = 0;
  for (let k = 0; k < count; k++) squares += (x[at + k]! / scale) ** 2;
  const beta = (first >= 0 ? -scale : scale) * Math.sqrt(squares);
  for (let k = 1; k < count; k++) x[at + k]! /= first - beta;
  x[at] = beta;
  return (beta - first) / beta;
}

/** Applies the reflection of the v at `at` of x to the `count` elements of y from `to`. */
function reflect(tau: number, x: Float64Array, at: number, y: Float64Array, to: number, count: number): void {
  if (tau === 0) return;
  const by = -tau * (y[to]! + dot(x, at + 1, y, to + 1, count - 1));
  y[to]! += by;
  addTimes(by, x, at + 1, y, to + 1, count - 1);
}

/** Q (m×k) and R (k×n) with Q·R = a (m×n), where k is min(m, n), or m when `complete`. */
export function factorQR(
  a: Float64Array,
  m: number,
  n: number,
  complete: boolean,
): { readonly q: Float64Array; readonly r: Float64Array } {
  const steps = Math.min(m, n);
  const k = complete ? m : steps;
  // Columns lie side by side here.
  const columns = transposed(a, m, n);
  const taus = new Float64Array(steps);
  for (let i = 0; i < steps; i++) {
    const at = i * m + i;
    const tau = (taus[i] = reflector(columns, at, m - i));
    for (let j = i + 1; j < n; j++) reflect(tau, columns, at, columns, j * m + i, m - i);
  }
  const r = new Float64Array(k * n);
  for (let i = 0; i < steps; i++) for (let j = i; j < n; j++) r[i * n + j] = columns[j * m + i]!;
  const q = new Float64Array(k * m);
  for (let j = 0; j < k; j++) q[j * m + j] = 1;
  for (let i = steps - 1; i >= 0; i--) {
    for (let j = i; j < k; j++) reflect(taus[i]!, columns, i * m + i, q, j * m + i, m - i);
  }
  return { q: transposed(q, k, m), r };
}

/**
 * Fills the rows from `known` up to `count` of q (count×m, count ≤ m) so that all its rows are orthonormal, as the first ones are: each
 * is the unit vector furthest from the rows before it, without its part along them.
 */
export function completeRows(q: Float64Array, known: number, count: number, m: number): void {
  for (let row = known; row < count; row++) {
    let best = 0;
    let most = -1;
    for (let j = 0; j < m; j++) {
      let rest = 1;
      for (let i = 0; i < row; i++) rest -= q[i * m + j]! ** 2;
      if (rest > most) [best, most] = [j, rest];
    }
    const at = row * m;
    q.fill(0, at, at + m);
    q[at + best] = 1;
    // Twice is enough: what is left of the first time is rounding.
    for (let time = 0; time < 2; time++) {
      for (let i = 0; i < row; i++) addTimes(-dot(q, at, q, i * m, m), q, i * m, q, at, m);
      const length = Math.sqrt(dot(q, at, q, at, m));
      for (let j = 0; j < m; j++) q[at + j]! /= length;
    }
  }
}
