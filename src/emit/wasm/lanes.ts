/**
 * How the lanes of a vector lie: at neighbouring places, all at one place, or each on its own.
 */
import type { Guard, GuardExpr, Index, LoadExpr, PositionExpr } from '../../ir/expr.js';
import { advanceGuards, advanceIndex, guardsFollow, strideOf } from '../advance.js';
import { type Access, accessOf, type Sum, sumOf, type Test, testsOf } from './parts.js';

/** A load that one instruction does where the tests hold: of one element, of a row of neighbours, or of one into all lanes. */
export interface WholeLoad {
  readonly how: 'one' | 'row' | 'same';
  readonly access: Access;
  readonly tests: readonly Test[];
}
export type LoadPlan =
  | WholeLoad
  /** No guard can hold. */
  | { readonly how: 'zero' }
  /** Each lane for itself (null: zero), unless the tests of `whole` hold, which say that all lanes are there. */
  | { readonly how: 'lanes'; readonly lanes: readonly (WholeLoad | null)[]; readonly whole: WholeLoad | null };

export type GuardPlan =
  | { readonly how: 'never' }
  /** The same for all lanes. */
  | { readonly how: 'uniform'; readonly tests: readonly Test[] }
  /** Each test at a distance of `stride` for the next lane, and all of them must hold. */
  | { readonly how: 'strided'; readonly tests: readonly { readonly test: Test; readonly stride: number }[] }
  | { readonly how: 'lanes'; readonly lanes: readonly (readonly Test[] | null)[] };

export type PositionPlan =
  | { readonly how: 'strided'; readonly sum: Sum; readonly stride: number }
  | { readonly how: 'lanes'; readonly lanes: readonly Sum[] };

const laneNumbers = (lanes: number): number[] => Array.from({ length: lanes }, (_, i) => i);

const loads = new WeakMap<LoadExpr, LoadPlan>();
/** How to do a load; the same plan each time for the same expression. */
export function planLoad(load: LoadExpr): LoadPlan {
  let plan = loads.get(load);
  if (!plan) loads.set(load, (plan = chooseLoad(load)));
  return plan;
}

function chooseLoad({ slot, dtype, lanes, index, guards, along }: LoadExpr): LoadPlan {
  const whole = (how: WholeLoad['how'], at: Index, where: readonly Guard[]): WholeLoad | null => {
    const tests = testsOf(where);
    return tests && { how, access: accessOf(slot, at, dtype), tests };
  };
  if (lanes === 1) return whole('one', index, guards) ?? { how: 'zero' };
  const stride = strideOf(index, along);
  const how = stride === 0 ? 'same' : 'row';
  if (!guardsFollow(guards, along) && (stride === 0 || stride === 1))
    return whole(how, index, guards) ?? { how: 'zero' };
  if (along === null) throw new Error('emit/wasm: a vector load without a direction has lanes that differ');
  const each = laneNumbers(lanes).map((i) =>
    whole('one', advanceIndex(index, along, i), advanceGuards(guards, along, i)),
  );
  if (each.every((lane) => lane === null)) return { how: 'zero' };
  // A guard on an index of constant stride holds for all lanes if it holds for the first and for the last.
  const convex = guards.every((g) => strideOf(g.index, along) !== null) && (stride === 0 || stride === 1);
  const ends = [...guards, ...advanceGuards(guards, along, lanes - 1)];
  return { how: 'lanes', lanes: each, whole: convex ? whole(how, index, ends) : null };
}

/** How to compute the lanes of a guard. */
export function planGuard({ guards, lanes, along }: GuardExpr): GuardPlan {
  if (lanes === 1 || along === null || !guardsFollow(guards, along)) {
    const tests = testsOf(guards);
    return tests ? { how: 'uniform', tests } : { how: 'never' };
  }
  const strided: { test: Test; stride: number }[] = [];
  for (const guard of guards) {
    const stride = strideOf(guard.index, along);
    if (stride === null) {
      return { how: 'lanes', lanes: laneNumbers(lanes).map((i) => testsOf(advanceGuards(guards, along, i))) };
    }
    const tests = testsOf([guard]);
    if (tests === null) return { how: 'never' };
    for (const test of tests) strided.push({ test, stride });
  }
  return { how: 'strided', tests: strided };
}

/** How to compute the lanes of a position. */
export function planPosition({ index, lanes, along }: PositionExpr): PositionPlan {
  const stride = lanes === 1 ? 0 : strideOf(index, along);
  if (along === null || stride !== null) return { how: 'strided', sum: sumOf(index), stride: stride ?? 0 };
  return { how: 'lanes', lanes: laneNumbers(lanes).map((i) => sumOf(advanceIndex(index, along, i))) };
}
