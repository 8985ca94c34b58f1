/** The two-layer network: its parts, its gradients against central differences, and that it learns. */
import { describe, expect, it } from 'vitest';
import { Generator, manualSeed, rand, tensor, zeros } from '../../src/index.js';
import { TwoLayerNet } from '../../src/scratch/index.js';

const NAMES = ['W1', 'b1', 'W2', 'b2'] as const;
const t = tensor([0, 1, 2, 0, 1, 2], { dtype: 'int32' });
const batch = () => rand([6, 4], { dtype: 'float64', generator: new Generator(2) });
const smallNet = (seed = 1) => new TwoLayerNet(4, 5, 3, { dtype: 'float64', generator: new Generator(seed) });

describe('its parts', () => {
  it('are named and ordered', () => {
    const net = new TwoLayerNet(784, 50, 10, { generator: new Generator(0) });
    expect(NAMES.map((name) => net.params[name].shape)).toEqual([[784, 50], [50], [50, 10], [10]]);
    expect(Object.keys(net.params)).toEqual(['W1', 'b1', 'W2', 'b2']);
    expect(Object.keys(net.layers)).toEqual(['Affine1', 'Relu1', 'Affine2']);
    expect(net.layers.Affine1.W).toBe(net.params.W1);
    expect(net.layers.Affine2.b).toBe(net.params.b2);
    expect(net.params.W1.dtype).toBe('float32');
  });

  it('start as weightInitStd times normal numbers, and 0', () => {
    for (const [std, options] of [
      [0.01, {}],
      [0.5, { weightInitStd: 0.5 }],
    ] as const) {
      const { W1, b1, b2 } = new TwoLayerNet(200, 50, 10, { ...options, generator: new Generator(3) }).params;
      expect(W1.std().item() / std).toBeCloseTo(1, 1);
      expect(Math.abs(W1.mean().item()) / std).toBeLessThan(0.05);
      expect(b1.abs().sum().item() + b2.abs().sum().item()).toBe(0);
    }
  });

  it('follow the seed', () => {
    expect(smallNet(5).params.W1.toArray()).toEqual(smallNet(5).params.W1.toArray());
    expect(smallNet(5).params.W1.toArray()).not.toEqual(smallNet(6).params.W1.toArray());
    manualSeed(9);
    const first = new TwoLayerNet(4, 5, 3).params.W1.toArray();
    manualSeed(9);
    expect(new TwoLayerNet(4, 5, 3).params.W1.toArray()).toEqual(first);
  });
});

it('gives scores, a loss near ln 3 before it has learnt, and an accuracy', () => {
  const net = smallNet();
  const x = batch();
  expect(net.predict(x).shape).toEqual([6, 3]);
  expect(net.predict(rand([4], { dtype: 'float64' })).shape).toEqual([3]);
  expect(net.loss(x, t).item()).toBeCloseTo(Math.log(3), 3);
  const guess = net.predict(x).argmax(-1);
  expect(net.accuracy(x, guess)).toBe(1);
  expect(net.accuracy(x, guess.add(1))).toBe(0);
  const oneHot = tensor([0, 1, 2, 0, 1, 2].map((label) => [0, 1, 2].map((c) => (c === label ? 1 : 0))));
  expect(net.accuracy(x, oneHot)).toBe(net.accuracy(x, t));
});

it('finds the same gradient by the chain rule and by trying, to 1e-7', () => {
  for (const weightInitStd of [0.01, 0.5]) {
    const net = new TwoLayerNet(4, 5, 3, { weightInitStd, dtype: 'float64', generator: new Generator(1) });
    const x = batch();
    const before = net.params.W1.toArray();
    const byChainRule = net.gradient(x, t);
    const byTrying = net.numericalGradient(x, t);
    for (const name of NAMES) {
      expect(byChainRule[name].shape).toEqual(net.params[name].shape);
      expect(byChainRule[name].abs().max().item()).toBeGreaterThan(1e-6);
      expect(byChainRule[name].sub(byTrying[name]).abs().mean().item()).toBeLessThan(1e-7);
    }
    expect(net.params.W1.toArray()).toEqual(before);
  }
});

it('can be checked between updates, its own or by hand', () => {
  const net = smallNet();
  const x = batch();
  for (let round = 0; round < 3; round++) {
    const byChainRule = net.gradient(x, t);
    const byTrying = net.numericalGradient(x, t);
    expect(byChainRule.W1.sub(byTrying.W1).abs().mean().item()).toBeLessThan(1e-7);
    net.update(byChainRule, 0.1);
  }
  const { b2 } = net.params;
  b2.assign(b2.sub(net.gradient(x, t).b2));
  expect(net.params.b2.toArray()).not.toEqual([0, 0, 0]);
  expect(net.numericalGradient(x, t).W2.shape).toEqual([5, 3]);
});

it('learns: update moves the very tensors of the layers, and reads of the loss stay right', () => {
  const net = new TwoLayerNet(4, 8, 3, { weightInitStd: 0.3, dtype: 'float64', generator: new Generator(4) });
  const x = batch();
  const first = net.loss(x, t).item();
  for (let step = 0; step < 300; step++) {
    const gradients = net.gradient(x, t);
    const loss = net.lastLayer.loss;
    net.update(gradients, 0.5);
    if (step === 0) expect(loss?.item()).toBeCloseTo(first, 12);
  }
  expect(net.layers.Affine1.W).toBe(net.params.W1);
  expect(net.loss(x, t).item()).toBeLessThan(0.1 * first);
  expect(net.accuracy(x, t)).toBe(1);
});

it('computes nothing before something is read', () => {
  const net = smallNet();
  const gradients = net.gradient(batch().realize(), t);
  const pending = [net.lastLayer.loss, ...Object.values(gradients)].map((tensor) => tensor?.node.storage);
  expect(pending).toEqual([null, null, null, null, null]);
  net.update(gradients, 0.1);
  expect(net.lastLayer.loss?.node.storage).not.toBeNull();
});

it('an update is W − learningRate · dW', () => {
  const net = smallNet();
  const x = batch();
  const { W2 } = net.params;
  const gradients = net.gradient(x, t);
  const expected = W2.sub(gradients.W2.mul(0.1)).toArray();
  net.update(gradients, 0.1);
  expect(W2.toArray()).toEqual(expected);
});

it('refuses sizes, options and data that do not fit', () => {
  expect(() => new TwoLayerNet(0, 5, 3)).toThrow(/inputSize must be a whole number from 1 up, got 0/);
  expect(() => new TwoLayerNet(4, 2.5, 3)).toThrow(/hiddenSize/);
  expect(() => new TwoLayerNet(4, 5, 3, { weightInitStd: Number.NaN })).toThrow(/weightInitStd/);
  const net = smallNet();
  expect(() => net.predict(zeros([2, 7]))).toThrow(/takes 4/);
  expect(() => net.loss(batch(), tensor([0, 1], { dtype: 'int32' }))).toThrow(/labels of shape \[6\]/);
  expect(() => net.loss(batch(), t.add(1))).toThrow(/label 3/);
  expect(() => net.accuracy(batch(), tensor([0, 1]))).toThrow(/same number of samples/);
  expect(() => net.update(net.gradient(batch(), t), Number.NaN)).toThrow(/learningRate must be a finite number/);
  const before = net.params.W1.toArray();
  const gradients = { ...net.gradient(batch(), t), b2: zeros([4], { dtype: 'float64' }) };
  expect(() => net.update(gradients, 0.1)).toThrow(
    /the gradient of b2 must be float64 of shape \[3\], got float64 of shape \[4\]/,
  );
  expect(net.params.W1.toArray()).toEqual(before);
});
