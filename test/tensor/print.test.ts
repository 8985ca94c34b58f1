/**
 * How tensors are shown.
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { arange, ones, type Tensor, tensor, zeros } from '../../src/index.js';

const lines = (x: Tensor): string[] => x.toString().split('\n');

describe('toString', () => {
  it('looks like NumPy, with dtype and shape', () => {
    expect(
      tensor([
        [1, 2.5],
        [-3, 4],
      ]).toString(),
    ).toBe('tensor([[ 1. ,  2.5],\n        [-3. ,  4. ]], dtype=float32 shape=[2, 2])');
    expect(tensor([1, 2, 300], { dtype: 'int32' }).toString()).toBe('tensor([  1,   2, 300], dtype=int32 shape=[3])');
    expect(tensor([true, false]).toString()).toBe('tensor([ true, false], dtype=bool shape=[2])');
    expect(tensor(2.5, { dtype: 'float64' }).toString()).toBe('tensor(2.5, dtype=float64 shape=[])');
    expect(tensor([1, 2]).toString()).toContain('[1., 2.]');
  });

  it('has four digits, and exponents where numbers are very different, large or small', () => {
    expect(tensor([Math.PI, 100]).toString()).toContain('[  3.1416, 100.    ]');
    expect(tensor([1e-5, 1]).toString()).toContain('[1.e-05, 1.e+00]');
    expect(tensor([1e10]).toString()).toContain('[1.e+10]');
    expect(tensor([1.5e-3, 12], { dtype: 'float64' }).toString()).toContain('[1.5e-03, 1.2e+01]');
    expect(tensor([0, -0]).toString()).toContain('[ 0., -0.]');
  });

  it('shows NaN and infinities', () => {
    expect(tensor([Number.NaN, Infinity, -Infinity, 1]).toString()).toContain('[ nan,  inf, -inf,   1.]');
  });

  it('separates matrices by a blank line, and breaks long rows', () => {
    expect(lines(ones([2, 2, 2]))).toEqual([
      'tensor([[[1., 1.],',
      '         [1., 1.]],',
      '',
      '        [[1., 1.],',
      '         [1., 1.]]], dtype=float32 shape=[2, 2, 2])',
    ]);
    const long = lines(arange(100));
    expect(long.length).toBeGreaterThan(3);
    for (const line of long.slice(0, -1)) expect(line.length).toBeLessThanOrEqual(81);
    expect(long[1]).toMatch(/^ {8}\d/);
  });

  it('is shortened above 1000 elements, at each axis', () => {
    expect(arange(1001).toString()).toBe('tensor([   0,    1,    2, …,  998,  999, 1000], dtype=int32 shape=[1001])');
    const rows = lines(zeros([500, 500]));
    expect(rows).toHaveLength(7);
    expect(rows[0]).toBe('tensor([[0., 0., 0., …, 0., 0., 0.],');
    expect(rows[3]?.trim()).toBe('…,');
  });

  it('tells name and requiresGrad', () => {
    expect(tensor([1], { requiresGrad: true, name: 'w' }).toString()).toBe(
      'tensor([1.], dtype=float32 shape=[1] name="w" requiresGrad)',
    );
  });

  it('of empty tensors', () => {
    expect(zeros([0]).toString()).toBe('tensor([], dtype=float32 shape=[0])');
    expect(zeros([2, 0]).toString()).toContain('shape=[2, 0]');
    expect(zeros([0, 3]).toString()).toContain('[]');
  });

  it('never throws: a value that cannot be had is explained', () => {
    const bad = ones([3]).index(tensor([5], { dtype: 'int32' }));
    expect(bad.toString()).toMatch(/^tensor\(<no value: index 5 is out of range.*shape=\[1\]\)$/);
    const w = tensor([1], { name: 'w' });
    const pending = w.mul(2);
    w.assign(tensor([3]));
    w.realize();
    expect(pending.toString()).toMatch(/<no value: .*"w".*overwritten/);
  });
});

describe('other displays', () => {
  it('Node prints the values of a tensor that nobody has read', () => {
    expect(inspect(tensor([1, 2]).mul(2))).toBe('tensor([2., 4.], dtype=float32 shape=[2])');
    expect(inspect({ x: tensor([1]) })).toContain('tensor([1.]');
  });

  const call = (x: Tensor, name: string): unknown => {
    const method: unknown = Reflect.get(x, Symbol.for(name));
    return typeof method === 'function' ? Reflect.apply(method, x, []) : undefined;
  };

  it('Deno prints the same', () => {
    expect(call(tensor([1]), 'Deno.customInspect')).toBe(tensor([1]).toString());
  });

  it('Jupyter shows a table and the text', () => {
    const shown = call(
      tensor([
        [1, 2],
        [3, 4],
      ]),
      'Jupyter.display',
    ) as Record<string, string>;
    expect(shown['text/html']).toBe(
      '<table><tr><td>1.</td><td>2.</td></tr><tr><td>3.</td><td>4.</td></tr></table><p>dtype=float32 shape=[2, 2]</p>',
    );
    expect(shown['text/plain']).toBe(
      tensor([
        [1, 2],
        [3, 4],
      ]).toString(),
    );
    const named = call(tensor([[1]], { name: '<b>' }), 'Jupyter.display') as Record<string, string>;
    expect(named['text/html']).toContain('&lt;b&gt;');
    expect((call(ones([2, 2, 2]), 'Jupyter.display') as Record<string, string>)['text/html']).toMatch(/^<pre>/);
  });
});
