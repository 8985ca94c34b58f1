/**
 * Every continuous distribution at fixed seeds by the test of Kolmogorov and Smirnov: the largest distance between the drawn numbers'
 * distribution function and the distribution's own.
 */
import { describe, expect, it } from 'vitest';
import { Generator, rand, randn, type Tensor, tensor } from '../../src/index.js';
import { beta, exponential, gamma, laplace, normal, truncatedNormal, uniform } from '../../src/random/index.js';
import { lgamma } from '../../src/special/index.js';

const COUNT = 4000;
type Distribution = (x: number) => number;

/** log Γ(x) in float64, which has tests of its own. */
const logGamma = (x: number): number => lgamma(tensor(x, { dtype: 'float64' })).item();

/** Φ, by the series Σ x^(2k+1) / (1·3·…·(2k+1)), which is exact enough within the eight standard deviations that are asked for. */
function normalCdf(x: number): number {
  if (Math.abs(x) > 8) return x < 0 ? 0 : 1;
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The regularised lower incomplete gamma function by its power series. */
function gammaCdf(a: number, rate: number): Distribution {
  const logOfGamma = logGamma(a + 1);
  return (y) => {
    const x = y * rate;
    let term = 1;
    let sum = 1;
    for (let k = 1; term > 1e-17 * sum; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return Math.exp(a * Math.log(x) - x - logOfGamma) * sum;
  };
}

/** The regularised incomplete beta function: B(x; a, b) = x^a (1 − x)^b / a · Σ Π (a + b + i)/(a + 1 + i) · x. */
function betaCdf(a: number, b: number): Distribution {
  const lower = (x: number, p: number, q: number): number => {
    let term = 1;
    let sum = 1;
    for (let i = 0; term > 1e-17 * sum; i++) {
      term *= ((p + q + i) / (p + 1 + i)) * x;
      sum += term;
    }
    return (sum * Math.exp(p * Math.log(x) + q * Math.log1p(-x) - logBeta)) / p;
  };
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  // The series is fast in the lower half; the rest is that of 1 − x.
  return (x) => (x <= 0 ? 0 : x >= 1 ? 1 : x < 0.5 ? lower(x, a, b) : 1 - lower(1 - x, b, a));
}

const within = (x: number): number => Math.min(Math.max(x, 0), 1);

const truncatedCdf = (mean: number, std: number, low: number, high: number): Distribution => {
  const [from, to] = [normalCdf((low - mean) / std), normalCdf((high - mean) / std)];
  return (x) => (normalCdf((x - mean) / std) - from) / (to - from);
};

interface Drawing {
  readonly draw: (options: { shape: number[]; dtype: 'float32' | 'float64'; generator: Generator }) => Tensor;
  readonly cdf: Distribution;
}

const DRAWINGS: Readonly<Record<string, Drawing>> = {
  rand: { draw: ({ shape, ...o }) => rand(shape, o), cdf: within },
  randn: { draw: ({ shape, ...o }) => randn(shape, o), cdf: normalCdf },
  'normal(−3, 0.5)': { draw: (o) => normal(-3, 0.5, o), cdf: (x) => normalCdf((x + 3) / 0.5) },
  'uniform(−2, 5)': { draw: (o) => uniform(-2, 5, o), cdf: (x) => within((x + 2) / 7) },
  'exponential(2.5)': { draw: (o) => exponential(2.5, o), cdf: (x) => -Math.expm1(-2.5 * x) },
  'laplace(1, 2)': {
    draw: (o) => laplace(1, 2, o),
    cdf: (x) => (x < 1 ? Math.exp((x - 1) / 2) / 2 : 1 - Math.exp((1 - x) / 2) / 2),
  },
  'truncatedNormal(0, 1, −2, 2)': { draw: (o) => truncatedNormal(0, 1, -2, 2, o), cdf: truncatedCdf(0, 1, -2, 2) },
  'truncatedNormal(1, 2, 2, 9)': { draw: (o) => truncatedNormal(1, 2, 2, 9, o), cdf: truncatedCdf(1, 2, 2, 9) },
  'gamma(0.3)': { draw: (o) => gamma(0.3, 1, o), cdf: gammaCdf(0.3, 1) },
  'gamma(1, 3)': { draw: (o) => gamma(1, 3, o), cdf: gammaCdf(1, 3) },
  'gamma(7.5, 0.5)': { draw: (o) => gamma(7.5, 0.5, o), cdf: gammaCdf(7.5, 0.5) },
  'beta(0.5, 0.5)': { draw: (o) => beta(0.5, 0.5, o), cdf: betaCdf(0.5, 0.5) },
  'beta(2, 5)': { draw: (o) => beta(2, 5, o), cdf: betaCdf(2, 5) },
};

/** The distance of the two distribution functions, and how likely a distance at least as large is: Stephens (1970) on Kolmogorov's series. */
function kolmogorov(values: ArrayLike<number>, cdf: Distribution): { readonly distance: number; readonly p: number } {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  let distance = 0;
  sorted.forEach((x, i) => {
    const f = cdf(x);
    distance = Math.max(distance, f - i / n, (i + 1) / n - f);
  });
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  let p = 0;
  for (let k = 1; k <= 100; k++) p += 2 * (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda);
  return { distance, p: lambda < 0.3 ? 1 : p };
}

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  it.each(Object.entries(DRAWINGS))('%s is distributed as it should be', (_, { draw, cdf }) => {
    const values = draw({ shape: [COUNT], dtype, generator: new Generator(11) }).typedArray();
    expect(kolmogorov(values, cdf).p).toBeGreaterThan(1e-3);
  });
});

describe('the test itself', () => {
  it('has distribution functions that are right', () => {
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 14);
    expect(gammaCdf(2, 1)(1.5)).toBeCloseTo(1 - 2.5 * Math.exp(-1.5), 14);
    expect(betaCdf(2, 3)(0.75)).toBeCloseTo(6 * 0.75 ** 2 - 8 * 0.75 ** 3 + 3 * 0.75 ** 4, 14);
    expect(betaCdf(0.5, 0.5)(0.25)).toBeCloseTo(1 / 3, 14);
  });

  it('sees a distribution that is slightly another one', () => {
    const generator = new Generator(11);
    const values = normal(0.1, 1, { shape: [COUNT], generator }).typedArray();
    expect(kolmogorov(values, normalCdf).p).toBeLessThan(1e-3);
    const shifted = rand([COUNT], { generator }).mul(0.95).typedArray();
    expect(kolmogorov(shifted, within).p).toBeLessThan(1e-3);
  });
});
