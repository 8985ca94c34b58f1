/**
 * lgamma, the polygamma functions and erfinv in float64, within a few units in the last place; around a zero that is no whole number,
 * of the size of 1.
 */
import { erfcFloat64, erfFloat64 } from './erf.js';

const EULER = 0.5772156649015329;
const HALF_LOG_2PI = 0.9189385332046728;

/** Bernoulli numbers B₂, B₄, … over (2k)!, as in the formula of Euler and Maclaurin. */
const EULER_MACLAURIN = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510].map((b, k) => {
  let factorial = 1;
  for (let i = 2; i <= 2 * k + 2; i++) factorial *= i;
  return b / factorial;
});

/** Σ 1/(x + k)ˢ over k ≥ 0 for x ≥ 0 and whole s ≥ 2: the first terms one by one, the others by Euler and Maclaurin. */
export function hurwitzZeta(s: number, x: number): number {
  const count = 12 + s;
  const y = x + count;
  let rising = s;
  let tail = y / (s - 1) + 0.5;
  let power = 1 / y;
  EULER_MACLAURIN.forEach((c, k) => {
    tail += c * rising * power;
    rising *= (s + 2 * k + 1) * (s + 2 * k + 2);
    power /= y * y;
  });
  let sum = tail * y ** -s;
  for (let k = count - 1; k >= 0; k--) sum += (x + k) ** -s;
  return sum;
}

/** |sin πx| and cot πx from the distance to the nearest whole number, which is exact. */
function circular(x: number): { readonly sine: number; readonly cotangent: number } {
  const rest = x - Math.round(x);
  const size = Math.abs(rest);
  const near = size <= 0.25;
  const angle = Math.PI * (near ? size : 0.5 - size);
  const cotangent = near ? 1 / Math.tan(angle) : Math.tan(angle);
  return {
    sine: near ? Math.sin(angle) : Math.cos(angle),
    cotangent: rest < 0 || Object.is(rest, -0) ? -cotangent : cotangent,
  };
}

/** log x − ψ(x) − 1/(2x) from 10 on, in 1/x², over 1/x². */
const DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160];

function digammaAbove0(x: number): number {
  const count = Math.max(0, Math.ceil(10 - x));
  const y = x + count;
  const z = 1 / (y * y);
  let value = Math.log(y) - 0.5 / y - DIGAMMA.reduceRight((t, c) => (t + c) * z, 0);
  for (let k = count - 1; k >= 0; k--) value -= 1 / (x + k);
  return value;
}

/**
 * Coefficients of the n-th derivative of cot, as a polynomial in cot, from the constant one up: each derivative is −(1 + c²) times that
 * with respect to c.
 */
export function cotangentDerivative(order: number): number[] {
  let p = [0, 1];
  for (let k = 0; k < order; k++) {
    const d = p.slice(1).map((c, i) => -c * (i + 1));
    p = [...d, 0, 0].map((c, i) => c + (d[i - 2] ?? 0));
  }
  return p;
}

/** The derivative of digamma of the given order; below 0 by the reflection of the arguments x and 1 − x. */
export function polygammaFloat64(order: number, x: number): number {
  if (x <= 0 && Number.isInteger(x)) return order % 2 === 1 ? Infinity : x === 0 ? -1 / x : Number.NaN;
  if (x === Infinity) return order === 0 ? x : 0;
  const sign = order % 2 === 0 ? -1 : 1;
  let factorial = 1;
  for (let i = 2; i <= order; i++) factorial *= i;
  const y = x < 0 ? 1 - x : x;
  const above = order === 0 ? digammaAbove0(y) : sign * factorial * hurwitzZeta(order + 1, y);
  if (!(x < 0)) return above;
  const { cotangent } = circular(x);
  const derivative = cotangentDerivative(order).reduceRight((sum, c) => sum * cotangent + c, 0);
  return -(Math.PI ** (order + 1)) * derivative - sign * above;
}

/** Coefficients of lgamma(2 + z) − (1 − γ)·z over z², worked out when they are first needed. */
let around2: number[] | null = null;

/** lgamma(2 + z) for |z| ≤ ½. */
function lgammaAround2(z: number): number {
  around2 ??= Array.from({ length: 26 }, (_, i) => ((i % 2 === 0 ? 1 : -1) * hurwitzZeta(i + 2, 2)) / (i + 2));
  return z * (1 - EULER + z * around2.reduceRight((sum, c) => sum * z + c, 0));
}

/** lgamma(x) − (x − ½)·log x + x − ½·log 2π in 1/x², over 1/x. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

function lgammaAbove0(x: number): number {
  if (x < 0.5) return lgammaAround2(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return lgammaAround2(x - 1) - Math.log1p(x - 1);
  if (x < 10) {
    let y = x;
    let product = 1;
    while (y > 2.5) product *= --y;
    return lgammaAround2(y - 2) + Math.log(product);
  }
  const z = 1 / (x * x);
  return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_2PI - 0.5 + STIRLING.reduceRight((t, c) => t * z + c, 0) / x);
}

/** log |Γ(x)|; below 0 by the reflection of x and −x. */
export function lgammaFloat64(x: number): number {
  const size = Math.abs(x);
  if (size === Infinity) return Infinity;
  if (x > 0 || Number.isNaN(x)) return lgammaAbove0(x);
  if (Number.isInteger(x)) return Infinity;
  return Math.log(Math.PI / circular(x).sine) - Math.log(size) - lgammaAbove0(size);
}

/** erfinv by Halley's method from a rough beginning, in what is left of erf or erfc. */
export function erfinvFloat64(x: number): number {
  const size = Math.abs(x);
  if (!(size < 1)) return size === 1 ? x * Infinity : Number.NaN;
  // Winitzki's formula, which is right to 2 ‰.
  const l = Math.log((1 - size) * (1 + size));
  const half = 2 / (Math.PI * 0.147) + l / 2;
  let y = Math.sqrt(Math.sqrt(half * half - l / 0.147) - half);
  for (let i = 0; i < 3; i++) {
    const beyond = size < 0.5 ? erfFloat64(y) - size : 1 - size - erfcFloat64(y);
    const step = (beyond * Math.sqrt(Math.PI) * Math.exp(y * y)) / 2;
    y -= step / (1 + y * step);
  }
  return x < 0 || Object.is(x, -0) ? -y : y;
}
