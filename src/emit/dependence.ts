/**
 * What a value depends on that may change while a kernel runs, and what a piece of a kernel changes.
 * Both are sets of tokens: `v3` for a loop variable, `l5` for a local, `b2` for the memory of buffer slot 2.
 *
 * Slots are taken not to overlap, except a slot with itself: a load may move across a store to another slot.
 */
import type { Atom, Expr, Guard, Index, Local, LoopVar, Stmt } from '../ir/expr.js';

export type Tokens = ReadonlySet<string>;

export const tokenOfVar = (v: LoopVar): string => `v${v.id}`;
export const tokenOfLocal = (local: Local): string => `l${local.id}`;
export const tokenOfSlot = (slot: number): string => `b${slot}`;

const NONE: Tokens = new Set();

/** The union, which is one of the sets itself where that holds all the others. */
export function union(sets: Iterable<Tokens>): Tokens {
  let all = NONE;
  let own: Set<string> | null = null;
  for (const set of sets) {
    if (set === all || set.size === 0) continue;
    if (all.size === 0) {
      all = set;
      continue;
    }
    for (const token of set) {
      if (all.has(token)) continue;
      if (own === null) all = own = new Set(all);
      own.add(token);
    }
  }
  return all;
}

export function intersect(a: Tokens, b: Tokens): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const token of small) if (large.has(token)) return true;
  return false;
}

/** Whether the value reads memory, so that computing it where its guards fail could trap. */
export function readsMemory(tokens: Tokens): boolean {
  for (const token of tokens) if (token.startsWith('b')) return true;
  return false;
}

// Expressions and indices never change, so what they depend on is computed once.
const cache = new WeakMap<object, Tokens>();
function cached(of: object, compute: () => Tokens): Tokens {
  let tokens = cache.get(of);
  if (!tokens) cache.set(of, (tokens = compute()));
  return tokens;
}

export const tokensOfAtom = (atom: Atom): Tokens =>
  cached(atom, () => {
    if (atom.kind === 'var') return new Set([tokenOfVar(atom.v)]);
    return atom.kind === 'value' ? tokensOf(atom.expr) : tokensOfIndex(atom.of);
  });

export const tokensOfIndex = (index: Index): Tokens =>
  cached(index, () => union(index.terms.map((t) => tokensOfAtom(t.atom))));

export const tokensOfGuards = (guards: readonly Guard[]): Tokens => union(guards.map((g) => tokensOfIndex(g.index)));

/** What the value of `expr` depends on. */
export const tokensOf = (expr: Expr): Tokens => cached(expr, () => compute(expr));

function compute(expr: Expr): Tokens {
  switch (expr.e) {
    case 'constant':
    case 'number':
      return NONE;
    case 'op':
      return union(expr.args.map(tokensOf));
    case 'load':
      return union([new Set([tokenOfSlot(expr.slot)]), tokensOfIndex(expr.index), tokensOfGuards(expr.guards)]);
    case 'position':
      return tokensOfIndex(expr.index);
    case 'guard':
      return tokensOfGuards(expr.guards);
    case 'local':
      return new Set([tokenOfLocal(expr.local)]);
    case 'splat':
    case 'lane':
      return tokensOf(expr.of);
  }
}

/** Everything that statements change: their loop variables, locals and buffers. */
export function changesOf(body: readonly Stmt[], into = new Set<string>()): Set<string> {
  for (const s of body) {
    if (s.s === 'set') into.add(tokenOfLocal(s.local));
    else if (s.s === 'store') into.add(tokenOfSlot(s.slot));
    else if (s.s === 'if') changesOf(s.then, into);
    else if (s.s === 'for') {
      into.add(tokenOfVar(s.v));
      changesOf(s.body, into);
    }
  }
  return into;
}
