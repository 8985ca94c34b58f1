/**
 * Staging: a copy in scratch memory of what the windows of an operand see, with the padding written out. Overlapping windows read the same
 * elements again and again; from the copy all of them are read without a condition, and along the columns in order.
 */
import type { Expr, Index, LoadExpr, LoopVar, Stmt } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import type { Expressions } from '../rules/expressions.js';
import { constantIndex, dependsOn, loopVar, plus, SYMBOLS, times, varIndex } from '../rules/index-algebra.js';
import { nest, put, stepped, widen } from './kernel.js';

/** Staging pays where each element is read at least so often. */
export const READS = 2;

/** One axis of the copy: from `min` on, `size` places, of which those from `from` up to `to` exist; `stride` apart in memory. */
interface Axis {
  /** Where a reader is on this axis, counted from `min`. */
  readonly index: Index;
  readonly min: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

export interface Stage {
  /** How many elements the copy has. */
  readonly length: number;
  /** Where a reader's element lies in it, in the variables of the reader. */
  readonly index: Index;
  /** Copies to `slot`, from element `first` on; what follows the copy, up to `room` elements, becomes zeros. */
  fill(e: Expressions, slot: number, first: Index, room: number, lanes: number): Stmt[];
}

/** What an element is read from, if it is one of memory or, outside its guards, zero. */
function loadOf(value: Expr): LoadExpr | null {
  if (value.e === 'load') return value;
  if (value.e !== 'op') return null;
  const [condition, inside, outside] = value.args;
  const padded = condition?.e === 'guard' && outside?.e === 'constant' && outside.value === 0;
  return padded && inside?.e === 'load' ? inside : null;
}

type Step = { readonly v: LoopVar; readonly by: number };

/** The part of `index` that changes with `moving` variables, if it is a sum of their multiples. */
function stepsOf(index: Index, moving: (v: LoopVar) => boolean): Step[] | null {
  const steps: Step[] = [];
  for (const { atom, by } of index.terms) {
    if (atom.kind === 'var') {
      if (moving(atom.v)) steps.push({ v: atom.v, by });
    } else if (dependsOn(ofAtom(atom), moving, () => true)) return null;
  }
  return steps;
}
const ofAtom = (atom: Index['terms'][number]['atom']): Index => ({
  key: atom.key,
  terms: [{ atom, by: 1 }],
  constant: 0,
  min: atom.min,
  max: atom.max,
  slack: atom.slack,
});

/** An axis along which a condition asks whether there is an element: a window over a padded range. */
function guarded(
  { index, lo, hi }: LoadExpr['guards'][number],
  load: readonly Step[],
  own: readonly Step[],
): Axis | null {
  const strides = own.map(({ v, by }) => (load.find((s) => s.v === v)?.by ?? 0) / by);
  const stride = strides[0]!;
  if (!Number.isInteger(stride) || stride <= 0 || strides.some((s) => s !== stride)) return null;
  const { min, max } = index;
  const size = max - min + 1;
  return {
    index: plus(index, constantIndex(-min)),
    min,
    size,
    from: Math.max(lo - min, 0),
    to: Math.min(hi - min, size),
    stride,
  };
}

/** Axes for the other variables: those whose ranges overlap in memory are one axis, a window over a range without padding. */
function unguarded(steps: readonly Step[]): Axis[] {
  const axes: { index: Index; stride: number }[] = [];
  for (const { v, by } of [...steps].sort((a, b) => Math.abs(a.by) - Math.abs(b.by))) {
    const last = axes.at(-1);
    const apart = last ? by / last.stride : 0;
    if (last && Number.isInteger(apart) && Math.abs(apart) <= last.index.max - last.index.min) {
      last.index = plus(last.index, times(varIndex(v), apart));
    } else axes.push({ index: times(varIndex(v), Math.sign(by)), stride: Math.abs(by) });
  }
  return axes.map(({ index, stride }) => {
    const size = index.max - index.min + 1;
    return { index: plus(index, constantIndex(-index.min)), min: index.min, size, from: 0, to: size, stride };
  });
}

/**
 * How `value` can be staged while the `moving` variables run; null where it is no element of memory, or not at places in steps. How often `dynamic`
 * runs, which is one of them, is no part of the kernel.
 */
export function stageOf(value: Expr, moving: (v: LoopVar) => boolean, dynamic?: LoopVar): Stage | null {
  const load = loadOf(value);
  const steps = load && stepsOf(load.index, moving);
  if (!steps) return null;
  const axes: Axis[] = [];
  const seen = new Set<LoopVar>();
  for (const guard of load.guards) {
    const own = stepsOf(guard.index, moving);
    if (!own || own.length === 0 || own.length < guard.index.terms.length) return null;
    const axis = own.some(({ v }) => seen.has(v)) ? null : guarded(guard, steps, own);
    if (!axis || axis.to < axis.from) return null;
    for (const { v } of own) seen.add(v);
    axes.push(axis);
  }
  axes.push(...unguarded(steps.filter(({ v }) => !seen.has(v))));
  const open = ({ index }: Axis): boolean => dependsOn(index, (v) => v === dynamic);
  // Outermost is the one whose size no distance in the copy follows from.
  axes.sort((a, b) => Number(open(b)) - Number(open(a)) || b.stride - a.stride);
  const sizes = axes.map((a) => a.size);
  const length = sizes.reduce((n, s) => n * s, 1);
  // What is left of the place in memory when every axis is at its beginning.
  const base = axes.reduce(
    (at, { index, min, stride }) => plus(at, times(plus(index, constantIndex(min)), -stride)),
    load.index,
  );
  const whole = axes.every((a) => a.from === 0 && a.to === a.size);
  return {
    length,
    index: linear(
      axes.map((a) => a.index),
      sizes,
      SYMBOLS,
    ),
    fill(e, slot, first, room, lanes) {
      const unit = dynamic && 1;
      const z = loopVar('z', room, unit);
      const zero = (width: number): Stmt => {
        const index = plus(first, varIndex(z));
        return { s: 'store', slot, dtype: load.dtype, index, value: e.constant(0, load.dtype, width), guards: [] };
      };
      const from = whole ? Math.min(Math.ceil(length / lanes) * lanes, room) : 0;
      const vectors = from + Math.floor((room - from) / lanes) * lanes;
      const clear: Stmt[] = [
        { s: 'for', v: z, from, to: vectors, step: lanes, body: [zero(lanes)] },
        { s: 'for', v: z, from: vectors, body: [zero(1)] },
      ];
      const vars = axes.map((a, i) => loopVar(`p${i}`, a.to - a.from, open(a) ? unit : undefined));
      const at = axes.map((a, i) => plus(varIndex(vars[i]!), constantIndex(a.from)));
      const source = axes.reduce(
        (sum, { min, stride }, i) => plus(sum, times(plus(at[i]!, constantIndex(min)), stride)),
        base,
      );
      const element = e.load(load.slot, load.dtype, source, []);
      const index = plus(first, linear(at, sizes, SYMBOLS));
      const last = vars.at(-1);
      const copy = (width: number): Stmt[] =>
        put(e, slot, index, e.splat(widen(element, e, last ?? null, width, null), width), last ?? null);
      if (!last || axes.at(-1)!.stride !== 1 || last.size < lanes || lanes === 1) {
        return [...clear, ...nest(vars, copy(1))];
      }
      return [...clear, ...nest(vars.slice(0, -1), stepped(last, lanes, copy))];
    },
  };
}
