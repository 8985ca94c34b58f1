/**
 * Shapes: lists of sizes, interned, so that equal shapes are the same object and carry a small number.
 * Also the arithmetic on them that every room needs: counting, axes, broadcasting.
 */
import { ArgumentError, ShapeError } from './errors.js';

/** An interned, frozen list of sizes. `[]` is the shape of a scalar. */
export type Shape = readonly number[];

const ID = Symbol('shape id');
interface Interned extends ReadonlyArray<number> {
  readonly [ID]?: number;
}

const table = new Map<string, Shape>();
let count = 0;

/** Most elements a tensor may have: kernels index with 31 bits. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

/** The one object for these sizes. @throws ShapeError for a size that is negative, fractional or too large. */
export function internShape(dims: readonly number[]): Shape {
  if ((dims as Interned)[ID] !== undefined) return dims;
  const key = dims.join(',');
  const known = table.get(key);
  if (known) return known;
  let total = 1;
  for (const n of dims) {
    if (!Number.isInteger(n) || n < 0) {
      throw new ShapeError(`a shape holds whole numbers from 0 up, got [${dims.join(', ')}]`);
    }
    total *= n;
  }
  if (total > MAX_ELEMENTS) {
    throw new ShapeError(
      `the shape [${dims.join(', ')}] has ${total} elements; at most ${MAX_ELEMENTS} fit in one tensor`,
    );
  }
  const shape = [...dims];
  Object.defineProperty(shape, ID, { value: count++ });
  Object.freeze(shape);
  // Shapes are few in any program; a runaway producer of new ones starts the table afresh (ids stay unique).
  if (table.size > 100_000) table.clear();
  table.set(key, shape);
  return shape;
}

/** The small number of an interned shape. */
export const shapeId = (shape: Shape): number => (shape as Interned)[ID] ?? shapeId(internShape(shape));

export const SCALAR: Shape = internShape([]);

/** How many elements a shape has. */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i]!;
  return n;
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a === b || (a.length === b.length && a.every((n, i) => n === b[i]));

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let n = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = n;
    n *= shape[i]!;
  }
  return strides;
}

/** How a shape is shown in messages and prints: `[2, 3]`. */
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** `axis` counted from the front. @throws ShapeError outside −rank … rank−1. */
export function normalizeAxis(axis: number, rank: number, what = 'axis'): number {
  if (!Number.isInteger(axis)) throw new ArgumentError(`${what} must be a whole number, got ${String(axis)}`);
  const from = axis < 0 ? axis + rank : axis;
  if (from < 0 || from >= rank) {
    const range = rank === 0 ? 'a scalar has no axes' : `expected ${-rank} … ${rank - 1}`;
    throw new ShapeError(
      `${what} ${axis} is out of range for a tensor with ${rank} ${rank === 1 ? 'axis' : 'axes'}: ${range}`,
    );
  }
  return from;
}

/** Axes counted from the front, ascending, each once. `undefined` means all. */
export function normalizeAxes(axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map((a) => normalizeAxis(a, rank));
  list.sort((a, b) => a - b);
  for (let i = 1; i < list.length; i++) {
    if (list[i] === list[i - 1]) throw new ShapeError(`axis ${list[i]} is named twice`);
  }
  return list;
}

/** NumPy's broadcasting of shapes. @throws ShapeError naming `what` and both shapes. */
export function broadcastShapes(a: Shape, b: Shape, what = 'broadcast'): Shape {
  if (a === b) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const m = a[i - (rank - a.length)] ?? 1;
    const n = b[i - (rank - b.length)] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        `${what}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast: ` +
          `axis ${i - rank} has sizes ${m} and ${n}; sizes must be equal, or one of them 1`,
      );
    }
    out[i] = m === 1 ? n : m;
  }
  return internShape(out);
}
