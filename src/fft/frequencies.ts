/**
 * Which frequency stands where, and the order with frequency 0 in the middle.
 */
import { ArgumentError } from '../base/errors.js';
import { normalizeAxis } from '../base/shape.js';
import { arange, roll, type Tensor, type TensorOptions, where } from '../tensor/index.js';
import { nodeOf, showKind } from '../tensor/operands.js';

/** Options of {@link fftshift} and {@link ifftshift}. */
export interface ShiftOptions {
  /** Which axes; all unless told. Of a complex tensor they are counted without the real-imaginary one. */
  readonly axes?: number | readonly number[];
  /** Whether the tensor is real, and its last axis one like the others. False unless told. */
  readonly real?: boolean;
}

function shifted(op: string, x: Tensor, { axes, real = false }: ShiftOptions, by: (n: number) => number): Tensor {
  const { shape } = nodeOf(op, x);
  const rank = shape.length - (real ? 0 : 1);
  const all = axes === undefined ? Array.from({ length: rank }, (_, i) => i) : typeof axes === 'number' ? [axes] : axes;
  const list = all.map((axis) => normalizeAxis(axis, rank, `${op}: axis`));
  return roll(
    x,
    list.map((axis) => by(shape[axis]!)),
    list,
  );
}

/**
 * Frequency 0 moved from the first place to the middle, along all axes but the real-imaginary one, or those named.
 * @example
 * fftshift(tensor([0, 1, 2, -2, -1]), { real: true }) // [-2, -1, 0, 1, 2]
 */
export const fftshift = (x: Tensor, options: ShiftOptions = {}): Tensor =>
  shifted('fftshift', x, options, (n) => Math.floor(n / 2));

/** Undoes {@link fftshift}. */
export const ifftshift = (x: Tensor, options: ShiftOptions = {}): Tensor =>
  shifted('ifftshift', x, options, (n) => -Math.floor(n / 2));

function expectLength(op: string, n: number, spacing: number): void {
  if (!Number.isInteger(n) || n < 1)
    throw new ArgumentError(`${op}: the length must be a whole number from 1 up, got ${showKind(n)}`);
  if (typeof spacing !== 'number' || spacing === 0)
    throw new ArgumentError(
      `${op}: the spacing of the samples must be a number other than 0, got ${showKind(spacing)}`,
    );
}

/**
 * The frequency at each place of a transform of n samples that lie `spacing` apart, in cycles per unit of the spacing.
 * @example
 * fftfreq(4, 0.5) // [0, 0.5, -1, -0.5]
 */
export function fftfreq(n: number, spacing = 1, options: TensorOptions = {}): Tensor {
  expectLength('fftfreq', n, spacing);
  const k = arange(0, n, 1, { dtype: 'float32', ...options });
  return where(k.lt(Math.ceil(n / 2)), k, k.sub(n)).div(n * spacing);
}

/**
 * As {@link fftfreq}, for the frequencies that rfft gives: 0 … ⌊n/2⌋.
 * @example
 * rfftfreq(4, 0.5) // [0, 0.5, 1]
 */
export function rfftfreq(n: number, spacing = 1, options: TensorOptions = {}): Tensor {
  expectLength('rfftfreq', n, spacing);
  return arange(0, Math.floor(n / 2) + 1, 1, { dtype: 'float32', ...options }).div(n * spacing);
}
