/**
 * Lowering of a kernel over rows: parallel loops over rows; in each row, loops over the columns which fold, or compute and
 * store, one after another; values per row stay in registers.
 *
 * Vectors lie along the last column range when the folded axes include the last axis of the domain, else along the last row range:
 * that follows from the shape alone, and so does the order in which elements are added up.
 */

import { bytesOf } from '../base/dtype.js';
import type { Member } from '../fuse/cluster.js';
import type { Graph, Kernel } from '../fuse/index.js';
import type { Expr, Index, Local, LoopVar, Stmt } from '../ir/expr.js';
import { linear } from '../ir/index-algebra.js';
import { type Expressions, rebuild } from '../rules/expressions.js';
import { constantIndex, loopVar, plus, SYMBOLS, substitute, times, varIndex } from '../rules/index-algebra.js';
import {
  Arguments,
  collapse,
  expressionsFor,
  indicesIn,
  joinShort,
  type Lowered,
  nest,
  put,
  type Ranges,
  rangesOf,
  tripsOf,
  vectorisable,
  widen,
} from './kernel.js';
import { type Fold, type Pulled, pullRows, type Store, valuesOf } from './pulled.js';
import { reportsOf } from './reports.js';
import { worthKeeping } from './row-buffer.js';
import { segments } from './segments.js';
import type { Target } from './target.js';

/** Accumulators that a long fold runs side by side. */
const UNROLL = 4;
/** Columns from which on it does. */
const LONG = 64;
/** So many rows at most are folded in parts, from so many columns on, in so many parts. */
const FEW_ROWS = 4;
const LONG_FOLD = 1 << 16;
const PARTS = 64;
/** So many vectors of rows at most are folded side by side, and threads get at least so many shares. */
const MOST_SIDE_BY_SIDE = 8;
const SHARES = 8;
/** Rows up to this length have buffers for what is needed again. */
const LONGEST_BUFFER = 1 << 14;

/** What one stage does in one part of the columns. */
type Step = Pick<Pulled, 'folds' | 'stores' | 'cols'>;

/** A store where `v` is `where`. */
const shifted = (s: Store, v: LoopVar, where: Index): Store => ({
  ...s,
  index: substitute(s.index, (w) => (w === v ? where : undefined)),
});

class RowsLowering {
  readonly e: Expressions;
  readonly args: Arguments;

  constructor(
    private readonly kernel: Kernel,
    private readonly graph: Graph,
    private readonly target: Target,
    home: (at: number) => string,
  ) {
    this.e = expressionsFor(target);
    this.args = new Arguments(graph, home);
  }

  private pull(rows: Ranges, cols: Ranges, like?: Pulled): Pulled {
    return pullRows(this.kernel, this.graph, this.e, this.args, rows, cols, like);
  }

  lower(): Lowered {
    const { cluster } = this.kernel;
    const [{ domain, rowAxes, colAxes }] = cluster.members as [Member];
    const lead = domain.findIndex((n) => n !== 1);
    // The folded range of a contraction leads in its operands.
    const leads = (axes: readonly number[]): boolean => cluster.contraction || axes.includes(lead);
    let rows = rangesOf('r', cluster.rows, leads(rowAxes));
    const cols = joinShort('c', rangesOf('c', cluster.cols, leads(colAxes)));
    const draft = this.pull(rows, cols);
    const uses = [
      ...indicesIn([...draft.folds, ...draft.stores].map((x) => x.value)),
      ...draft.stores.map((s) => s.index),
    ];
    for (const check of draft.checks.values())
      uses.push(...indicesIn([check.value]), ...check.guards.map((g) => g.index));
    rows = collapse('r', rows, uses);
    const pulled = this.pull(rows, cols);
    const inParts = this.inParts(pulled, rows, cols);
    if (inParts) return this.args.lowered('rows', inParts);
    const body = reportsOf(pulled.checks, this.graph, this.e, [...rows.vars, ...cols.vars]);
    for (const part of segments(rows, rows.vars, valuesOf(pulled))) {
      const whole = part === rows ? pulled : this.pull(part, cols);
      // Vectors along the last columns, and with them the order of additions, have to stay as they are.
      const parts = segments(cols, cols.vars.slice(0, this.alongCols(whole) ? -1 : undefined), valuesOf(whole));
      body.push(
        ...this.loops(parts.length === 1 ? [this.keeping(whole)] : parts.map((p) => this.pull(part, p, whole)), part),
      );
    }
    return this.args.lowered('rows', body);
  }

  /** The same with what one loop over the columns computes at a price, and a later one needs again, in a buffer of the row. */
  private keeping(pulled: Pulled): Pulled {
    const { e, args } = this;
    const { vars } = pulled.cols;
    const sizes = vars.map((v) => v.size);
    const length = sizes.reduce((n, s) => n * s, 1);
    if (!this.alongCols(pulled) || length > LONGEST_BUFFER) return pulled;
    const index = linear(vars.map(varIndex), sizes, SYMBOLS);
    let { folds, stores } = pulled;
    const last = Math.max(...folds.map((f) => f.stage));
    for (let stage = 0; stage <= last; stage++) {
      const now = folds.filter((f) => f.stage === stage).map((f) => f.value);
      const later = [...folds, ...stores].filter((x) => x.stage > stage).map((x) => x.value);
      for (const value of worthKeeping(now, later)) {
        const slot = args.scratch(`row ${e.idOf(value)}`, value.dtype, length * bytesOf(value.dtype), true);
        const kept = e.load(slot, value.dtype, index, []);
        const read = <X extends { readonly stage: number; readonly value: Expr }>(x: X): X =>
          x.stage <= stage
            ? x
            : {
                ...x,
                value: rebuild(
                  x.value,
                  e,
                  (y) => (y === value ? kept : undefined),
                  () => undefined,
                ),
              };
        folds = folds.map(read);
        stores = [...stores.map(read), { slot, perRow: false, value, index, stage }];
      }
    }
    return { ...pulled, folds, stores };
  }

  /**
   * Few rows with long folds: the columns are cut into parts, which the threads share out, and the results of the parts are joined in order.
   * So it is by the shape alone. Null where rows are enough for all threads, or a fold reads another.
   */
  private inParts(pulled: Pulled, rows: Ranges, cols: Ranges): readonly Stmt[] | null {
    const { e, args } = this;
    const { folds, stores, checks } = pulled;
    const count = (ranges: Ranges): number => ranges.vars.reduce((n, v) => n * v.size, 1);
    const c = cols.vars[0];
    if (!c || count(rows) > FEW_ROWS || count(cols) < LONG_FOLD || checks.size > 0 || !this.alongCols(pulled))
      return null;
    if (folds.some((f) => f.stage > 0) || stores.some((s) => !s.perRow)) return null;
    const unit = cols.vars.length === 1 ? this.target.lanes * UNROLL : 1;
    const size = Math.ceil(c.size / PARTS / unit) * unit;
    const whole = Math.floor(c.size / size);
    const slots = folds.map((f, i) => args.scratch(`parts${i}`, f.result.dtype, count(rows) * (whole + 1) * 8, false));
    const row = linear(
      rows.vars.map(varIndex),
      rows.vars.map((v) => v.size),
      SYMBOLS,
    );
    const at = (part: Index): Index => plus(times(row, whole + 1), part);
    /** The columns from `part` · size on, of which there are `length`, folded. */
    const fold = (part: Index, length: number, multiple: number): Stmt[] => {
      const inner = loopVar(c.name, length, multiple);
      const moved = plus(times(part, size), varIndex(inner));
      const own: Ranges = {
        vars: [inner, ...cols.vars.slice(1)],
        index: cols.index.map((x) => substitute(x, (w) => (w === c ? moved : undefined))),
      };
      const out: Stmt[] = [];
      const results = new Map<Local, Expr>();
      this.columnVectors([{ ...this.pull(rows, own, pulled), stores: [] }], results, out, size);
      const partial = folds.map(({ result }, i): Stmt => {
        return {
          s: 'store',
          slot: slots[i]!,
          dtype: result.dtype,
          index: at(part),
          value: results.get(result)!,
          guards: [],
        };
      });
      return [...out, ...partial];
    };
    const part = loopVar('part', whole + 1, 1);
    // What is left over is a part of its own, be it empty: so the loops are the same for all sizes.
    const rest: Stmt = {
      s: 'for',
      v: part,
      from: whole,
      to: whole + 1,
      body: nest(rows.vars, fold(varIndex(part), c.size - whole * size, 1)),
    };
    const starts = folds.map((f, i): Stmt => {
      return { s: 'set', local: f.result, value: e.load(slots[i]!, f.result.dtype, at(constantIndex(0)), []) };
    });
    const adding = folds.map((f, i): Stmt => {
      const next = e.load(slots[i]!, f.result.dtype, at(varIndex(part)), []);
      return { s: 'set', local: f.result, value: this.combined(f, e.local(f.result), next) };
    });
    return [
      { s: 'for', v: part, to: whole, parallel: true, body: nest(rows.vars, fold(varIndex(part), size, unit)) },
      rest,
      { s: 'barrier' },
      ...nest(rows.vars, [
        ...starts,
        { s: 'for', v: part, from: 1, to: whole + 1, body: adding },
        ...this.storing(stores, (x) => x, 1, null),
      ]),
    ];
  }

  private alongCols({ folds }: Pulled): boolean {
    const first = folds[0]?.member;
    return first !== undefined && this.foldsAlongVectors(first);
  }

  /** The loops over rows; in each the columns of all parts, one part after the other. */
  private loops(parts: readonly Pulled[], rows: Ranges): readonly Stmt[] {
    const v = rows.vars.at(-1);
    const alongCols = this.alongCols(parts[0]!);
    const { lanes } = this.target;
    if (alongCols || !v || v.size < lanes || !vectorisable(parts.flatMap(valuesOf), v, this.target)) {
      return nest(rows.vars, this.row(parts, null, 1, alongCols), true);
    }
    const outer = rows.vars.slice(0, -1);
    const copies = this.sideBySide(parts[0]!, v);
    const out = tripsOf(v, copies > 1 ? [lanes * copies, lanes, 1] : [lanes, 1]).map((trips): Stmt => {
      const width = Math.min(trips.step, lanes);
      const body = this.row(parts, v, width, false, trips.step / width);
      return { s: 'for', v, ...trips, parallel: outer.length === 0 && width > 1, body };
    });
    return nest(outer, out, true);
  }

  /** How many vectors of rows go through a long fold together, so that each of its columns is read on over a good part of a page. */
  private sideBySide({ folds, cols }: Pulled, v: LoopVar): number {
    if (folds.length === 0 || cols.vars.reduce((n, c) => n * c.size, 1) < LONG) return 1;
    return Math.max(1, Math.min(MOST_SIDE_BY_SIDE, Math.floor(v.size / (this.target.lanes * SHARES))));
  }

  /** Whether vectors lie along the columns; it follows from the shape alone. */
  private foldsAlongVectors({ at, domain, colAxes, rowAxes }: Member): boolean {
    if (this.graph.nodes[at]!.op.kind === 'reduce') return colAxes.includes(domain.length - 1);
    // A contraction's rows are its result, which is mostly wide enough.
    const last = rowAxes.at(-1);
    return last === undefined || domain[last]! < this.target.lanes;
  }

  /** All that happens in a row (or in `copies` times `lanes` rows side by side, neighbours along `v`). */
  private row(parts: readonly Pulled[], v: LoopVar | null, lanes: number, alongCols: boolean, copies = 1): Stmt[] {
    const { e, args } = this;
    const [pulled] = parts as [Pulled];
    const out: Stmt[] = [];
    const copy = Array.from({ length: copies }, (_, i) => {
      const results = new Map<Local, Expr>();
      const where = v && i > 0 ? plus(varIndex(v), constantIndex(i * lanes)) : null;
      return {
        results,
        at: (x: Expr): Expr => widen(x, e, v, lanes, where, results),
        moved: (stores: readonly Store[]): readonly Store[] =>
          where ? stores.map((s) => shifted(s, v!, where)) : stores,
      };
    });
    const stages = Math.max(0, ...pulled.folds.map((f) => f.stage + 1), ...pulled.stores.map((s) => s.stage + 1));
    const perRow = pulled.stores.filter((s) => s.perRow);
    for (let stage = 0; stage < stages; stage++) {
      const steps = parts.map(
        (p): Step => ({
          folds: p.folds.filter((f) => f.stage === stage),
          stores: p.stores.filter((s) => s.stage === stage && !s.perRow),
          cols: p.cols,
        }),
      );
      const { folds, stores } = steps[0]!;
      if (folds.length === 0 && stores.length === 0) continue;
      if (alongCols) {
        this.columnVectors(steps, copy[0]!.results, out);
        continue;
      }
      const running = copy.map(() => folds.map((f) => ({ f, acc: args.local(f.result.name, f.result.dtype, lanes) })));
      for (const { f, acc } of running.flat())
        out.push({ s: 'set', local: acc, value: e.constant(f.initial, acc.dtype, lanes) });
      for (const step of steps) {
        const body = copy.flatMap(({ at, moved }, c): Stmt[] => [
          ...running[c]!.map(({ f, acc }, i): Stmt => {
            return { s: 'set', local: acc, value: this.combined(f, e.local(acc), at(step.folds[i]!.value)) };
          }),
          ...this.storing(moved(step.stores), at, lanes, v),
        ]);
        out.push(...nest(step.cols.vars, body));
      }
      copy.forEach(({ results }, c) => {
        for (const { f, acc } of running[c]!) results.set(f.result, e.local(acc));
      });
    }
    out.push(...copy.flatMap(({ at, moved }) => this.storing(moved(perRow), at, lanes, v)));
    return out;
  }

  private combined(fold: Fold, acc: Expr, value: Expr): Expr {
    return this.e.typed(fold.combine, acc.dtype, undefined, acc, value);
  }

  /** Computes every value before the first is stored: one may overwrite what another still reads. */
  private storing(stores: readonly Store[], at: (x: Expr) => Expr, lanes: number, v: LoopVar | null): Stmt[] {
    const values = stores.map((s) => ({ ...s, value: this.e.splat(at(s.value), lanes) }));
    const locals = values.map(({ value }) =>
      values.length > 1 && value.e !== 'local' ? this.args.local('value', value.dtype, value.lanes) : null,
    );
    const sets = values.flatMap(({ value }, i): Stmt[] => (locals[i] ? [{ s: 'set', local: locals[i]!, value }] : []));
    const puts = values.flatMap(({ slot, value, index }, i) =>
      put(this.e, slot, index, locals[i] ? this.e.local(locals[i]!) : value, v),
    );
    return [...sets, ...puts];
  }

  /** A stage of folds and stores with vectors along the last column range, which all its steps have; `first` is how many there are of the first range. */
  private columnVectors(steps: readonly Step[], results: Map<Local, Expr>, out: Stmt[], first?: number): void {
    const { e, args, target } = this;
    const [{ folds, cols }] = steps as [Step];
    const c = cols.vars.at(-1);
    const size = cols.vars.length === 1 ? (first ?? c!.size) : (c?.size ?? 0);
    const lanes = c && size >= target.lanes && vectorisable(steps.flatMap(valuesOf), c, target) ? target.lanes : 1;
    const copies = lanes > 1 && size >= LONG ? UNROLL : 1;
    const accs = folds.map((f) => ({
      f,
      vectors:
        lanes > 1
          ? Array.from({ length: copies }, (_, i) => args.local(`${f.result.name}${i}`, f.result.dtype, lanes))
          : [],
      rest: args.local(`${f.result.name}Rest`, f.result.dtype, 1),
    }));
    for (const { f, vectors, rest } of accs) {
      for (const a of [...vectors, rest])
        out.push({ s: 'set', local: a, value: e.constant(f.initial, a.dtype, a.lanes) });
    }
    const written = (step: Step, width: number, count: number): Stmt[] =>
      Array.from({ length: count }, (_, i) => i).flatMap((i) => {
        const where = c && i > 0 ? plus(varIndex(c), constantIndex(i * width)) : null;
        const at = (x: Expr): Expr => widen(x, e, c ?? null, width, where, results);
        const sets = accs.map(({ f, vectors, rest }, n): Stmt => {
          const acc = width > 1 ? vectors[i % copies]! : rest;
          return { s: 'set', local: acc, value: this.combined(f, e.local(acc), at(step.folds[n]!.value)) };
        });
        const moved = where ? step.stores.map((s) => shifted(s, c!, where)) : step.stores;
        return [...sets, ...this.storing(moved, at, width, c ?? null)];
      });
    for (const step of steps) {
      const inner: Stmt[] = [];
      if (!c) inner.push(...written(step, 1, 1));
      else {
        const steps = [...(copies > 1 ? [lanes * copies] : []), ...(lanes > 1 ? [lanes] : []), 1];
        for (const trips of tripsOf(c, steps)) {
          const width = Math.min(trips.step, lanes);
          inner.push({ s: 'for', v: c, ...trips, body: written(step, width, trips.step / width) });
        }
      }
      out.push(...nest(step.cols.vars.slice(0, -1), inner));
    }
    for (const { f, vectors, rest } of accs) {
      const total = this.total(
        f,
        vectors.map((a) => e.local(a)),
        e.local(rest),
      );
      const local = args.local(f.result.name, f.result.dtype, 1);
      out.push({ s: 'set', local, value: total });
      results.set(f.result, e.local(local));
    }
  }

  /** Joins the accumulators of a fold: vectors pairwise, then lanes pairwise, then what was left over. */
  private total(f: Fold, vectors: readonly Expr[], rest: Expr): Expr {
    const pairwise = (list: readonly Expr[]): Expr => {
      if (list.length === 1) return list[0]!;
      const half = list.length / 2;
      return this.combined(f, pairwise(list.slice(0, half)), pairwise(list.slice(half)));
    };
    if (vectors.length === 0) return rest;
    const vector = pairwise(vectors);
    const lanes = Array.from({ length: vector.lanes }, (_, i) => this.e.lane(vector, i));
    return this.combined(f, pairwise(lanes), rest);
  }
}

export const lowerRows = (kernel: Kernel, graph: Graph, target: Target, home: (at: number) => string): Lowered =>
  new RowsLowering(kernel, graph, target, home).lower();
