/**
 * What all lowerings of a kernel share: slots for what it touches, locals, loops, and turning scalar expressions into vectors.
 */
import type { DType } from '../base/dtype.js';
import type { Member } from '../fuse/cluster.js';
import type { Graph } from '../fuse/index.js';
import type { Expr, Guard, Index, Local, LoopVar, Program, Stmt } from '../ir/expr.js';
import { linear, unravel } from '../ir/index-algebra.js';
import { Expressions, rebuild, varies } from '../rules/expressions.js';
import {
  constantIndex,
  dependsOn,
  divided,
  divisions,
  gcd,
  loopVar,
  plus,
  remainder,
  runsOnce,
  SYMBOLS,
  strideAlong,
  substitute,
  valuesIn,
  varIndex,
} from '../rules/index-algebra.js';
import type { Target } from './target.js';
import { inside } from './visit.js';

/** Where a buffer argument of a kernel comes from. */
export type Binding =
  /** The value of this place, wherever it lives, from its element `start` on. */
  | { readonly kind: 'value'; readonly at: number; readonly start: number }
  /** Scratch memory of the kernel's own. */
  | { readonly kind: 'scratch'; readonly bytes: number; readonly perThread: boolean };

/** A kernel ready to be spelled: a program, and what its arguments are bound to. */
export interface Lowered {
  readonly program: Program;
  readonly buffers: readonly Binding[];
  /** Places of the run-time numbers, by number slot. */
  readonly numbers: readonly number[];
}

/** Bytes of a line of the cache: threads never write to the same one. */
const LINE = 64;

/** The arguments of a kernel under construction. */
export class Arguments {
  readonly buffers: Binding[] = [];
  readonly dtypes: DType[] = [];
  readonly numbers: number[] = [];
  readonly numberTypes: DType[] = [];
  private readonly slots = new Map<string, number>();
  private readonly strides = new Map<number, number>();
  private locals = 0;

  /** `home` gives equal texts for places that share memory. */
  constructor(
    readonly graph: Graph,
    private readonly home: (at: number) => string,
  ) {}

  slot(at: number): number {
    return this.bind(this.home(at), { kind: 'value', at, start: 0 }, this.graph.nodes[at]!.dtype);
  }

  /** Memory that the kernel alone uses; with `perThread`, that each thread has of its own. */
  scratch(name: string, dtype: DType, bytes: number, perThread: boolean): number {
    const lines = Math.ceil(bytes / LINE) * LINE;
    const slot = this.bind(`scratch ${name}`, { kind: 'scratch', bytes: lines, perThread }, dtype);
    if (perThread) this.strides.set(slot, lines);
    return slot;
  }

  number(at: number): number {
    let slot = this.numbers.indexOf(at);
    if (slot < 0) {
      slot = this.numbers.push(at) - 1;
      this.numberTypes.push(this.graph.nodes[at]!.dtype);
    }
    return slot;
  }

  local(name: string, dtype: DType, lanes: number): Local {
    return { id: this.locals++, name, dtype, lanes };
  }

  lowered(name: string, body: readonly Stmt[]): Lowered {
    const program = { name, buffers: this.dtypes, perThread: this.strides, numbers: this.numberTypes, body };
    return { program, buffers: this.buffers, numbers: this.numbers };
  }

  private bind(key: string, binding: Binding, dtype: DType): number {
    let slot = this.slots.get(key);
    if (slot === undefined) {
      slot = this.buffers.push(binding) - 1;
      this.dtypes.push(dtype);
      this.slots.set(key, slot);
    }
    return slot;
  }
}

/** A builder which writes out what the target cannot spell. */
export const expressionsFor = (target: Target): Expressions => new Expressions((op, dtype) => target.spells(op, dtype));

/** Whether every value in the expressions can stand in vectors, and no load is at a place that changes along `v` by data. */
export function vectorisable(roots: readonly Expr[], v: LoopVar, target: Target): boolean {
  if (target.lanes === 1) return false;
  const seen = new Set<Expr>();
  const along = (w: LoopVar): boolean => w === v;
  const memo = new Map<Expr, boolean>();
  const byData = (index: Index): boolean =>
    dependsOn(
      index,
      () => false,
      (e) => varies(e, along, memo),
    );
  const visit = (e: Expr): boolean => {
    if (seen.has(e)) return true;
    seen.add(e);
    if (!target.vectors(e.dtype)) return false;
    switch (e.e) {
      case 'op':
        return e.args.every(visit);
      case 'load':
        return !byData(e.index) && !e.guards.some((g) => byData(g.index)) && valuesIn(e.index).every(visit);
      case 'position':
        return !byData(e.index);
      case 'splat':
      case 'lane':
        return visit(e.of);
      default:
        return true;
    }
  };
  return roots.every(visit);
}

/**
 * `root` for `lanes` neighbouring values of `v` (null: for a single element), the first of them at `at` (an index of v's
 * own), with locals replaced.
 */
export function widen(
  root: Expr,
  e: Expressions,
  v: LoopVar | null,
  lanes: number,
  at: Index | null,
  locals: ReadonlyMap<Local, Expr> = new Map(),
): Expr {
  const along = (w: LoopVar): boolean => w === v;
  const changes = new Map<Expr, boolean>();
  const shift = (w: LoopVar): Index | undefined => (w === v && at ? at : undefined);
  const index = (i: Index): Index => substitute(i, shift, (atom) => e.asIndex(inside(atom.expr), atom.max + 1));
  const guards = (gs: readonly Guard[]): Guard[] => gs.map((g) => ({ ...g, index: index(g.index) }));
  const replace = (x: Expr): Expr | undefined => {
    if (x.e === 'local') return locals.get(x.local) ?? x;
    if (lanes === 1 || v === null || !varies(x, along, changes)) return undefined;
    if (x.e === 'load') return e.load(x.slot, x.dtype, index(x.index), guards(x.guards), lanes, v);
    if (x.e === 'position') return e.position(index(x.index), lanes, v);
    if (x.e === 'guard') return e.guard(guards(x.guards), lanes, v);
    return undefined;
  };
  const memo = new Map<Expr, Expr>();
  const inside = (x: Expr): Expr => rebuild(x, e, replace, shift, memo);
  return inside(root);
}

/** Nests loops over `vars` around `body`, the last variable innermost; with `parallel` the threads share out the outermost. */
export function nest(vars: readonly LoopVar[], body: readonly Stmt[], parallel = false): readonly Stmt[] {
  const loops = vars.filter((v) => !runsOnce(v));
  let inside = body;
  for (let i = loops.length - 1; i >= 0; i--) {
    inside = [{ s: 'for', v: loops[i]!, body: inside, ...(parallel && i === 0 ? { parallel } : {}) }];
  }
  return inside;
}

/** A part of the trips of a loop. */
export interface Trips {
  readonly from?: number;
  readonly to: number;
  readonly step: number;
}

/** The trips over `v` in each of `steps`, falling, for what the ones before have left; without those that have nothing to do at any size of a dynamic `v`. */
export function tripsOf(v: LoopVar, steps: readonly number[]): Trips[] {
  const out: Trips[] = [];
  let done = 0;
  // What is left over is a multiple of this.
  let multiple = v.unit ?? v.size;
  for (const step of steps) {
    const before = out.at(-1)?.step;
    if (v.unit === undefined ? done === v.size : before !== undefined && multiple % before === 0) break;
    const to = done + Math.floor((v.size - done) / step) * step;
    if (to === done && v.unit === undefined) continue;
    out.push({ ...(before === undefined ? {} : { from: done }), to, step });
    multiple = gcd(multiple, step);
    done = to;
  }
  return out;
}

/** A loop over `v` in steps of `lanes`, and one for what is left; with `parallel` the threads share out the first. */
export function stepped(
  v: LoopVar,
  lanes: number,
  body: (lanes: number) => readonly Stmt[],
  parallel = false,
): readonly Stmt[] {
  if (runsOnce(v)) return body(1);
  return tripsOf(v, lanes === 1 ? [1] : [lanes, 1]).map(
    (trips, i): Stmt => ({
      s: 'for',
      v,
      ...trips,
      ...(parallel && i === 0 ? { parallel } : {}),
      body: body(trips.step),
    }),
  );
}

/** Stores the lanes of `value`, neighbours along `v`: at once where they are neighbours in memory too, else one by one. */
export function put(e: Expressions, slot: number, index: Index, value: Expr, v: LoopVar | null): Stmt[] {
  const { dtype, lanes } = value;
  if (lanes === 1 || (v && strideAlong(index, v) === 1)) return [{ s: 'store', slot, dtype, index, value, guards: [] }];
  return Array.from({ length: lanes }, (_, i): Stmt => {
    const at = substitute(index, (w) => (w === v ? plus(varIndex(w), constantIndex(i)) : undefined));
    return { s: 'store', slot, dtype, index: at, value: e.lane(value, i), guards: [] };
  });
}

/** The values of loop variables as indices over the original ranges. */
export interface Ranges {
  readonly vars: readonly LoopVar[];
  readonly index: readonly Index[];
}

/** One variable per range; a range of one element needs none. The size of the first is dynamic if it is said to lead the axes of its tensor. */
export function rangesOf(name: string, sizes: readonly number[], leads = true): Ranges {
  const first = leads ? sizes.findIndex((n) => n !== 1) : -1;
  const vars = sizes.map((n, i) => loopVar(`${name}${i}`, n, i === first ? 1 : undefined));
  return { vars: vars.filter((v) => v.size !== 1), index: vars.map(varIndex) };
}

/** Joins neighbouring ranges i and i + 1 wherever `worth` says so of them, given the index uses as they would become. */
function join(
  name: string,
  ranges: Ranges,
  uses: readonly Index[],
  worth: (b: LoopVar, before: readonly Index[], after: readonly Index[]) => boolean,
): Ranges {
  let vars = [...ranges.vars];
  let index = [...ranges.index];
  let all = uses;
  for (let i = vars.length - 2; i >= 0; i--) {
    const [a, b] = [vars[i]!, vars[i + 1]!];
    if (a.size === 0 || b.size === 0) continue;
    const dynamic = a.unit !== undefined || b.unit !== undefined;
    const joined = loopVar(
      `${name}${i}`,
      a.size * b.size,
      dynamic ? (a.unit ?? a.size) * (b.unit ?? b.size) : undefined,
    );
    const q = varIndex(joined);
    const to = (v: LoopVar): Index | undefined =>
      v === a ? divided(q, b.size) : v === b ? remainder(q, b.size) : undefined;
    const rewritten = all.map((use) => substitute(use, to));
    if (!worth(b, all, rewritten)) continue;
    all = rewritten;
    index = index.map((x) => substitute(x, to));
    vars = [...vars.slice(0, i), joined, ...vars.slice(i + 2)];
  }
  return { vars, index };
}

const cost = (list: readonly Index[]): number => list.reduce((n, i) => n + divisions(i), 0);

/** Joins neighbouring ranges wherever every index in `uses` stays free of new divisions: fewer, longer loops. */
export const collapse = (name: string, ranges: Ranges, uses: readonly Index[]): Ranges =>
  join(name, ranges, uses, (_, before, after) => cost(after) <= cost(before));

/** Ranges shorter than this are joined with the one before them where columns are folded. */
const SHORT = 16;

/** Joins short ranges by their sizes alone: the order in which columns are folded must follow from the shape. */
export const joinShort = (name: string, ranges: Ranges): Ranges => join(name, ranges, [], (b) => b.size < SHORT);

/** Every index inside the expressions. */
export function indicesIn(roots: readonly Expr[]): Index[] {
  const found: Index[] = [];
  inside(roots, (e) => {
    if (e.e === 'load' || e.e === 'position') found.push(e.index);
    if (e.e === 'load' || e.e === 'guard') for (const g of e.guards) found.push(g.index);
  });
  return found;
}

/** Every condition inside the expressions. */
export function guardsIn(roots: readonly Expr[]): Guard[] {
  const found = new Set<Guard>();
  inside(roots, (e) => {
    if (e.e === 'load' || e.e === 'guard') for (const g of e.guards) found.add(g);
  });
  return [...found];
}

/** The index of a member's domain, from those of rows and columns. */
export function domainIndex(
  member: Member,
  rows: Ranges,
  rowSizes: readonly number[],
  cols: Ranges,
  colSizes: readonly number[],
): Index[] {
  const index = new Array<Index>(member.domain.length).fill(constantIndex(0));
  const spread = (axes: readonly number[], from: readonly Index[], sizes: readonly number[]): void => {
    const own = axes.map((a) => member.domain[a]!);
    const same = own.length === sizes.length && own.every((n, i) => n === sizes[i]);
    const at = same ? from : unravel(linear(from, sizes, SYMBOLS), own, SYMBOLS);
    axes.forEach((a, i) => {
      index[a] = at[i]!;
    });
  };
  spread(member.rowAxes, rows.index, rowSizes);
  spread(member.colAxes, cols.index, colSizes);
  return index;
}
