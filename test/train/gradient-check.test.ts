// The gradient check of whole networks: right gradients pass, wrong ones are found and named.
import { describe, expect, it } from 'vitest';
import { ArgumentError, DTypeError } from '../../src/base/errors.js';
import { Generator, noGrad, type Tensor, tensor } from '../../src/tensor/index.js';
import { checkGradients } from '../../src/train/gradient-check.js';

/** loss = Σ relu(w)² + Σ w·b, whose gradients are known. */
function problem(): { parameters: Record<string, Tensor>; loss: () => number; gradients: Record<string, Tensor> } {
  const w = tensor([0.5, -1.5, 2, 3], { dtype: 'float64', shape: [2, 2] });
  const b = tensor([1, -2, 0.25, 4], { dtype: 'float64', shape: [2, 2] });
  return {
    parameters: { w, b },
    loss: () => noGrad(() => w.relu().square().add(w.mul(b)).sum()).item(),
    gradients: { w: w.relu().mul(2).add(b), b: w.mul(1) },
  };
}

describe('checkGradients', () => {
  it('passes right gradients, and puts the parameters back', () => {
    const { parameters, loss, gradients } = problem();
    const results = checkGradients(parameters, loss, gradients, { generator: new Generator(0) });
    expect(results.map(({ name, checked, passed }) => ({ name, checked, passed }))).toEqual([
      { name: 'w', checked: 4, passed: true },
      { name: 'b', checked: 4, passed: true },
    ]);
    for (const { worst } of results) expect(worst.relativeError).toBeLessThan(1e-8);
    expect(parameters.w?.toArray()).toEqual([
      [0.5, -1.5],
      [2, 3],
    ]);
  });

  it('finds one wrong element, and says where', () => {
    const { parameters, loss, gradients } = problem();
    const wrong = tensor([0.5, -1.5, 2, 3.01], { dtype: 'float64', shape: [2, 2] });
    const [w, b] = checkGradients(parameters, loss, { ...gradients, b: wrong }, { generator: new Generator(0) });
    expect(w?.passed).toBe(true);
    expect(b).toMatchObject({ passed: false, worst: { index: 3, backprop: 3.01 } });
    expect(b?.worst.numerical).toBeCloseTo(3, 6);
    expect(b?.worst.relativeError).toBeCloseTo(0.01 / 3.01, 6);
  });

  it('does not pass NaN', () => {
    const { parameters, loss, gradients } = problem();
    const results = checkGradients(
      parameters,
      loss,
      { ...gradients, b: gradients.b!.mul(NaN) },
      { generator: new Generator(0) },
    );
    expect(results[1]?.passed).toBe(false);
  });

  it('is not misled by a bend between its two points', () => {
    // The bend of relu at 0 lies within 1e-5 of w, but not within 1e-6.
    const w = tensor([5e-6], { dtype: 'float64' });
    const loss = (): number => noGrad(() => w.relu().sum()).item();
    const [result] = checkGradients({ w }, loss, { w: tensor([1], { dtype: 'float64' }) });
    expect(result?.passed).toBe(true);
    const [wrong] = checkGradients({ w }, loss, { w: tensor([0.5], { dtype: 'float64' }) });
    expect(wrong?.passed).toBe(false);
  });

  it('checks so many elements as it was told, chosen by the generator', () => {
    const w = tensor(Float64Array.from({ length: 100 }, (_, i) => i + 1));
    const loss = (): number => noGrad(() => w.square().sum()).item();
    const worstOf = (seed: number) =>
      checkGradients({ w }, loss, { w: w.mul(2.5) }, { samples: 3, generator: new Generator(seed) })[0];
    expect(worstOf(1)).toEqual(worstOf(1));
    expect(worstOf(1)).toMatchObject({ checked: 3, passed: false });
  });

  it('refuses float32, and parameters without a gradient', () => {
    const { parameters, loss, gradients } = problem();
    expect(() => checkGradients({ w: tensor([1]) }, loss, { w: tensor([1]) })).toThrow(DTypeError);
    expect(() => checkGradients({ ...parameters, c: tensor([1]) }, loss, gradients)).toThrow(ArgumentError);
    expect(() => checkGradients({ ...parameters, c: tensor([1]) }, loss, gradients)).toThrow(
      /no gradient for the parameter "c"/,
    );
  });
});
