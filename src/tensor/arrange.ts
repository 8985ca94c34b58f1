/**
 * The same elements repeated, moved around or cut along diagonals: all of it index arithmetic, which fuses with what
 * reads it.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, normalizeAxis, type Shape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { cat } from './joining.js';
import { listOf, nodeOf, showKind } from './operands.js';
import { expand, flip, type List, permute, reshape, transpose, unsqueeze } from './shape.js';
import { pad, slice, split } from './slicing.js';
import { Tensor } from './tensor.js';

function expectWhole(op: string, what: string, value: unknown): void {
  if (!Number.isInteger(value))
    throw new ArgumentError(`${op}: ${what} must be a whole number, got ${showKind(value)}`);
}

/** Each axis of x `counts` times over, for as many counts as axes. */
function repeated(op: string, x: Tensor, counts: readonly number[]): Tensor {
  const { shape } = x;
  for (const n of counts) {
    if (!Number.isInteger(n) || n < 0)
      throw new ArgumentError(`${op}: counts are whole numbers from 0 up, got ${showShape(counts)}`);
  }
  const apart = reshape(
    x,
    shape.flatMap((n) => [1, n]),
  );
  const grown = expand(
    apart,
    shape.flatMap((n, i) => [counts[i]!, n]),
  );
  return reshape(
    grown,
    shape.map((n, i) => n * counts[i]!),
  );
}

/**
 * x laid side by side as often as the counts say, one for each axis; more counts add axes in front (as PyTorch's
 * `repeat`). @throws ShapeError for fewer counts than axes
 * @example
 * repeat(tensor([1, 2]), 2, 2) // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function repeat(x: Tensor, ...counts: List): Tensor {
  const { shape } = nodeOf('repeat', x);
  const list = listOf('repeat', counts);
  const missing = list.length - shape.length;
  if (missing < 0)
    throw new ShapeError(
      `repeat: ${list.length} counts for a tensor of shape ${showShape(shape)}: name one for each axis (tile takes fewer)`,
    );
  return repeated('repeat', reshape(x, [...new Array<number>(missing).fill(1), ...shape]), list);
}

/**
 * As {@link repeat}; where there are fewer counts than axes, the first axes are taken once (as NumPy's `tile`).
 * @example
 * tile(tensor([[1, 2], [3, 4]]), 2) // [[1, 2, 1, 2], [3, 4, 3, 4]]
 */
export function tile(x: Tensor, ...counts: List): Tensor {
  const { shape } = nodeOf('tile', x);
  const list = listOf('tile', counts);
  const rank = Math.max(list.length, shape.length);
  const full = (values: readonly number[]): number[] => [...new Array<number>(rank - values.length).fill(1), ...values];
  return repeated('tile', reshape(x, full(shape)), full(list));
}

/** Elements `from` … `end` − 1 of an axis. */
const part = (x: Tensor, axis: number, from: number, end: number): Tensor =>
  slice(x, ...x.shape.map((_, i) => (i === axis ? ([from, end] as const) : null)));

/**
 * Elements moved along an axis by `shift` places; what falls out behind comes in again in front. Several axes take as
 * many shifts; with no axis named the elements are moved in row-major order.
 * @example
 * roll(tensor([1, 2, 3]), 1) // [3, 1, 2]
 */
export function roll(x: Tensor, shift: number | readonly number[], axes?: number | readonly number[]): Tensor {
  const { shape } = nodeOf('roll', x);
  const shifts = typeof shift === 'number' ? [shift] : shift;
  for (const by of shifts) expectWhole('roll', 'a shift', by);
  if (axes === undefined) {
    const whole = shifts.reduce((a, b) => a + b, 0);
    return reshape(roll(reshape(x, [sizeOf(shape)]), whole, 0), shape);
  }
  const list = typeof axes === 'number' ? [axes] : axes;
  if (list.length !== shifts.length)
    throw new ArgumentError(`roll: ${shifts.length} shifts for ${list.length} axes; there must be one for each`);
  return list.reduce((y, axis, i) => {
    const along = normalizeAxis(axis, shape.length, 'roll: axis');
    const n = shape[along]!;
    const by = n === 0 ? 0 : ((shifts[i]! % n) + n) % n;
    return by === 0 ? y : cat([part(y, along, n - by, n), part(y, along, 0, n - by)], along);
  }, x);
}

/**
 * Turned by `quarters` · 90° in the plane of two axes, from the first towards the second.
 * @example
 * rot90(tensor([[1, 2], [3, 4]])) // [[2, 4], [1, 3]]
 */
export function rot90(x: Tensor, quarters = 1, axes: readonly [number, number] = [0, 1]): Tensor {
  const { shape } = nodeOf('rot90', x);
  expectWhole('rot90', 'the number of quarters', quarters);
  const a = normalizeAxis(axes[0], shape.length, 'rot90: axis');
  const b = normalizeAxis(axes[1], shape.length, 'rot90: axis');
  if (a === b) throw new ArgumentError(`rot90: takes two different axes, got ${showShape(axes)}`);
  const turns = ((quarters % 4) + 4) % 4;
  if (turns === 0) return x;
  if (turns === 2) return flip(x, [a, b]);
  return turns === 1 ? flip(transpose(x, a, b), a) : transpose(flip(x, a), a, b);
}

/**
 * Axes moved to other places; the others keep their order.
 * @example
 * moveaxis(ones([2, 3, 4]), 0, -1).shape // [3, 4, 2]
 */
export function moveaxis(x: Tensor, from: number | readonly number[], to: number | readonly number[]): Tensor {
  const { shape } = nodeOf('moveaxis', x);
  const places = (axes: number | readonly number[]): number[] =>
    (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis(axis, shape.length, 'moveaxis: axis'));
  const [source, target] = [places(from), places(to)];
  if (
    source.length !== target.length ||
    new Set(source).size !== source.length ||
    new Set(target).size !== target.length
  )
    throw new ArgumentError(
      `moveaxis: ${showShape(source)} cannot move to ${showShape(target)}: as many different axes on either side`,
    );
  const rest = shape.flatMap((_, i) => (source.includes(i) ? [] : [i]));
  const order = shape.map((_, i) => (target.includes(i) ? source[target.indexOf(i)]! : rest.shift()!));
  return permute(x, order);
}

/**
 * Two axes exchanged.
 * @example
 * swapaxes(ones([2, 3, 4]), 0, 2).shape // [4, 3, 2]
 */
export const swapaxes = (x: Tensor, a: number, b: number): Tensor => transpose(x, a, b);

/**
 * x in `count` pieces along an axis, all of one size but the last, which may be smaller; or fewer if x has not enough.
 * @example
 * chunk(tensor([1, 2, 3, 4, 5]), 2).map((part) => part.toArray()) // [[1, 2, 3], [4, 5]]
 */
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  const { shape } = nodeOf('chunk', x);
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError(`chunk: the number of pieces must be a whole number from 1 up, got ${showKind(count)}`);
  const size = shape[normalizeAxis(axis, shape.length, 'chunk: axis')]!;
  return split(x, Math.max(1, Math.ceil(size / count)), axis);
}

/** Column minus row at every place of the last two axes, as int32. */
function columnMinusRow(op: string, shape: Shape): Node {
  const rank = shape.length;
  if (rank < 2) throw new ShapeError(`${op}: takes matrices, in the last two axes; got shape ${showShape(shape)}`);
  return apply(ops.sub, [ops.iotaNode(shape, rank - 1), ops.iotaNode(shape, rank - 2)]);
}

const triangle =
  (op: string, keeps: (offset: Node, diagonal: Node) => Node) =>
  (x: Tensor, diagonal = 0): Tensor => {
    const node = nodeOf(op, x);
    expectWhole(op, 'the diagonal', diagonal);
    const offset = columnMinusRow(op, node.shape);
    const keep = keeps(offset, ops.constantNode(diagonal, node.shape, 'int32'));
    return new Tensor(apply(ops.where, [keep, node, ops.constantNode(0, node.shape, node.dtype)]));
  };

/**
 * The last two axes with 0 above a diagonal: 0 is the main one, positive ones lie above it.
 * @example
 * tril(tensor([[1, 2], [3, 4]])) // [[1, 0], [3, 4]]
 */
export const tril = triangle('tril', (offset, diagonal) => apply(ops.le, [offset, diagonal]));

/**
 * The last two axes with 0 below a diagonal: 0 is the main one, positive ones lie above it.
 * @example
 * triu(tensor([[1, 2], [3, 4]]), 1) // [[0, 2], [0, 0]]
 */
export const triu = triangle('triu', (offset, diagonal) => apply(ops.le, [diagonal, offset]));

/**
 * A diagonal of the plane of two axes, which become one, the last: element i is x[…, i, …, i + offset, …]. Negative
 * offsets lie below the main diagonal.
 * @example
 * diagonal(tensor([[1, 2], [3, 4]])) // [1, 4]
 * diagonal(ones([5, 3, 4]), 1, 1, 2).shape // [5, 3]
 */
export function diagonal(x: Tensor, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  const { shape } = nodeOf('diagonal', x);
  expectWhole('diagonal', 'the offset', offset);
  if (shape.length < 2) throw new ShapeError(`diagonal: takes two axes, got a tensor of shape ${showShape(shape)}`);
  const moved = moveaxis(x, [axis1, axis2], [-2, -1]);
  const [rows, columns] = [moved.shape.at(-2)!, moved.shape.at(-1)!];
  const count = Math.max(0, offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns));
  const batch = moved.shape.slice(0, -2);
  const flat = reshape(moved, [...batch, rows * columns]);
  if (count === 0) return slice(flat, ...batch.map(() => null), [0, 0]);
  // In row-major order neighbours on a diagonal are one row and one element apart.
  const start = offset >= 0 ? offset : -offset * columns;
  return slice(flat, ...batch.map(() => null), [start, start + (count - 1) * (columns + 1) + 1, columns + 1]);
}

/**
 * Of a vector the square matrix with it on a diagonal, else 0; of a matrix that {@link diagonal}.
 * @example
 * diag(tensor([1, 2])) // [[1, 0], [0, 2]]
 * diag(tensor([[1, 2], [3, 4]]), 1) // [2]
 */
export function diag(x: Tensor, offset = 0): Tensor {
  const { shape } = nodeOf('diag', x);
  if (shape.length === 2) return diagonal(x, offset);
  if (shape.length !== 1)
    throw new ShapeError(`diag: takes a vector or a matrix, got shape ${showShape(shape)}; diagonal takes more axes`);
  expectWhole('diag', 'the offset', offset);
  const size = shape[0]! + Math.abs(offset);
  // Element i stands in row i above the main diagonal, in column i below it.
  const longer = unsqueeze(pad(x, [[0, Math.abs(offset)]]), offset >= 0 ? 1 : 0);
  const square = internShape([size, size]);
  const off = columnMinusRow('diag', square);
  const own = apply(ops.eq, [off, ops.constantNode(offset, square, 'int32')]);
  return new Tensor(apply(ops.where, [own, expand(longer, square).node, ops.constantNode(0, square, x.dtype)]));
}
