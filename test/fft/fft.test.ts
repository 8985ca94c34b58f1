/**
 * Fourier transforms of every kind of length against the definition, with what must hold of them, their gradients and errors.
 */
import {
  fft,
  fft2,
  fftfreq,
  fftshift,
  ifft,
  ifft2,
  ifftshift,
  irfft,
  irfft2,
  rfft,
  rfft2,
  rfftfreq,
} from 'chainrule/fft';
import { describe, expect, it } from 'vitest';
import {
  compile,
  type DType,
  gradcheck,
  gradgradcheck,
  manualSeed,
  randn,
  settings,
  type Tensor,
  tensor,
} from '../../src/index.js';

// Fixtures go through every engine; here compiling would take longer than computing.
settings({ engine: 'wasm' });

const drawn = (shape: readonly number[], dtype: DType = 'float64'): Tensor => {
  manualSeed(shape.reduce((a, b) => 31 * a + b, 7));
  return randn(shape, { dtype }).realize();
};
const largest = (x: Tensor): number => x.abs().max().item();

/** Frequency k of x [n, 2] by its definition. */
function frequency(x: ArrayLike<number>, n: number, k: number): [number, number] {
  let [re, im] = [0, 0];
  for (let j = 0; j < n; j++) {
    const turn = (-2 * Math.PI * ((j * k) % n)) / n;
    re += x[2 * j]! * Math.cos(turn) - x[2 * j + 1]! * Math.sin(turn);
    im += x[2 * j]! * Math.sin(turn) + x[2 * j + 1]! * Math.cos(turn);
  }
  return [re, im];
}

const SHORT = Array.from({ length: 40 }, (_, i) => i + 1);
// Composite, prime, twice a large prime, a product of large primes, powers of two.
const LONG = [65, 97, 128, 194, 1000, 1009, 4096, 67 * 71];

describe.each(['float32', 'float64'] as const)('in %s', (dtype) => {
  const epsilon = dtype === 'float32' ? 2 ** -24 : 2 ** -53;
  const lengths = dtype === 'float64' ? [...SHORT, ...LONG] : [1, 2, 7, 12, ...LONG];

  it.each(lengths)('length %d', (n) => {
    const x = drawn([2, n, 2], dtype);
    const values = x.typedArray();
    const size = 16 * epsilon * Math.sqrt(n) * Math.log2(n + 1);
    const y = fft(x);
    expect(y.dtype).toBe(dtype);
    const found = y.typedArray();
    const step = Math.max(1, Math.floor(n / 40));
    for (let k = 0; k < n; k += step) {
      const [re, im] = frequency(values.subarray(2 * n), n, k);
      expect(Math.abs(found[2 * n + 2 * k]! - re), `real part of frequency ${k}`).toBeLessThanOrEqual(size);
      expect(Math.abs(found[2 * n + 2 * k + 1]! - im), `imaginary part of frequency ${k}`).toBeLessThanOrEqual(size);
    }
    expect(largest(ifft(y).sub(x))).toBeLessThanOrEqual(size);
    // Parseval: the transform that divides by √n keeps lengths.
    const energy = (z: Tensor): number => z.square().sum().item();
    expect(Math.abs(energy(fft(x, { norm: 'ortho' })) / energy(x) - 1)).toBeLessThanOrEqual(32 * epsilon);
    // Real numbers have the frequencies of complex ones.
    const real = x.slice('...', 0);
    const whole = fft(x.mul(tensor([1, 0], { dtype })));
    const half = Math.floor(n / 2) + 1;
    expect(rfft(real).shape).toEqual([2, half, 2]);
    expect(largest(rfft(real).sub(whole.slice(null, [0, half])))).toBeLessThanOrEqual(size);
    expect(largest(irfft(rfft(real), { n }).sub(real))).toBeLessThanOrEqual(size);
  });
});

// By the definition the prime alone would take more than 4·10⁹ products.
it('lengths at which n² steps are too many', () => {
  for (const n of [2 ** 16, 65537]) {
    const x = drawn([n, 2], 'float32');
    const y = fft(x);
    const [re, im] = frequency(x.typedArray(), n, 12345);
    const [r, i] = y.slice(12345).toArray() as [number, number];
    expect(Math.hypot(r - re, i - im)).toBeLessThan(1e-3 * Math.sqrt(n));
  }
});

describe('forms', () => {
  it('two axes are one after the other', () => {
    const x = drawn([3, 6, 5, 2]);
    expect(largest(fft2(x).sub(fft(fft(x), { axis: -2 })))).toBeLessThan(1e-13);
    expect(largest(ifft2(fft2(x)).sub(x))).toBeLessThan(1e-14);
    const real = drawn([6, 5, 3]);
    const axes = [0, 1] as const;
    expect(rfft2(real, { axes }).shape).toEqual([6, 3, 3, 2]);
    expect(largest(irfft2(rfft2(real, { axes }), { axes, n: [6, 5] }).sub(real))).toBeLessThan(1e-14);
  });

  it('imaginary parts that real numbers do not have count as 0', () => {
    const x = drawn([5, 2]);
    const odd = x.mul(
      tensor(
        [
          [1, 0],
          [1, 1],
          [1, 1],
          [1, 1],
          [1, 1],
        ],
        { dtype: 'float64' },
      ),
    );
    expect(irfft(x, { n: 9 }).toArray()).toEqual(irfft(odd, { n: 9 }).toArray());
    const even = odd.mul(
      tensor(
        [
          [1, 1],
          [1, 1],
          [1, 1],
          [1, 1],
          [1, 0],
        ],
        { dtype: 'float64' },
      ),
    );
    expect(irfft(x).toArray()).toEqual(irfft(even).toArray());
    const nan = irfft(
      tensor([
        [4, NaN],
        [0, 0],
        [0, NaN],
      ]),
    );
    expect(nan.toArray()).toEqual([1, 1, 1, 1]);
  });

  it('in a captured function, again and again', () => {
    const captured = compile((x: Tensor) => ifft(fft(x).mul(2)));
    for (const seed of [134, 135]) {
      const x = drawn([seed, 2]);
      for (let time = 0; time < 2; time++) expect(largest(captured(x).sub(x.mul(2)))).toBeLessThan(1e-13);
    }
  });

  it.each([5, 8, 12, 31])('of %i numbers, one of them not finite, is finite nowhere', (n) => {
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = tensor(Array.from({ length: n }, (_, i) => (i === 2 ? odd : i)));
      // Each result is a complex number, of which one part is enough.
      expect(rfft(x).isfinite().all(-1).any().item()).toBe(0);
      expect(
        fft(x.unsqueeze(-1).mul(tensor([1, 0.5])))
          .isfinite()
          .all(-1)
          .any()
          .item(),
      ).toBe(0);
    }
  });

  it('of no rows is no rows', () => {
    expect(fft(drawn([0, 6, 2])).shape).toEqual([0, 6, 2]);
    expect(rfft(drawn([0, 6])).toArray()).toEqual([]);
  });

  it('shifts and frequencies', () => {
    for (const n of [1, 4, 5]) {
      const x = drawn([n, 3, 2]);
      expect(ifftshift(fftshift(x)).toArray()).toEqual(x.toArray());
      const order = fftshift(fftfreq(n), { real: true }).typedArray();
      expect([...order]).toEqual([...order].sort((a, b) => a - b));
    }
    expect(
      fftshift(
        tensor([
          [0, 1],
          [2, 3],
          [4, 5],
        ]),
      ).toArray(),
    ).toEqual([
      [4, 5],
      [0, 1],
      [2, 3],
    ]);
    expect(rfftfreq(5, 0.1, { dtype: 'float64' }).toArray()).toEqual([0, 2, 4]);
  });
});

describe('gradients', () => {
  it.each<[string, (x: Tensor) => Tensor, number[]]>([
    ['fft', (x) => fft(x), [2, 6, 2]],
    ['fft of a composite length', (x) => fft(x.reshape(35, 2), { n: 70, norm: 'forward' }).slice([3, 9]), [5, 7, 2]],
    ['fft of a prime length', (x) => fft(x, { n: 67 }).slice([3, 9]), [4, 2]],
    ['ifft', (x) => ifft(x, { axis: 0, norm: 'ortho' }), [3, 2, 2]],
    ['rfft', (x) => rfft(x), [2, 6]],
    ['rfft, odd', (x) => rfft(x), [5]],
    ['irfft', (x) => irfft(x), [4, 2]],
    ['irfft, odd', (x) => irfft(x, { n: 7 }), [4, 2]],
    ['fft2', (x) => fft2(x), [3, 4, 2]],
    ['rfft2', (x) => rfft2(x), [3, 4]],
  ])('%s', (_, fn, shape) => {
    gradcheck(fn, [drawn(shape)]);
    gradgradcheck((x: Tensor) => fn(x).square(), [drawn(shape)]);
  });
});

describe('refused', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'real numbers',
      () => fft(drawn([4, 3])),
      /fft: takes complex numbers as a last axis of 2.*\[4, 3\]; for real numbers there is rfft/,
    ],
    ['a length', () => fft(drawn([4, 2]), { n: 0 }), /fft: the length n must be a whole number from 1 up; got 0/],
    ['no length', () => irfft(drawn([1, 2])), /irfft: .*name a length/],
    ['an axis', () => fft(drawn([4, 2]), { axis: 1 }), /fft: axis/],
    [
      'a norm',
      () => Reflect.apply(ifft, null, [drawn([4, 2]), { norm: 'none' }]),
      /'backward', 'ortho' or 'forward', got the string "none"/,
    ],
    ['equal axes', () => fft2(drawn([4, 3, 2]), { axes: [0, -2] }), /fft2: takes two different axes/],
    ['a length of frequencies', () => fftfreq(0), /from 1 up, got 0/],
    ['a spacing', () => rfftfreq(4, 0), /other than 0/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
