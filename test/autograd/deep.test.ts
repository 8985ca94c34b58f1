/**
 * Chains far deeper than the call stack, which a walk in more than linear time would not finish within the limit, and the graphs in which values meet again.
 */
import { describe, expect, it } from 'vitest';
import { grad, type Tensor, tensor } from '../../src/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';

const DEEP = 100_000;

/** x + ½ + ½ + …, `depth` times: exact in float64. */
function chain(x: Tensor, depth: number): Tensor {
  let y = x;
  for (let i = 0; i < depth; i++) y = y.add(0.5);
  return y;
}

const parameter = (...values: number[]): Tensor => tensor(values, { dtype: 'float64', requiresGrad: true });

describe.each(engineNames())('on %s', (engine) => {
  const on = (fn: () => void): void => withEngine(engine, fn);

  it('a chain of 100,000 operations is computed', () =>
    on(() => {
      expect(chain(tensor([1, 2, 3], { dtype: 'float64' }), DEEP).toArray()).toEqual([50001, 50002, 50003]);
    }));

  it('a chain of 100,000 operations is differentiated, before it is read and after', () =>
    on(() => {
      const x = parameter(1, 2, 3);
      chain(x, DEEP).sum().backward();
      expect(x.grad!.toArray()).toEqual([1, 1, 1]);
      const z = parameter(1, 2, 3);
      const y = chain(z, DEEP).sum();
      expect(y.item()).toBe(150006);
      y.backward();
      expect(z.grad!.toArray()).toEqual([1, 1, 1]);
    }));

  it('a chain of thousands of operations whose derivative reads every value is differentiated', () =>
    on(() => {
      const x = parameter(1);
      let y = x;
      // Each factor is 1 exactly: y − y + 1.
      for (let i = 0; i < 500; i++) y = y.mul(y.sub(y).add(1));
      y.backward(tensor([1], { dtype: 'float64' }));
      expect([y.item(), x.grad!.item()]).toEqual([1, 1]);
    }));

  it('a value used twice gets both gradients', () =>
    on(() => {
      const x = parameter(3);
      x.add(x)
        .add(x)
        .backward(tensor([1], { dtype: 'float64' }));
      expect(x.grad!.item()).toBe(3);
      const y = parameter(2);
      // (x²)² + (x²)²: the gradient 8x³ is 64.
      const square = y.square();
      square.square().add(square.square()).sum().backward();
      expect(y.grad!.item()).toBe(64);
    }));

  it('branches that meet again are summed after both have arrived', () =>
    on(() => {
      const x = parameter(2, 3);
      const shared = x.mul(x);
      const [left, right] = [shared.mul(3), shared.add(x)];
      const meet = left.mul(right);
      meet.sum().backward();
      // 3x²(x² + x) has the derivative 12x³ + 9x².
      expect(x.grad!.toArray()).toEqual([12 * 8 + 9 * 4, 12 * 27 + 9 * 9]);
    }));

  it('a ladder of twenty diamonds, which has 2²⁰ paths, is walked once', () =>
    on(() => {
      const x = parameter(1);
      let y = x;
      for (let i = 0; i < 20; i++) y = y.mul(0.5).add(y.mul(0.5));
      y.sum().backward();
      expect([y.toArray(), x.grad!.toArray()]).toEqual([[1], [1]]);
    }));

  it('a branch that reaches no result gets no gradient', () =>
    on(() => {
      const [x, unused] = [parameter(2), parameter(5)];
      x.mul(unused).exp();
      x.square().sum().backward();
      expect(x.grad!.item()).toBe(4);
      expect(unused.grad).toBeNull();
    }));

  it('gradients add up over backward passes', () =>
    on(() => {
      const x = parameter(2);
      x.square().sum().backward();
      x.mul(3).sum().backward();
      expect(x.grad!.item()).toBe(7);
    }));

  it('has second and third derivatives', () =>
    on(() => {
      const x = tensor(2, { dtype: 'float64', requiresGrad: true });
      const f = (t: Tensor): Tensor => t.mul(t).mul(t).mul(t);
      const [first, second, third] = [
        grad(f),
        grad((t: Tensor) => grad(f)(t)),
        grad((t: Tensor) => grad((s: Tensor) => grad(f)(s))(t)),
      ];
      expect([f(x).item(), first(x).item(), second(x).item(), third(x).item()]).toEqual([16, 32, 48, 48]);
    }));

  it('has the derivatives of sin, one after another', () =>
    on(() => {
      const x = tensor(0.7, { dtype: 'float64' });
      const f = (t: Tensor): Tensor => t.sin();
      const d1 = grad(f);
      const d2 = grad((t: Tensor) => d1(t));
      const d3 = grad((t: Tensor) => d2(t));
      expect(d1(x).item()).toBeCloseTo(Math.cos(0.7), 14);
      expect(d2(x).item()).toBeCloseTo(-Math.sin(0.7), 14);
      expect(d3(x).item()).toBeCloseTo(-Math.cos(0.7), 14);
    }));

  it('differentiates a gradient that backward has left', () =>
    on(() => {
      const x = tensor(3, { dtype: 'float64', requiresGrad: true });
      x.square().mul(x).backward({ retainGraph: true });
      const slope = x.grad!;
      x.grad = null;
      slope.backward();
      // d/dx 3x² = 6x
      expect([slope.item(), x.grad!.item()]).toEqual([27, 18]);
    }));
});
