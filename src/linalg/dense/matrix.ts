/**
 * Small steps on rows of float64 matrices in row-major order, from which the algorithms of this folder are made, and how they refuse
 * a matrix. Each works on one matrix.
 */

/** The distance from 1 to the next float64. */
export const EPSILON = 2 ** -52;

/** Why an algorithm cannot go on: what is wrong with the matrix, and the remedy. */
export class Refusal extends Error {
  constructor(
    what: string,
    readonly remedy: string,
  ) {
    super(what);
  }
}

/** Σ x[i + k]·y[j + k] over `count` elements; four sums at a time, so that the additions do not wait for each other. */
export function dot(x: Float64Array, i: number, y: Float64Array, j: number, count: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    a += x[i + k]! * y[j + k]!;
    b += x[i + k + 1]! * y[j + k + 1]!;
    c += x[i + k + 2]! * y[j + k + 2]!;
    d += x[i + k + 3]! * y[j + k + 3]!;
  }
  for (; k < count; k++) a += x[i + k]! * y[j + k]!;
  return a + b + (c + d);
}

/** y[j + k] += by · x[i + k] for `count` elements. */
export function addTimes(by: number, x: Float64Array, i: number, y: Float64Array, j: number, count: number): void {
  for (let k = 0; k < count; k++) y[j + k]! += by * x[i + k]!;
}

/**
 * y[j + k] += Σ by[b + r·step] · x[i + r·width + k] over `rows` neighbouring rows of x, for `count` elements: four rows at a time, so that y is
 * gone through a quarter as often.
 */
export function addRows(
  by: Float64Array,
  b: number,
  step: number,
  rows: number,
  x: Float64Array,
  i: number,
  width: number,
  y: Float64Array,
  j: number,
  count: number,
): void {
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const at = b + r * step;
    const [p, q, s, t] = [by[at]!, by[at + step]!, by[at + 2 * step]!, by[at + 3 * step]!];
    const from = i + r * width;
    for (let k = 0; k < count; k++) {
      const x0 = from + k;
      y[j + k]! += p * x[x0]! + q * x[x0 + width]! + (s * x[x0 + 2 * width]! + t * x[x0 + 3 * width]!);
    }
  }
  for (; r < rows; r++) addTimes(by[b + r * step]!, x, i + r * width, y, j, count);
}

/** Turns two rows: (x, y) becomes (c·x − s·y, s·x + c·y). */
export function rotate(a: Float64Array, x: number, y: number, count: number, c: number, s: number): void {
  for (let k = 0; k < count; k++) {
    const p = a[x + k]!;
    const q = a[y + k]!;
    a[x + k] = c * p - s * q;
    a[y + k] = s * p + c * q;
  }
}

export function swapRows(a: Float64Array, i: number, j: number, columns: number): void {
  if (i === j) return;
  const row = a.slice(i * columns, (i + 1) * columns);
  a.copyWithin(i * columns, j * columns, (j + 1) * columns);
  a.set(row, j * columns);
}

export function transposed(a: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = a[i * n + j]!;
  return out;
}

export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}

/** a (m×k) times b (k×n). */
export function multiply(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) addRows(a, i * k, 1, k, b, 0, n, out, i * n, n);
  return out;
}

/** The largest |element|; NaN if there is one. */
export const largest = (a: Float64Array): number => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** @throws Refusal for NaN and infinities, on which an iteration would not end */
export function expectFinite(a: Float64Array): void {
  const at = a.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) throw new Refusal(`holds ${a[at]}`, 'only finite matrices have this decomposition');
}

/** @throws Refusal unless a (n×n) is symmetric to half its digits, so that what rounding does is forgiven */
export function expectSymmetric(a: Float64Array, n: number, digits: number): void {
  const most = digits * largest(a);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const [lower, upper] = [a[i * n + j]!, a[j * n + i]!];
      if (Math.abs(lower - upper) <= most || lower === upper || Number.isNaN(lower) || Number.isNaN(upper)) continue;
      throw new Refusal(
        `is not symmetric: element [${i}, ${j}] is ${lower}, [${j}, ${i}] is ${upper}`,
        'take the mean of it and its transpose if it should be',
      );
    }
  }
}
