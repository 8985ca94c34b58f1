/** Derivatives by trying: right numbers, and the tensor restored whatever happens. */
import { describe, expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/index.js';
import { numericalDiff, numericalGradient } from '../../src/scratch/index.js';

describe('numericalDiff', () => {
  it('is close to the derivative but not equal to it', () => {
    const slope = numericalDiff((x) => Math.exp(x ** 2) ** 2, 0.5);
    expect(Math.abs(slope - 3.297442541400256)).toBeLessThan(1e-8);
    expect(slope).not.toBe(3.297442541400256);
  });

  it('is exact for a parabola, up to rounding, with any step', () => {
    expect(numericalDiff((x) => x * x, 3, 1)).toBe(6);
  });

  it('refuses a step that is none, and a result that is no number', () => {
    expect(() => numericalDiff(Math.sin, 1, 0)).toThrow(/eps must be a number above 0, got 0/);
    // @ts-expect-error what a caller without types may pass
    expect(() => numericalDiff(() => 'much', 1)).toThrow(/the result of f: takes a number or a tensor, got the string/);
    // @ts-expect-error what a caller without types may pass
    expect(() => numericalDiff(Math.sin, tensor([1]))).toThrow(/use numericalGradient/);
  });
});

describe('numericalGradient', () => {
  const point = (): Tensor =>
    tensor(
      [
        [3, 4],
        [-1, 0.5],
      ],
      { dtype: 'float64' },
    );

  it('finds the gradient element by element and leaves x as it was', () => {
    const x = point();
    const gradient = numericalGradient((at) => at.square().sum(), x);
    expect(gradient.shape).toEqual([2, 2]);
    expect(gradient.dtype).toBe('float64');
    const expected = [6, 8, -2, 1];
    gradient.typedArray().forEach((value: number, i: number) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 8);
    });
    expect(x.toArray()).toEqual(point().toArray());
  });

  it('moves x itself, for functions that read it on their own', () => {
    const x = point();
    const gradient = numericalGradient(() => x.mul(x).sum().item(), x);
    expect(gradient.sub(x.mul(2)).abs().max().item()).toBeLessThan(1e-8);
  });

  it('restores x when f throws', () => {
    const x = point();
    let calls = 0;
    const f = (): number => {
      if (++calls === 4) throw new Error('enough');
      return 0;
    };
    expect(() => numericalGradient(f, x)).toThrow('enough');
    expect(x.toArray()).toEqual(point().toArray());
  });

  it('takes float32 with a larger step', () => {
    const gradient = numericalGradient((at) => at.square().sum(), tensor([3, 4]));
    expect(gradient.dtype).toBe('float32');
    expect(
      gradient
        .sub(tensor([6, 8]))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-2);
  });

  it('refuses what cannot move a little, and results of more than one number', () => {
    expect(() => numericalGradient((x) => x.sum(), tensor([1, 2], { dtype: 'int32' }))).toThrow(
      /float64 or float32, got int32/,
    );
    expect(() => numericalGradient((x) => x, point())).toThrow(/must give one number, got a tensor of shape \[2, 2\]/);
    expect(() => numericalGradient((x) => x.sum(), point(), { eps: Number.NaN })).toThrow(/eps/);
    // @ts-expect-error what a caller without types may pass
    expect(() => numericalGradient((x) => x, 3)).toThrow(/x must be a tensor, got a number/);
  });
});
