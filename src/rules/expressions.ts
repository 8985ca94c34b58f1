/**
 * Building scalar expressions: equal ones are one object, constants fold, and each record's own identities apply.
 */
import { allocate, type DType } from '../base/dtype.js';
import type { Expr, ExprBuilder, Guard, Index, Local, LoopVar } from '../ir/expr.js';
import type { ElementwiseOp } from '../ir/op.js';
import { where } from '../ops/index.js';
import { dependsOn, substitute, valueIndex, valuesIn } from './index-algebra.js';

/** `value` as an element of `dtype` holds it. */
function rounded(value: number, dtype: DType): number {
  if (dtype === 'float64') return value;
  const cell = allocate(dtype, 1);
  cell[0] = value;
  return cell[0]!;
}

const records = new WeakMap<object, number>();
let recordCount = 0;
/** A number for each record, so that keys need no names. */
function recordId(op: object): number {
  let id = records.get(op);
  if (id === undefined) records.set(op, (id = recordCount++));
  return id;
}

const guardKey = (guards: readonly Guard[]): string => guards.map((g) => `${g.index.key}[${g.lo},${g.hi})`).join('&');

/** One builder for one kernel: what it makes is shared within it. */
export class Expressions implements ExprBuilder {
  private readonly made = new Map<string, Expr>();
  private readonly ids = new Map<Expr, number>();

  /** `spells` tells what the target has an instruction for; the rest is written out by its record's expansion, if it has one. */
  constructor(private readonly spells: (op: ElementwiseOp, dtype: DType) => boolean = () => true) {}

  private share(key: string, make: () => Expr): Expr {
    let e = this.made.get(key);
    if (!e) {
      e = make();
      this.made.set(key, e);
      this.ids.set(e, this.ids.size);
    }
    return e;
  }

  /** How many different expressions have been made. */
  get size(): number {
    return this.made.size;
  }

  /** A number for each expression made here. */
  idOf(e: Expr): number {
    const id = this.ids.get(e);
    if (id === undefined) throw new Error('internal: an expression of another builder');
    return id;
  }

  constant(value: number, dtype: DType, lanes = 1): Expr {
    const v = rounded(value, dtype);
    return this.share(`c${Object.is(v, -0) ? '-0' : v}${dtype}${lanes}`, () => ({
      e: 'constant',
      value: v,
      dtype,
      lanes,
    }));
  }

  op(op: ElementwiseOp, ...args: Expr[]): Expr {
    return this.typed(op, args[0]!.dtype, undefined, ...args);
  }

  typed(op: ElementwiseOp, dtype: DType, attrs: unknown, ...given: Expr[]): Expr {
    const lanes = Math.max(...given.map((a) => a.lanes));
    const args = given.map((a) => (a.lanes === lanes ? a : this.splat(a, lanes)));
    const simpler = op.simplify?.(args, attrs);
    if (simpler) return simpler;
    if (args.every((a) => a.e === 'constant')) {
      const values = args.map((a) => (a.e === 'constant' ? a.value : 0));
      return this.constant(op.scalar(values, args[0]!.dtype, attrs), dtype, lanes);
    }
    if (!this.spells(op, args[0]!.dtype)) {
      const expansion = op.expand?.(args, args[0]!.dtype, attrs, this);
      if (expansion) return expansion;
    }
    const key = `o${recordId(op)}${op.key?.(attrs) ?? ''}${dtype}(${args.map((a) => this.idOf(a)).join()})`;
    return this.share(key, () => ({ e: 'op', op, attrs, args, dtype, lanes }));
  }

  /** `a` where the bool `condition` holds, else `b`. */
  choose(condition: Expr, a: Expr, b: Expr): Expr {
    return this.typed(where, a.dtype, undefined, condition, a, b);
  }

  number(slot: number, dtype: DType): Expr {
    return this.share(`n${slot}`, () => ({ e: 'number', slot, dtype, lanes: 1 }));
  }

  load(
    slot: number,
    dtype: DType,
    index: Index,
    guards: readonly Guard[],
    lanes = 1,
    along: LoopVar | null = null,
  ): Expr {
    const key = `l${slot}@${index.key}?${guardKey(guards)}x${lanes}${along ? `v${along.id}` : ''}`;
    return this.share(key, () => ({ e: 'load', slot, dtype, index, guards, lanes, along }));
  }

  position(index: Index, lanes = 1, along: LoopVar | null = null): Expr {
    if (index.terms.length === 0) return this.constant(index.constant, 'int32', lanes);
    return this.share(`p${index.key}x${lanes}${along ? `v${along.id}` : ''}`, () => ({
      e: 'position',
      index,
      dtype: 'int32',
      lanes,
      along,
    }));
  }

  guard(guards: readonly Guard[], lanes = 1, along: LoopVar | null = null): Expr {
    if (guards.length === 0) return this.constant(1, 'bool', lanes);
    return this.share(`g${guardKey(guards)}x${lanes}${along ? `v${along.id}` : ''}`, () => ({
      e: 'guard',
      guards,
      dtype: 'bool',
      lanes,
      along,
    }));
  }

  local(local: Local): Expr {
    return this.share(`t${local.id}`, () => ({ e: 'local', local, dtype: local.dtype, lanes: local.lanes }));
  }

  splat(of: Expr, lanes: number): Expr {
    if (of.lanes === lanes) return of;
    if (of.e === 'constant') return this.constant(of.value, of.dtype, lanes);
    return this.share(`s${this.idOf(of)}x${lanes}`, () => ({ e: 'splat', of, dtype: of.dtype, lanes }));
  }

  lane(of: Expr, lane: number): Expr {
    if (of.lanes === 1) return of;
    if (of.e === 'constant') return this.constant(of.value, of.dtype);
    if (of.e === 'splat') return of.of;
    return this.share(`e${this.idOf(of)}.${lane}`, () => ({ e: 'lane', of, lane, dtype: of.dtype, lanes: 1 }));
  }

  /** The value of an expression as an index, known to lie in 0 … size − 1. */
  asIndex(e: Expr, size: number): Index {
    return valueIndex(e, String(this.idOf(e)), size);
  }
}

/** Whether `test` is true of an expression or of one inside it. */
export function holds(e: Expr, test: (e: Expr) => boolean, seen = new Set<Expr>()): boolean {
  if (seen.has(e)) return false;
  seen.add(e);
  const inside = (x: Expr): boolean => holds(x, test, seen);
  if (test(e)) return true;
  if (e.e === 'op') return e.args.some(inside);
  if (e.e === 'splat' || e.e === 'lane') return inside(e.of);
  return (e.e === 'load' || e.e === 'position') && valuesIn(e.index).some(inside);
}

/** Whether an expression changes when a variable that `test` names does. */
export function varies(e: Expr, test: (v: LoopVar) => boolean, memo = new Map<Expr, boolean>()): boolean {
  const known = memo.get(e);
  if (known !== undefined) return known;
  const inside = (x: Expr): boolean => varies(x, test, memo);
  const inIndex = (i: Index): boolean => dependsOn(i, test, inside);
  let result = false;
  switch (e.e) {
    case 'op':
      result = e.args.some(inside);
      break;
    case 'load':
      result = inIndex(e.index) || e.guards.some((g) => inIndex(g.index));
      break;
    case 'position':
      result = inIndex(e.index);
      break;
    case 'guard':
      result = e.guards.some((g) => inIndex(g.index));
      break;
    case 'splat':
    case 'lane':
      result = inside(e.of);
      break;
    default:
  }
  memo.set(e, result);
  return result;
}

/** The expression with the parts for which `replace` gives another one replaced, and with variables substituted. */
export function rebuild(
  e: Expr,
  to: Expressions,
  replace: (e: Expr) => Expr | undefined,
  variable: (v: LoopVar) => Index | undefined,
  memo = new Map<Expr, Expr>(),
): Expr {
  const known = memo.get(e);
  if (known) return known;
  const inside = (x: Expr): Expr => rebuild(x, to, replace, variable, memo);
  const index = (i: Index): Index => substitute(i, variable, (atom) => to.asIndex(inside(atom.expr), atom.max + 1));
  const guards = (gs: readonly Guard[]): Guard[] => gs.map((g) => ({ ...g, index: index(g.index) }));
  let made = replace(e);
  if (!made) {
    switch (e.e) {
      case 'op':
        made = to.typed(e.op, e.dtype, e.attrs, ...e.args.map(inside));
        break;
      case 'constant':
        made = to.constant(e.value, e.dtype, e.lanes);
        break;
      case 'number':
        made = to.number(e.slot, e.dtype);
        break;
      case 'load':
        made = to.load(e.slot, e.dtype, index(e.index), guards(e.guards), e.lanes, e.along);
        break;
      case 'position':
        made = to.position(index(e.index), e.lanes, e.along);
        break;
      case 'guard':
        made = to.guard(guards(e.guards), e.lanes, e.along);
        break;
      case 'local':
        made = to.local(e.local);
        break;
      case 'splat':
        made = to.splat(inside(e.of), e.lanes);
        break;
      case 'lane':
        made = to.lane(inside(e.of), e.lane);
        break;
    }
  }
  memo.set(e, made);
  return made;
}
