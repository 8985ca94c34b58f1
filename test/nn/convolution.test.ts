/**
 * Layers that slide over images: shapes, first weights, what they refuse, and a small network that learns with them.
 */
import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../src/base/errors.js';
import {
  Generator,
  gradcheck,
  gradgradcheck,
  manualSeed,
  ones,
  randn,
  realize,
  type Tensor,
  tensor,
  where,
  zeros,
} from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam } from '../../src/optim/index.js';
import { withEngine } from '../../src/run/engine.js';
import { kernelsOf } from '../support/events.js';

describe('convolution layers', () => {
  it('have a weight and a bias of the right shapes, within 1 / √(inputs of one output)', () => {
    const layer = new nn.Conv2d(6, 8, [3, 5], { groups: 2, generator: new Generator(1) });
    expect([...layer.weight.shape]).toEqual([8, 3, 3, 5]);
    expect([...layer.bias!.shape]).toEqual([8]);
    const bound = 1 / Math.sqrt(3 * 3 * 5);
    for (const parameter of layer.parameters()) {
      const values = Array.from(parameter.typedArray());
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
      expect(Math.max(...values)).toBeGreaterThan(0);
      expect(Math.min(...values)).toBeLessThan(0);
    }
    expect(Array.from(layer.namedParameters(), ([name]) => name)).toEqual(['weight', 'bias']);
    expect(new nn.Conv1d(2, 3, 4, { bias: false }).parameters()).toHaveLength(1);
    const transposed = new nn.ConvTranspose2d(6, 8, 3, { groups: 2 });
    expect([...transposed.weight.shape]).toEqual([6, 4, 3, 3]);
    expect([...transposed.bias!.shape]).toEqual([8]);
  });

  it.each<[string, nn.Module, number[], number[]]>([
    ['Conv2d', new nn.Conv2d(3, 5, 3), [2, 3, 8, 9], [2, 5, 6, 7]],
    ['Conv2d, same', new nn.Conv2d(3, 5, 3, { padding: 'same' }), [2, 3, 8, 9], [2, 5, 8, 9]],
    ['Conv2d, one sample', new nn.Conv2d(3, 5, 3, { stride: 2, padding: 1 }), [3, 8, 9], [5, 4, 5]],
    ['Conv2d, no sample', new nn.Conv2d(3, 5, 3), [0, 3, 8, 9], [0, 5, 6, 7]],
    ['Conv1d', new nn.Conv1d(3, 5, 4, { dilation: 2 }), [2, 3, 11], [2, 5, 5]],
    ['Conv3d', new nn.Conv3d(2, 3, [1, 2, 3], { groups: 1, padding: 1 }), [1, 2, 3, 4, 5], [1, 3, 5, 5, 5]],
    ['ConvTranspose1d', new nn.ConvTranspose1d(3, 5, 4, { stride: 2 }), [2, 3, 5], [2, 5, 12]],
    ['ConvTranspose2d', new nn.ConvTranspose2d(4, 6, 3, { groups: 2, padding: 1 }), [2, 4, 5, 6], [2, 6, 5, 6]],
    ['ConvTranspose3d', new nn.ConvTranspose3d(2, 1, 2, { stride: 2 }), [1, 2, 2, 2, 3], [1, 1, 4, 4, 6]],
    ['MaxPool1d', new nn.MaxPool1d(2), [2, 3, 9], [2, 3, 4]],
    ['MaxPool3d', new nn.MaxPool3d(2), [1, 3, 4, 5, 6], [1, 3, 2, 2, 3]],
    ['AvgPool1d', new nn.AvgPool1d(3, { stride: 1 }), [2, 3, 9], [2, 3, 7]],
    ['AvgPool3d', new nn.AvgPool3d([1, 2, 2]), [1, 3, 4, 5, 6], [1, 3, 4, 2, 3]],
    ['AdaptiveAvgPool1d', new nn.AdaptiveAvgPool1d(4), [2, 3, 9], [2, 3, 4]],
    ['AdaptiveAvgPool3d', new nn.AdaptiveAvgPool3d(2), [1, 3, 4, 5, 6], [1, 3, 2, 2, 2]],
    ['AdaptiveMaxPool1d', new nn.AdaptiveMaxPool1d(4), [2, 3, 9], [2, 3, 4]],
    ['AdaptiveMaxPool2d', new nn.AdaptiveMaxPool2d([2, 1]), [2, 3, 8, 9], [2, 3, 2, 1]],
    ['AdaptiveMaxPool3d', new nn.AdaptiveMaxPool3d(2), [1, 3, 4, 5, 6], [1, 3, 2, 2, 2]],
    ['MaxPool2d', new nn.MaxPool2d(2), [2, 3, 8, 9], [2, 3, 4, 4]],
    ['AvgPool2d', new nn.AvgPool2d(3, { stride: 2, padding: 1 }), [2, 3, 8, 9], [2, 3, 4, 5]],
    ['AdaptiveAvgPool2d', new nn.AdaptiveAvgPool2d([2, 1]), [2, 3, 8, 9], [2, 3, 2, 1]],
  ])('%s has the shape it should, and the values have that many elements', (_, layer, from, to) => {
    const y = layer.forward(zeros(from));
    expect([...y.shape]).toEqual(to);
    expect(y.typedArray()).toHaveLength(to.reduce((a, b) => a * b, 1));
  });

  it('describe themselves with their options', () => {
    expect(String(new nn.Conv2d(1, 32, 3, { padding: 1 }))).toContain('1, 32, [3, 3], padding: 1');
    expect(String(new nn.MaxPool2d(2, { stride: 1 }))).toContain('2, stride: 1');
  });

  it('refuse what does not fit, and say why', () => {
    const conv = new nn.Conv2d(3, 5, 3);
    expect(() => conv.forward(zeros([2, 4, 8, 8]))).toThrow(/4 channels, the weight \[5, 3, 3, 3\] is for 3/);
    expect(() => conv.forward(zeros([8, 8]))).toThrow(ShapeError);
    expect(() => conv.forward(zeros([1, 3, 2, 8]))).toThrow(/reaches over 3 elements, axis 2 .* has 2/);
    expect(() => new nn.Conv2d(3, 5, 3, { groups: 2 })).toThrow(/cannot both be divided into 2 groups/);
    expect(() => new nn.Conv2d(3, 5, [3, 3, 3])).toThrow(ArgumentError);
    expect(() => new nn.Conv2d(3, 0, 3)).toThrow(/output channels must be a whole number from 1 up, got 0/);
    expect(() => new nn.Conv2d(3, 5, 3, { stride: 2, padding: 'same' }).forward(zeros([1, 3, 8, 8]))).toThrow(
      /needs stride 1/,
    );
    expect(() => new nn.Conv2d(3, 5, 3, { padding: -1 }).forward(zeros([1, 3, 8, 8]))).toThrow(
      /padding must be a whole number from 0 up/,
    );
    expect(() => nn.functional.conv2d(zeros([1, 3, 8, 8]), zeros([5, 3, 3, 3]), zeros([4]))).toThrow(
      /bias has shape \[4\]; expected \[5\]/,
    );
    expect(() => new nn.MaxPool2d(2, { padding: 2 }).forward(zeros([1, 1, 4, 4]))).toThrow(/more than half/);
    expect(() => new nn.AvgPool2d(5).forward(zeros([1, 1, 4, 4]))).toThrow(/kernel reaches over 5/);
  });
});

describe('max pooling', () => {
  it('passes on NaN and sends the gradient of equal elements to the first', () => {
    const x = tensor(
      [
        [
          [1, NaN, 3, 3],
          [0, 2, 3, 3],
        ],
      ],
      { requiresGrad: true },
    );
    const y = nn.functional.maxPool2d(x, 2);
    expect(y.toArray()).toEqual([[[NaN, 3]]]);
    y.sum().backward();
    expect(x.grad!.toArray()).toEqual([
      [
        [0, 1, 1, 0],
        [0, 0, 0, 0],
      ],
    ]);
  });
});

describe('places of maxima', () => {
  const F = nn.functional;
  const x = randn([2, 3, 6, 4, 5], { dtype: 'float64', generator: new Generator(1) }).realize();

  it.each<[string, nn.MaxPool1d | nn.AdaptiveMaxPool1d, nn.Module, number[]]>([
    ['MaxPool1d', new nn.MaxPool1d(2), new nn.MaxUnpool1d(2), [3, 20]],
    ['MaxPool2d', new nn.MaxPool2d([2, 3]), new nn.MaxUnpool2d([2, 3], { outputSize: [8, 14] }), [2, 3, 8, 14]],
    ['MaxPool3d', new nn.MaxPool3d(2), new nn.MaxUnpool3d(2, { outputSize: [6, 4, 5] }), [2, 3, 6, 4, 5]],
    ['AdaptiveMaxPool1d', new nn.AdaptiveMaxPool1d(5), new nn.MaxUnpool1d(4), [3, 20]],
    ['AdaptiveMaxPool2d', new nn.AdaptiveMaxPool2d([4, 7]), new nn.MaxUnpool2d(2), [3, 8, 14]],
    ['AdaptiveMaxPool3d', new nn.AdaptiveMaxPool3d([3, 2, 1]), new nn.MaxUnpool3d([2, 2, 5]), [2, 3, 6, 4, 5]],
  ])('of %s bring its values back to where they were', (_, pool, unpool, shape) => {
    const image = randn(shape, { dtype: 'float64', generator: new Generator(2) }).realize();
    const { values, indices } = pool.forwardWithIndices(image);
    expect(values.equal(pool.forward(image))).toBe(true);
    expect([indices.dtype, indices.shape]).toEqual(['int32', values.shape]);
    const back = unpool.forward(values, indices);
    // What came back is the image at its maxima, and 0 elsewhere.
    expect(back.shape).toEqual(shape);
    expect(back.ne(0).sum().item()).toBe(values.size);
    expect(where(back.ne(0), image, 0).equal(back)).toBe(true);
    expect(String(unpool)).toContain('MaxUnpool');
  });

  it('cost no kernel of their own, and let gradients through', () => {
    const { values, indices } = F.maxPool3d(x, 2, { returnIndices: true });
    expect(withEngine('wasm', () => kernelsOf(() => realize(values, indices)))).toBe(1);
    const part = x.slice([0, 1], [0, 1]);
    const pooled = F.maxPool3d(part, 2, { returnIndices: true });
    const fn = (v?: Tensor): Tensor =>
      F.maxUnpool3d(F.maxPool3d(v!, 2), pooled.indices, 2, { outputSize: [6, 4, 5] }).square();
    expect(gradcheck(fn, [part]).ok).toBe(true);
    expect(gradgradcheck(fn, [part]).ok).toBe(true);
  });

  it('are of the right kind and in range, or the error says so', () => {
    const values = zeros([1, 2, 2]);
    const at = (data: number[][][]): Tensor => tensor(data, { dtype: 'int32' });
    expect(() => F.maxUnpool2d(values, values, 2)).toThrow(/indices must be int32, got float32/);
    expect(() => F.maxUnpool2d(values, at([[[0, 1]]]), 2)).toThrow(
      /values have shape \[1, 2, 2\], the indices \[1, 1, 2\]/,
    );
    expect(() => F.maxUnpool2d(zeros([2]), at([[[0]]]), 2)).toThrow(/expected \[batch, channels, height, width\]/);
    const far = F.maxUnpool2d(ones([1, 1, 1]), at([[[9]]]), 2);
    expect(() => far.toArray()).toThrow(/index 9 is out of range/);
    expect(() =>
      F.maxUnpool2d(
        values,
        at([
          [
            [0, 1],
            [4, 5],
          ],
        ]),
        2,
        { outputSize: 7 },
      ),
    ).toThrow(
      // biome-ignore format: a matrix
      /less than 2 more or fewer elements than 4; the output size is 7/,
    );
  });
});

describe('a small convolutional network', () => {
  const train = (engine: string): number[] =>
    withEngine(engine, () => {
      manualSeed(3);
      const model = new nn.Sequential(
        new nn.Conv2d(1, 4, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(4, 6, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.AvgPool2d(2),
        new nn.Flatten(),
        new nn.Linear(24, 3),
      );
      const optimizer = new Adam(model.parameters(), { lr: 0.02 });
      const images = randn([12, 1, 8, 8]).realize();
      const labels = tensor(
        Array.from({ length: 12 }, (_, i) => i % 3),
        { dtype: 'int32' },
      );
      return Array.from({ length: 12 }, () => {
        const loss = nn.functional.crossEntropy(model.forward(images), labels);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        return loss.item();
      });
    });

  it('learns, and follows the same losses on every engine', () => {
    const [reference, compiled] = [train('interpret'), train('wasm')];
    expect(reference.at(-1)!).toBeLessThan(0.7 * reference[0]!);
    compiled.forEach((loss, i) => {
      expect(Math.abs(loss - reference[i]!)).toBeLessThan(2e-4 * Math.max(1, reference[i]!));
    });
  });
});
