/**
 * Losses: their values by the formula, their gradients by differences, and what they refuse.
 */
import { describe, expect, it } from 'vitest';
import { gradcheck, gradgradcheck, logSoftmax, oneHot, type Tensor, tensor } from '../../src/index.js';
import * as F from '../../src/nn/functional.js';

const f64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' });
const labels = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });

const logits = f64([
  [1, 2, 0.5],
  [-1, 0, 3],
]);
const perSample = [
  [1, 2, 0.5],
  [-1, 0, 3],
].map((row, i) => {
  const total = row.reduce((s, x) => s + Math.exp(x), 0);
  return Math.log(total) - row[[1, 0][i]!]!;
});

describe('crossEntropy', () => {
  it('is −log softmax at the label: mean, sum, each', () => {
    const t = labels([1, 0]);
    const [a, b] = perSample as [number, number];
    expect(F.crossEntropy(logits, t).item()).toBeCloseTo((a + b) / 2, 12);
    expect(F.crossEntropy(logits, t, { reduction: 'sum' }).item()).toBeCloseTo(a + b, 12);
    expect(F.crossEntropy(logits, t, { reduction: 'none' }).toArray()).toEqual([
      expect.closeTo(a, 12),
      expect.closeTo(b, 12),
    ]);
    expect(() => F.crossEntropy(logits, t, { reduction: 'max' as 'sum' })).toThrow(/'mean', 'sum' or 'none'/);
  });

  it('takes one-hot rows, probabilities, one sample, uint8 labels and inner axes', () => {
    const want = F.crossEntropy(logits, labels([1, 0])).item();
    expect(F.crossEntropy(logits, oneHot(labels([1, 0]), 3, { dtype: 'float64' })).item()).toBeCloseTo(want, 12);
    expect(
      F.crossEntropy(
        logits,
        f64([
          [0.5, 0.5, 0],
          [0, 0, 1],
        ]),
      ).item(),
    ).toBeGreaterThan(0);
    expect(F.crossEntropy(logits.slice(0), tensor(1, { dtype: 'int32' })).item()).toBeCloseTo(perSample[0]!, 12);
    expect(F.crossEntropy(logits, tensor([1, 0], { dtype: 'uint8' })).item()).toBeCloseTo(want, 12);
    const inner = logits.T.unsqueeze(0);
    expect(F.crossEntropy(inner, labels([[1, 0]])).item()).toBeCloseTo(want, 12);
  });

  it('does not overflow', () => {
    const big = tensor([
      [1000, 0],
      [0, 1000],
    ]);
    expect(F.crossEntropy(big, labels([0, 0]), { reduction: 'none' }).toArray()).toEqual([0, 1000]);
  });

  it('has the gradient softmax − one-hot, over the batch', () => {
    const x = f64([
      [1, 2, 0.5],
      [-1, 0, 3],
    ]);
    x.requiresGrad = true;
    F.crossEntropy(x, labels([1, 0])).backward();
    const want = x
      .detach()
      .softmax(1)
      .sub(oneHot(labels([1, 0]), 3))
      .div(2);
    expect(x.grad!.allclose(want, { atol: 1e-15 })).toBe(true);
  });

  it('says that labels are integers', () => {
    expect(() => F.crossEntropy(logits, f64([1, 0]))).toThrow(
      /float64 target holds probabilities.*\[2, 3\].*class labels are integers/,
    );
    expect(() => F.crossEntropy(logits, tensor([true, false]))).toThrow(/class indices of dtype int32, got bool/);
  });
});

describe('the other losses', () => {
  it('nllLoss after logSoftmax is crossEntropy', () => {
    expect(F.nllLoss(logSoftmax(logits, 1), labels([1, 0])).item()).toBeCloseTo(
      F.crossEntropy(logits, labels([1, 0])).item(),
      12,
    );
  });

  it('mseLoss', () => {
    expect(F.mseLoss(f64([1, 2]), f64([3, 5])).item()).toBe(6.5);
    expect(() => F.mseLoss(f64([[1], [2]]), f64([1, 2]))).toThrow(/\[2, 1\].*\[2\].*must be equal/);
  });

  it('binaryCrossEntropyWithLogits', () => {
    const [x, t] = [f64([0.3, -2, 50, -50]), f64([1, 0, 0, 1])];
    const by = [0.3, -2, 50, -50].map((z, i) => {
      const p = 1 / (1 + Math.exp(-z));
      return i < 2 ? -(i === 0 ? Math.log(p) : Math.log(1 - p)) : 50;
    });
    F.binaryCrossEntropyWithLogits(x, t, { reduction: 'none' })
      .typedArray()
      .forEach((v, i) => expect(v).toBeCloseTo(by[i]!, 10));
  });

  it('all have right first and second derivatives', () => {
    const x = f64([
      [0.3, -0.5, 1.2],
      [2, 0.1, -1],
    ]);
    const p = f64([
      [0.2, 0.3, 0.5],
      [1, 0, 0],
    ]);
    const losses: ((x: Tensor) => Tensor)[] = [
      (t) => F.crossEntropy(t, labels([2, 0])),
      (t) => F.crossEntropy(t, p, { reduction: 'sum' }),
      (t) => F.nllLoss(logSoftmax(t, 1), labels([2, 0])),
      (t) => F.mseLoss(t, p),
      (t) => F.binaryCrossEntropyWithLogits(t, p),
    ];
    for (const loss of losses) {
      expect(gradcheck((t) => loss(t!), [x]).ok).toBe(true);
      expect(gradgradcheck((t) => loss(t!), [x]).ok).toBe(true);
    }
  });
});
