/**
 * Memory that is written in place, and the values that were to be computed from what it held: never a wrong number.
 */
import { describe, expect, it } from 'vitest';
import { GraphError, IndexError, manualSeed, noGrad, randn, type Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, type Optimizer, SGD } from '../../src/optim/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';

describe.each(engineNames())('on %s', (engine) => {
  const on = (fn: () => void): void => withEngine(engine, fn);

  describe('assign', () => {
    it('is seen by what is computed afterwards, not by what was computed before', () =>
      on(() => {
        const x = tensor([1, 2, 3]);
        const before = x.mul(10);
        x.assign(x.add(1));
        const after = x.mul(10);
        expect(before.toArray()).toEqual([10, 20, 30]);
        expect(after.toArray()).toEqual([20, 30, 40]);
        expect(x.toArray()).toEqual([2, 3, 4]);
      }));

    it('runs in program order', () =>
      on(() => {
        const x = tensor([1, 2, 3]);
        x.assign(x.mul(2));
        const between = x.add(0.5);
        x.assign(x.add(1));
        expect(between.toArray()).toEqual([2.5, 4.5, 6.5]);
        expect(x.toArray()).toEqual([3, 5, 7]);
      }));

    it('lets two tensors trade values', () =>
      on(() => {
        const [a, b] = [tensor([1, 2, 3]), tensor([4, 5, 6])];
        const [oldA, oldB] = [a.detach(), b.detach()];
        a.assign(oldB);
        b.assign(oldA);
        expect([a.toArray(), b.toArray()]).toEqual([
          [4, 5, 6],
          [1, 2, 3],
        ]);
        // Without holding the old value the second sees the first.
        a.assign(b);
        b.assign(a);
        expect([a.toArray(), b.toArray()]).toEqual([
          [1, 2, 3],
          [1, 2, 3],
        ]);
      }));

    it('of a view of itself, turned round', () =>
      on(() => {
        const x = tensor([1, 2, 3, 4, 5]);
        x.assign(x.flip(0));
        expect(x.toArray()).toEqual([5, 4, 3, 2, 1]);
      }));

    it('leaves a view that was made before with the old value', () =>
      on(() => {
        const x = tensor([1, 2, 3]);
        const view = x.detach();
        x.assign(x.add(1));
        expect(view.toArray()).toEqual([1, 2, 3]);
        expect(x.toArray()).toEqual([2, 3, 4]);
      }));

    it('leaves what was realised from the old value as it is', () =>
      on(() => {
        const x = tensor([1, 2, 3]);
        const y = x.mul(2).realize();
        x.assign(tensor([7, 7, 7]));
        x.realize();
        expect(y.toArray()).toEqual([2, 4, 6]);
      }));

    it('is undone when what is read together with it fails', () =>
      on(() => {
        const x = tensor([1, 2, 3]);
        const bad = nn.functional.crossEntropy(randn([2, 3]), tensor([0, 5], { dtype: 'int32' }));
        x.assign(x.add(1));
        expect(() => bad.item()).toThrow(IndexError);
        expect(x.toArray()).toEqual([1, 2, 3]);
        x.assign(x.add(2));
        expect(x.toArray()).toEqual([3, 4, 5]);
      }));
  });

  describe('a pending value whose source has been overwritten', () => {
    it('fails with the name of the tensor, what overwrote it, and the remedy', () =>
      on(() => {
        const x = tensor([1, 2, 3], { name: 'running mean' });
        const y = x.mul(10);
        x.assign(x.add(1));
        x.realize();
        expect(() => y.toArray()).toThrow(GraphError);
        expect(() => y.toArray()).toThrow(/"running mean".*assign\(\).*realize\(\).*keep\(\).*clone\(\)/);
        // Nothing else is hurt.
        expect(x.mul(10).toArray()).toEqual([20, 30, 40]);
      }));

    it('fails after a step too, naming the parameter', () =>
      on(() => {
        const w = tensor([1, 2], { requiresGrad: true, name: 'weight' });
        const optimizer = new SGD([w], { lr: 1 });
        const other = w.mul(5);
        w.square().sum().backward();
        optimizer.step();
        expect(() => other.toArray()).toThrow(/"weight".*optimizer\.step\(\)/);
        expect(w.toArray()).toEqual([-1, -2]);
      }));

    it('does not fail when it was kept, cloned, or read before', () =>
      on(() => {
        const w = tensor([1, 2], { requiresGrad: true });
        const optimizer = new SGD([w], { lr: 1 });
        const [kept, read] = [w.mul(5).keep(), w.mul(6)];
        const copied = w.clone().mul(7);
        read.realize();
        w.square().sum().backward();
        optimizer.step();
        expect([kept.toArray(), read.toArray(), copied.toArray()]).toEqual([
          [5, 10],
          [6, 12],
          [7, 14],
        ]);
      }));
  });

  describe('a label out of range', () => {
    const BATCH = 6;
    const optimizers: [string, (p: Iterable<Tensor>) => Optimizer][] = [
      ['SGD with momentum', (p) => new SGD(p, { lr: 0.1, momentum: 0.9 })],
      ['Adam', (p) => new Adam(p, { lr: 0.01 })],
    ];

    it.each(optimizers)('leaves parameters and the state of %s as they were; the next good step works', (_, make) =>
      on(() => {
        manualSeed(3);
        const model = new nn.Sequential(new nn.Linear(8, 11), new nn.Tanh(), new nn.Linear(11, 4));
        const optimizer = make(model.parameters());
        const images = randn([BATCH, 8]).realize();
        const labels = (first: number): Tensor =>
          tensor(
            Array.from({ length: BATCH }, (__, i) => (i === 4 ? first : i % 4)),
            { dtype: 'int32' },
          );
        const step = (first: number): number => {
          const loss = nn.functional.crossEntropy(model.forward(images), labels(first));
          optimizer.zeroGrad();
          loss.backward();
          optimizer.step();
          return loss.item();
        };
        const everything = (): number[][] =>
          [...Object.values(model.stateDict()), ...Object.values(optimizer.stateDict())].map((t) =>
            Array.from(t.typedArray()),
          );

        const first = step(1);
        const before = everything();
        expect(() => step(4)).toThrow(IndexError);
        expect(() => step(-1)).toThrow('label -1 is out of range: expected 0 … 3');
        expect(everything()).toEqual(before);
        expect(step(1)).toBeLessThan(first);
        expect(everything()).not.toEqual(before);
      }),
    );
  });

  it('a number of whole type has no gradient', () =>
    on(() => {
      const x = tensor([1.5, 2.5], { requiresGrad: true });
      expect([x.to('int32').requiresGrad, x.gt(2).requiresGrad]).toEqual([false, false]);
    }));

  it('writing to a parameter needs noGrad', () =>
    on(() => {
      const w = tensor([1, 2], { requiresGrad: true });
      expect(() => w.assign(tensor([3, 4]))).toThrow(/noGrad/);
      noGrad(() => w.assign(tensor([3, 4])));
      expect(w.toArray()).toEqual([3, 4]);
      w.square().sum().backward();
      expect(w.grad!.toArray()).toEqual([6, 8]);
    }));
});
