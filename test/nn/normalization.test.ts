/**
 * Layer and batch normalisation, and embeddings: values by their formulas, gradients by differences, running statistics,
 * and what they refuse. The expected numbers of the running statistics are PyTorch's rule written out.
 */
import { describe, expect, it } from 'vitest';
import { Generator, gradcheck, gradgradcheck, manualSeed, randn, type Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { SGD } from '../../src/optim/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { kernelsOf } from '../support/events.js';

const F = nn.functional;
const normal = (shape: number[], seed = 1): Tensor =>
  randn(shape, { dtype: 'float64', generator: new Generator(seed) }).realize();
const numbers = (x: Tensor): number[] => Array.from(x.typedArray());

/** Mean, variance with and without Bessel's correction. */
function statistics(values: readonly number[]) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  return { mean, variance: squares / values.length, unbiased: squares / (values.length - 1) };
}
const close = (got: readonly number[], want: readonly number[]): void => {
  expect(got.length).toBe(want.length);
  got.forEach((g, i) => {
    expect(g, `element ${i}`).toBeCloseTo(want[i]!, 10);
  });
};

describe('layerNorm', () => {
  it('normalises the last axes, then scales and shifts', () => {
    const x = normal([2, 3, 4]);
    const [weight, bias] = [normal([3, 4], 2), normal([3, 4], 3)];
    const want = [0, 1].flatMap((row) => {
      const values = numbers(x).slice(12 * row, 12 * row + 12);
      const { mean, variance } = statistics(values);
      return values.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-3)) * numbers(weight)[i]! + numbers(bias)[i]!);
    });
    close(numbers(F.layerNorm(x, [3, 4], { weight, bias, eps: 1e-3 })), want);
  });

  it.each(engineNames())('has its derivatives, twice, on %s', (engine) => {
    withEngine(engine, () => {
      const fn = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => F.layerNorm(x, [4], { weight, bias });
      const inputs = [normal([3, 4]), normal([4], 2), normal([4], 3)];
      expect(gradcheck(fn, inputs).ok).toBe(true);
      expect(gradgradcheck(fn, inputs).ok).toBe(true);
    });
  });

  it('is one kernel forwards, and keeps its digits far from 0', () => {
    const layer = new nn.LayerNorm(64);
    const x = randn([32, 64], { generator: new Generator(1) }).realize();
    for (const p of layer.parameters()) p.realize();
    expect(withEngine('wasm', () => kernelsOf(() => layer.forward(x).realize()))).toBe(1);
    const far = F.layerNorm(tensor([10000, 10001, 10002]), [3]).typedArray();
    expect(far[0]).toBeCloseTo(-Math.sqrt(1.5), 4);
  });

  it('refuses another shape and integers', () => {
    expect(() => F.layerNorm(normal([2, 3]), [2])).toThrow(/last axes of an input of shape \[2, 3\] must be \[2\]/);
    expect(() => F.layerNorm(tensor([1, 2], { dtype: 'int32' }), [2])).toThrow(/float32 or float64, got int32/);
  });
});

describe('batch normalisation', () => {
  it.each([
    [new nn.BatchNorm1d(2, { dtype: 'float64' }), [5, 2]],
    [new nn.BatchNorm1d(2, { dtype: 'float64' }), [4, 2, 3]],
    [new nn.BatchNorm2d(2, { dtype: 'float64' }), [3, 2, 2, 2]],
  ] as const)('%s: by the batch in training, by the running statistics in evaluation', (layer, shape) => {
    const x = normal([...shape]);
    const inner = shape.slice(2).reduce<number>((a, b) => a * b, 1);
    const channelOf = (i: number): number => Math.floor(i / inner) % 2;
    const all = numbers(x);
    const stats = [0, 1].map((c) => statistics(all.filter((_, i) => channelOf(i) === c)));
    close(
      numbers(layer.forward(x)),
      all.map((v, i) => (v - stats[channelOf(i)]!.mean) / Math.sqrt(stats[channelOf(i)]!.variance + 1e-5)),
    );
    const [mean, variance] = [stats.map((s) => 0.1 * s.mean), stats.map((s) => 0.9 + 0.1 * s.unbiased)];
    close(numbers(layer.runningMean), mean);
    close(numbers(layer.runningVar), variance);

    layer.eval();
    close(
      numbers(layer.forward(x)),
      all.map((v, i) => (v - mean[channelOf(i)]!) / Math.sqrt(variance[channelOf(i)]! + 1e-5)),
    );
    close(numbers(layer.runningMean), mean);
  });

  it.each(engineNames())('has its derivatives, twice, on %s', (engine) => {
    withEngine(engine, () => {
      const fn = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => F.batchNorm(x, { weight, bias, training: true });
      const inputs = [normal([3, 2, 2]), normal([2], 2), normal([2], 3)];
      expect(gradcheck(fn, inputs).ok).toBe(true);
      expect(gradgradcheck(fn, inputs).ok).toBe(true);
    });
  });

  it('trains within a model, and its statistics are part of the state', () => {
    manualSeed(3);
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.ReLU(), new nn.Linear(4, 1));
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const [x, t] = [randn([16, 3]).realize(), randn([16, 1]).realize()];
    const losses = Array.from({ length: 20 }, () => {
      const loss = F.mseLoss(model.forward(x), t);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss.item();
    });
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    const state = model.stateDict();
    expect(Object.keys(state)).toContain('1.runningMean');
    expect(state['1.runningVar']!.typedArray().some((v) => v !== 1)).toBe(true);
  });

  it('refuses what it cannot normalise', () => {
    expect(() => new nn.BatchNorm2d(2).forward(normal([3, 2]))).toThrow(/takes 4 axes/);
    expect(() => new nn.BatchNorm1d(3).forward(normal([4, 2]))).toThrow(/the second has size 3/);
    expect(() => new nn.BatchNorm1d(2).forward(normal([1, 2]))).toThrow(/more than one value/);
    expect(() => F.batchNorm(normal([4, 2]))).toThrow(/needs runningMean and runningVar/);
    expect(() => new nn.BatchNorm1d(0)).toThrow(/BatchNorm1d: the number of channels/);
  });
});

describe('embedding', () => {
  it('takes rows, and adds up the gradients of equal ones', () => {
    const layer = new nn.Embedding(4, 2, { generator: new Generator(5) });
    const rows = numbers(layer.weight);
    const taken = layer.forward(tensor([[1, 3, 1]], { dtype: 'int32' }));
    expect(taken.shape).toEqual([1, 3, 2]);
    expect(numbers(taken)).toEqual([rows[2], rows[3], rows[6], rows[7], rows[2], rows[3]]);
    taken.sum().backward();
    expect(numbers(layer.weight.grad!)).toEqual([0, 0, 2, 2, 0, 0, 1, 1]);
    expect(String(layer)).toBe('Embedding(4, 2)');
  });

  it('refuses an index beyond the table, and a table that is none', () => {
    const layer = new nn.Embedding(4, 2);
    expect(() => layer.forward(tensor([4], { dtype: 'int32' })).toArray()).toThrow(/index 4 is out of range/);
    expect(() => F.embedding(tensor([0], { dtype: 'int32' }), normal([4]))).toThrow(/a table \[count, size\]/);
    expect(() => new nn.Embedding(0, 2)).toThrow(/the number of vectors/);
  });
});
