/**
 * Convolution and pooling beyond the fixtures: derivatives by differences, the definition written out, many shapes at which tiles are
 * ragged, threads' and engines' agreement, and what is refused.
 */
import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../src/base/errors.js';
import {
  type DType,
  Generator,
  gradcheck,
  gradgradcheck,
  rand,
  realize,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  maxPool2d,
  maxPool3d,
  type TransposedConvolutionOptions,
} from '../../src/tensor/images.js';
import { kernelsOf } from '../support/events.js';

const drawn = (shape: readonly number[], seed: number, dtype: DType = 'float64'): Tensor =>
  rand(shape, { dtype: 'float64', generator: new Generator(seed) })
    .mul(2)
    .sub(1)
    .to(dtype)
    .realize();

/** All different, so that no maximum is near another. */
const ranked = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 25),
    { shape, dtype: 'float64' },
  );
};

describe.each(engineNames())('derivatives on the engine %s', (engine) => {
  const x = drawn([1, 2, 4, 5], 1);
  it.each<[string, (...inputs: Tensor[]) => Tensor, Tensor[]]>([
    [
      'conv2d',
      (a, w, b) => conv2d(a!, w!, b!, { padding: 1, stride: [1, 2] }),
      [x, drawn([2, 2, 3, 2], 2), drawn([2], 3)],
    ],
    ['conv2d of groups', (a, w) => conv2d(a!, w!, null, { groups: 2, dilation: 2 }), [x, drawn([2, 1, 2, 2], 4)]],
    ['conv1d', (a, w) => conv1d(a!, w!, null, { padding: 'same' }), [drawn([2, 2, 5], 5), drawn([3, 2, 3], 6)]],
    [
      'conv3d',
      (a, w) => conv3d(a!, w!, null, { padding: [0, 1, 0] }),
      [drawn([1, 1, 2, 2, 3], 5), drawn([2, 1, 2, 2, 2], 6)],
    ],
    [
      'convTranspose1d',
      (a, w, b) => convTranspose1d(a!, w!, b!, { stride: 2, padding: 1, outputPadding: 1 }),
      [drawn([2, 3], 5), drawn([2, 2, 3], 6), drawn([2], 3)],
    ],
    [
      'convTranspose2d of groups',
      (a, w) => convTranspose2d(a!, w!, null, { groups: 2, dilation: [1, 2] }),
      [drawn([1, 2, 2, 3], 5), drawn([2, 1, 2, 2], 4)],
    ],
    [
      'convTranspose2d side by side',
      (a, w) => convTranspose2d(a!, w!, null, { stride: 2 }),
      [drawn([1, 1, 2, 2], 5), drawn([1, 2, 2, 2], 4)],
    ],
    ['convTranspose3d', (a, w) => convTranspose3d(a!, w!), [drawn([1, 1, 1, 2, 2], 5), drawn([1, 1, 2, 2, 1], 6)]],
    ['avgPool1d', (a) => avgPool1d(a!, 3, { stride: 2, padding: 1 }), [drawn([1, 7], 5)]],
    ['maxPool3d', (a) => maxPool3d(a!, 2, { stride: 1 }), [ranked([1, 2, 3, 3])]],
    ['adaptiveMaxPool2d', (a) => adaptiveMaxPool2d(a!, [3, 2]), [x]],
    ['maxPool2d', (a) => maxPool2d(a!, 2), [ranked([1, 2, 4, 5])]],
    ['maxPool2d of overlapping windows', (a) => maxPool2d(a!, 3, { stride: 2, padding: 1 }), [ranked([1, 1, 5, 6])]],
    ['avgPool2d', (a) => avgPool2d(a!, 3, { stride: 2, padding: 1, countIncludePad: false }), [x]],
    ['adaptiveAvgPool2d', (a) => adaptiveAvgPool2d(a!, [3, 2]), [x]],
  ])('of %s are those that differences find, once and twice', (_, fn, inputs) => {
    withEngine(engine, () => {
      expect(gradcheck(fn, inputs).ok).toBe(true);
      expect(gradgradcheck(fn, inputs).ok).toBe(true);
    });
  });
});

/** The definition: for each output the products one by one. */
function byHand(x: Tensor, w: Tensor, stride: number, padding: number, dilation: number): number[] {
  const [n, c, h, v] = x.shape as [number, number, number, number];
  const [o, , kh, kw] = w.shape as [number, number, number, number];
  const [a, b] = [x.typedArray(), w.typedArray()];
  const many = (size: number, k: number): number =>
    Math.floor((size + 2 * padding - (k - 1) * dilation - 1) / stride) + 1;
  const out: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < o; j++)
      for (let y = 0; y < many(h, kh); y++)
        for (let z = 0; z < many(v, kw); z++) {
          let total = 0;
          for (let l = 0; l < c; l++)
            for (let p = 0; p < kh; p++)
              for (let q = 0; q < kw; q++) {
                const [row, column] = [y * stride + p * dilation - padding, z * stride + q * dilation - padding];
                if (row < 0 || row >= h || column < 0 || column >= v) continue;
                total += a[((i * c + l) * h + row) * v + column]! * b[((j * c + l) * kh + p) * kw + q]!;
              }
          out.push(total);
        }
  return out;
}

describe('on the compiled engine', () => {
  // Widths of the result below, at and above the width of a tile and its multiples; more and fewer images than threads share.
  it.each<[number[], number[], number, number, number]>([
    [[2, 3, 9, 8], [5, 3, 3, 3], 1, 1, 1],
    [[9, 4, 6, 7], [6, 4, 3, 3], 1, 1, 1],
    [[1, 4, 14, 14], [9, 4, 3, 3], 1, 1, 1],
    [[3, 2, 11, 17], [4, 2, 3, 3], 1, 0, 1],
    [[2, 3, 12, 13], [4, 3, 5, 5], 2, 2, 1],
    [[2, 3, 10, 28], [8, 3, 3, 3], 1, 2, 2],
    [[10, 8, 5, 5], [7, 8, 1, 1], 1, 0, 1],
    [[3, 8, 3, 3], [16, 8, 3, 3], 1, 0, 1],
    [[1, 1, 40, 3], [3, 1, 5, 3], 3, 1, 1],
  ])(
    'x %j with weight %j, stride %i, padding %i, dilation %i: values and gradients',
    (from, kernel, stride, padding, dilation) => {
      const options: ConvolutionOptions = { stride, padding, dilation };
      const close = (got: Tensor, want: ArrayLike<number>): void => {
        const values = got.typedArray();
        expect(values).toHaveLength(want.length);
        for (let i = 0; i < want.length; i++) expect(Math.abs(values[i]! - want[i]!)).toBeLessThan(2e-5);
      };
      const gradientsIn = (engine: string, dtype: DType): Tensor[] =>
        withEngine(engine, () => {
          const [x, w] = [drawn(from, 7, dtype), drawn(kernel, 8, dtype)];
          x.requiresGrad = w.requiresGrad = true;
          const y = conv2d(x, w, null, options);
          y.backward(drawn(y.shape, 9, dtype).mul(0.1));
          return [y.detach(), x.grad!, w.grad!].map((t) => tensor(t.typedArray(), { shape: t.shape, dtype }));
        });
      const got = gradientsIn('wasm', 'float32');
      close(got[0]!, byHand(drawn(from, 7), drawn(kernel, 8), stride, padding, dilation));
      gradientsIn('interpret', 'float64').forEach((want, i) => close(got[i]!, want.typedArray()));
    },
  );
});

describe('transposed convolution', () => {
  // Sizes at, below and above those of tiles; windows that overlap, touch and leave gaps.
  it.each<[number[], number[], TransposedConvolutionOptions]>([
    [[2, 5, 9, 8], [5, 3, 3, 3], { padding: 1 }],
    [[3, 4, 7, 11], [4, 9, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }],
    [[1, 8, 5, 17], [8, 4, 2, 2], { stride: 2 }],
    [[2, 6, 6, 5], [6, 3, 2, 3], { stride: 4, outputPadding: 3, groups: 2 }],
    [[2, 3, 4, 13], [3, 5, 5, 5], { dilation: 2, padding: 3 }],
  ])('of x %j with weight %j, %j is the adjoint of the convolution', (from, kernel, { outputPadding, ...options }) => {
    const [x, w] = [drawn(from, 7), drawn(kernel, 8)];
    const y = convTranspose2d(x, w, null, { ...options, outputPadding });
    const z = drawn(y.shape, 9);
    // ⟨Aᵀx, z⟩ = ⟨x, Az⟩
    const products = [y.mul(z).sum().item(), conv2d(z, w, null, options).mul(x).sum().item()];
    expect(Math.abs(products[0]! - products[1]!)).toBeLessThan(1e-10 * Math.max(1, Math.abs(products[0]!)));
    const single = withEngine('wasm', () =>
      convTranspose2d(x.to('float32'), w.to('float32'), null, { ...options, outputPadding }).typedArray(),
    );
    y.typedArray().forEach((value, i) => expect(Math.abs(single[i]! - value)).toBeLessThan(2e-5));
  });

  // Where the kernel cannot be divided into phases evenly, its gradient is cut out of a larger one.
  it.each<[number, number, TransposedConvolutionOptions]>([
    [1, 3, {}],
    [1, 3, { padding: 1 }],
    [1, 4, { stride: 2, padding: 1, outputPadding: 1 }],
    [1, 3, { stride: 3 }],
    [1, 3, { dilation: 2, stride: 2 }],
  ])('is %i kernel, %i with both gradients: %j', (forward, both, options) => {
    const [x, w] = [drawn([2, 4, 6, 6], 1, 'float32'), drawn([4, 3, 3, 3], 2, 'float32')];
    x.requiresGrad = w.requiresGrad = true;
    withEngine('wasm', () => {
      expect(kernelsOf(() => convTranspose2d(x, w, null, options).realize())).toBe(forward);
      const y = convTranspose2d(x, w, null, options);
      y.backward(drawn(y.shape, 3, 'float32'));
      expect(kernelsOf(() => realize(y, x.grad!, w.grad!))).toBeLessThanOrEqual(both);
    });
  });
});

describe('what is refused', () => {
  it('by transposed convolutions says what would fit', () => {
    const [x, w] = [zeros([1, 4, 5, 5]), zeros([4, 2, 3, 3])];
    expect(() => convTranspose2d(x, zeros([6, 4, 3, 3]))).toThrow(/has 4 channels, the weight \[6, 4, 3, 3\] is for 6/);
    expect(() => convTranspose2d(x, w, null, { groups: 3 })).toThrow(
      /4 input channels cannot be divided into 3 groups/,
    );
    expect(() => convTranspose2d(x, w, zeros([4]))).toThrow(/expected \[2\], one for each output channel/);
    expect(() => convTranspose2d(x, w, null, { outputPadding: 1 })).toThrow(
      /must be smaller than the stride 1 or the dilation 1/,
    );
    expect(() => convTranspose2d(x, w, null, { padding: 4 })).toThrow(
      /axis 2 of the input .* gives -1 elements: use less padding/,
    );
    expect(() => convTranspose3d(zeros([4, 5, 5]), zeros([4, 2, 3, 3, 3]))).toThrow(
      /expected \[batch, channels, depth, height, width\]/,
    );
    expect(() => convTranspose1d(zeros([4, 5]), zeros([4, 2]))).toThrow(
      /expected \[input channels, output channels \/ groups, kernel length\]/,
    );
  });

  it('says which sizes do not fit, and why', () => {
    const [x, w] = [zeros([1, 4, 5, 5]), zeros([6, 2, 3, 3])];
    expect(() => conv2d(x, w)).toThrow(/has 4 channels, the weight \[6, 2, 3, 3\] is for 2/);
    expect(() => conv2d(x, w, null, { groups: 4 })).toThrow(/6 output channels cannot be divided into 4 groups/);
    expect(() => conv2d(x, w, null, { groups: 2, dilation: 3 })).toThrow(
      /reaches over 7 elements \(3 elements 3 apart\)/,
    );
    expect(() => conv2d(x, zeros([6, 4, 3]))).toThrow(
      /expected \[output channels, input channels \/ groups, kernel height, kernel width\]/,
    );
    expect(() => conv2d(zeros([4, 5]), w)).toThrow(/expected \[batch, channels, height, width\]/);
    expect(() => conv1d(zeros([1, 2, 3]), zeros([1, 2, 4]))).toThrow(ShapeError);
    expect(() => conv2d(x, w, null, { groups: 2, stride: 0 })).toThrow(ArgumentError);
    expect(() => conv2d(x, w, null, { groups: 2, stride: [1, 2, 3] })).toThrow(/one for each of the 2 spatial axes/);
    expect(() => adaptiveAvgPool2d(x, 0)).toThrow(/whole number from 1 up, got 0/);
    expect(() => maxPool2d(x.eq(0), 2)).toThrow(/takes numbers, got bool/);
  });
});
