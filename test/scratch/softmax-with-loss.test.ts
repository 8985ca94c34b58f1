/** Softmax with loss: y − t, over a batch (y − t)/N, labels in every form, and labels that are wrong. */
import { expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/index.js';
import { numericalGradient, SoftmaxWithLoss } from '../../src/scratch/index.js';

const float64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' });
const labels = (data: number[]): Tensor => tensor(data, { dtype: 'int32' });
const closeTo = (actual: Tensor | null, expected: number[]): void => {
  expect(actual?.size).toBe(expected.length);
  Array.from(actual?.typedArray() ?? []).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 12);
  });
};

it('passes back (0.3, −0.8, 0.5) for y = (0.3, 0.2, 0.5) and t = (0, 1, 0)', () => {
  const layer = new SoftmaxWithLoss();
  const loss = layer.forward(float64([Math.log(3), Math.log(2), Math.log(5)]), float64([0, 1, 0]));
  expect(loss.shape).toEqual([]);
  expect(loss.item()).toBeCloseTo(-Math.log(0.2), 12);
  expect(layer.loss).toBe(loss);
  closeTo(layer.y, [0.3, 0.2, 0.5]);
  closeTo(layer.t, [0, 1, 0]);
  closeTo(layer.backward(), [0.3, -0.8, 0.5]);
  closeTo(layer.backward(10), [3, -8, 5]);
});

it('takes the mean over a batch, for labels, one-hot rows and one number alike', () => {
  const scores = float64([
    [Math.log(3), Math.log(2), Math.log(5)],
    [0, 0, 0],
  ]);
  const targets = [
    labels([1, 2]),
    tensor([1, 2]),
    float64([
      [0, 1, 0],
      [0, 0, 1],
    ]),
  ];
  for (const t of targets) {
    const layer = new SoftmaxWithLoss();
    expect(layer.forward(scores, t).item()).toBeCloseTo((-Math.log(0.2) + Math.log(3)) / 2, 12);
    closeTo(layer.backward(1), [0.15, -0.4, 0.25, 1 / 6, 1 / 6, -1 / 3]);
  }
  const one = new SoftmaxWithLoss();
  one.forward(float64([0, 0, 0]), 2);
  closeTo(one.backward(), [1 / 3, 1 / 3, -2 / 3]);
});

it('stays finite for scores whose exponential is not', () => {
  const layer = new SoftmaxWithLoss();
  expect(layer.forward(float64([1000, 0, -1000]), labels([2]).reshape()).item()).toBe(2000);
  closeTo(layer.backward(), [1, 0, -1]);
});

it('agrees with the numerical gradient', () => {
  const x = float64([
    [0.2, -1.3, 0.8],
    [1.5, 0.1, -0.4],
  ]);
  const t = labels([2, 0]);
  const layer = new SoftmaxWithLoss();
  const byTrying = numericalGradient((scores) => layer.forward(scores, t), x);
  layer.forward(x, t);
  expect(layer.backward().sub(byTrying).abs().max().item()).toBeLessThan(1e-9);
});

it('refuses labels that are no classes, and targets that do not fit', () => {
  const layer = new SoftmaxWithLoss();
  const scores = float64([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(() => layer.forward(scores, labels([0, 3]))).toThrow(
    /label 3 at position 1 is not one of the 3 classes; .* 0 … 2/,
  );
  expect(() => layer.forward(scores, labels([-1, 0]))).toThrow(/label -1/);
  expect(() => layer.forward(scores, tensor([0.5, 1]))).toThrow(/label 0.5/);
  expect(() => layer.forward(scores, labels([0]))).toThrow(
    /need labels of shape \[2\] or one-hot rows of shape \[2, 3\]; got \[1\]/,
  );
  expect(() => layer.forward(scores, 1)).toThrow(/got \[\]/);
  expect(() => layer.forward(scores, scores)).toThrow(/row 0 of the one-hot targets .* its sum is 6/);
  expect(() => layer.forward(scores.reshape(1, 2, 3), labels([0, 1]))).toThrow(/x must hold scores of shape \[N, C\]/);
  expect(() => layer.forward(tensor([], { shape: [0, 3] }), tensor([], { shape: [0] }))).toThrow(/x must hold scores/);
  // @ts-expect-error what a caller without types may pass
  expect(() => layer.forward(scores, [0, 1])).toThrow(/got an array; wrap the array in tensor/);
  expect(() => layer.backward()).toThrow(/came before/);
});
