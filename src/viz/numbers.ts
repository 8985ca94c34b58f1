/**
 * Numbers as they stand in pictures.
 */
import type { DType, TypedArray } from '../base/dtype.js';
import type { Shape } from '../base/shape.js';

/** A number with at most four digits after the point; a very large or small one with an exponent. */
export function showNumber(x: number): string {
  const size = Math.abs(x);
  if (size !== 0 && Number.isFinite(x) && (size >= 1e8 || size < 1e-4)) {
    return x
      .toExponential(4)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  }
  return String(Number(x.toFixed(4)));
}

/** The elements of a small tensor in nested brackets, truth values as T and F. */
export function showElements(values: TypedArray, shape: Shape, dtype: DType): string {
  const level = (axis: number, at: number): string => {
    const size = shape[axis];
    if (size === undefined) return dtype === 'bool' ? (values[at] ? 'T' : 'F') : showNumber(values[at] ?? Number.NaN);
    return `[${Array.from({ length: size }, (_, i) => level(axis + 1, at * size + i)).join(', ')}]`;
  };
  return level(0, 0);
}
