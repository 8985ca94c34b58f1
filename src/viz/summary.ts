/**
 * A tensor's elements in a few numbers.
 */
import { type DType, isFloat, type TypedArray } from '../base/dtype.js';
import { type Shape, sizeOf } from '../base/shape.js';
import { showCount } from './nearest.js';
import { showElements, showNumber } from './numbers.js';

export interface Summary {
  readonly rows: readonly (readonly [name: string, text: string])[];
  /** How many elements lie in each of equal intervals from the least to the greatest; absent where there is little to see. */
  readonly bars?: readonly number[];
  /** Whether there are NaN or infinities. */
  readonly alarm: boolean;
}

/** So many elements are shown as they are. */
const MOST_SHOWN = 6;
/** Of more, so many: the first. */
const FIRST = 4;
const BARS = 24;

/** What is to be known of the elements, apart from how they are distributed: of the finite ones, but for the counts. */
interface Moments {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** With n − 1, as `std()` has it. */
  readonly std: number;
  readonly nan: number;
  readonly infinite: number;
}

function momentsOf(elements: TypedArray): Moments {
  let [min, max, sum, nan, infinite] = [Infinity, -Infinity, 0, 0, 0];
  for (const x of elements) {
    if (Number.isFinite(x)) {
      min = Math.min(min, x);
      max = Math.max(max, x);
      sum += x;
    } else if (Number.isNaN(x)) nan++;
    else infinite++;
  }
  const count = elements.length - nan - infinite;
  const mean = sum / count;
  let squares = 0;
  for (const x of elements) if (Number.isFinite(x)) squares += (x - mean) ** 2;
  return { min, max, mean, std: Math.sqrt(squares / (count - 1)), nan, infinite };
}

function barsOf(elements: TypedArray, { min, max }: Moments): number[] {
  const bars = new Array<number>(BARS).fill(0);
  for (const x of elements) {
    if (Number.isFinite(x)) bars[Math.min(BARS - 1, Math.floor(((x - min) / (max - min)) * BARS))]!++;
  }
  return bars;
}

/** Least, greatest, mean, deviation, what is not finite, and the first elements; of a few elements, these. */
export function summarise(elements: TypedArray, shape: Shape, dtype: DType): Summary {
  const moments = momentsOf(elements);
  const { min, max, mean, std, nan, infinite } = moments;
  const alarm = nan + infinite > 0;
  const size = sizeOf(shape);
  if (size === 0) return { rows: [['elements', 'none']], alarm };
  if (size === 1) return { rows: [['', showElements(elements, [], dtype)]], alarm };
  const first = showElements(elements, [Math.min(size, FIRST)], dtype).slice(0, -1);
  const shown = size <= MOST_SHOWN ? showElements(elements, shape, dtype) : `${first}, …]`;
  const counts = [
    ...(nan > 0 ? [['NaN', `${showCount(nan)} of ${showCount(size)}`] as const] : []),
    ...(infinite > 0 ? [['±Inf', `${showCount(infinite)} of ${showCount(size)}`] as const] : []),
  ];
  const elementsRow = [size <= MOST_SHOWN ? 'elements' : 'first', shown] as const;
  if (dtype === 'bool')
    return { rows: [['true', `${showCount(mean * size)} of ${showCount(size)}`], elementsRow], alarm };
  if (nan + infinite === size) return { rows: [...counts, elementsRow], alarm };
  const rows = [
    ['min', showNumber(min)],
    ['max', showNumber(max)],
    ['mean', showNumber(mean)],
    ...(Number.isNaN(std) ? [] : [['std', showNumber(std)] as const]),
    ...counts,
    elementsRow,
  ] as const;
  const bars = size > MOST_SHOWN && max > min && Number.isFinite(max - min);
  return { rows, ...(bars ? { bars: barsOf(elements, moments) } : {}), alarm: alarm && isFloat(dtype) };
}
