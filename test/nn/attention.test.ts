/**
 * Attention against numbers made by PyTorch (`test/fixtures/make_attention.py`), against the composition that says what it means at
 * every tail, and what it promises: few kernels, little memory, the same bits for any number of threads.
 */
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/base/trace.js';
import { NativeMachine } from '../../src/device/native/machine.js';
import { WasmMachine } from '../../src/device/wasm/machine.js';
import { vmap } from '../../src/func/index.js';
import {
  type DType,
  gradcheck,
  gradgradcheck,
  IndexError,
  manualSeed,
  rand,
  randint,
  randn,
  realize,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js';
import { type AttentionOptions, scaledDotProductAttention } from '../../src/nn/functional.js';
import { CompiledEngine } from '../../src/run/compiled.js';
import { engineNames, unavailable, withEngine } from '../../src/run/engine.js';
import type { Engine } from '../../src/run/performs.js';
import { ATTENTION_CALLS } from '../fixtures/calls-attention.js';
import { fixtureTests } from '../fixtures/check.js';
import { kernelsOf } from '../support/events.js';

fixtureTests(['attention'], ATTENTION_CALLS, { someOnNative: true });

type Given = readonly [q: Tensor, k: Tensor, v: Tensor];

const draw = (shape: readonly number[], dtype: DType = 'float32'): Tensor => randn(shape, { dtype }).realize();

/** Queries [...batch, l, e], keys and values [...batch, s, e] and [...batch, s, w] that want gradients. */
function given(
  batch: readonly number[],
  [l, s, e, w]: readonly [number, number, number, number],
  dtype?: DType,
): Given {
  manualSeed(l + 100 * s + e);
  const shapes = [
    [...batch, l, e],
    [...batch, s, e],
    [...batch, s, w],
  ] as const;
  const [q, k, v] = shapes.map((shape) =>
    tensor(draw(shape, dtype).typedArray(), { shape, dtype, requiresGrad: true }),
  ) as [Tensor, Tensor, Tensor];
  return [q, k, v];
}

/** The result and the three gradients, computed in one plan. */
function passes(of: Given, options: AttentionOptions, engine: string | Engine): number[][] {
  return withEngine(engine, () => {
    manualSeed(7);
    const out = scaledDotProductAttention(...of, options);
    const weights = draw(out.shape, out.dtype);
    for (const x of of) x.grad = null;
    out.mul(weights).sum().backward();
    const all = [out, ...of.map((x) => x.grad!)];
    realize(...all);
    return all.map((t) => Array.from(t.typedArray()));
  });
}

/** Relative to the largest element: sums of some hundred products. */
function expectNear(got: readonly number[][], want: readonly number[][], what: string): void {
  got.forEach((values, n) => {
    const largest = Math.max(1e-30, ...want[n]!.map(Math.abs));
    const off = Math.max(0, ...values.map((x, i) => Math.abs(x - want[n]![i]!)));
    expect(off / largest, `${what}: ${['result', 'q', 'k', 'v'][n]}`).toBeLessThan(2e-6);
  });
}

describe.each(engineNames().filter((name) => name !== 'interpret'))('on %s', (name) => {
  const here = it.skipIf(unavailable(name) !== null);

  here.each<[number, number, number, number, DType, string]>([
    [1, 1, 1, 1, 'float32', 'plain'],
    [7, 9, 10, 11, 'float32', 'floats'],
    [65, 65, 33, 33, 'float32', 'plain causal'],
    [130, 130, 10, 1, 'float32', 'causal'],
    [67, 2, 5, 64, 'float32', 'causal'],
    [65, 70, 10, 33, 'float64', 'causal bools'],
  ])('%i queries, %i keys, %i and %i features, %s, %s: the composition', (l, s, e, w, dtype, ways) => {
    const of = given([2], [l, s, e, w], dtype);
    const masks: Record<string, AttentionOptions> = {
      plain: {},
      causal: { isCausal: true },
      bools: { attnMask: rand([2, l, s]).gt(0.3).realize() },
      floats: { attnMask: draw([l, s], dtype) },
    };
    for (const way of ways.split(' '))
      expectNear(passes(of, masks[way]!, name), passes(of, masks[way]!, 'interpret'), way);
  });

  here('from many batches on whole ones are taken: the composition', () => {
    const of = given([3, 3], [67, 70, 5, 6]);
    for (const options of [{}, { isCausal: true }])
      expectNear(passes(of, options, name), passes(of, options, 'interpret'), JSON.stringify(options));
  });

  here('large scores do not overflow', () => {
    const q = tensor([[1000], [-1000]]);
    const k = tensor([[1], [-1], [1]]);
    const v = tensor([[1], [2], [3]]);
    withEngine(name, () => {
      expect(scaledDotProductAttention(q, k, v).toArray()).toEqual([[2], [2]]);
    });
  });

  here('a query without any key gets 0, and no gradient', () => {
    withEngine(name, () => {
      const [q, k, v] = given([1], [3, 4, 2, 2]);
      const attnMask = tensor([true, false, true], { shape: [3, 1] });
      const out = scaledDotProductAttention(q, k, v, { attnMask });
      out.sum().backward();
      expect(Array.from(out.typedArray().slice(2, 4))).toEqual([0, 0]);
      expect(Array.from(q.grad!.typedArray().slice(2, 4))).toEqual([0, 0]);
      for (const x of [k, v]) expect(Array.from(x.grad!.typedArray()).every(Number.isFinite)).toBe(true);
    });
  });

  here('NaN in a key reaches the queries that see it, and only those', () => {
    withEngine(name, () => {
      const k = tensor([[1], [NaN], [1]]);
      const out = scaledDotProductAttention(zeros([3, 1]).add(1), k, tensor([[1], [2], [3]]), { isCausal: true });
      expect(out.toArray()).toEqual([[1], [NaN], [NaN]]);
    });
  });

  here('operands and masks are read through movement and what is computed on the way', () => {
    const packed = withEngine('interpret', () => draw([2, 9, 3, 2, 5]));
    const bias = withEngine('interpret', () => draw([7]));
    const index = withEngine('interpret', () => randint(0, 7, [9, 9]).realize());
    const [out, want] = [name, 'interpret'].map((engine) =>
      withEngine(engine, () => {
        const [q, k, v] = packed.split(1, 2).map((x) => x.squeeze(2).transpose(1, 2)) as [Tensor, Tensor, Tensor];
        const y = scaledDotProductAttention(q.mul(2), k, v.exp(), { attnMask: bias.index(index) });
        return [Array.from(y.transpose(1, 2).reshape(2, 9, 10).typedArray())];
      }),
    ) as [number[][], number[][]];
    expectNear(out, want, 'packed');
  });
});

describe('a check on the way to an operand', () => {
  it.each(engineNames())('on %s is made', (name) => {
    withEngine(name, () => {
      const table = zeros([4, 2]);
      const k = table.index(tensor([0, 4, 1], { dtype: 'int32' }));
      expect(() => scaledDotProductAttention(table, k, k).realize()).toThrow(IndexError);
    });
  });
});

describe('derivatives', () => {
  it.each<[string, AttentionOptions]>([
    ['plain', {}],
    ['causal', { isCausal: true }],
    ['shared heads', { enableGqa: true, scale: 0.3 }],
  ])('%s: first and second agree with differences', (_, options) => {
    const q = rand([4, 3, 2], { dtype: 'float64' });
    const [k, v] = [rand([2, 4, 2], { dtype: 'float64' }), rand([2, 4, 1], { dtype: 'float64' })];
    const heads = options.enableGqa ? q : q.slice([0, 2]);
    const fn = (...[a, b, c]: Tensor[]): Tensor => scaledDotProductAttention(a!, b!, c!, options);
    expect(gradcheck(fn, [heads, k, v]).ok).toBe(true);
    expect(gradgradcheck(fn, [heads, k, v]).ok).toBe(true);
  });

  it('reach a mask of floats', () => {
    const [q, k, v] = [
      [3, 2],
      [4, 2],
      [4, 2],
    ].map((shape) => rand(shape, { dtype: 'float64' })) as [Tensor, Tensor, Tensor];
    const fn = (...[attnMask]: Tensor[]): Tensor => scaledDotProductAttention(q, k, v, { attnMask });
    const mask = rand([1, 4], { dtype: 'float64' });
    expect(gradcheck(fn, [mask]).ok).toBe(true);
    expect(gradgradcheck(fn, [mask]).ok).toBe(true);
  });
});

describe('dropout', () => {
  it('leaves out weights and keeps the mean', () => {
    manualSeed(1);
    const v = zeros([1, 400, 1]).add(1);
    const out = scaledDotProductAttention(zeros([1, 300, 4]), zeros([1, 400, 4]), v, { dropoutP: 0.25 });
    expect(Math.abs(out.mean().item() - 1)).toBeLessThan(0.01);
    expect(out.var().item()).toBeGreaterThan(1e-4);
  });
});

describe('inside vmap', () => {
  it('examples with their own queries share keys, values and a mask: one kernel, the same values', () => {
    const [q] = given([4, 2], [5, 6, 3, 2]);
    const [, k, v] = given([2], [5, 6, 3, 2]);
    const attnMask = rand([5, 6]).gt(0.3).realize();
    const of = (x: Tensor): Tensor => scaledDotProductAttention(x, k, v, { attnMask });
    withEngine('wasm', () => {
      expect(kernelsOf(() => vmap(of)(q).realize())).toBe(1);
      expect(vmap(of)(q).allclose(of(q), { rtol: 1e-6, atol: 1e-6 })).toBe(true);
    });
  });
});

describe('what it promises', () => {
  const step = (of: Given): Tensor[] => {
    const out = scaledDotProductAttention(...of, { isCausal: true });
    for (const x of of) x.grad = null;
    out.sum().backward();
    return [out, ...of.map((x) => x.grad!)];
  };

  it('one kernel forward; backward one for Σ g·out and one for the three gradients, beside the sum that is the loss', () => {
    withEngine('wasm', () => {
      const of = given([2], [9, 9, 4, 4]);
      expect(kernelsOf(() => scaledDotProductAttention(...of).realize())).toBe(1);
      expect(kernelsOf(() => realize(...step(of)))).toBe(1 + 2 + 1);
    });
  });

  it('memory grows with the number of positions, not with its square', () => {
    const bytesFor = (positions: number): number => {
      const of = given([1], [positions, positions, 16, 16]);
      let most = 0;
      const stop = listen(({ what, detail }) => {
        if (what === 'build') most = Math.max(most, Number(detail.arenaBytes));
      });
      withEngine('wasm', () => realize(...step(of)));
      stop();
      return most;
    };
    const [small, large] = [bytesFor(256), bytesFor(2048)];
    expect(large).toBeLessThan(2048 * 2048 * 4 * 0.1);
    expect(large).toBeLessThan(8.5 * small);
  });
});

describe.each<[string, (threads: number) => Engine | string]>([
  [
    'wasm',
    (threads) => {
      const machine = new WasmMachine(threads);
      const nap = new Int32Array(new SharedArrayBuffer(4));
      for (let naps = 0; !machine.ready && naps < 2000; naps++) Atomics.wait(nap, 0, 0, 5);
      return new CompiledEngine(machine);
    },
  ],
  [
    'native',
    (threads) => {
      const machine = NativeMachine.make({ threads });
      return typeof machine === 'string' ? machine : new CompiledEngine(machine);
    },
  ],
])('threads of %s', (_, make) => {
  it.skipIf(typeof make(1) === 'string').each([1, 9])(
    '1, 2 and 3 of them compute the same bits for %i batches',
    (batch) => {
      const of = given([batch], [130, 70, 10, 7]);
      const results = [1, 2, 3].map((threads) => {
        const engine = make(threads);
        if (typeof engine === 'string') throw new Error(engine);
        return passes(of, { isCausal: true }, engine);
      });
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    },
  );
});

describe('bad input', () => {
  const [q, k, v] = [zeros([2, 3, 4]), zeros([2, 5, 4]), zeros([2, 5, 6])];

  it.each<[string, () => Tensor, RegExp]>([
    ['other features', () => scaledDotProductAttention(zeros([2, 3, 5]), k, v), /equally many features/],
    ['other counts', () => scaledDotProductAttention(q, k, zeros([2, 4, 6])), /as many keys as values/],
    ['one axis', () => scaledDotProductAttention(zeros([4]), k, v), /each needs two axes/],
    ['batches', () => scaledDotProductAttention(q, zeros([3, 5, 4]), v), /batch axes/],
    [
      'mask and causal',
      () => scaledDotProductAttention(q, k, v, { isCausal: true, attnMask: zeros([3, 5]) }),
      /not both/,
    ],
    [
      'a mask of integers',
      () => scaledDotProductAttention(q, k, v, { attnMask: zeros([3, 5], { dtype: 'int32' }) }),
      /bool/,
    ],
    [
      'a mask with more batches',
      () => scaledDotProductAttention(q, k, v, { attnMask: zeros([7, 1, 3, 5]) }),
      /must broadcast/,
    ],
    ['dropout', () => scaledDotProductAttention(q, k, v, { dropoutP: 1 }), /dropoutP/],
    ['scale', () => scaledDotProductAttention(q, k, v, { scale: NaN }), /scale/],
    ['heads', () => scaledDotProductAttention(q, zeros([3, 5, 4]), zeros([3, 5, 6]), { enableGqa: true }), /heads/],
  ])('%s: says what would be right', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe.each(engineNames())('nothing to attend with, on %s', (name) => {
  it.each<[number, number, number, number]>([
    [0, 3, 2, 2],
    [3, 0, 2, 2],
    [2, 3, 0, 2],
    [2, 3, 2, 0],
  ])('%i queries, %i keys, %i and %i features', (l, s, e, w) => {
    const of = given([2], [l, s, e, w]);
    const [out, ...gradients] = passes(of, {}, name);
    // With no features all keys match alike; without keys there is nothing.
    const values = Array.from(of[2].typedArray());
    const mean = (i: number): number => [0, 1, 2].reduce((sum, key) => sum + values[i * 6 + key * 2]! / 3, 0);
    if (e === 0) expect(out![0]).toBeCloseTo(mean(0), 5);
    if (s === 0) expect(out).toEqual(new Array(2 * l * w).fill(0));
    expect(gradients.map((g) => g.length)).toEqual(of.map((x) => x.size));
  });
});
