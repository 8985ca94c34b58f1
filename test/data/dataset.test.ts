/** Data sets: batches gathered right, in new memory, and senseless data refused. */
import { describe, expect, test } from 'vitest';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../../src/base/errors.js';
import { type ColumnData, TensorDataset } from '../../src/data/dataset.js';
import { generateDigits } from '../../src/data/digits.js';
import { imageDataset, sliceImages } from '../../src/data/images.js';
import { tensor } from '../../src/index.js';

const at = (...indices: number[]): Int32Array => Int32Array.from(indices);

describe('TensorDataset', () => {
  test('rows by number, in the order asked, as often as asked', () => {
    const data = new TensorDataset(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      tensor([7, 8, 9], { dtype: 'int32' }),
    );
    expect(data.length).toBe(3);
    const [x, t] = data.batch(at(2, 0, 2));
    expect(x.toArray()).toEqual([
      [5, 6],
      [1, 2],
      [5, 6],
    ]);
    expect([x.dtype, t.dtype]).toEqual(['float32', 'int32']);
    expect(t.toArray()).toEqual([9, 7, 9]);
  });

  test('keeps shapes and dtypes of tensors', () => {
    const inputs = tensor([[[1, 0]], [[0, 1]]], { dtype: 'bool' });
    const [x, t] = new TensorDataset(inputs, tensor([0.1, 0.2], { dtype: 'float64' })).batch(at(1));
    expect([x.shape, x.dtype, t.shape, t.dtype]).toEqual([[1, 1, 2], 'bool', [1], 'float64']);
    expect(t.item()).toBe(0.2);
  });

  test('a column is converted and scaled as it is gathered', () => {
    const pixels = { data: new Uint8Array([0, 51, 255, 102]), shape: [2, 2], scale: 1 / 255 };
    const labels = { data: new Uint8Array([4, 2]), shape: [2], dtype: 'int32' } as const;
    const [x, t] = new TensorDataset(pixels, labels).batch(at(1, 0));
    expect(x.dtype).toBe('float32');
    expect(x.toArray()).toEqual([
      [1, Math.fround(0.4)],
      [0, Math.fround(0.2)],
    ]);
    expect([t.dtype, t.toArray()]).toEqual(['int32', [2, 4]]);
  });

  test('a batch never changes with the next one, or with the data', () => {
    const data = new Float32Array([1, 2]);
    const set = new TensorDataset({ data, shape: [2] }, [0, 0]);
    const [first] = set.batch(at(0));
    set.batch(at(1));
    data.fill(9);
    expect(first.toArray()).toEqual([1]);
  });

  test.each<[string, ColumnData, ColumnData, new () => Error, RegExp]>([
    ['inputs and targets of different number', [[1], [2], [3]], [0, 1], ShapeError, /3 inputs and 2 targets/],
    ['ragged inputs', [[1, 2], [3]], [0, 1], ShapeError, /./],
    ['no inputs', [], [], ShapeError, /inputs are empty/],
    ['inputs without elements', { data: new Float32Array(0), shape: [2, 0] }, [0, 1], ShapeError, /inputs are empty/],
    ['a single number', 3, [0], ShapeError, /first axis must count/],
    [
      'data that do not fill the shape',
      { data: new Float32Array(5), shape: [2, 3] },
      [0, 1],
      ShapeError,
      /needs 6 values, got 5/,
    ],
    [
      'floats as int32',
      { data: new Float32Array(2), shape: [2], dtype: 'int32' },
      [0, 1],
      DTypeError,
      /do not fit int32/,
    ],
    ['int32 as uint8', { data: new Int32Array(2), shape: [2], dtype: 'uint8' }, [0, 1], DTypeError, /do not fit uint8/],
    [
      'scaled integers',
      [0, 1],
      { data: new Int32Array(2), shape: [2], dtype: 'int32', scale: 0.5 },
      DTypeError,
      /times 0.5/,
    ],
    [
      'a scale that is NaN',
      { data: new Float32Array(2), shape: [2], scale: Number.NaN },
      [0, 1],
      ArgumentError,
      /scale/,
    ],
  ])('refuses %s', (_, inputs, targets, kind, message) => {
    expect(() => new TensorDataset(inputs, targets)).toThrow(kind);
    expect(() => new TensorDataset(inputs, targets)).toThrow(message);
  });

  test('refuses a number that no example has', () => {
    const set = new TensorDataset([1, 2], [0, 1]);
    expect(() => set.batch(at(2))).toThrow(IndexError);
    expect(() => set.batch(at(0, -1))).toThrow(/no example -1: expected 0 … 1/);
  });
});

describe('imageDataset', () => {
  const { train } = generateDigits({ train: 8, test: 0 });

  test('flat by default, or in the shape wanted', () => {
    const [x, t] = imageDataset(train).batch(at(3, 4));
    expect([x.shape, x.dtype, t.dtype]).toEqual([[2, 784], 'float32', 'int32']);
    expect(t.toArray()).toEqual([train.labels[3], train.labels[4]]);
    expect(x.typedArray()[784 + 400]).toBe(Math.fround(train.images[4 * 784 + 400]! / 255));
    expect(imageDataset(train, { shape: [1, 28, 28] }).batch(at(0))[0].shape).toEqual([1, 1, 28, 28]);
    expect(() => imageDataset(train, { shape: [28, 27] })).toThrow(/does not hold an image of 28 × 28/);
  });

  test('a slice has its own count and shares the bytes', () => {
    const part = sliceImages(train, 5);
    expect(part.count).toBe(3);
    expect(part.labels).toEqual(train.labels.subarray(5));
    expect(part.images.buffer).toBe(train.images.buffer);
    expect(() => sliceImages(train, 5, 9)).toThrow(ArgumentError);
    expect(() => sliceImages(train, 5, 4)).toThrow(/there are 8/);
  });
});
