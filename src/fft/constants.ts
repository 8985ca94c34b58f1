/**
 * The constants of a transform, made in float64 and rounded once: matrices of small transforms, and factors e^(iφ).
 */
import { allocate, type DType, type TypedArray } from '../base/dtype.js';
import { sizeOf } from '../base/shape.js';
import { asTensor, type Tensor } from '../tensor/index.js';

/** Arrays made so far, oldest first, and how many elements are kept at most. */
const made = new Map<string, TypedArray>();
const MOST = 2 ** 23;
let kept = 0;

/** The constant that `key` names, as a tensor; `fill` makes its elements the first time. */
export function constant(key: string, shape: readonly number[], dtype: DType, fill: (out: TypedArray) => void): Tensor {
  const name = `${key} ${dtype}`;
  let array = made.get(name);
  if (!array) {
    array = allocate(dtype, sizeOf(shape));
    fill(array);
    made.set(name, array);
    kept += array.length;
    for (const [old, { length }] of made) {
      if (kept <= MOST || old === name) break;
      made.delete(old);
      kept -= length;
    }
  }
  return asTensor(array, { shape });
}

/** 2π · part / whole, of the part that is left beyond whole turns. */
export const angle = (part: number, whole: number): number => (2 * Math.PI * (part % whole)) / whole;

/**
 * The matrix [n, 2, n, 2] of a transform of n elements: from the real and imaginary part of each to those of each frequency.
 * `sign` is that of the exponent.
 */
export const transformMatrix = (n: number, sign: number, dtype: DType): Tensor =>
  constant(`matrix ${n} ${sign}`, [n, 2, n, 2], dtype, (out) => {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const turn = sign * angle(j * k, n);
        const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
        const [re, im] = [(2 * j * n + k) * 2, ((2 * j + 1) * n + k) * 2];
        out[re] = cos;
        out[re + 1] = sin;
        out[im] = -sin;
        out[im + 1] = cos;
      }
    }
  });

/** A complex number for each place, in row-major order: its real and its imaginary part. */
export type Complex = (at: number) => readonly [re: number, im: number];

/**
 * x[..., 2], complex, times constants, one for each place of the last complex axes, whose sizes are `shape`: (a + ib)(c + id) is c·(a, b) + d·(−b, a), which needs x and its
 * parts exchanged, and nothing put together.
 */
export function timesConstants(x: Tensor, key: string, shape: readonly number[], value: Complex): Tensor {
  const count = sizeOf(shape);
  const of = (name: string, pair: (re: number, im: number) => readonly [number, number]): Tensor =>
    constant(`${name} ${key}`, [...shape, 2], x.dtype, (out) => {
      for (let at = 0; at < count; at++) out.set(pair(...value(at)), 2 * at);
    });
  const straight = of('straight', (re) => [re, re]);
  const crossed = of('crossed', (_, im) => [-im, im]);
  return x.mul(straight).add(x.flip(-1).mul(crossed));
}
