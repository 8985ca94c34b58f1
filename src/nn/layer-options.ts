/**
 * Options of layers: what those with parameters share, how they are checked and shown.
 */
import type { DType } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import type { Generator } from '../tensor/index.js';

/** Options of layers with a weight and a bias. */
export interface LinearOptions {
  /** Whether a bias is added; yes unless told. */
  bias?: boolean;
  /** float32 unless told. */
  dtype?: DType;
  /** Where the first weights come from; the default generator unless told. */
  generator?: Generator;
}

/** @throws ArgumentError unless `size` is a whole number from 1 up */
export function checkSize(layer: string, what: string, size: number): void {
  if (!Number.isInteger(size) || size < 1)
    throw new ArgumentError(`${layer}: ${what} must be a whole number from 1 up, got ${String(size)}`);
}

/** Options as a layer shows them: those that were given, but where its first weights come from. */
export const optionsText = (options: object): string =>
  Object.entries(options)
    .filter(([name, value]) => value !== undefined && name !== 'generator' && name !== 'dtype')
    .map(([name, value]) => `, ${name}: ${JSON.stringify(value)}`)
    .join('');
