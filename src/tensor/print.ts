/**
 * How tensors are shown: as NumPy prints arrays, with dtype and shape behind. Formatting only: values come in ready.
 */
import { type DType, isFloat, type TypedArray } from '../base/dtype.js';
import { type Shape, showShape, sizeOf } from '../base/shape.js';

export interface Printable {
  /** The elements, or in words why they cannot be had. */
  readonly values: TypedArray | string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly name: string;
  readonly requiresGrad: boolean;
}

/** Tensors of more elements are shortened to the first and last {@link EDGE} of each axis. */
const THRESHOLD = 1000;
const EDGE = 3;
/** Digits after the point. */
const PRECISION = 4;
const LINE_WIDTH = 80;

/** The positions of an axis that are shown; null stands for those left out. */
function shownOf(size: number, shorten: boolean): (number | null)[] {
  if (!shorten || size <= 2 * EDGE) return Array.from({ length: size }, (_, i) => i);
  const first = Array.from({ length: EDGE }, (_, i) => i);
  return [...first, null, ...first.map((i) => size - EDGE + i)];
}

/** The shown elements, to find one format for all of them. */
function sample(values: TypedArray, shape: Shape, shorten: boolean): number[] {
  const found: number[] = [];
  const visit = (axis: number, at: number): void => {
    if (axis === shape.length) {
      found.push(values[at]!);
      return;
    }
    for (const i of shownOf(shape[axis]!, shorten)) if (i !== null) visit(axis + 1, at * shape[axis]! + i);
  };
  visit(0, 0);
  return found;
}

const special = (x: number): string => (Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf');

const sign = (x: number): string => (x < 0 || Object.is(x, -0) ? '-' : '');

/**
 * How numbers like these are written: whole ones with a bare point, others with up to four digits, very different ones
 * with exponents.
 */
function writerOf(numbers: readonly number[], dtype: DType): (x: number) => string {
  if (dtype === 'bool') return (x) => (x ? 'true' : 'false');
  if (!isFloat(dtype)) return String;
  const finite = numbers.filter(Number.isFinite);
  const sizes = finite.map(Math.abs).filter((x) => x > 0);
  const largest = Math.max(0, ...sizes);
  const smallest = Math.min(Infinity, ...sizes);
  const exponential = largest >= 1e8 || (sizes.length > 0 && (smallest < 1e-4 || largest / smallest > 1000));
  const trim = (text: string): string => (text.includes('.') ? text.replace(/0+$/, '') : `${text}.`);
  if (exponential) {
    const mantissas = finite.map((x) => trim(Math.abs(x).toExponential(PRECISION).split('e')[0]!));
    const digits = Math.max(0, ...mantissas.map((m) => m.split('.')[1]!.length));
    return (x) => {
      if (!Number.isFinite(x)) return special(x);
      const [mantissa, exponent] = Math.abs(x).toExponential(digits).split('e') as [string, string];
      const power = exponent.slice(1).padStart(2, '0');
      return `${sign(x)}${digits === 0 ? `${mantissa}.` : mantissa}e${exponent[0]}${power}`;
    };
  }
  const digits = Math.max(0, ...finite.map((x) => trim(Math.abs(x).toFixed(PRECISION)).split('.')[1]!.length));
  return (x) => {
    if (!Number.isFinite(x)) return special(x);
    const text = trim(Math.abs(x).toFixed(digits));
    // Aligned by the point: missing digits are blanks, as in NumPy.
    return sign(x) + text.padEnd(text.indexOf('.') + 1 + digits);
  };
}

/** The nested brackets, without what stands around them. */
function formatValues(values: TypedArray, shape: Shape, dtype: DType, indent: string): string {
  const shorten = sizeOf(shape) > THRESHOLD;
  const numbers = sample(values, shape, shorten);
  const write = writerOf(numbers, dtype);
  if (shape.length === 0) return write(values[0]!).trim();
  const width = numbers.reduce((w, x) => Math.max(w, write(x).length), 0);
  const level = (axis: number, at: number, before: string): string => {
    const inner = `${before} `;
    const items = shownOf(shape[axis]!, shorten).map((i) => {
      if (i === null) return '…';
      const next = at * shape[axis]! + i;
      return axis === shape.length - 1 ? write(values[next]!).padStart(width) : level(axis + 1, next, inner);
    });
    if (axis < shape.length - 1) {
      const gap = '\n'.repeat(shape.length - 1 - axis);
      return `[${items.join(`,${gap}${inner}`)}]`;
    }
    const lines: string[] = [];
    let line = '';
    for (const item of items) {
      if (line !== '' && inner.length + line.length + item.length + 2 > LINE_WIDTH) {
        lines.push(line);
        line = item;
      } else line = line === '' ? item : `${line}, ${item}`;
    }
    return `[${[...lines, line].join(`,\n${inner}`)}]`;
  };
  return level(0, 0, indent);
}

const facts = ({ dtype, shape, name, requiresGrad }: Printable): string =>
  [`dtype=${dtype}`, `shape=${showShape(shape)}`, name && `name="${name}"`, requiresGrad && 'requiresGrad']
    .filter(Boolean)
    .join(' ');

/**
 * `tensor([[1. , 2.5], [3. , 4. ]], dtype=float32 shape=[2, 2])`; with the reason in place of values that cannot be
 * had.
 */
export function formatTensor(printable: Printable): string {
  const { values, shape, dtype } = printable;
  const opening = 'tensor(';
  if (typeof values === 'string') return `${opening}<no value: ${values}>, ${facts(printable)})`;
  return `${opening}${formatValues(values, shape, dtype, ' '.repeat(opening.length))}, ${facts(printable)})`;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A vector or a matrix as an HTML table; anything else as its text. */
export function htmlTable(printable: Printable): string {
  const { values, shape, dtype } = printable;
  if (typeof values === 'string' || shape.length === 0 || shape.length > 2)
    return `<pre>${escape(formatTensor(printable))}</pre>`;
  const [rows, columns] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
  const shorten = sizeOf(shape) > THRESHOLD;
  const write = writerOf(sample(values, shape, shorten), dtype);
  const cell = (row: number | null, column: number | null): string =>
    `<td>${row === null || column === null ? '…' : write(values[row * columns + column]!).trim()}</td>`;
  const body = shownOf(rows, shorten).map(
    (r) =>
      `<tr>${shownOf(columns, shorten)
        .map((c) => cell(r, c))
        .join('')}</tr>`,
  );
  return `<table>${body.join('')}</table><p>${escape(facts(printable))}</p>`;
}
