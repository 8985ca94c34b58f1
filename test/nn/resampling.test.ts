/**
 * Images at other sizes, read at places, cut into patches: derivatives, what must hold of them, kernels, layers, what they refuse.
 */
import { describe, expect, it } from 'vitest';
import {
  compile,
  Generator,
  gradcheck,
  gradgradcheck,
  ones,
  rand,
  realize,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { SGD } from '../../src/optim/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { kernelsOf } from '../support/events.js';

const { affineGrid, fold, gridSample, interpolate, pixelShuffle, pixelUnshuffle, unfold } = nn.functional;

const drawn = (shape: readonly number[], seed: number): Tensor =>
  rand(shape, { dtype: 'float64', generator: new Generator(seed) })
    .mul(2)
    .sub(1)
    .realize();

const image = drawn([1, 2, 3, 4], 1);
// Off the elements, where a piece of the interpolation ends, and off the borders.
const grid = tensor([-0.83, 0.41, 0.27, -0.11, 0.72, 0.68, -1.43, 0.93, 1.33, -1.21, 0.13, 0.31], {
  shape: [1, 2, 3, 2],
  dtype: 'float64',
});

describe.each(engineNames())('derivatives on the engine %s', (engine) => {
  it.each<[string, (...inputs: Tensor[]) => Tensor, Tensor[]]>([
    ['nearest', (x) => interpolate(x!, { size: [5, 2] }), [image]],
    ['repeated', (x) => interpolate(x!, { scaleFactor: 2 }), [image]],
    ['bilinear', (x) => interpolate(x!, { size: [5, 3], mode: 'bilinear' }), [image]],
    ['bicubic', (x) => interpolate(x!, { scaleFactor: 1.5, mode: 'bicubic', alignCorners: true }), [image]],
    ['gridSample', (x, g) => gridSample(x!, g!), [image, grid]],
    ['gridSample, border', (x, g) => gridSample(x!, g!, { paddingMode: 'border' }), [image, grid]],
    [
      'gridSample, reflection',
      (x, g) => gridSample(x!, g!, { paddingMode: 'reflection', alignCorners: true }),
      [image, grid],
    ],
    ['gridSample, nearest', (x, g) => gridSample(x!, g!, { mode: 'nearest' }), [image, grid]],
    ['affineGrid', (theta) => affineGrid(theta!, [2, 1, 2, 2]).square(), [drawn([2, 2, 3], 2)]],
    ['unfold', (x) => unfold(x!, 2, { padding: 1, stride: 2 }), [image]],
    ['fold', (x) => fold(x!, [3, 4], 2, { padding: [0, 1] }), [drawn([1, 4, 10], 3)]],
    ['pixelShuffle', (x) => pixelShuffle(x!, 2).square(), [drawn([4, 1, 2], 3)]],
  ])('of %s are those that differences find, once and twice', (_, fn, inputs) => {
    withEngine(engine, () => {
      expect(gradcheck(fn, inputs).ok).toBe(true);
      expect(gradgradcheck(fn, inputs).ok).toBe(true);
    });
  });
});

describe('what holds', () => {
  const far = (a: Tensor, b: Tensor): number => a.sub(b).abs().max().item();

  it('fold is the adjoint of unfold', () => {
    for (const options of [{}, { padding: 1 }, { stride: 2, padding: [1, 0] }, { dilation: 2 }, { stride: 3 }]) {
      const x = drawn([2, 3, 7, 8], 4);
      const columns = unfold(x, 3, options);
      const y = drawn(columns.shape, 5);
      const [a, b] = [columns.mul(y).sum().item(), fold(y, [7, 8], 3, options).mul(x).sum().item()];
      expect(Math.abs(a - b)).toBeLessThan(1e-11);
    }
  });

  it('a grid that moves nothing gives the image back, as does its own size', () => {
    const theta = tensor([[[1, 0, 0], [0, 1, 0]]], { dtype: 'float64' }); // biome-ignore format: a matrix
    for (const alignCorners of [false, true]) {
      expect(
        far(gridSample(image, affineGrid(theta, image.shape, { alignCorners }), { alignCorners }), image),
      ).toBeLessThan(1e-14);
    }
    expect(far(interpolate(image, { size: [3, 4], mode: 'bicubic' }), image)).toBe(0);
  });

  it('resampling keeps constants, and linear ones keep straight lines', () => {
    for (const mode of ['nearest', 'bilinear', 'bicubic', 'area'] as const)
      expect(far(interpolate(ones([1, 1, 5, 7]), { size: [8, 3], mode }), ones([1, 1, 8, 3]))).toBeLessThan(1e-6);
    const line = tensor([[[0, 1, 2, 3]]], { dtype: 'float64' });
    expect(interpolate(line, { size: 7, mode: 'linear', alignCorners: true }).toArray()).toEqual([
      [[0, 0.5, 1, 1.5, 2, 2.5, 3]],
    ]);
  });

  it('what lies outside the image does not leak into it', () => {
    const x = tensor([[[[Infinity, 1], [2, 3]]]]); // biome-ignore format: an image
    const g = tensor([
      [
        [
          [-3, -3],
          [0.5, 0.5],
        ],
      ],
    ]);
    expect(gridSample(x, g).toArray()).toEqual([[[[0, 3]]]]);
  });

  it('pixels shuffled and back are the same', () => {
    const x = drawn([2, 18, 2, 3], 6);
    expect(far(pixelUnshuffle(pixelShuffle(x, 3), 3), x)).toBe(0);
  });

  it('whole numbers stay what they are where elements are only taken', () => {
    const x = tensor([[[1, 2, 3]]], { dtype: 'uint8' });
    expect(interpolate(x, { size: 5 })).toMatchObject({ dtype: 'uint8' });
    expect(interpolate(x, { size: 5, mode: 'linear' })).toMatchObject({ dtype: 'float32' });
  });

  it('a captured function resamples other images', () => {
    const captured = compile((x: Tensor) => interpolate(x, { size: [5, 7], mode: 'bilinear' }));
    for (const seed of [1, 2, 3]) {
      const x = drawn([1, 2, 3, 4], seed);
      expect(far(captured(x), interpolate(x, { size: [5, 7], mode: 'bilinear' }))).toBe(0);
    }
  });
});

describe('a decoder', () => {
  const losses = (captured: boolean): number[] => {
    const generator = new Generator(5);
    const model = new nn.Sequential(
      new nn.ConvTranspose2d(2, 3, 3, { stride: 2, padding: 1, outputPadding: 1, generator }),
      new nn.Tanh(),
      new nn.Upsample({ scaleFactor: 1.5, mode: 'bilinear' }),
      new nn.AdaptiveMaxPool2d(5),
      new nn.Flatten(),
    );
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const step = (x: Tensor): Tensor => {
      const loss = model.forward(x).sub(1).square().mean();
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    };
    const run = captured ? compile(step) : step;
    return Array.from({ length: 4 }, () => run(rand([2, 2, 4, 4], { generator })).item());
  };

  it('learns, and captured it follows the same losses', () => {
    const plain = losses(false);
    expect(plain.at(-1)!).toBeLessThan(0.8 * plain[0]!);
    expect(losses(true)).toEqual(plain);
  });
});

describe('kernels', () => {
  const x = rand([2, 4, 16, 16], { generator: new Generator(1) });
  const columns = rand([2, 36, 256], { generator: new Generator(2) });
  realize(x, columns);
  it.each<[string, number, () => Tensor]>([
    ['repeated elements, with what reads them', 1, () => interpolate(x, { scaleFactor: 2 }).mul(2)],
    ['bilinear, one for each axis', 2, () => interpolate(x, { scaleFactor: 2, mode: 'bilinear' })],
    ['patches', 1, () => unfold(x, 3, { padding: 1 })],
    ['patches added up, and their border cut off', 2, () => fold(columns, 16, 3, { padding: 1 })],
    ['pixels', 1, () => pixelShuffle(x, 2).add(1)],
  ])('%s: at most %i', (_, most, make) => {
    expect(withEngine('wasm', () => kernelsOf(() => make().realize()))).toBeLessThanOrEqual(most);
  });
});

describe('layers', () => {
  it.each<[string, nn.Module, number[], number[]]>([
    ['Upsample', new nn.Upsample({ scaleFactor: 2, mode: 'bilinear' }), [2, 3, 4, 5], [2, 3, 8, 10]],
    ['Unfold', new nn.Unfold(2, { stride: 2 }), [2, 3, 4, 6], [2, 12, 6]],
    ['Fold', new nn.Fold([4, 6], 2, { stride: 2 }), [2, 12, 6], [2, 3, 4, 6]],
    ['PixelShuffle', new nn.PixelShuffle(2), [2, 8, 3, 4], [2, 2, 6, 8]],
    ['PixelUnshuffle', new nn.PixelUnshuffle(2), [2, 2, 6, 8], [2, 8, 3, 4]],
  ])('%s has the shape it should', (_, layer, from, to) => {
    expect([...layer.forward(zeros(from)).shape]).toEqual(to);
  });

  it('Bilinear starts within 1 / √(first inputs), and its parameters learn', () => {
    const layer = new nn.Bilinear(4, 3, 2, { generator: new Generator(1) });
    expect(Array.from(layer.namedParameters(), ([name, p]) => [name, [...p.shape]])).toEqual([
      ['weight', [2, 4, 3]],
      ['bias', [2]],
    ]);
    expect(Math.max(...layer.weight.abs().typedArray())).toBeLessThanOrEqual(0.5);
    layer
      .forward(ones([5, 4]), ones([5, 3]))
      .sum()
      .backward();
    expect(layer.weight.grad!.toArray()).toEqual(ones([2, 4, 3]).mul(5).toArray());
    expect(String(layer)).toBe('Bilinear(4, 3, 2)');
  });

  it('describe themselves with their options', () => {
    expect(String(new nn.Upsample({ size: 4 }))).toBe('Upsample({"size":4})');
    expect(String(new nn.Fold([4, 6], 2))).toBe('Fold([4,6], 2, {})');
  });
});

describe('what is refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a matrix', () => interpolate(zeros([2, 3]), { size: 2 }), /expected \[batch, channels, …spatial\]/],
    ['neither size nor factor', () => interpolate(image, {}), /either size or scaleFactor/],
    ['both', () => interpolate(image, { size: 2, scaleFactor: 2 }), /either size or scaleFactor/],
    [
      'a mode for other axes',
      () => interpolate(image, { size: 2, mode: 'linear' }),
      /'linear' is for 1 spatial axes, the input .* has 2/,
    ],
    ['corners of nearest', () => interpolate(image, { size: 2, alignCorners: true }), /alignCorners is for linear/],
    ['a factor of 0', () => interpolate(image, { scaleFactor: 0 }), /scaleFactor is a number above 0/],
    [
      'a factor that leaves nothing',
      () => interpolate(image, { scaleFactor: 0.1 }),
      /the size must be a whole number from 1 up, got 0/,
    ],
    ['an unknown mode', () => interpolate(image, { size: 2, mode: 'toString' as 'area' }), /mode is one of nearest/],
    ['an empty image', () => interpolate(zeros([1, 1, 0]), { size: 2 }), /no elements to read/],
    [
      'a grid for another rank',
      () => gridSample(image, zeros([1, 2, 2, 3])),
      /expected \[batch, channels, height, width\]/,
    ],
    ['a grid for another batch', () => gridSample(image, zeros([2, 2, 2, 2])), /a grid of \[2, 2, 2, 2\]/],
    [
      'a grid of whole numbers',
      () => gridSample(image, zeros([1, 2, 2, 2], { dtype: 'int32' })),
      /must be float32 or float64/,
    ],
    ['an unknown border', () => gridSample(image, grid, { paddingMode: 'wrap' as 'zeros' }), /paddingMode is 'zeros'/],
    ['a map of another rank', () => affineGrid(zeros([1, 2, 3]), [1, 1, 2, 2, 2]), /expected \[batch, 2, 3\]/],
    ['a patch that does not fit', () => unfold(image, 5), /kernel reaches over 5/],
    [
      'columns of another image',
      () => fold(zeros([1, 4, 7]), [3, 4], 2),
      /has 6 such patches: expected \[batch, channels · 4, 6\]/,
    ],
    ['channels that are no squares', () => pixelShuffle(image, 2), /2 channels cannot be divided by 2² = 4/],
    ['a height that is odd', () => pixelUnshuffle(image, 2), /an image of 3 × 4 cannot be divided by 2/],
    ['a factor of half', () => pixelShuffle(image, 0.5), /whole number from 1 up/],
    ['a bilinear layer of nothing', () => new nn.Bilinear(0, 1, 1), /first inputs must be a whole number/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
