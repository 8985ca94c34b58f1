/**
 * Algorithms in the midst of kernels: they are given whole arrays wherever others begin, and work on batches of batches.
 */
import { inv, solve, svdvals } from 'chainrule/linalg';
import { describe, expect, it } from 'vitest';
import { jacobian, vmap } from '../../src/func/index.js';
import {
  eye,
  IndexError,
  LinAlgError,
  manualSeed,
  ones,
  randn,
  slice,
  stack,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';

const unstacked = (x: Tensor): Tensor[] => Array.from({ length: x.shape[0]! }, (_, i) => slice(x, i));

describe.each(engineNames())('on the engine %s', (engine) => {
  it('a tensor is taken whole beside a part of it', () => {
    withEngine(engine, () => {
      const a = tensor([
        [4, 1, 0],
        [1, 3, 1],
        [0, 1, 2],
      ]);
      expect(solve(a, slice(a, '...', [1, 3])).allclose(slice(eye(3), '...', [1, 3]))).toBe(true);
    });
  });

  it('parts of a tensor are taken from where they begin', () => {
    withEngine(engine, () => {
      manualSeed(3);
      const all = randn([3, 40, 40]).realize();
      const values = unstacked(all).map((x) => svdvals(x.clone().realize()));
      expect(stack(unstacked(all).map((x) => svdvals(x))).toArray()).toEqual(stack(values).toArray());
    });
  });

  it('a failed check is reported before what follows from it', () => {
    withEngine(engine, () => {
      const picked = ones([5]).index(tensor([0, 1, 2, 7], { dtype: 'int32' }));
      const singular = picked.reshape(2, 2);
      expect(() => solve(singular, ones([2])).toArray()).toThrow(IndexError);
      expect(() => solve(ones([2, 2]), ones([2])).toArray()).toThrow(LinAlgError);
    });
  });
});

describe('in a batch', () => {
  it('each example, within a batch of its own and without, has its own result', () => {
    manualSeed(4);
    const a = randn([3, 2, 4, 4], { dtype: 'float64' })
      .add(eye(4, 4, { dtype: 'float64' }).mul(6))
      .realize();
    const b = randn([4], { dtype: 'float64' }).realize();
    const fn = (x: Tensor): Tensor => solve(x, b);
    const want = stack(unstacked(a).map(fn)).toArray();
    expect(vmap(fn)(a).toArray()).toEqual(want);
    expect(vmap(vmap(fn))(a).toArray()).toEqual(want);
  });

  it('the Jacobian of an inverse is −inv(x)ᵢₖ·inv(x)ₗⱼ', () => {
    const x = tensor(
      [
        [4, 1],
        [2, 3],
      ],
      { dtype: 'float64' },
    );
    const inverse = inv(x);
    const want = inverse
      .reshape(2, 1, 2, 1)
      .mul(inverse.T.reshape(1, 2, 1, 2))
      .neg();
    for (const mode of ['reverse', 'forward'] as const) expect(jacobian(inv, { mode })(x).allclose(want)).toBe(true);
  });
});
