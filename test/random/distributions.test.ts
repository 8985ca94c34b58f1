/**
 * Draws from distributions: at fixed seeds against SciPy's quantiles by Pearson's test, their gradients, their generators, and
 * what they refuse.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { vmap } from '../../src/func/index.js';
import { compile, Generator, GraphError, grad, type Tensor, tensor } from '../../src/index.js';
import * as random from '../../src/random/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';

const { beta, categorical, exponential, gamma, laplace, normal, poisson, truncatedNormal, uniform } = random;

interface Row {
  readonly name: 'normal' | 'uniform' | 'exponential' | 'laplace' | 'truncatedNormal' | 'gamma' | 'beta' | 'poisson';
  readonly args: readonly number[];
  readonly edges?: readonly number[];
  readonly first?: number;
  readonly probabilities?: readonly number[];
}
const rows: readonly Row[] = JSON.parse(readFileSync(new URL('../fixtures/random.json', import.meta.url), 'utf8'));

type Draw = (args: readonly (number | Tensor)[], options: random.DrawOptions) => Tensor;

const DRAWS: Readonly<Record<Row['name'], Draw>> = {
  normal: ([mean, std], o) => normal(mean, std, o),
  uniform: ([low, high], o) => uniform(low, high, o),
  exponential: ([rate], o) => exponential(rate, o),
  laplace: ([mean, scale], o) => laplace(mean, scale, o),
  truncatedNormal: ([mean, std, low, high], o) => truncatedNormal(mean, std, low as number, high as number, o),
  gamma: ([a, rate], o) => gamma(a!, rate, o),
  beta: ([a, b], o) => beta(a!, b!, o),
  poisson: ([rate], o) => poisson(rate!, o),
};

/** Pearson's statistic of counts, less what it is on average, in its standard deviations. */
function surprise(counts: readonly number[], probabilities: readonly number[], total: number): number {
  const chi = counts.reduce((sum, n, i) => sum + (n - total * probabilities[i]!) ** 2 / (total * probabilities[i]!), 0);
  const freedom = counts.length - 1;
  return (chi - freedom) / Math.sqrt(2 * freedom);
}

function surpriseOf({ edges, first = 0, probabilities }: Row, values: ArrayLike<number>): number {
  const total = values.length;
  if (edges) {
    const counts = new Array<number>(edges.length + 1).fill(0);
    for (let i = 0; i < total; i++) {
      const bin = edges.findIndex((e) => values[i]! <= e);
      counts[bin < 0 ? edges.length : bin]!++;
    }
    return surprise(
      counts,
      counts.map(() => 1 / counts.length),
      total,
    );
  }
  const inside = probabilities!;
  const rest = 1 - inside.reduce((a, b) => a + b, 0);
  const counts = new Array<number>(inside.length + 1).fill(0);
  for (let i = 0; i < total; i++) {
    const bin = values[i]! - first;
    counts[bin >= 0 && bin < inside.length ? bin : inside.length]!++;
  }
  return surprise(counts, [...inside, rest], total);
}

const COUNT = 20_000;
const titled = rows.map((row) => [`${row.name}(${row.args.join(', ')})`, row] as const);

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  it.each(titled)('%s is distributed as it should be', (_, row) => {
    const draw = (args: readonly (number | Tensor)[]): ArrayLike<number> =>
      DRAWS[row.name](args, { shape: [COUNT], dtype, generator: new Generator(2024) }).typedArray();
    // 4 standard deviations: one seed of some ten thousand would show as much; this one is fixed.
    expect(surpriseOf(row, draw(row.args))).toBeLessThan(4);
    if (dtype === 'float32') {
      const tensors = row.args.map((a, i) => (row.name === 'truncatedNormal' && i > 1 ? a : tensor([a])));
      expect(surpriseOf(row, draw(tensors))).toBeLessThan(4);
    }
  });
});

describe('the test itself', () => {
  it('sees a distribution that is slightly another one', () => {
    const row = rows.find((r) => r.name === 'gamma' && r.args[0] === 2.5)!;
    const values = gamma(2.6, 0.5, { shape: [COUNT], generator: new Generator(2024) }).typedArray();
    expect(surpriseOf(row, values)).toBeGreaterThan(4);
  });
});

describe.each(engineNames())('on the engine %s', (engine) => {
  it('draws the same numbers from the same seed', () => {
    const all = (): number[] =>
      titled.flatMap(([, row]) =>
        Array.from(
          DRAWS[row.name](row.args, { shape: [3], dtype: 'float64', generator: new Generator(7) }).typedArray(),
        ),
      );
    const [own, meant] = [withEngine(engine, all), withEngine('interpret', all)];
    own.forEach((x, i) => {
      expect(Math.abs(x - meant[i]!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(meant[i]!)));
    });
    expect(withEngine(engine, all)).toEqual(own);
  });
});

describe('categorical', () => {
  it('draws by the probabilities, along any axis, and never what is impossible', () => {
    const probabilities = [0.5, 0.2, 0.05, 0.25];
    const logits = tensor([...probabilities.map(Math.log), -Infinity]);
    const drawn = categorical(logits, { shape: [COUNT], generator: new Generator(5) });
    expect(drawn.dtype).toBe('int32');
    const counts = new Array<number>(5).fill(0);
    for (const k of drawn.typedArray()) counts[k]!++;
    expect(counts[4]).toBe(0);
    expect(surprise(counts.slice(0, 4), probabilities, COUNT)).toBeLessThan(4);
    const sure = tensor([
      [0, -Infinity],
      [-Infinity, 0],
      [-Infinity, -Infinity],
    ]);
    expect(categorical(sure, { axis: 0 }).toArray()).toEqual([0, 1]);
    expect(categorical(sure, { axis: 0, shape: [5, 2] }).shape).toEqual([5, 2]);
  });
});

describe('gradients', () => {
  it('flow to parameters through the function of the draw', () => {
    const seeded = () => new Generator(3);
    const shape = [4];
    const at = (fn: (x: Tensor) => Tensor, x: number): [number, number] => {
      const h = 1e-6;
      const value = (y: number): number =>
        fn(tensor(y, { dtype: 'float64' }))
          .sum()
          .item();
      const found = grad((t: Tensor) => fn(t).sum())(tensor(x, { dtype: 'float64' })).item();
      return [found, (value(x + h) - value(x - h)) / (2 * h)];
    };
    const cases: ((x: Tensor) => Tensor)[] = [
      (x) => normal(x, 2, { shape, generator: seeded() }),
      (x) => normal(1, x, { shape, generator: seeded() }),
      (x) => uniform(x, 3, { shape, generator: seeded() }),
      (x) => uniform(-1, x, { shape, generator: seeded() }),
      (x) => exponential(x, { shape, generator: seeded() }),
      (x) => laplace(x, 2, { shape, generator: seeded() }),
      (x) => laplace(0, x, { shape, generator: seeded() }),
      (x) => truncatedNormal(x, 1, 0, 2, { shape, generator: seeded() }),
      (x) => truncatedNormal(0, x, -1, 2, { shape, generator: seeded() }),
      (x) => gamma(2, x, { shape, generator: seeded() }),
    ];
    for (const fn of cases) {
      const [found, difference] = at(fn, 0.75);
      expect(found).toBeCloseTo(difference, 6);
      expect(found).not.toBe(0);
    }
  });

  it('that a draw does not have are refused, not zero', () => {
    const a = tensor(2, { requiresGrad: true });
    expect(() => gamma(a)).toThrow(GraphError);
    expect(() => beta(1, a)).toThrow(/no gradient with respect to b.*detach/);
    expect(gamma(a.detach()).requiresGrad).toBe(false);
    expect(poisson(a).requiresGrad).toBe(false);
  });
});

describe('shapes, dtypes and generators', () => {
  it('parameters broadcast, also to a given shape', () => {
    const scales = tensor([[1], [2]], { dtype: 'float64' });
    const made = normal(tensor([0, 10, 20]), scales);
    expect([made.shape, made.dtype]).toEqual([[2, 3], 'float64']);
    expect(beta(2, tensor([1, 2]), { shape: [4, 2] }).shape).toEqual([4, 2]);
    expect(poisson(tensor([1, 50]), { shape: [0, 2] }).toArray()).toEqual([]);
    expect(gamma(2).shape).toEqual([]);
    expect(normal(0, 1, { shape: [2], name: 'noise', requiresGrad: true })).toMatchObject({
      name: 'noise',
      requiresGrad: true,
    });
  });

  it('extreme parameters stay in range', () => {
    const g = gamma(tensor([1e-3, 1e6]), 1, { generator: new Generator(1) }).typedArray();
    expect(g[0]! >= 0 && Math.abs(g[1]! / 1e6 - 1) < 0.01).toBe(true);
    const b = beta(1e-3, 1e-3, { shape: [500], generator: new Generator(1) }).typedArray();
    expect(b.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(poisson(tensor([0, -1, NaN]), { generator: new Generator(1) }).toArray()).toEqual([0, NaN, NaN]);
    const large = poisson(1e6, { shape: [200], generator: new Generator(1) });
    expect(Math.abs(large.mean().item() - 1e6)).toBeLessThan((4 * 1000) / Math.sqrt(200));
    const far = truncatedNormal(0, 1, 8, 9, { shape: [50] });
    expect([far.min().item() >= 8, far.max().item() <= 9]).toEqual([true, true]);
  });

  it('a compiled function draws anew at each call, a batch for each example', () => {
    const step = compile((x: Tensor) => gamma(2, 1, { shape: [3] }).add(x));
    const zero = tensor(0);
    expect(step(zero).toArray()).not.toEqual(step(zero).toArray());
    const each = vmap((a: Tensor) => gamma(a, 1, { generator: new Generator(4) }), { randomness: 'different' });
    expect(new Set(each(tensor([2, 2, 2])).typedArray()).size).toBe(3);
  });

  it.each([
    ['a negative std', () => normal(0, -1), /std must be a number from 0 up/],
    ['a rate of 0', () => exponential(0), /rate must be above 0/],
    ['a scale of 0', () => laplace(0, 0), /scale must be above 0/],
    ['bounds the wrong way round', () => uniform(1, 0), /low 1 must not be above high 0/],
    ['an empty interval', () => truncatedNormal(0, 1, 2, 2), /low 2 must be below high 2/],
    ['a concentration of 0', () => gamma(0), /concentration must be above 0/],
    ['a negative parameter', () => beta(1, -1), /b must be above 0/],
    ['a negative rate', () => poisson(-1), /rate must be from 0 up/],
    ['NaN', () => normal(Number.NaN), /mean must be a number/],
    ['an integer dtype', () => normal(0, 1, { dtype: 'int32' }), /gives floats/],
    ['a shape that does not fit', () => normal(tensor([1, 2]), 1, { shape: [3] }), /broadcast/],
    ['no generator', () => normal(0, 1, { generator: 3 as never }), /must be a Generator/],
    ['no categories', () => categorical(tensor([])), /no categories/],
    ['rows that do not fit', () => categorical(tensor([[1], [2]]), { shape: [3] }), /broadcast/],
  ])('%s is refused', (_, run, message) => {
    expect(run).toThrow(message);
  });
});
