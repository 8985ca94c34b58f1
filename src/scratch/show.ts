/**
 * Values as people write them: 2.2 and not 2.2000000000000002.
 */
import { ChainruleError } from '../base/errors.js';
import type { NestedArray } from '../tensor/index.js';
import type { Value } from './value.js';

/** A tensor with more elements than this is named by its shape alone: in text, and in the narrow space of a picture. */
const MOST_ELEMENTS = 6;
const MOST_ON_AN_ARROW = 4;

/** A number with at most `digits` significant digits and no trailing zeros. */
export const showNumber = (x: number, digits = 6): string => String(Number(x.toPrecision(digits)));

/**
 * A number, or a small tensor as nested lists, rounded for people; a larger tensor as its shape (`100×784`, `50 values`).
 * A tensor that cannot be read any more is shown by its shape too: printing never throws. Truth values are T and F, and a
 * field that is still `null` is "(nothing yet)".
 * @param options `digits` are significant digits, `limit` is the largest number of elements that is written out; 6 each unless told.
 */
export function show(
  value: Value | boolean | null,
  { digits = 6, limit = MOST_ELEMENTS }: { digits?: number; limit?: number } = {},
): string {
  if (value === null) return '(nothing yet)';
  if (typeof value !== 'object') return showNested(value, digits);
  if (value.size > limit) return showSizes(value.shape);
  try {
    return showNested(value.toArray(), digits);
  } catch (error) {
    if (error instanceof ChainruleError) return showSizes(value.shape);
    throw error;
  }
}

const showSizes = (shape: readonly number[]): string =>
  shape.length > 1 ? shape.join('×') : `${shape[0] ?? 1} ${shape[0] === 1 || shape.length === 0 ? 'value' : 'values'}`;

function showNested(data: NestedArray, digits: number): string {
  if (Array.isArray(data)) return `[${data.map((part) => showNested(part, digits)).join(', ')}]`;
  if (typeof data === 'number') return showNumber(data, digits);
  return data ? 'T' : 'F';
}

/** What stands above and below an arrow of a picture, as far as it is known. */
export function flowText(
  value: Value | null | undefined,
  grad: Value | null | undefined,
  limit = MOST_ON_AN_ARROW,
): { value?: string; grad?: string } {
  const text = (x: Value): string => show(x, { limit });
  return {
    ...(value === undefined || value === null ? {} : { value: text(value) }),
    ...(grad === undefined || grad === null ? {} : { grad: text(grad) }),
  };
}
