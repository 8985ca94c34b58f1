/**
 * The discrete Fourier transform of any length in n log n steps: small ones as products with a matrix; composite lengths after Cooley and Tukey (1965);
 * lengths without small divisors after Bluestein (1970), as a convolution. All of it is made of other functions, so gradients follow.
 */
import { apply } from '../ir/node.js';
import { contract } from '../ops/index.js';
import { pad, slice, Tensor } from '../tensor/index.js';
import { angle, type Complex, timesConstants, transformMatrix } from './constants.js';

/** Up to this length a transform is one product with a matrix. */
const SMALL = 64;

/** The length of the first of the transforms that one of n is made of: a divisor of n up to SMALL that leaves about equal ones; 1 if there is none. */
function firstOf(n: number): number {
  const stages = Math.ceil(Math.log(n) / Math.log(SMALL) - 1e-9);
  const ideal = n ** (1 / stages) - 1e-9;
  let best = 1;
  for (let r = 2; r <= SMALL; r++) {
    if (n % r !== 0) continue;
    best = r;
    if (r >= ideal) break;
  }
  return best;
}

/** Σⱼ x[j]·e^(sign·2πi·jk/n) for x [batch, n, 2]: of the same shape, not scaled. */
export function transform(x: Tensor, sign: 1 | -1): Tensor {
  const [batch, n] = x.shape as readonly [number, number];
  if (n <= 1) return x;
  if (n <= SMALL) return small(x.reshape(batch, n, 1, 2), sign).reshape(batch, n, 2);
  const r = firstOf(n);
  if (r === 1) return bluestein(x, sign);
  const m = n / r;
  // j = m·j₁ + j₂ and k = k₁ + r·k₂: over j₁, times e^(2πi·j₂·k₁/n), then over j₂.
  const first = small(x.reshape(batch, r, m, 2), sign);
  const turned = timesConstants(first, `twiddle ${m} ${r} ${sign}`, [m, r], (at) =>
    unit(sign * angle(Math.floor(at / r) * (at % r), n)),
  );
  const second = transform(turned.permute(0, 2, 1, 3).reshape(batch * r, m, 2), sign);
  return second.reshape(batch, r, m, 2).permute(0, 2, 1, 3).reshape(batch, n, 2);
}

const unit = (turn: number): ReturnType<Complex> => [Math.cos(turn), Math.sin(turn)];

/** Over the second axis of x [batch, n, m, 2]: [batch, m, n, 2]. */
function small(x: Tensor, sign: 1 | -1): Tensor {
  const [BATCH, J, M, PART, K, OUT] = [0, 1, 2, 3, 4, 5] as const;
  const matrix = transformMatrix(x.shape[1]!, sign, x.dtype);
  const labels = { a: [BATCH, J, M, PART], b: [J, PART, K, OUT], out: [BATCH, M, K, OUT] };
  return new Tensor(apply(contract, [x.node, matrix.node], labels));
}

/**
 * By 2jk = j² + k² − (k − j)²: the convolution of x[j]·c[j] with the conjugates of c, times c[k], where c[j] = e^(sign·πi·j²/n). The convolution is a product
 * between transforms of a power of two.
 */
function bluestein(x: Tensor, sign: 1 | -1): Tensor {
  const n = x.shape[1]!;
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const chirp: Complex = (j) => unit(sign * angle((j * j) % (2 * n), 2 * n));
  const key = `chirp ${n} ${sign}`;
  const spread = pad(timesConstants(x, key, [n], chirp), [
    [0, 0],
    [0, length - n],
    [0, 0],
  ]);
  let spectrum: Float64Array | null = null;
  const kernel: Complex = (k) => {
    spectrum ??= kernelSpectrum(n, length, chirp);
    return [spectrum[2 * k]! / length, spectrum[2 * k + 1]! / length];
  };
  const product = timesConstants(transform(spread, 1), `kernel ${n} ${sign}`, [length], kernel);
  const back = slice(transform(product, -1), null, [0, n]);
  return timesConstants(back, key, [n], chirp);
}

/** The transform of the conjugates of c from −(n − 1) to n − 1, wrapped round. */
function kernelSpectrum(n: number, length: number, chirp: Complex): Float64Array {
  const x = new Float64Array(2 * length);
  for (let j = 0; j < n; j++) {
    const [re, im] = chirp(j);
    for (const at of [j, (length - j) % length]) {
      x[2 * at] = re;
      x[2 * at + 1] = -im;
    }
  }
  return powerOfTwo(x, 0, length, 1);
}

/** The transform, with a positive exponent, of `n` (a power of two) complex numbers of x, `step` apart from number `at` on. */
function powerOfTwo(x: Float64Array, at: number, n: number, step: number): Float64Array {
  if (n === 1) return x.slice(2 * at, 2 * at + 2);
  const even = powerOfTwo(x, at, n / 2, 2 * step);
  const odd = powerOfTwo(x, at + step, n / 2, 2 * step);
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n / 2; k++) {
    const [c, s] = unit(angle(k, n));
    const [re, im] = [odd[2 * k]!, odd[2 * k + 1]!];
    const [p, q] = [c * re - s * im, s * re + c * im];
    out[2 * k] = even[2 * k]! + p;
    out[2 * k + 1] = even[2 * k + 1]! + q;
    out[2 * k + n] = even[2 * k]! - p;
    out[2 * k + n + 1] = even[2 * k + 1]! - q;
  }
  return out;
}
