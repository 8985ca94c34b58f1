/** The activations that draw: ranges, frequencies, gradients, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { Generator, grad, gradcheck, tensor, zeros } from '../../src/index.js';
import * as functional from '../../src/nn/functional.js';

const { gumbelSoftmax, rrelu } = functional;

describe('rrelu', () => {
  it('draws a slope for each negative element while training', () => {
    const y = rrelu(zeros([1000]).sub(1), { training: true, lower: 0.25, upper: 0.5, generator: new Generator(1) });
    const slopes = Array.from(y.neg().typedArray());
    expect([Math.min(...slopes) >= 0.25, Math.max(...slopes) <= 0.5, new Set(slopes).size > 900]).toEqual([
      true,
      true,
      true,
    ]);
    expect(y.mean().item()).toBeCloseTo(-0.375, 1);
    expect(rrelu(tensor([2]), { training: true }).item()).toBe(2);
    expect(() => rrelu(y, { lower: 1, upper: 0.5 })).toThrow(/lower 1 must not be above upper 0.5/);
  });
});

describe('gumbelSoftmax', () => {
  const logits = tensor([0, Math.log(3)]);
  it('chooses by the probabilities', () => {
    const rows = gumbelSoftmax(logits.expand(4000, 2), { hard: true, generator: new Generator(2) });
    expect(rows.sum(1).eq(1).all().item()).toBe(1);
    expect(Math.abs(rows.mean(0).typedArray()[1]! - 0.75)).toBeLessThan(0.03);
    expect(gumbelSoftmax(logits, { tau: 0.5 }).sum().item()).toBeCloseTo(1, 6);
  });

  it('has the gradient of the soft choice, hard or not', () => {
    const weights = tensor([1, -2], { dtype: 'float64' });
    const at = (hard: boolean) => (x: ReturnType<typeof tensor>) =>
      gumbelSoftmax(x, { hard, generator: new Generator(3) })
        .mul(weights)
        .sum();
    const x = logits.to('float64');
    expect(gradcheck((t) => at(false)(t!), [x]).ok).toBe(true);
    expect(grad(at(true))(x).toArray()).toEqual(grad(at(false))(x).toArray());
    expect(() => gumbelSoftmax(logits, { tau: 0 })).toThrow(/tau must be above 0/);
  });
});
