/**
 * What the lanes of a vector see as a loop variable moves on: how far their places lie apart, and, where that is no
 * fixed distance, the index or expression of each lane.
 */
import type { Atom, Expr, Guard, Index, LoopVar } from '../ir/expr.js';
import { type Tokens, tokenOfVar, tokensOf, tokensOfAtom, tokensOfGuards, tokensOfIndex } from './dependence.js';

// One object for each (original, variable, distance), so that what lanes share is still seen to be shared.
type Moved<T extends object> = WeakMap<T, Map<string, T>>;
const indices: Moved<Index> = new WeakMap();
const expressions: Moved<Expr> = new WeakMap();

function once<T extends object>(cache: Moved<T>, of: T, tokens: Tokens, v: LoopVar, by: number, make: () => T): T {
  if (by === 0 || !tokens.has(tokenOfVar(v))) return of;
  let known = cache.get(of);
  if (!known) cache.set(of, (known = new Map()));
  const key = `${v.id}+${by}`;
  let moved = known.get(key);
  if (!moved) known.set(key, (moved = make()));
  return moved;
}

function advanceAtom(atom: Exclude<Atom, { kind: 'var' }>, v: LoopVar, by: number): Atom {
  const key = `${atom.key}@${v.id}+${by}`;
  if (atom.kind === 'value') return { ...atom, key, expr: advance(atom.expr, v, by) };
  return { ...atom, key, of: advanceIndex(atom.of, v, by) };
}

/** `index` with `v` + `by` for `v`. The bounds stay true, for they hold for every value of v that occurs. */
export const advanceIndex = (index: Index, v: LoopVar, by: number): Index =>
  once(indices, index, tokensOfIndex(index), v, by, () => {
    let constant = index.constant;
    const terms = index.terms.map((term) => {
      const { atom } = term;
      if (!tokensOfAtom(atom).has(tokenOfVar(v))) return term;
      if (atom.kind !== 'var') return { atom: advanceAtom(atom, v, by), by: term.by };
      constant += term.by * by;
      return term;
    });
    return { ...index, key: `${index.key}@${v.id}+${by}`, terms, constant };
  });

export const advanceGuards = (guards: readonly Guard[], v: LoopVar, by: number): readonly Guard[] =>
  by === 0 || !tokensOfGuards(guards).has(tokenOfVar(v))
    ? guards
    : guards.map((g) => ({ ...g, index: advanceIndex(g.index, v, by) }));

/** `expr` with `v` + `by` for `v`. Locals are taken as they are: one that follows `v` may not stand in such an index. */
function advance(expr: Expr, v: LoopVar, by: number): Expr {
  return once(expressions, expr, tokensOf(expr), v, by, () => {
    switch (expr.e) {
      case 'op':
        return { ...expr, args: expr.args.map((a) => advance(a, v, by)) };
      case 'load':
        return { ...expr, index: advanceIndex(expr.index, v, by), guards: advanceGuards(expr.guards, v, by) };
      case 'position':
        return { ...expr, index: advanceIndex(expr.index, v, by) };
      case 'guard':
        return { ...expr, guards: advanceGuards(expr.guards, v, by) };
      case 'splat':
      case 'lane':
        return { ...expr, of: advance(expr.of, v, by) };
      case 'constant':
      case 'number':
      case 'local':
        return expr;
    }
  });
}

/** What `index` grows by when `along` grows by 1; null where that is no constant. */
export function strideOf(index: Index, along: LoopVar | null): number | null {
  if (along === null) return 0;
  let stride = 0;
  for (const { atom, by } of index.terms) {
    if (!tokensOfAtom(atom).has(tokenOfVar(along))) continue;
    if (atom.kind !== 'var') return null;
    stride += by;
  }
  return stride;
}

/** Whether the guards change when `along` does. */
export const guardsFollow = (guards: readonly Guard[], along: LoopVar | null): boolean =>
  along !== null && tokensOfGuards(guards).has(tokenOfVar(along));
