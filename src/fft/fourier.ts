/**
 * The transforms as users call them: along any axis, cut or filled to any length, scaled in three ways.
 */
import { floatOf } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { normalizeAxis, showShape, sizeOf } from '../base/shape.js';
import { moveaxis, pad, reshape, slice, type Tensor, to } from '../tensor/index.js';
import { nodeOf, showKind } from '../tensor/operands.js';
import { fromReal, toReal } from './real.js';
import { transform } from './transform.js';

/** Where to divide by n: `backward` in the inverse transform, `forward` in the other, `ortho` by √n in both. */
export type Norm = 'backward' | 'ortho' | 'forward';

/** Options of the transforms along one axis. */
export interface FftOptions {
  /** The length of the transform: the input is cut, or filled with zeros, to it. As long as the input unless told. */
  readonly n?: number;
  /** The axis, counted without the real-imaginary one; the last unless told. */
  readonly axis?: number;
  /** `backward` unless told. */
  readonly norm?: Norm;
}

/** Options of the transforms along two axes. */
export interface Fft2Options {
  /** The lengths along both axes. */
  readonly n?: readonly [number, number];
  /** The two axes, counted without the real-imaginary one; the last two unless told. */
  readonly axes?: readonly [number, number];
  /** `backward` unless told. */
  readonly norm?: Norm;
}

/** What is real, and which way it goes. */
interface Kind {
  readonly op: string;
  readonly realInput: boolean;
  readonly realOutput: boolean;
  readonly inverse: boolean;
}

function scaleOf(op: string, norm: Norm, n: number, inverse: boolean): number {
  if (norm === 'ortho') return 1 / Math.sqrt(n);
  if (norm !== 'backward' && norm !== 'forward')
    throw new ArgumentError(`${op}: norm is 'backward', 'ortho' or 'forward', got ${showKind(norm)}`);
  return (norm === 'backward') === inverse ? 1 / n : 1;
}

/** The length to transform. @throws ArgumentError unless it is a whole number from 1 up */
function lengthOf(op: string, wanted: number | undefined, natural: number): number {
  const n = wanted ?? natural;
  if (Number.isInteger(n) && n >= 1) return n;
  const remedy = wanted === undefined ? 'the axis is too short: name a length, as in { n: 8 }' : `got ${showKind(n)}`;
  throw new ArgumentError(`${op}: the length n must be a whole number from 1 up; ${remedy}`);
}

/** Elements 0 … n − 1 of axis 1, with zeros for those that x lacks. */
function fitted(x: Tensor, n: number): Tensor {
  const have = x.shape[1]!;
  if (have >= n) return slice(x, null, [0, n]);
  return pad(
    x,
    x.shape.map((_, i) => [0, i === 1 ? n - have : 0]),
  );
}

function along(x: Tensor, { op, realInput, realOutput, inverse }: Kind, options: FftOptions): Tensor {
  const { shape, dtype } = nodeOf(op, x);
  if (!realInput && shape.at(-1) !== 2)
    throw new ShapeError(
      `${op}: takes complex numbers as a last axis of 2, the real and the imaginary part; got shape ${showShape(shape)}` +
        (inverse ? '' : `; for real numbers there is r${op}`),
    );
  const { axis = -1, norm = 'backward' } = options;
  const rank = shape.length - (realInput ? 0 : 1);
  const at = normalizeAxis(axis, rank, `${op}: axis`);
  const n = lengthOf(op, options.n, realOutput ? 2 * (shape[at]! - 1) : shape[at]!);
  const scale = scaleOf(op, norm, n, inverse);
  const last = moveaxis(to(x, floatOf(dtype)), at, rank - 1);
  const batch = last.shape.slice(0, rank - 1);
  const flat = reshape(last, [sizeOf(batch), ...last.shape.slice(rank - 1)]);
  const whole = fitted(flat, realOutput ? Math.floor(n / 2) + 1 : n);
  const made = realInput ? fromReal(whole) : realOutput ? toReal(whole, n) : transform(whole, inverse ? 1 : -1);
  const scaled = scale === 1 ? made : made.mul(scale);
  return moveaxis(reshape(scaled, [...batch, ...made.shape.slice(1)]), rank - 1, at);
}

const FFT: Kind = { op: 'fft', realInput: false, realOutput: false, inverse: false };
const IFFT: Kind = { op: 'ifft', realInput: false, realOutput: false, inverse: true };
const RFFT: Kind = { op: 'rfft', realInput: true, realOutput: false, inverse: false };
const IRFFT: Kind = { op: 'irfft', realInput: false, realOutput: true, inverse: true };

/**
 * Σⱼ x[j]·e^(−2πi·jk/n) for k = 0 … n − 1 along an axis of complex x [..., 2].
 * @throws ShapeError unless the last axis has size 2
 * @example
 * fft(tensor([[1, 0], [2, 0], [3, 0], [4, 0]])).round().abs() // [[10, 0], [2, 2], [2, 0], [2, 2]]
 */
export const fft = (x: Tensor, options: FftOptions = {}): Tensor => along(x, FFT, options);

/**
 * The inverse of {@link fft}: Σₖ x[k]·e^(2πi·jk/n) / n.
 * @example
 * ifft(tensor([[4, 0], [0, 0], [0, 0], [0, 0]])) // [[1, 0], [1, 0], [1, 0], [1, 0]]
 */
export const ifft = (x: Tensor, options: FftOptions = {}): Tensor => along(x, IFFT, options);

/**
 * {@link fft} of real numbers: the frequencies 0 … ⌊n/2⌋ alone, as complex numbers [..., 2]; the others are their conjugates.
 * @example
 * rfft(tensor([1, 1, 1, 1])).round().abs() // [[4, 0], [0, 0], [0, 0]]
 */
export const rfft = (x: Tensor, options: FftOptions = {}): Tensor => along(x, RFFT, options);

/**
 * The inverse of {@link rfft}: n real numbers from the frequencies 0 … ⌊n/2⌋. n is even unless told, 2·(m − 1) for m frequencies; name it where it was odd. The
 * imaginary part of frequency 0, and of the last for even n, counts as 0.
 * @example
 * irfft(tensor([[4, 0], [0, 0], [0, 0]])) // [1, 1, 1, 1]
 */
export const irfft = (x: Tensor, options: FftOptions = {}): Tensor => along(x, IRFFT, options);

/** One transform along the second of two axes and one along the first, in the order in which they fit. */
function inPlane(x: Tensor, kind: Kind, { n, axes = [-2, -1], norm = 'backward' }: Fft2Options): Tensor {
  const op = `${kind.op}2`;
  const rank = nodeOf(op, x).shape.length - (kind.realInput ? 0 : 1);
  const [first, second] = [normalizeAxis(axes[0], rank, `${op}: axis`), normalizeAxis(axes[1], rank, `${op}: axis`)];
  if (first === second) throw new ArgumentError(`${op}: takes two different axes, got ${showShape(axes)}`);
  const outer: Kind = { op, realInput: false, realOutput: false, inverse: kind.inverse };
  const alongFirst = (y: Tensor): Tensor => along(y, outer, { n: n?.[0], axis: first, norm });
  const alongSecond = (y: Tensor): Tensor => along(y, { ...kind, op }, { n: n?.[1], axis: second, norm });
  return kind.realOutput ? alongSecond(alongFirst(x)) : alongFirst(alongSecond(x));
}

/**
 * {@link fft} along two axes: the last two of complex x [..., m, n, 2] unless told.
 * @example
 * fft2(tensor([[[1, 0], [1, 0]], [[1, 0], [1, 0]]])).slice(0, 0) // [4, 0]
 */
export const fft2 = (x: Tensor, options: Fft2Options = {}): Tensor => inPlane(x, FFT, options);

/** The inverse of {@link fft2}. */
export const ifft2 = (x: Tensor, options: Fft2Options = {}): Tensor => inPlane(x, IFFT, options);

/**
 * {@link fft2} of real x [..., m, n]: [..., m, ⌊n/2⌋ + 1, 2].
 * @example
 * rfft2(tensor([[1, 1], [1, 1]])).slice(0, 0) // [4, 0]
 */
export const rfft2 = (x: Tensor, options: Fft2Options = {}): Tensor => inPlane(x, RFFT, options);

/** The inverse of {@link rfft2}; as for {@link irfft}, an odd length of the second axis has to be named. */
export const irfft2 = (x: Tensor, options: Fft2Options = {}): Tensor => inPlane(x, IRFFT, options);
