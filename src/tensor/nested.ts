/**
 * Between nested arrays and flat ones.
 */
import type { DType, TypedArray } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { type Shape, showShape } from '../base/shape.js';

/** What `toArray()` gives: numbers, or booleans where the dtype is bool. */
export type NestedArray = number | boolean | NestedArray[];

/** What `tensor()` takes: one value, or arrays of values nested to any depth. */
export type NestedData = number | boolean | readonly NestedData[];

/** The values as arrays nested like `shape`. */
export function nest(values: TypedArray, shape: Shape, dtype: DType): NestedArray {
  let at = 0;
  const element = (): number | boolean => (dtype === 'bool' ? values[at++] !== 0 : values[at++]!);
  const level = (axis: number): NestedArray =>
    axis === shape.length ? element() : Array.from({ length: shape[axis]! }, () => level(axis + 1));
  return level(0);
}

export interface Flat {
  readonly values: number[];
  readonly shape: number[];
  /** Whether the elements are booleans. */
  readonly bool: boolean;
}

/** Deeper nesting is taken for an array that contains itself. */
const MOST_AXES = 64;

const place = (path: readonly number[]): string => `data${path.map((i) => `[${i}]`).join('')}`;

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/**
 * Nested arrays as one flat list with its shape.
 * @throws ShapeError for ragged ones, ArgumentError for other elements; both name the place
 */
export function flatten(data: unknown): Flat {
  const shape: number[] = [];
  for (let level = data; isArray(level); level = level[0]) {
    if (shape.length === MOST_AXES)
      throw new ArgumentError(`tensor: the arrays are nested more than ${MOST_AXES} deep`);
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const values: number[] = [];
  const path: number[] = [];
  let bool: boolean | null = null;
  const ragged = (found: string, axis: number): never => {
    const expected = axis === shape.length ? 'a value' : `an array of ${shape[axis]}`;
    throw new ShapeError(
      `tensor: the nested arrays are ragged: ${place(path)} is ${found} where ${expected} is expected; ` +
        `all arrays of one depth must have the same length (the first ones give the shape ${showShape(shape)})`,
    );
  };
  const visit = (value: unknown, axis: number): void => {
    if (isArray(value)) {
      if (axis === shape.length || value.length !== shape[axis]) ragged(`an array of ${value.length}`, axis);
      for (let i = 0; i < value.length; i++) {
        path.push(i);
        visit(value[i], axis + 1);
        path.pop();
      }
      return;
    }
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      const shown =
        typeof value === 'object' && value !== null ? `an object (${value.constructor?.name})` : JSON.stringify(value);
      throw new ArgumentError(
        `tensor: ${place(path)} is ${shown ?? String(value)}; elements are numbers or booleans (nested arrays of tensors: use stack)`,
      );
    }
    if (axis !== shape.length) ragged(String(value), axis);
    const isBool = typeof value === 'boolean';
    if (bool === null) bool = isBool;
    else if (bool !== isBool) {
      throw new ArgumentError(
        `tensor: ${place(path)} is ${value}, but earlier elements are ${bool ? 'booleans' : 'numbers'}; use one kind`,
      );
    }
    values.push(Number(value));
  };
  visit(data, 0);
  return { values, shape, bool: bool ?? false };
}
