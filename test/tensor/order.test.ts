/**
 * What numbers from elsewhere cannot tell of sorting, masks, scatters and updates: derivatives, kernels, many elements, repeated places,
 * and what is refused.
 */
import { describe, expect, it } from 'vitest';
import type { Checkable, Tensor } from '../../src/index.js';
import * as c from '../../src/index.js';
import { Generator, gradcheck, gradgradcheck, rand, tensor } from '../../src/index.js';
import { engineNames, unavailable, withEngine } from '../../src/run/engine.js';
import { interpreter } from '../../src/run/interpreter.js';
import { kernelsOf } from '../support/events.js';

const f64 = (values: c.TensorData): Tensor => tensor(values, { dtype: 'float64' });
const int = (values: c.TensorData): Tensor => tensor(values, { dtype: 'int32' });
const x = f64([
  [0.3, -1.2, 2.1],
  [1.7, 0.4, -0.6],
]);
const places = int([
  [2, 0],
  [1, 1],
]);
const source = f64([
  [1, 2],
  [3, 4],
]);
const mask = tensor([
  [true, false, true],
  [false, true, true],
]);

const CASES: Record<string, [Checkable, ...Tensor[]]> = {
  sort: [(a) => c.sort(a!, 0, { descending: true }).values, x],
  topk: [(a) => c.topk(a!, 2).values, x],
  kthvalue: [(a) => c.kthvalue(a!, 2).values, x],
  median: [(a) => c.median(a!, 1), x],
  quantile: [(a) => c.quantile(a!, [0.3, 0.8], 1), x],
  'midpoint over all': [(a) => c.quantile(a!, 0.3, null, { interpolation: 'midpoint' }), x],
  unique: [(a) => c.unique(a!).values, x],
  maskedSelect: [(a) => c.maskedSelect(a!, mask), x],
  'index by a mask': [(a) => c.index(a!, tensor([true, false, true]), 1), x],
  scatter: [(a, s) => c.scatter(a!, 1, places, s!), x, source],
  'scatterReduce, mean': [(a, s) => c.scatterReduce(a!, 1, places, s!, 'mean', { includeSelf: false }), x, source],
  'scatterReduce, prod': [(a, s) => c.scatterReduce(a!, 1, places, s!, 'prod'), x, source],
  'scatterReduce, amax': [(a, s) => c.scatterReduce(a!, 1, places, s!, 'amax'), x, source],
  'scatterReduce, amin': [(a, s) => c.scatterReduce(a!, 1, places, s!, 'amin', { includeSelf: false }), x, source],
  bincount: [(w) => c.bincount(int([1, 0, 1]), { weights: w }), f64([0.5, 1.5, 2.5])],
  'density histogram': [
    (w) => c.histogram(f64([0.1, 0.6, 0.7]), 2, { weights: w, density: true }).hist,
    f64([1, 2, 4]),
  ],
  'at ranges, set': [(a, v) => c.at(a!, '...', [null, null, -2]).set(v!), x, f64([5, 6])],
  'at ranges, multiply': [(a, v) => c.at(a!, 1).multiply(v!), x, f64([5, 6, 7])],
  'at places, set': [(a, v) => c.at(a!, null, Int32Array.of(1, 1)).set(v!), x, source],
  'at places, multiply': [(a, v) => c.at(a!, null, Int32Array.of(1, 1)).multiply(v!), x, source],
  'at places, max': [(a, v) => c.at(a!, null, Int32Array.of(0, 1)).max(v!), x, source],
};

describe.each(engineNames())('on %s', (engine) => {
  const missing = unavailable(engine);
  if (missing !== null) {
    it.skip(`cannot be tested here: ${missing}`);
    return;
  }

  it.each(Object.entries(CASES))('%s has its derivatives, twice', (_, [fn, ...inputs]) => {
    withEngine(engine, () => {
      expect(gradcheck(fn, inputs).ok).toBe(true);
      expect(gradgradcheck(fn, inputs).ok).toBe(true);
    });
  });

  it.each([
    [1, 5000],
    [3, 1025],
    [20, 1500],
    [2, 2048],
  ])('%i rows of %i, with equal ones and NaN, are in the order of a stable sort', (rows, n) => {
    const random = rand([rows, n], { generator: new Generator(n) });
    const values = c.where(random.lt(0.01), Number.NaN, random.mul(90).floor()).realize();
    const given = values.typedArray();
    const rank = (i: number): number => (Number.isNaN(given[i]!) ? Infinity : given[i]!);
    for (const descending of [false, true]) {
      const got = withEngine(engine, () => values.argsort(1, { descending }).typedArray());
      const want = Array.from({ length: rows }, (_, row) => {
        const all = Array.from({ length: n }, (_, i) => i);
        const key = (i: number): number => rank(row * n + i);
        return all.sort((i, j) => (key(i) === key(j) ? 0 : key(i) < key(j) === descending ? 1 : -1));
      });
      expect([...got]).toEqual(want.flat());
    }
  });

  it('where there is nothing to sort, choose, fold or count, nothing is', () => {
    withEngine(engine, () => {
      const row = tensor([1, 2, 3]);
      const [none, nothing] = [tensor([], { dtype: 'int32' }), tensor([])];
      for (const same of [
        row.at(none).add(1),
        row.at(none).set(1),
        row.at(row.gt(9)).max(9),
        row.at([3, 3]).multiply(9),
        row.scatterReduce(0, none, nothing, 'amax'),
        row.scatterReduce(0, none, nothing, 'mean', { includeSelf: false }),
      ])
        expect(same.toArray()).toEqual([1, 2, 3]);
      expect(row.maskedSelect(row.gt(9)).shape).toEqual([0]);
      expect(row.gt(9).nonzero().shape).toEqual([0, 1]);
      expect(c.zeros([0, 3]).quantile([0.1, 0.5], 1).toArray()).toEqual([[], []]);
      expect(c.zeros([3, 0]).sort().indices.toArray()).toEqual([[], [], []]);
      expect(c.histogram(nothing, 2).hist.toArray()).toEqual([0, 0]);
    });
  });

  it('draws categories by weight, never one of weight 0', () => {
    withEngine(engine, () => {
      const generator = new Generator(5);
      const weights = tensor([0, 1, 0, 3, 0]);
      const drawn = c.multinomial(weights, 4000, { replacement: true, generator });
      const counts = [...c.bincount(drawn, { minlength: 5 }).typedArray()];
      expect([counts[0], counts[2], counts[4]]).toEqual([0, 0, 0]);
      // 3000 expected; the standard deviation is 27.
      expect(Math.abs(counts[3]! - 3000)).toBeLessThan(140);
      const rows = c.full([2000, 3], 1).mul(tensor([1, 2, 0]));
      const pairs = c.multinomial(rows, 2, { generator });
      expect(pairs.sum(1).eq(1).all().item()).toBe(1);
      // The first is 1 with probability 2/3: 1333 expected, the standard deviation is 21.
      expect(Math.abs(pairs.slice(null, 0).sum().item() - 1333)).toBeLessThan(110);
      expect(() => c.multinomial(rows, 3).typedArray()).toThrow(/at least 3 of them above 0/);
      expect(() => c.multinomial(tensor([1, -1]), 1).typedArray()).toThrow(/finite numbers from 0 up/);
      expect(() => c.multinomial(tensor([1, Number.NaN]), 1, { replacement: true }).typedArray()).toThrow(/from 0 up/);
    });
  });

  it('an index may be checked that comes out of a fold of its own kernel', () => {
    withEngine(engine, () => {
      const table = tensor([10, 20, 30]);
      const scores = tensor([
        [1, 5, 2],
        [7, 1, 1],
      ]);
      expect(c.index(table, scores.argmax(1)).add(scores.sum(1)).toArray()).toEqual([28, 19]);
    });
  });
});

describe('searchsorted', () => {
  it('takes a number in the dtype of the rows', () => {
    expect(f64([0.1, 0.2]).searchsorted(0.1).item()).toBe(0);
    expect(int([1, 2, 3]).searchsorted(2.5).item()).toBe(2);
  });
});

describe('updates', () => {
  const row = tensor([1, 2, 3, 4, 5]);
  const matrix = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it('by ranges, forwards and backwards, leave the rest alone', () => {
    expect(
      row
        .at([null, null, -2])
        .set(tensor([7, 8, 9]))
        .toArray(),
    ).toEqual([9, 2, 8, 4, 7]);
    expect(matrix.at(1, [1]).add(10).toArray()).toEqual([
      [1, 2, 3],
      [4, 15, 16],
    ]);
    expect(matrix.at('newaxis', '...', 0).set(0).toArray()).toEqual([
      [0, 2, 3],
      [0, 5, 6],
    ]);
    expect(row.at([2, 2]).set(9).toArray()).toEqual([1, 2, 3, 4, 5]);
    expect(row.at([1, 3]).max(2.5).toArray()).toEqual([1, 2.5, 3, 4, 5]);
    expect(row.at([1, 3]).min(2.5).toArray()).toEqual([1, 2, 2.5, 4, 5]);
    expect(row.toArray()).toEqual([1, 2, 3, 4, 5]);
  });

  it('by indices count repeated ones in their order', () => {
    const twice = Int32Array.of(1, 1, -1);
    const values = tensor([10, 20, 30]);
    expect(row.at(twice).get().toArray()).toEqual([2, 2, 5]);
    expect(row.at(twice).set(values).toArray()).toEqual([1, 20, 3, 4, 30]);
    expect(row.at(twice).add(values).toArray()).toEqual([1, 32, 3, 4, 35]);
    expect(row.at(twice).multiply(values).toArray()).toEqual([1, 400, 3, 4, 150]);
    expect(row.at(twice).min(0.5).toArray()).toEqual([1, 0.5, 3, 4, 0.5]);
    expect(
      matrix
        .at('...', int([2, 2]))
        .add(1)
        .toArray(),
    ).toEqual([
      [1, 2, 5],
      [4, 5, 8],
    ]);
    expect(
      matrix
        .at(1, int([0, 2]))
        .get()
        .toArray(),
    ).toEqual([4, 6]);
    expect(row.at(Int32Array.of()).set(1).toArray()).toEqual([1, 2, 3, 4, 5]);
  });

  it('by masks', () => {
    expect(matrix.at(matrix.gt(2)).set(0).toArray()).toEqual([
      [1, 2, 0],
      [0, 0, 0],
    ]);
    expect(
      matrix
        .at(null, tensor([true, false, true]))
        .multiply(10)
        .toArray(),
    ).toEqual([
      [10, 2, 30],
      [40, 5, 60],
    ]);
    const cube = c.arange(8).reshape(2, 2, 2);
    expect(
      cube
        .at(
          '...',
          tensor([
            [false, false],
            [true, true],
          ]),
        )
        .set(-1)
        .toArray(),
    ).toEqual([
      [
        [0, 1],
        [-1, -1],
      ],
      [
        [4, 5],
        [-1, -1],
      ],
    ]);
  });

  it('of whole numbers and bools', () => {
    expect(
      int([1, 2, 3])
        .at(Int32Array.of(0, 0))
        .max(int([5, 4]))
        .toArray(),
    ).toEqual([5, 2, 3]);
    expect(tensor([true, false]).at(1).set(1).toArray()).toEqual([true, true]);
  });
});

describe('kernels', () => {
  const row = rand([64, 64], { generator: new Generator(4) }).realize();
  const sorted = c.linspace(0, 1, 64).realize();
  const few = int([3, 5, 60]).realize();
  it.each<[string, number, (r: Tensor) => Tensor]>([
    ['argsort of a product', 1, (r) => r.mul(2).argsort()],
    ['sort', 2, (r) => r.sort().values],
    ['median', 2, (r) => r.median(1)],
    ['searchsorted', 1, (r) => sorted.searchsorted(r)],
    ['an update of ranges', 1, (r) => r.exp().at([2, 9], '...').add(1).mul(2)],
    ['an update of indices, checked first', 3, (r) => r.at(few).add(1)],
    ['the last of indices', 3, (r) => r.at(few).set(1)],
  ])('%s: at most %i', (_, most, make) => {
    expect(withEngine('wasm', () => kernelsOf(() => make(row).realize()))).toBeLessThanOrEqual(most);
  });
});

describe('values that decide a shape', () => {
  const chosen = (): Tensor => x.maskedSelect(x.gt(0));

  it('are not to be had on an asynchronous device', () => {
    const far = { ...interpreter, name: 'far', readsAtOnce: false };
    for (const make of [chosen, () => x.nonzero(), () => x.index(x.gt(0)), () => x.unique().values])
      expect(() => withEngine(far, make)).toThrow(/asynchronous device "far".*where\(mask.*maskedFill/s);
  });

  it('nor in a compiled function', () => {
    expect(() => c.compile((t: Tensor) => t.maskedSelect(t.gt(0)).sum())(x)).toThrow(
      /inside a compiled function.*where/s,
    );
  });

  it('a compiled function sorts and draws anew', () => {
    const generator = new Generator(9);
    const step = c.compile((t: Tensor) => [t.sort().values, c.multinomial(t.abs(), 2, { generator })] as const);
    const [first] = step(x);
    expect(first.toArray()).toEqual(x.sort().values.toArray());
    const draws = Array.from({ length: 12 }, () => step(x)[1].typedArray().join());
    expect(new Set(draws).size).toBeGreaterThan(1);
  });
});

describe('what is refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['sorting a scalar', () => c.sort(tensor(1)), /a scalar has no axes/],
    ['an axis', () => c.argsort(x, 2), /argsort: axis 2 is out of range/],
    ['too many of the top', () => c.topk(x, 4), /k must be a whole number from 0 to the 3 elements/],
    ['the zeroth value', () => c.kthvalue(x, 0), /from 1 to the 3/],
    ['the median of nothing', () => c.median(c.zeros([0])), /median: the tensor of shape \[0\] is empty/],
    ['a quantile beyond 1', () => c.quantile(x, 1.5), /from 0 to 1/],
    ['an unknown interpolation', () => c.quantile(x, 0.5, 0, { interpolation: 'cubic' as 'linear' }), /linear, lower/],
    ['rows that do not match', () => c.searchsorted(x, f64([1])), /same leading axes/],
    ['an unknown side', () => c.searchsorted(x, x, { side: 'top' as 'left' }), /'left' or 'right'/],
    ['a mask of numbers', () => c.maskedSelect(x, places), /the mask must be bool, got int32/],
    ['a mask of other sizes', () => c.index(x, tensor([true, false, true])), /must have the sizes of the axes/],
    ['a mask as places', () => c.take(x, mask), /masks are for index/],
    ['an unknown reduction', () => c.scatterReduce(x, 1, places, source, 'max' as 'amax'), /one of sum, mean, prod/],
    ['another source', () => c.scatter(x, 1, places, x), /scatter: .*they must be equal/],
    ['bools that add up', () => mask.at(0).add(1).toArray(), /takes numbers, got bool|bool/],
    [
      'values too large for a part',
      () => x.at(0).set(x),
      /set: values of shape \[2, 3\] do not fit into a part of \[3\]/,
    ],
    ['two lists', () => x.at(places, places), /one list of indices/],
    ['two ellipses', () => x.slice('...', '...'), /2 ellipses.*once/],
    ['too many ranges', () => x.slice('...', 0, 0, 0), /3 ranges for a tensor of shape \[2, 3\]/],
    ['an unknown range', () => x.slice('all' as '...'), /'newaxis', got the string "all"/],
    ['counting floats', () => c.bincount(f64([1])), /int32 or uint8, got float64/],
    ['counting below 0', () => c.bincount(int([1, -2])), /from 0 up, got -2/],
    ['counting a matrix', () => c.bincount(places), /takes a vector/],
    ['no bins', () => c.histogram(x, 0), /from 1 up/],
    ['a falling range', () => c.histogram(x, 3, { range: [1, 0] }), /rising order/],
    ['one edge', () => c.histogram(x, f64([1])), /two or more/],
    ['too many draws', () => c.multinomial(tensor([1, 2]), 3), /without replacement to the 2 categories/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
