/** The smallest layers with numbers and with tensors: values, gradients, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/index.js';
import { AddLayer, DivLayer, ExpLayer, LogLayer, MulLayer, type Value } from '../../src/scratch/index.js';

const float64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' });

describe('numbers', () => {
  it('a sum passes the gradient on', () => {
    const layer = new AddLayer();
    expect(layer.forward(10, 5)).toBe(15);
    expect(layer.backward(1.3)).toEqual([1.3, 1.3]);
  });

  it('a product multiplies it by the swapped inputs', () => {
    const layer = new MulLayer();
    expect(layer.forward(10, 5)).toBe(50);
    expect(layer.backward(1.3)).toEqual([6.5, 13]);
    expect([layer.x, layer.y]).toEqual([10, 5]);
  });

  it('two apples with tax: 220; 2.2, 110, 200', () => {
    const mulApple = new MulLayer();
    const mulTax = new MulLayer();
    expect(mulTax.forward(mulApple.forward(100, 2), 1.1)).toBeCloseTo(220, 12);
    const [dApples, dTax] = mulTax.backward(1);
    const [dApple, dAppleNum] = mulApple.backward(dApples);
    expect([dApple, dAppleNum, dTax]).toEqual([2.2, 110.00000000000001, 200]);
  });

  it('reciprocal, exp and log know their derivatives', () => {
    const divide = new DivLayer();
    expect(divide.forward(4)).toBe(0.25);
    expect(divide.backward(3)).toBe(-3 / 16);
    const exp = new ExpLayer();
    expect(exp.forward(2)).toBe(Math.exp(2));
    expect(exp.backward(3)).toBe(3 * Math.exp(2));
    const log = new LogLayer();
    expect(log.forward(4)).toBe(Math.log(4));
    expect(log.backward(3)).toBe(0.75);
  });
});

describe('tensors', () => {
  it('work element by element, and leave the upstream gradient alone', () => {
    const layer = new MulLayer<Tensor>();
    const x = float64([1, 2, 3]);
    const y = float64([4, 5, 6]);
    const dout = float64([10, 20, 30]);
    expect(layer.forward(x, y).toArray()).toEqual([4, 10, 18]);
    const [dx, dy] = layer.backward(dout);
    expect(dx.toArray()).toEqual([40, 100, 180]);
    expect(dy.toArray()).toEqual([10, 40, 90]);
    expect(dout.toArray()).toEqual([10, 20, 30]);
    expect(layer.x).toBe(x);
  });

  it('give each input a gradient of its own shape when it was broadcast', () => {
    const layer = new AddLayer<Value>();
    const matrix = float64([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const column = float64([[10], [20]]);
    layer.forward(matrix, column);
    const [dMatrix, dColumn] = layer.backward(matrix);
    expect(dMatrix).toBe(matrix);
    expect((dColumn as Tensor).toArray()).toEqual([[6], [15]]);

    const product = new MulLayer<Value>();
    product.forward(matrix, 2);
    const [, dTwo] = product.backward(matrix);
    expect(dTwo).toBe(1 + 4 + 9 + 16 + 25 + 36);

    const bias = new AddLayer<Value>();
    bias.forward(float64([1, 1, 1]), matrix);
    expect((bias.backward(matrix)[0] as Tensor).toArray()).toEqual([5, 7, 9]);
  });

  it('reciprocal, exp and log agree with the numbers', () => {
    for (const [ofTensor, ofNumber] of [
      [new DivLayer<Tensor>(), new DivLayer()],
      [new ExpLayer<Tensor>(), new ExpLayer()],
      [new LogLayer<Tensor>(), new LogLayer()],
    ] as const) {
      expect(ofTensor.forward(float64([0.7])).item()).toBeCloseTo(ofNumber.forward(0.7), 14);
      expect(ofTensor.backward(float64([1.5])).item()).toBeCloseTo(ofNumber.backward(1.5), 14);
    }
  });

  it('record no history of their own', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(new ExpLayer<Tensor>().forward(x).requiresGrad).toBe(false);
  });
});

describe('what is refused', () => {
  it('names the layer and what it got', () => {
    const layer = new MulLayer<Value>();
    // @ts-expect-error what a caller without types may pass
    expect(() => layer.forward('10', 5)).toThrow('MulLayer.forward: takes a number or a tensor, got the string "10"');
    // @ts-expect-error what a caller without types may pass
    expect(() => layer.forward([1, 2], 5)).toThrow(/got an array; wrap the array in tensor/);
    // @ts-expect-error what a caller without types may pass
    expect(() => layer.forward(1)).toThrow(/got undefined/);
  });

  it('backward before forward, and after a forward that failed', () => {
    const layer = new MulLayer<Value>();
    expect(() => layer.backward(1)).toThrow(/MulLayer.backward came before MulLayer.forward/);
    layer.forward(1, 2);
    expect(() => layer.forward(float64([1, 2]), float64([1, 2, 3]))).toThrow(/broadcast/);
    expect(() => layer.backward(1)).toThrow(/came before/);
  });

  it('a gradient that does not have the form of the output', () => {
    const layer = new MulLayer<Value>();
    layer.forward(float64([1, 2]), 3);
    expect(() => layer.backward(float64([1, 2, 3]))).toThrow(
      /form of the output, a tensor of shape \[2\]; got a tensor of shape \[3\]/,
    );
    expect(() => layer.backward(1)).toThrow(/got a number/);
  });
});
