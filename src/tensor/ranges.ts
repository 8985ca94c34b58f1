/**
 * NumPy's start:stop:step, ellipsis and new axis: from what a user names to the elements of each axis.
 */
import { ArgumentError, IndexError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { showKind } from './operands.js';

/**
 * What to take of one axis: `[start, stop, step]` as NumPy's start:stop:step, any of them null or left out; a number
 * for one index, which drops the axis; null for all. `'...'` stands for all axes that are not named, and `'newaxis'` puts in an axis
 * of size 1.
 */
export type Range = number | null | '...' | 'newaxis' | readonly [(number | null)?, (number | null)?, (number | null)?];

/** A part of each axis. */
export interface Part {
  /** The first element of each axis, how many, and how far apart; in rising order. */
  readonly start: readonly number[];
  readonly size: readonly number[];
  readonly step: readonly number[];
  /** Axes to be read backwards. */
  readonly backwards: readonly number[];
  /** The shape of the result, with axes dropped and put in. */
  readonly shape: Shape;
}

/** The elements `first`, `first + step`, …: `count` of them. */
interface Cut {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

const whole = (what: string, value: unknown): number => {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new ArgumentError(`slice: ${what} must be a whole number or null, got ${showKind(value)}`);
};

/** NumPy's rules for start:stop:step on an axis of `size` elements. */
function cutOf(range: readonly (number | null | undefined)[], size: number): Cut {
  if (range.length > 3)
    throw new ArgumentError(`slice: a range is [start, stop, step], got ${range.length} values: [${range.join(', ')}]`);
  const [start, stop, by] = range;
  const step = by === null || by === undefined ? 1 : whole('the step', by);
  if (step === 0) throw new ArgumentError('slice: the step must not be 0');
  // Positions from −1 (before the first) for negative steps, to size (behind the last) for positive ones.
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clip = (what: string, at: number | null | undefined, otherwise: number): number => {
    if (at === null || at === undefined) return otherwise;
    const from = whole(what, at);
    return Math.min(Math.max(from < 0 ? from + size : from, low), high);
  };
  const first = clip('the start', start, step > 0 ? low : high);
  const end = clip('the stop', stop, step > 0 ? high : low);
  return { first, step, count: Math.max(0, Math.ceil((end - first) / step)) };
}

function cutAxis(range: Range, axis: number, shape: Shape): Cut {
  const size = shape[axis]!;
  if (range === null || range === undefined) return { first: 0, step: 1, count: size };
  if (typeof range !== 'number') {
    if (!Array.isArray(range))
      throw new ArgumentError(
        `slice: axis ${axis} takes [start, stop, step], a number, null, '...' or 'newaxis', got ${showKind(range)}`,
      );
    return cutOf(range, size);
  }
  const at = whole('an index', range);
  if (at < -size || at >= size) {
    throw new IndexError(
      `slice: index ${at} is out of range for axis ${axis} of a tensor of shape ${showShape(shape)}: expected ${-size} … ${size - 1}`,
    );
  }
  return { first: at < 0 ? at + size : at, step: 1, count: 1 };
}

/** One entry for each axis and each new one: the ellipsis written out. @throws ShapeError for more ranges than axes */
export function spelledOut<T>(ranges: readonly (T | Range)[], shape: Shape): (T | Range)[] {
  const named = ranges.filter((r) => r !== '...' && r !== 'newaxis').length;
  const ellipses = ranges.filter((r) => r === '...').length;
  if (named > shape.length || ellipses > 1) {
    const what = ellipses > 1 ? `${ellipses} ellipses` : `${named} ranges`;
    throw new ShapeError(
      `slice: ${what} for a tensor of shape ${showShape(shape)}, which has ${shape.length} axes; '...' stands once for all not named`,
    );
  }
  const rest = new Array<null>(shape.length - named).fill(null);
  return ellipses === 1 ? ranges.flatMap((r) => (r === '...' ? rest : [r])) : [...ranges, ...rest];
}

/** The part of a tensor of this shape that the ranges name. */
export function partOf(shape: Shape, ranges: readonly Range[]): Part {
  const entries = spelledOut(ranges, shape);
  const named = entries.filter((r) => r !== 'newaxis');
  const cuts = named.map((range, axis) => cutAxis(range, axis, shape));
  const kept: number[] = [];
  let axis = 0;
  for (const entry of entries) {
    if (entry === 'newaxis') kept.push(1);
    else {
      const { count } = cuts[axis++]!;
      if (typeof entry !== 'number') kept.push(count);
    }
  }
  return {
    // A negative step is a positive one from the other end, read backwards.
    start: cuts.map(({ first, step, count }) => (count === 0 ? 0 : step > 0 ? first : first + (count - 1) * step)),
    size: cuts.map((c) => c.count),
    step: cuts.map((c) => Math.abs(c.step)),
    backwards: cuts.flatMap(({ step, count }, i) => (step < 0 && count > 1 ? [i] : [])),
    shape: internShape(kept),
  };
}
