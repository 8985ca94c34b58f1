/** The affine layer: one sample, a batch, images; its three gradients; shapes that do not fit. */
import { expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/index.js';
import { Affine, numericalGradient } from '../../src/scratch/index.js';

const float64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' });
const W = float64([
  [1, 0],
  [0, 1],
  [2, -1],
]);
const b = float64([10, 20]);
const X = float64([
  [1, 2, 3],
  [4, 5, 6],
]);
const dY = float64([
  [1, 2],
  [3, 4],
]);

it('computes a batch and passes back dX = dY·Wᵀ, dW = Xᵀ·dY, db = Σ dY', () => {
  const affine = new Affine(W, b);
  expect(affine.forward(X).toArray()).toEqual([
    [17, 19],
    [26, 19],
  ]);
  expect(affine.backward(dY).toArray()).toEqual([
    [1, 2, 0],
    [3, 4, 2],
  ]);
  expect(affine.dW?.toArray()).toEqual([
    [13, 18],
    [17, 24],
    [21, 30],
  ]);
  expect(affine.db?.toArray()).toEqual([4, 6]);
  expect(dY.toArray()).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

it('takes one sample', () => {
  const affine = new Affine(W, b);
  expect(affine.forward(float64([1, 2, 3])).toArray()).toEqual([17, 19]);
  expect(affine.backward(float64([1, 2])).toArray()).toEqual([1, 2, 0]);
  expect(affine.dW?.toArray()).toEqual([
    [1, 2],
    [2, 4],
    [3, 6],
  ]);
  expect(affine.db?.toArray()).toEqual([1, 2]);
});

it('flattens images and gives their gradient their own shape', () => {
  const affine = new Affine(W, b);
  const images = X.reshape(2, 3, 1, 1);
  expect(affine.forward(images).shape).toEqual([2, 2]);
  const dx = affine.backward(dY);
  expect(dx.shape).toEqual([2, 3, 1, 1]);
  expect(dx.flatten().toArray()).toEqual([1, 2, 0, 3, 4, 2]);
});

it('agrees with the numerical gradient', () => {
  const weights = float64([
    [0.3, -0.7],
    [0.2, 0.9],
    [-1.1, 0.4],
  ]);
  const affine = new Affine(weights, b);
  const f = (): Tensor => affine.forward(X).mul(dY).sum();
  const byTrying = numericalGradient(f, weights);
  f();
  affine.backward(dY);
  const difference = affine.dW?.sub(byTrying).abs().max().item();
  expect(difference).toBeLessThan(1e-8);
});

it('says which shapes would fit', () => {
  expect(() => new Affine(W, float64([1, 2, 3]))).toThrow(/got W \[3, 2\] and b \[3\]/);
  expect(() => new Affine(b, b)).toThrow(/W must have a shape \[D, M\]/);
  const affine = new Affine(W, b);
  expect(() => affine.forward(float64([[1, 2]]))).toThrow(/2 values a sample, but W of shape \[3, 2\] takes 3/);
  expect(() => affine.forward(tensor(1))).toThrow(/has no axis/);
  // @ts-expect-error what a caller without types may pass
  expect(() => affine.forward(3)).toThrow(/x must be a tensor, got a number/);
  // @ts-expect-error what a caller without types may pass
  expect(() => new Affine([[1]], b)).toThrow(/W must be a tensor, got an array/);
  expect(() => new Affine(W, b).backward(dY)).toThrow(/Affine.backward came before Affine.forward/);
  affine.forward(X);
  expect(() => affine.backward(X)).toThrow(/a tensor of shape \[2, 2\]; got a tensor of shape \[2, 3\]/);
});
