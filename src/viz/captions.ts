/**
 * What an operation of the graph is called in a picture: by the sign of arithmetic, or by the name of the method that users
 * call; with what its attributes say.
 */
import type { Node } from '../ir/node.js';
import type { ContractAttrs, Op } from '../ir/op.js';
import * as ops from '../ops/index.js';

export interface Caption {
  readonly label: string;
  /** In small: axes, ranges. */
  readonly note?: string;
}

const isOf = <A>(node: Node, op: Op<A>): node is Node<A> => node.op === op;

type Row = readonly [Op, (node: Node) => Caption];

/** The caption of the nodes of one record, from its attributes. */
const row = <A>(op: Op<A>, caption: (node: Node<A>) => Caption): Row => [
  op,
  (node) => (isOf(node, op) ? caption(node) : { label: node.op.name }),
];

const sign = (op: Op<undefined>, label: string): Row => row(op, () => ({ label }));

/** `axis 1`, `axes 0, 2`. */
export const showAxes = (axes: readonly number[]): string =>
  `${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(', ')}`;

const reduction = (op: Op<{ readonly axes: readonly number[] }>): Row =>
  row(op, ({ attrs: { axes }, src: [x] }) => ({
    label: op.name,
    // All of them go without saying.
    ...(axes.length === x?.shape.length ? {} : { note: showAxes(axes) }),
  }));

/** start:stop:step as NumPy writes it, and nothing where an axis is taken whole. */
function showRange(start: number, size: number, step: number, whole: number): string {
  if (start === 0 && size === whole && step === 1) return ':';
  const stop = size === 0 ? start : start + (size - 1) * step + 1;
  return `${start}:${stop}${step === 1 ? '' : `:${step}`}`;
}

/** Whether a contraction is a product of matrices (batches in front) or of a matrix and a vector, as `matmul` makes them. */
function isMatmul({ a, b, out }: ContractAttrs): boolean {
  const summed = a.at(-1);
  const place = Math.max(0, b.length - 2);
  if (summed === undefined || b[place] !== summed || out.includes(summed)) return false;
  const left = a.slice(0, -1);
  const columns = b.slice(place + 1);
  const batch = b.slice(0, place);
  // A batch axis belongs to one of the two or to both; rows and columns come last.
  const rest = out.slice(0, out.length - columns.length);
  const known = [...rest].every((label) => left.includes(label) || batch.includes(label));
  const ends = out.slice(rest.length).every((label, i) => label === columns[i]);
  return known && ends && !left.some((label) => columns.includes(label)) && isPart(left, rest) && isPart(batch, rest);
}

/** Whether `part` appears in `whole` in this order. */
function isPart(part: readonly number[], whole: readonly number[]): boolean {
  let at = 0;
  for (const label of whole) if (label === part[at]) at++;
  return at === part.length;
}

/** `ij,jk→ik`: the letters in the order in which they appear. */
function showContraction({ a, b, out }: ContractAttrs): string {
  const letters = new Map<number, string>();
  for (const label of [...a, ...b]) {
    if (!letters.has(label)) letters.set(label, String.fromCharCode('i'.charCodeAt(0) + letters.size));
  }
  const word = (labels: readonly number[]): string => labels.map((label) => letters.get(label) ?? '?').join('');
  return `${word(a)},${word(b)}→${word(out)}`;
}

/** Whether a node gives its source a new axis of size 1. */
const isAxisAdded = ({ op, shape, src: [x] }: Node, axis: number): boolean =>
  op === ops.reshape && shape[axis] === 1 && shape.toSpliced(axis, 1).join() === x?.shape.join();

const ROWS: readonly Row[] = [
  sign(ops.add, '+'),
  sign(ops.sub, '−'),
  sign(ops.mul, '×'),
  sign(ops.div, '÷'),
  sign(ops.eq, '='),
  sign(ops.ne, '≠'),
  sign(ops.lt, '<'),
  sign(ops.le, '≤'),
  reduction(ops.sum),
  reduction(ops.prod),
  reduction(ops.max),
  reduction(ops.min),
  row(ops.contract, ({ attrs }) =>
    isMatmul(attrs) ? { label: 'matmul' } : { label: 'einsum', note: showContraction(attrs) },
  ),
  row(ops.permute, ({ attrs: { axes } }) =>
    axes.length === 2 ? { label: 'transpose' } : { label: 'permute', note: axes.join(', ') },
  ),
  row(ops.slice, ({ attrs: { start, size, step }, src: [x] }) => ({
    label: 'slice',
    note: start.map((s, i) => showRange(s, size[i] ?? 0, step[i] ?? 1, x?.shape[i] ?? 0)).join(', '),
  })),
  row(ops.pad, ({ attrs: { before, after } }) => ({
    label: 'pad',
    note: before.map((n, i) => `${n}+${after[i] ?? 0}`).join(', '),
  })),
  row(ops.flip, ({ attrs: { axes } }) => ({ label: 'flip', note: showAxes(axes) })),
  row(ops.cat, ({ attrs: { axis }, src }) => ({
    label: src.every((s) => isAxisAdded(s, axis)) ? 'stack' : 'cat',
    note: showAxes([axis]),
  })),
  row(ops.cast, ({ attrs: { to } }) => ({ label: `to ${to}` })),
  row(ops.gather, ({ attrs: { axis } }) => ({ label: 'index', note: showAxes([axis]) })),
  row(ops.scatterAdd, ({ attrs: { axis } }) => ({ label: 'scatterAdd', note: showAxes([axis]) })),
  row(ops.sparseUpdate, ({ attrs: { axis } }) => ({ label: 'sparse update', note: showAxes([axis]) })),
  row(ops.custom, ({ attrs: { name } }) => ({ label: name })),
];

const BY_OP: ReadonlyMap<Op, Row[1]> = new Map(ROWS);

/** The caption of an operation; one without a row of its own goes by its record's name. */
export const captionOf = (node: Node): Caption => BY_OP.get(node.op)?.(node) ?? { label: node.op.name };

/** The axes that a reduction folds; null for another node. */
export function foldedAxes(node: Node): readonly number[] | null {
  for (const op of [ops.sum, ops.max, ops.min, ops.prod]) if (isOf(node, op)) return node.attrs.axes;
  return null;
}
