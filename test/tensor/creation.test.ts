/**
 * New tensors and random ones: dtypes, forms of arguments, statistics, reproducibility.
 */
import { describe, expect, it } from 'vitest';
import {
  arange,
  bernoulli,
  DTypeError,
  eye,
  full,
  Generator,
  linspace,
  manualSeed,
  oneHot,
  ones,
  onesLike,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  type Tensor,
  tensor,
  zeros,
  zerosLike,
} from '../../src/index.js';
import { philoxWords } from '../../src/ops/index.js';

describe('tensor', () => {
  it.each([
    ['numbers', [1, 2], 'float32'],
    ['booleans', [true, false], 'bool'],
    ['a Float64Array', new Float64Array([1, 2]), 'float64'],
    ['an Int32Array', new Int32Array([1, 2]), 'int32'],
    ['a Uint8Array', new Uint8Array([1, 2]), 'uint8'],
    ['a Uint8ClampedArray', new Uint8ClampedArray([1, 2]), 'uint8'],
    ['an Int16Array', new Int16Array([1, 2]), 'int32'],
  ] as const)('of %s', (_, data, dtype) => {
    expect(tensor(data)).toMatchObject({ dtype, shape: [2], size: 2, ndim: 1 });
  });

  it('converts and arranges', () => {
    const x = tensor([1.9, -1.9, 0, 3], { dtype: 'int32', shape: [2, 2] });
    expect([x.dtype, x.toArray()]).toEqual([
      'int32',
      [
        [1, -1],
        [0, 3],
      ],
    ]);
    expect(tensor([2, 0], { dtype: 'bool' }).toArray()).toEqual([true, false]);
    expect([...tensor(new Uint8Array([2, 0]), { dtype: 'bool' }).typedArray()]).toEqual([1, 0]);
    expect(
      tensor(new Float64Array([0.1]))
        .to('float32')
        .item(),
    ).toBe(Math.fround(0.1));
  });

  it('refuses values that the dtype does not have', () => {
    expect(() => tensor([Number.NaN], { dtype: 'int32' })).toThrow(/element 0 is NaN, which is no int32/);
    expect(() => tensor([1, 256], { dtype: 'uint8' })).toThrow(DTypeError);
    expect(() => tensor(new BigInt64Array(2) as unknown as Int32Array)).toThrow(/BigInt64Array/);
    expect(() => tensor([1, true])).toThrow(/data\[1\] is true, but earlier elements are numbers/);
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => tensor(loop as never)).toThrow(/nested more than/);
  });

  it('names the place where nested arrays are ragged', () => {
    expect(() => tensor([[[1, 2]], [[3]]])).toThrow(/data\[1\]\[0\] is an array of 1 where an array of 2/);
    expect(() => tensor([1, [2]])).toThrow(/data\[1\] is an array of 1 where a value is expected/);
    expect(() => tensor([[1], 2])).toThrow(/data\[1\] is 2 where an array of 1/);
  });
});

describe('filled tensors', () => {
  it('take dtype, name and requiresGrad', () => {
    const w = zeros([2, 2], { dtype: 'float64', requiresGrad: true, name: 'w' });
    expect(w).toMatchObject({ dtype: 'float64', requiresGrad: true, name: 'w', isLeaf: true });
    expect(full([2], true).dtype).toBe('bool');
    expect(full([], 7, { dtype: 'int32' }).item()).toBe(7);
    expect(() => full([2], 2.5, { dtype: 'int32' })).toThrow(DTypeError);
    expect(() => full([2], 300, { dtype: 'uint8' })).toThrow(/300 does not fit in uint8/);
  });

  it('like another tensor', () => {
    const x = tensor([[1, 2]], { dtype: 'float64' });
    for (const y of [zerosLike(x), onesLike(x), randLike(x), randnLike(x)])
      expect(y).toMatchObject({ dtype: 'float64', shape: [1, 2] });
    expect(onesLike(x, { dtype: 'int32' }).dtype).toBe('int32');
  });

  it('ranges: whole numbers are int32, fractions float32', () => {
    expect(arange(3)).toMatchObject({ dtype: 'int32', shape: [3] });
    expect(arange(1, 4).toArray()).toEqual([1, 2, 3]);
    expect(arange(0, 1, 0.25)).toMatchObject({ dtype: 'float32', shape: [4] });
    expect(arange(3, { dtype: 'float64' }).dtype).toBe('float64');
    expect(arange(5, 0, -2).toArray()).toEqual([5, 3, 1]);
    expect(linspace(0, 1, 11, { dtype: 'float64' }).toArray()).toHaveLength(11);
    expect(linspace(0, 0.3, 4, { dtype: 'float64' }).typedArray()[3]).toBe(0.3);
  });

  it('eye and oneHot', () => {
    expect(eye(2, 3).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(oneHot(tensor([2, 0], { dtype: 'uint8' }), 3, { dtype: 'bool' }).toArray()).toEqual([
      [false, false, true],
      [true, false, false],
    ]);
  });
});

const stats = (x: Tensor): { mean: number; std: number } => ({ mean: x.mean().item(), std: x.std().item() });

describe('random tensors', () => {
  it('Philox 4×32-10 gives the words of its authors', () => {
    // Known answers distributed with Random123.
    const hex = (words: readonly number[]): string[] => words.map((w) => (w >>> 0).toString(16).padStart(8, '0'));
    expect(hex(philoxWords([0, 0, 0, 0], [0, 0]))).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    expect(hex(philoxWords([-1, -1, -1, -1], [-1, -1]))).toEqual(['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd']);
  });

  it('rand is in [0, 1), in float64 with 53 bits', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const x = rand([10_000], { dtype, generator: new Generator(1) });
      expect(x.min().item()).toBeGreaterThanOrEqual(0);
      expect(x.max().item()).toBeLessThan(1);
      const { mean, std } = stats(x);
      expect(mean).toBeCloseTo(0.5, 1);
      expect(std).toBeCloseTo(Math.sqrt(1 / 12), 1);
    }
    const bits = rand([100], { dtype: 'float64', generator: new Generator(2) }).typedArray();
    expect([...bits].some((u) => Math.fround(u) !== u)).toBe(true);
  });

  it('randn has mean 0, variance 1 and the tails of a normal distribution', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const x = randn([20_000], { dtype, generator: new Generator(3) });
      const { mean, std } = stats(x);
      expect(Math.abs(mean)).toBeLessThan(0.03);
      expect(Math.abs(std - 1)).toBeLessThan(0.03);
      const beyond2 = x.abs().gt(2).mean().item();
      expect(Math.abs(beyond2 - 0.0455)).toBeLessThan(0.01);
      expect(x.isfinite().all().item()).toBe(1);
    }
  });

  it('randint covers its range and nothing else, also across 0 and over 32 bits', () => {
    const x = randint(-2, 3, [5000], { generator: new Generator(4) });
    expect(x.dtype).toBe('int32');
    const counts = new Map<number, number>();
    for (const n of x.typedArray()) counts.set(n, (counts.get(n) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(150);
    const wide = randint(-(2 ** 31), 2 ** 31, [1000], { generator: new Generator(5) });
    expect(wide.min().item()).toBeLessThan(-(2 ** 30));
    expect(wide.max().item()).toBeGreaterThan(2 ** 30);
  });

  it('randperm is a permutation', () => {
    const order = [...randperm(100, { generator: new Generator(6) }).typedArray()];
    expect(order).not.toEqual([...order].sort((a, b) => a - b));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(randperm(0).shape).toEqual([0]);
  });

  it('bernoulli is 1 with the probability', () => {
    const generator = new Generator(7);
    expect(bernoulli(0.3, [10_000], { generator }).mean().item()).toBeCloseTo(0.3, 1);
    expect(bernoulli(tensor([0, 1, 0, 1]), null, { generator }).toArray()).toEqual([0, 1, 0, 1]);
    expect(() => bernoulli(1.5, [2])).toThrow(/from 0 to 1/);
    expect(() => bernoulli(0.5)).toThrow(/shape/);
  });

  it('the same seed gives the same numbers, another draw others', () => {
    const draw = (): unknown[] => [rand([3]).toArray(), randn([3]).toArray(), randint(0, 100, [3]).toArray()];
    manualSeed(42);
    const first = draw();
    const second = draw();
    manualSeed(42);
    expect(draw()).toEqual(first);
    expect(second).not.toEqual(first);
    manualSeed(43);
    expect(draw()).not.toEqual(first);
  });

  it('seeds above 32 bits differ', () => {
    const of = (seed: number): unknown => rand([2], { generator: new Generator(seed) }).toArray();
    expect(of(2 ** 40)).not.toEqual(of(0));
    expect(of(2 ** 40)).toEqual(of(2 ** 40));
  });

  it('numbers are drawn when the tensor is made, not when it is read', () => {
    manualSeed(1);
    const [a, b] = [rand([2]), rand([2])];
    const late = [b.toArray(), a.toArray()];
    manualSeed(1);
    expect([rand([2]).toArray(), rand([2]).toArray()]).toEqual(late.reverse());
  });

  it('a generator goes on where another stood', () => {
    const a = new Generator(9);
    a.permutation(10);
    const state = a.state();
    const next = [a.permutation(10), rand([3], { generator: a }).toArray()];
    const b = new Generator(0);
    b.restore(JSON.parse(JSON.stringify(state)) as typeof state);
    expect([b.permutation(10), rand([3], { generator: b }).toArray()]).toEqual(next);
    expect(() => b.restore({ seed: 1, draws: -1 })).toThrow(/draws/);
  });

  it('an element depends on its position alone, so a smaller tensor is the beginning of a larger one', () => {
    const of = (draw: typeof rand, n: number): readonly number[] => [
      ...draw([n], { generator: new Generator(11) }).typedArray(),
    ];
    expect(of(rand, 37).slice(0, 5)).toEqual(of(rand, 5));
    // Small kernels may round logarithm and cosine otherwise.
    const normals = of(randn, 5);
    for (const [i, x] of of(randn, 37).slice(0, 5).entries()) expect(x).toBeCloseTo(normals[i]!, 5);
  });
});

describe('numbers beside integers', () => {
  it('must fit', () => {
    expect(() => ones([2], { dtype: 'int32' }).add(3e9)).toThrow(/3000000000 does not fit in int32/);
    expect(ones([2], { dtype: 'uint8' }).add(0.5).dtype).toBe('float32');
  });
});
