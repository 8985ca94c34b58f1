/**
 * The compositions of the alphabet: derivatives, first and second, on every engine; how many kernels they are; what they
 * refuse.
 */
import { describe, expect, it } from 'vitest';
import * as c from '../../src/index.js';
import { type Checkable, Generator, gradcheck, gradgradcheck, rand, type Tensor, tensor } from '../../src/index.js';
import * as F from '../../src/nn/functional.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { kernelsOf } from '../support/events.js';

const f64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' });
const int = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });

const x = f64([
  [0.7, -1.3, 2.2],
  [-0.4, 1.6, -2.9],
]);
const y = f64([
  [1.1, 0.8, -1.7],
  [2.3, -0.6, 0.9],
]);
const inside = f64([0.1, 0.3, 0.5, 0.62, 0.9]);
const places = int([
  [0, 2],
  [1, 1],
]);

const CASES: Readonly<Record<string, readonly [Checkable, ...Tensor[]]>> = {
  hypot: [(a, b) => c.hypot(a!, b!), x, y],
  'hypot of equals': [(a, b) => c.hypot(a!, b!), f64([1, 2]), f64([1, -2])],
  logaddexp: [(a, b) => c.logaddexp(a!, b!), x, y],
  'logaddexp of equals': [(a, b) => c.logaddexp(a!, b!), f64([1, -2]), f64([1, -2])],
  lerp: [(a, b, w) => c.lerp(a!, b!, w!), x, y, f64([0.2, 0.8, 1.4])],
  sinc: [(a) => c.sinc(a!), f64([0, 0.05, 0.3, 1, -2.6])],
  logit: [(a) => c.logit(a!), inside],
  rsqrt: [(a) => c.rsqrt(a!), inside],
  copysign: [(a) => c.copysign(a!, f64([-1, 1, -0])), f64([1, -2, 3])],
  nanToNum: [(a) => c.nanToNum(a!), x],
  cumsum: [(a) => c.cumsum(a!, 1), x],
  cumprod: [(a) => c.cumprod(a!, 1), f64([[2, 0, -1.5, 0, 3]])],
  logcumsumexp: [(a) => c.logcumsumexp(a!, 1), x],
  cummax: [(a) => c.cummax(a!, 1), x],
  norm: [(a) => c.norm(a!, 2, 1), x],
  'norm, p = 3': [(a) => c.norm(a!, 3, 1), x],
  takeAlongAxis: [(a) => c.takeAlongAxis(a!, places, 1), x],
  scatterAdd: [(a, s) => c.scatterAdd(a!, 1, places, s!), x, f64([[1, 2], [3, 4]])], // biome-ignore format: a matrix
  indexAdd: [(a, s) => c.indexAdd(a!, 0, [1, 1, 0], s!), x, f64([[1, 2, 3], [4, 5, 6], [7, 8, 9]])], // biome-ignore format: a matrix
  diagonal: [(a) => c.diagonal(a!, 1), x],
  mish: [(a) => F.mish(a!), x],
  celu: [(a) => F.celu(a!, { alpha: 1.3 }), x],
  glu: [(a) => F.glu(a!, 0), x],
  prelu: [(a, w) => F.prelu(a!, w!), x, f64([0.1, 0.2, 0.3])],
};

describe.each(engineNames())('on %s', (engine) => {
  it.each(Object.entries(CASES))('%s has its derivatives, twice', (_, [fn, ...inputs]) => {
    withEngine(engine, () => {
      expect(gradcheck(fn, inputs).ok).toBe(true);
      expect(gradgradcheck(fn, inputs).ok).toBe(true);
    });
  });

  it('cumsum of many elements is that of sums in order', () => {
    withEngine(engine, () => {
      const values = rand([3, 1000], { dtype: 'float64', generator: new Generator(4) });
      const got = values.cumsum(1).typedArray();
      const given = values.typedArray();
      let total = 0;
      for (let i = 1000; i < 2000; i++) {
        total += given[i]!;
        expect(Math.abs(got[i]! - total)).toBeLessThan(1e-12 * total);
      }
    });
  });
});

describe('kernels', () => {
  const row = rand([64, 64], { generator: new Generator(4) }).realize();
  it.each<[string, number, (r: Tensor) => Tensor]>([
    ['sinc', 1, (r) => r.sinc()],
    ['logit', 1, (r) => r.logit()],
    ['hypot', 1, (r) => r.hypot(r.add(1))],
    ['norm', 1, (r) => r.norm(2, 1)],
    ['tril of a roll', 1, (r) => r.roll(3, 1).tril().mul(2)],
    ['takeAlongAxis', 1, (r) => r.takeAlongAxis(c.zeros([64, 2], { dtype: 'int32' }), 1)],
    ['a scan over 64 = 2⁶', 6, (r) => r.cumsum(1)],
  ])('%s: at most %i', (_, most, make) => {
    expect(withEngine('wasm', () => kernelsOf(() => make(row).realize()))).toBeLessThanOrEqual(most);
  });
});

describe('whole numbers', () => {
  it('divide and shift by the rules of Python and NumPy', () => {
    expect(
      int([7, -7, 5])
        .floorDivide(int([2, 2, 0]))
        .toArray(),
    ).toEqual([3, -4, 0]);
    expect(
      int([7, -7, 5])
        .remainder(int([-2, 2, 0]))
        .toArray(),
    ).toEqual([-1, 1, 0]);
    expect(
      int([1, 3])
        .bitwiseLeftShift(int([40, -1]))
        .toArray(),
    ).toEqual([0, 0]);
    expect(
      int([-5, 5])
        .bitwiseRightShift(int([40, 40]))
        .toArray(),
    ).toEqual([-1, 0]);
    expect(int([1, 2]).exp2()).toMatchObject({ dtype: 'float32' });
  });
});

describe('what is refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['bits of floats', () => c.bitwiseAnd(x, 1), /bitwiseAnd takes bool, uint8 or int32, got float64/],
    ['shifts of floats', () => c.bitwiseLeftShift(x, 1), /bitwiseLeftShift takes/],
    ['an eps of logit', () => c.logit(x, { eps: 2 }), /from 0 to 0\.5/],
    ['a norm of NaN', () => c.norm(x, Number.NaN), /p must be a number/],
    ['an axis of a scan', () => c.cumsum(x, 2), /cumsum: axis 2 is out of range/],
    ['half a difference', () => c.diff(x, 0.5), /whole number from 0 up/],
    ['too few counts', () => c.repeat(x, 2), /one for each axis/],
    ['negative counts', () => c.tile(x, -1), /from 0 up/],
    ['shifts without axes', () => c.roll(x, [1, 2], 0), /2 shifts for 1 axes/],
    ['a turn in one axis', () => c.rot90(x, 1, [0, 0]), /two different axes/],
    ['half a turn', () => c.rot90(x, 0.5), /whole number/],
    ['axes moved to one place', () => c.moveaxis(x, [0, 1], [0, 0]), /as many different axes/],
    ['no pieces', () => c.chunk(x, 0), /from 1 up/],
    ['a triangle of a vector', () => c.tril(f64([1, 2])), /takes matrices/],
    ['a diagonal of a vector', () => c.diagonal(f64([1, 2])), /takes two axes/],
    ['a diag of a cube', () => c.diag(c.zeros([2, 2, 2])), /a vector or a matrix/],
    ['a grid of matrices', () => c.meshgrid([x]), /takes vectors/],
    ['an unknown grid', () => c.meshgrid([], { indexing: 'ji' as 'ij' }), /'ij' or 'xy'/],
    ['a mask of numbers', () => c.maskedFill(x, int([1, 0, 1]), 0), /must be bool/],
    ['a mask too large', () => c.maskedFill(f64([1, 2, 3]), x.gt(0), 0), /does not fit into \[3\]/],
    ['an index out of range', () => c.take(x, [6]).toArray(), /index 6 is out of range/],
    ['indices of another rank', () => c.takeAlongAxis(x, int([0]), 1), /as many axes/],
    ['a source of another shape', () => c.scatterAdd(x, 1, places, x), /they must be equal/],
    ['slices of another shape', () => c.indexAdd(x, 0, [0], x), /it must be \[1, 3\]/],
    ['halves of an odd axis', () => F.glu(x, 1), /only an even one has halves/],
    ['a slope for no channel', () => F.prelu(x, f64([1, 2])), /takes \[1\] or \[3\]/],
    ['celu over 0', () => F.celu(x, { alpha: 0 }), /must not be 0/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
