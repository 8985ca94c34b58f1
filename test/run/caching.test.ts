/**
 * What is compiled, and what is not compiled again.
 */
import { describe, expect, it } from 'vitest';
import { manualSeed, randn, type Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, type Optimizer, SGD } from '../../src/optim/index.js';
import { withEngine } from '../../src/run/engine.js';
import { eventsOf } from '../support/events.js';

/** Every test compiles a network of its own sizes, so that nothing is there before. */
let width = 40;

function trainer(make: (p: Iterable<Tensor>) => Optimizer) {
  manualSeed(5);
  const inputs = width++;
  const model = new nn.Sequential(new nn.Linear(inputs, 15), new nn.ReLU(), new nn.Linear(15, 6));
  const optimizer = make(model.parameters());
  for (const p of model.parameters()) p.realize();
  const batch = (size: number): { images: Tensor; labels: Tensor } => ({
    images: randn([size, inputs]).realize(),
    labels: tensor(
      Array.from({ length: size }, (_, i) => i % 6),
      { dtype: 'int32' },
    ).realize(),
  });
  const step = ({ images, labels }: { images: Tensor; labels: Tensor }): void => {
    const loss = nn.functional.crossEntropy(model.forward(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    loss.item();
  };
  return { model, optimizer, batch, step };
}
const sgd = (p: Iterable<Tensor>): SGD => new SGD(p, { lr: 0.1 });

const on = (fn: () => void) => (): void => withEngine('wasm', fn);
const done = (fn: () => void): { builds: number; compiles: number } => {
  const { builds, compiled } = eventsOf(fn);
  return { builds, compiles: compiled.length };
};
const NOTHING = { builds: 0, compiles: 0 };

describe('compiles nothing', () => {
  it(
    'when a training step runs again on other data',
    on(() => {
      const { batch, step } = trainer(sgd);
      const [first, second] = [batch(20), batch(20)];
      expect(done(() => step(first)).builds).toBe(1);
      expect(done(() => step(second))).toEqual(NOTHING);
    }),
  );

  it(
    'when the learning rate changes',
    on(() => {
      const { batch, step, optimizer } = trainer(sgd);
      const data = batch(20);
      step(data);
      for (const lr of [0.05, 0.0123, 1, 0, 0.5, 2]) {
        optimizer.lr = lr;
        expect(
          done(() => step(data)),
          `lr ${lr}`,
        ).toEqual(NOTHING);
      }
    }),
  );

  it(
    "when Adam's step count goes on",
    on(() => {
      const { batch, step } = trainer((p) => new Adam(p, { lr: 0.01 }));
      const data = batch(20);
      step(data);
      expect(done(() => [1, 2, 3, 4].forEach(() => step(data)))).toEqual(NOTHING);
    }),
  );

  it(
    'when a number in an expression changes',
    on(() => {
      const x = randn([9, 13]).realize();
      const f = (by: number, plus: number): Tensor => x.mul(by).add(plus).tanh();
      f(0.3, 7).realize();
      expect(done(() => [0.31, 12, -7.5].forEach((by) => f(by, by + 0.1).realize()))).toEqual(NOTHING);
    }),
  );

  it(
    'when the same expression is built from other tensors of the same shapes',
    on(() => {
      const f = (): Tensor => randn([5, 19]).realize().exp().sum(1);
      f().realize();
      expect(done(() => f().realize())).toEqual(NOTHING);
    }),
  );
});

describe('compiles once', () => {
  it(
    'a last smaller batch',
    on(() => {
      const { batch, step } = trainer(sgd);
      const [large, small] = [batch(20), batch(7)];
      step(large);
      expect(done(() => step(small)).builds).toBe(1);
      expect(done(() => [large, small, large, small].forEach(step))).toEqual(NOTHING);
    }),
  );

  it(
    'what an evaluation adds, and not what it shares with other plans',
    on(() => {
      const { batch, step, model } = trainer(sgd);
      const data = batch(20);
      step(data);
      const evaluate = (): void => void model.forward(data.images).argmax(1).toArray();
      expect(done(evaluate).builds).toBe(1);
      expect(done(evaluate)).toEqual(NOTHING);
      expect(done(() => step(data))).toEqual(NOTHING);
    }),
  );
});

describe('tells apart', () => {
  it(
    'the same operations on other shapes, dtypes, attributes and connections',
    on(() => {
      const x = (shape: readonly number[], dtype: 'float32' | 'float64' = 'float32'): Tensor =>
        tensor(new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(2), { shape, dtype });
      expect(x([2, 3]).sum(0).toArray()).toEqual([4, 4, 4]);
      expect(x([2, 3]).sum(1).toArray()).toEqual([6, 6]);
      expect(x([3, 2]).sum(0).toArray()).toEqual([6, 6]);
      expect(x([2, 3], 'float64').sum(0).toArray()).toEqual([4, 4, 4]);
      const [a, b] = [tensor([8, 6]), tensor([2, 3])];
      expect([a.div(b).toArray(), b.div(a).toArray(), a.div(a).toArray()]).toEqual([
        [4, 2],
        [0.25, 0.5],
        [1, 1],
      ]);
    }),
  );

  it(
    'baked numbers from run-time numbers',
    on(() => {
      const x = tensor([1, 2, 3]);
      const by = (k: number): number[] => Array.from(x.mul(k).typedArray());
      expect([0, 1, -1, 2, 0.5, 3, -0.25].map(by)).toEqual([0, 1, -1, 2, 0.5, 3, -0.25].map((k) => [k, 2 * k, 3 * k]));
    }),
  );
});
