/**
 * Functions and methods: each is the other, and every record of the alphabet that a user can want has both.
 */
import { describe, expect, it } from 'vitest';
import * as chainrule from '../../src/index.js';
import { Tensor, tensor } from '../../src/index.js';
import { ALPHABET } from '../../src/ops/index.js';
import * as special from '../../src/special/index.js';
import * as activations from '../../src/tensor/activations.js';
import * as arrange from '../../src/tensor/arrange.js';
import * as backprop from '../../src/tensor/backprop.js';
import * as bitwise from '../../src/tensor/bitwise.js';
import * as compare from '../../src/tensor/compare.js';
import * as counting from '../../src/tensor/counting.js';
import * as elementwise from '../../src/tensor/elementwise.js';
import * as indexing from '../../src/tensor/indexing.js';
import * as memory from '../../src/tensor/memory.js';
import * as norms from '../../src/tensor/norms.js';
import * as numeric from '../../src/tensor/numeric.js';
import * as products from '../../src/tensor/products.js';
import * as reduce from '../../src/tensor/reduce.js';
import * as scan from '../../src/tensor/scan.js';
import * as scattering from '../../src/tensor/scattering.js';
import * as shape from '../../src/tensor/shape.js';
import * as slicing from '../../src/tensor/slicing.js';
import * as sorting from '../../src/tensor/sorting.js';
import * as transcendental from '../../src/tensor/transcendental.js';
import * as updates from '../../src/tensor/updates.js';

const MODULES = {
  activations,
  arrange,
  backprop,
  bitwise,
  compare,
  counting,
  elementwise,
  indexing,
  memory,
  norms,
  numeric,
  products,
  reduce,
  scan,
  scattering,
  shape,
  slicing,
  sorting,
  transcendental,
  updates,
};
const ELEMENTWISE = { ...activations, ...bitwise, ...elementwise, ...numeric, ...transcendental };

/** Records that stand behind functions of other names, or that no user calls. */
const OTHERWISE: Readonly<Record<string, string>> = {
  and: 'logicalAnd',
  or: 'logicalOr',
  xor: 'logicalXor',
  not: 'logicalNot',
  cast: 'to',
};
const INSIDE = [
  'mulAdd',
  'shiftLeft',
  'shiftRight',
  'shiftRightLogical',
  'mulHigh',
  'randomBits',
  'checkIndex',
  'bits',
];

describe('methods', () => {
  it.each(Object.entries(MODULES))('every function of %s.ts is a method and is exported', (_, module) => {
    for (const name of Object.keys(module)) {
      expect(typeof Reflect.get(Tensor.prototype, name.replace(/_$/, '')), `method ${name}`).toBe('function');
      expect(chainrule, `export ${name}`).toHaveProperty(name);
    }
  });

  it('every elementwise record has a function', () => {
    const records = Object.entries(ALPHABET).filter(([, record]) => record.kind === 'elementwise');
    const missing = records
      .map(([name]) => OTHERWISE[name] ?? name)
      .filter((name) => !INSIDE.includes(name) && !(name in ELEMENTWISE) && !(name in special));
    expect(missing).toEqual([]);
  });

  it('a method passes on all arguments, and none that was not given', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(x.reshape(4).shape).toEqual([4]);
    expect(x.sum(0, { keepdim: true }).shape).toEqual([1, 2]);
    expect(x.var(0).toArray()).toEqual([2, 2]);
    expect(x.T.toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });
});

describe('arguments', () => {
  it('that are no tensors are refused with a remedy', () => {
    expect(() => Reflect.apply(chainrule.add, null, [[1, 2], tensor([1])])).toThrow(
      /add: takes tensors.*make a tensor of it with tensor/s,
    );
    expect(() => Reflect.apply(chainrule.exp, null, ['1'])).toThrow(/exp: .*the string "1"/);
    expect(() => Reflect.apply(chainrule.mul, null, [tensor([1]), undefined])).toThrow(/mul: .*undefined/);
  });

  it('numbers stand on either side', () => {
    expect(chainrule.sub(10, tensor([1, 2])).toArray()).toEqual([9, 8]);
    expect(chainrule.maximum(0, tensor([-1, 2])).toArray()).toEqual([0, 2]);
    expect(chainrule.pow(2, tensor([1, 3])).toArray()).toEqual([2, 8]);
    expect(chainrule.add(1, 2).item()).toBe(3);
    expect(chainrule.where(tensor([true, false]), 1, 2).toArray()).toEqual([1, 2]);
  });
});

describe('comparing tensors', () => {
  it('isclose, allclose, equal', () => {
    const x = tensor([1, 2, Infinity, Number.NaN]);
    const y = tensor([1.000001, 2.1, Infinity, Number.NaN]);
    expect(x.isclose(y).toArray()).toEqual([true, false, true, false]);
    expect(x.isclose(y, { rtol: 0.1, equalNan: true }).all().item()).toBe(1);
    expect(tensor([1, 2]).allclose(tensor([1, 2.00000001]))).toBe(true);
    expect(tensor([1, 2]).allclose(1)).toBe(false);
    expect(tensor([1, 2]).equal(tensor([1, 2]))).toBe(true);
    expect(tensor([1, 2]).equal(tensor([[1, 2]]))).toBe(false);
    expect(tensor([1], { dtype: 'int32' }).allclose(tensor([1]))).toBe(true);
  });
});

describe('integers', () => {
  it('to powers stay integers', () => {
    const x = tensor([2, -3], { dtype: 'int32' });
    expect(x.pow(4)).toMatchObject({ dtype: 'int32' });
    expect(x.pow(4).toArray()).toEqual([16, 81]);
    expect(() => x.pow(-1)).toThrow(/int32 to the power -1/);
  });

  it('index from both ends, by tensors and by plain arrays', () => {
    const x = tensor([10, 20, 30]);
    expect(x.index([-1, 0]).toArray()).toEqual([30, 10]);
    expect(x.index(1).item()).toBe(20);
    expect(x.index(new Int32Array([2])).toArray()).toEqual([30]);
    expect(() => x.take(tensor([true, false, true]))).toThrow(/where\(mask/);
  });
});
