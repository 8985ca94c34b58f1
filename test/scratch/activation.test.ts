/** ReLU with its mask, and the sigmoid against its four nodes. */
import { expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/index.js';
import { AddLayer, DivLayer, ExpLayer, MulLayer, Relu, Sigmoid } from '../../src/scratch/index.js';

it('ReLU passes what is positive and remembers the rest in its mask', () => {
  const relu = new Relu();
  const x = tensor([
    [1, -0.5],
    [-2, 3],
  ]);
  expect(relu.forward(x).toArray()).toEqual([
    [1, 0],
    [0, 3],
  ]);
  const mask = relu.mask as Tensor;
  expect(mask.dtype).toBe('bool');
  expect(Array.from(mask.typedArray())).toEqual([0, 1, 1, 0]);
  const dout = tensor([
    [10, 20],
    [30, 40],
  ]);
  expect(relu.backward(dout).toArray()).toEqual([
    [10, 0],
    [0, 40],
  ]);
  expect(dout.toArray()).toEqual([
    [10, 20],
    [30, 40],
  ]);
  expect(x.toArray()).toEqual([
    [1, -0.5],
    [-2, 3],
  ]);
});

it('ReLU stops the gradient at exactly 0 and does not hide NaN', () => {
  const relu = new Relu<number>();
  expect([relu.forward(0), relu.backward(5)]).toEqual([0, 0]);
  expect(relu.mask).toBe(true);
  expect([relu.forward(2), relu.backward(5)]).toEqual([2, 5]);
  expect(relu.forward(Number.NaN)).toBeNaN();
  expect(new Relu().forward(tensor([Number.NaN])).item()).toBeNaN();
});

it('the sigmoid is its four nodes: y(1 − y)', () => {
  for (const x of [-3, -0.5, 0, 1, 4]) {
    const negate = new MulLayer();
    const exp = new ExpLayer();
    const plusOne = new AddLayer();
    const divide = new DivLayer();
    const y = divide.forward(plusOne.forward(exp.forward(negate.forward(x, -1)), 1));
    const [dExp] = plusOne.backward(divide.backward(2));
    const [dx] = negate.backward(exp.backward(dExp));
    const sigmoid = new Sigmoid<number>();
    expect(sigmoid.forward(x)).toBeCloseTo(y, 15);
    expect(sigmoid.out).toBeCloseTo(y, 15);
    expect(sigmoid.backward(2)).toBeCloseTo(dx, 14);
    expect(dx).toBeCloseTo(2 * y * (1 - y), 14);

    const onTensor = new Sigmoid();
    expect(onTensor.forward(tensor([x], { dtype: 'float64' })).item()).toBeCloseTo(y, 14);
    expect(onTensor.backward(tensor([2], { dtype: 'float64' })).item()).toBeCloseTo(dx, 14);
  }
});

it('the sigmoid has no overflow', () => {
  const sigmoid = new Sigmoid<number>();
  expect([sigmoid.forward(-1000), sigmoid.backward(1)]).toEqual([0, 0]);
  expect(sigmoid.forward(1000)).toBe(1);
  expect(sigmoid.backward(1)).toBe(0);
});
