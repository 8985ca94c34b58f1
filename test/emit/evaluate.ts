/**
 * The meaning of programs, spelled out one lane at a time: a slow interpreter that emitters are tested against.
 */
import { allocate, type TypedArray } from '../../src/base/dtype.js';
import type { Atom, Expr, Guard, Index, LoopVar, Program, Stmt } from '../../src/ir/expr.js';

/** The first check that failed, and on what. */
export interface Report {
  readonly check: number;
  readonly value: number;
}

interface State {
  readonly buffers: readonly TypedArray[];
  readonly numbers: readonly number[];
  readonly vars: Map<number, number>;
  readonly locals: Map<number, ArrayLike<number>>;
  report: Report | null;
  /** What expressions are worth in the statement at hand, at the lane at hand. */
  known: Map<Expr, ArrayLike<number>>;
}

/** Runs `program` on the buffers, which it changes. */
export function evaluate(
  program: Program,
  buffers: readonly TypedArray[],
  numbers: readonly number[] = [],
): Report | null {
  const state: State = { buffers, numbers, vars: new Map(), locals: new Map(), report: null, known: new Map() };
  run(state, program.body);
  return state.report;
}

function run(state: State, body: readonly Stmt[]): void {
  for (const s of body) {
    state.known = new Map();
    if (s.s === 'for') {
      const { v, from = 0, to = v.size, step = 1 } = s;
      for (let i = from; i + step <= to; i += step) {
        state.vars.set(v.id, i);
        run(state, s.body);
      }
    } else if (s.s === 'set') state.locals.set(s.local.id, vector(state, s.value));
    else if (s.s === 'if') {
      if (holds(state, s.guards)) run(state, s.then);
    } else if (s.s === 'store') {
      if (!holds(state, s.guards)) continue;
      const first = indexOf(state, s.index);
      const buffer = state.buffers[s.slot]!;
      const values = vector(state, s.value);
      for (let i = 0; i < values.length; i++) {
        if (first + i < 0 || first + i >= buffer.length) throw new RangeError(`store at ${first + i}`);
        buffer[first + i] = values[i]!;
      }
    } else if (s.s === 'report') {
      const failed = vector(state, s.failed);
      for (let i = 0; i < failed.length; i++) {
        if (failed[i] && !state.report) state.report = { check: s.check, value: vector(state, s.value)[i]! };
      }
    }
  }
}

function advanced<T>(state: State, along: LoopVar | null, lane: number, then: () => T): T {
  if (!along || lane === 0) return then();
  const v = state.vars.get(along.id)!;
  const { known } = state;
  state.known = new Map();
  state.vars.set(along.id, v + lane);
  const result = then();
  state.vars.set(along.id, v);
  state.known = known;
  return result;
}

function sourcesOf(expr: Expr): readonly Expr[] {
  if (expr.e === 'op') return expr.args;
  return expr.e === 'splat' || expr.e === 'lane' ? [expr.of] : [];
}

function vector(state: State, expr: Expr): ArrayLike<number> {
  let value = state.known.get(expr);
  if (!value) state.known.set(expr, (value = computed(state, expr)));
  return value;
}

function computed(state: State, expr: Expr): ArrayLike<number> {
  const { lanes } = expr;
  // Whatever is computed is rounded to the dtype by storing it.
  const out = allocate(expr.dtype, lanes);
  const sources = sourcesOf(expr).map((source) => vector(state, source));
  for (let i = 0; i < lanes; i++) {
    if (expr.e === 'constant') out[i] = expr.value;
    else if (expr.e === 'number') out[i] = state.numbers[expr.slot]!;
    else if (expr.e === 'local') out[i] = state.locals.get(expr.local.id)![i]!;
    else if (expr.e === 'splat') out[i] = sources[0]![0]!;
    else if (expr.e === 'lane') out[i] = sources[0]![expr.lane]!;
    else if (expr.e === 'op')
      out[i] = expr.op.scalar(
        sources.map((s) => s[i]!),
        expr.args[0]!.dtype,
        expr.attrs,
      );
    else out[i] = advanced(state, expr.along, i, () => place(state, expr));
  }
  return out;
}

function place(state: State, expr: Extract<Expr, { along: LoopVar | null }>): number {
  if (expr.e === 'position') return indexOf(state, expr.index);
  const all = holds(state, expr.guards);
  if (expr.e === 'guard') return Number(all);
  if (!all) return 0;
  const i = indexOf(state, expr.index);
  const x = state.buffers[expr.slot]![i];
  if (x === undefined) throw new RangeError(`load at ${i} of slot ${expr.slot}`);
  return x;
}

const holds = (state: State, guards: readonly Guard[]): boolean =>
  guards.every(({ index, lo, hi }) => {
    const i = indexOf(state, index);
    return lo <= i && i < hi;
  });

const indexOf = (state: State, index: Index): number =>
  index.terms.reduce((at, { atom, by }) => at + by * atomOf(state, atom), index.constant);

function atomOf(state: State, atom: Atom): number {
  if (atom.kind === 'var') return state.vars.get(atom.v.id)!;
  if (atom.kind === 'value') return vector(state, atom.expr)[0]!;
  const of = indexOf(state, atom.of);
  const quotient = Math.floor(of / atom.by);
  return atom.kind === 'div' ? quotient : of - quotient * atom.by;
}
