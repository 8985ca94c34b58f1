/**
 * Memory: copies and borrows, writing in place, versions, clones.
 */
import { describe, expect, it } from 'vitest';
import {
  asTensor,
  GraphError,
  IndexError,
  noGrad,
  ones,
  realize,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js';

const grad = ({ grad: g }: Tensor): Tensor => {
  if (g === null) throw new Error('there is no gradient');
  return g;
};

describe('tensor and asTensor', () => {
  it('tensor copies at once, so a reused buffer changes nothing', () => {
    const buffer = new Float32Array([1, 2, 3]);
    const sum = tensor(buffer).sum();
    buffer.fill(9);
    expect(sum.item()).toBe(6);
  });

  it('asTensor borrows: the array is where the values live', () => {
    const buffer = new Float32Array([1, 2, 3]);
    const x = asTensor(buffer);
    x.assign(tensor([7, 8, 9]));
    realize();
    expect(x.toArray()).toEqual([7, 8, 9]);
    expect([...buffer]).toEqual([7, 8, 9]);
  });

  it('what is read is a copy', () => {
    const x = tensor([1, 2]);
    x.typedArray().fill(9);
    expect(x.toArray()).toEqual([1, 2]);
  });

  it('refuses to borrow what it cannot', () => {
    expect(() => asTensor(new Float32Array(2), { dtype: 'float64' })).toThrow(/cannot be borrowed as float64/);
    expect(() => asTensor(new Uint8Array([0, 2]), { dtype: 'bool' })).toThrow(/0 and 1, the array holds 2/);
    expect(asTensor(new Uint8Array([0, 1]), { dtype: 'bool' }).toArray()).toEqual([false, true]);
  });
});

describe('assign', () => {
  it('writes in program order', () => {
    const x = tensor([1, 2]);
    const before = x.mul(10);
    realize(before);
    x.assign(x.add(1));
    const between = x.mul(10);
    x.assign(x.add(1));
    expect(x.toArray()).toEqual([3, 4]);
    expect(before.toArray()).toEqual([10, 20]);
    expect(() => between.toArray(), 'its value was never realised').not.toThrow(TypeError);
  });

  it('a value read between two assignments is the one between', () => {
    const x = tensor([1, 2]);
    x.assign(x.add(1));
    const between = x.mul(10);
    expect(between.toArray()).toEqual([20, 30]);
    x.assign(x.add(1));
    expect([between.toArray(), x.toArray()]).toEqual([
      [20, 30],
      [3, 4],
    ]);
  });

  it('keeps the same memory', () => {
    const buffer = new Float32Array(2);
    const x = asTensor(buffer);
    for (let i = 0; i < 3; i++) x.assign(x.add(1));
    realize();
    expect(x.toArray()).toEqual([3, 3]);
    expect([...buffer]).toEqual([3, 3]);
  });

  it('of zeros gives them memory of their own', () => {
    const x = zeros([2]);
    const y = x.add(1);
    x.assign(tensor([5, 6]));
    expect([x.toArray(), y.toArray()]).toEqual([
      [5, 6],
      [1, 1],
    ]);
  });

  it('that cannot be computed leaves the old value', () => {
    const x = tensor([1, 2]);
    const index = tensor([0, 5], { dtype: 'int32' });
    x.assign(tensor([7, 8, 9]).index(index));
    expect(() => x.toArray()).toThrow(IndexError);
    expect(x.toArray()).toEqual([1, 2]);
  });

  it('a pending use of what was overwritten fails by name', () => {
    const w = tensor([1, 2], { name: 'w' });
    const pending = w.mul(2);
    w.assign(tensor([3, 4]));
    realize(w);
    expect(() => pending.toArray()).toThrow(GraphError);
    expect(() => pending.toArray()).toThrow(/"w".*overwritten/);
  });

  it('keeps name and gradient of a parameter', () => {
    const w = tensor([1, 2], { requiresGrad: true, name: 'w' });
    w.sum().backward();
    noGrad(() => w.assign(tensor([5, 6])));
    expect([w.name, w.requiresGrad, w.grad?.toArray(), w.toArray()]).toEqual(['w', true, [1, 1], [5, 6]]);
    w.grad = null;
    w.square().sum().backward();
    expect(grad(w).toArray()).toEqual([10, 12]);
  });
});

describe('clone', () => {
  it('is out of reach of later writes', () => {
    const w = tensor([1, 2]);
    const copy = w.clone();
    const pending = w.clone().mul(2);
    w.assign(tensor([5, 6]));
    realize(w);
    expect([copy.toArray(), pending.toArray()]).toEqual([
      [1, 2],
      [2, 4],
    ]);
  });

  it('also through detach, and for a parameter that is stepped', () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const copies = [w.detach().clone(), w.clone()];
    noGrad(() => w.assign(tensor([5, 6])));
    for (const copy of copies) expect(copy.toArray()).toEqual([1, 2]);
  });

  it('lets the gradient through', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    x.clone().mul(3).sum().backward();
    expect(x.grad?.toArray()).toEqual([3, 3]);
    const y = x.mul(2).clone();
    expect(y.requiresGrad).toBe(true);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([5, 5]);
  });
});

describe('reading', () => {
  it('gives nested arrays of the shape, booleans for bool', () => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).toArray(),
    ).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(ones([2, 1, 2]).gt(0).toArray()).toEqual([[[true, true]], [[true, true]]]);
    expect(tensor(2.5).toArray()).toBe(2.5);
  });

  it('data() promises what typedArray() gives', async () => {
    const x = tensor([1, 2], { dtype: 'int32' }).mul(3);
    expect(await x.data()).toEqual(new Int32Array([3, 6]));
  });
});
