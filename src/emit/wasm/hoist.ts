/**
 * What can be computed before a loop instead of inside it, and how often each part is used.
 *
 * The parts found are the largest that neither depend on anything the loop changes nor could trap where the loop would
 * not have computed them: arithmetic and addresses never trap, a read of memory may, so it moves only when it is
 * certain to happen. Loops that are known to run zero times are never emitted, so every loop body is certain to be entered
 * unless its bounds are dynamic.
 */
import type { Stmt } from '../../ir/expr.js';
import { intersect, readsMemory, type Tokens } from '../dependence.js';
import { anatomyOf, childrenOf, isFree, type Key, keyOf, type Part, tokensOfPart } from './graph.js';
import { type Sum, sum, tokensOfTerm } from './parts.js';

/** The parts of a sum that do not depend on `changes`, as a sum. */
export const invariantOf = (s: Sum, changes: Tokens): Sum => remaining(s, (tokens) => !intersect(tokens, changes));

/** A sum without the terms whose dependences `keep` refuses. */
export function remaining(s: Sum, keep: (tokens: Tokens) => boolean): Sum {
  const terms = s.terms.filter((t) => keep(tokensOfTerm(t)));
  return terms.length === s.terms.length ? s : sum(s.slot, terms, s.constant);
}

/** The parts of a loop's body that can be computed before it, in an order in which they can be. */
export function hoistable(body: readonly Stmt[], changes: Tokens): readonly Part[] {
  const found = new Map<Key, Part>();
  const seen = { certain: new Set<Key>(), uncertain: new Set<Key>() };
  const visit = (part: Part, certain: boolean): void => {
    const key = keyOf(part);
    const visited = certain ? seen.certain : seen.uncertain;
    if (visited.has(key) || seen.certain.has(key)) return;
    visited.add(key);
    const tokens = tokensOfPart(part);
    if (!intersect(tokens, changes) && (certain || !readsMemory(tokens))) {
      if (!isFree(part)) found.set(key, part);
      return;
    }
    if ('p' in part && part.p === 'sum') {
      const still = remaining(part, (of) => !intersect(of, changes) && (certain || !readsMemory(of)));
      if (!isFree(still)) found.set(keyOf(still), still);
    }
    // The address of a guarded load may read an index from memory, which is only sure to be there where the guards hold.
    const guarded = !('p' in part) && part.e === 'load' && part.guards.length > 0;
    for (const child of childrenOf(part)) visit(child, certain && !(guarded && 'p' in child && child.p === 'sum'));
  };
  const walk = (statements: readonly Stmt[], certain: boolean): void => {
    for (const s of statements) {
      const { parts, always, inner, perhaps } = anatomyOf(s);
      parts.forEach((part, i) => visit(part, certain && i < always));
      walk(inner, certain && parts.length === 0 && !perhaps);
    }
  };
  walk(body, true);
  return [...found.values()];
}

/** How many times each part stands in the statements, those inside them included. */
export function countUses(body: readonly Stmt[], uses = new Map<Key, number>()): ReadonlyMap<Key, number> {
  const visit = (part: Part): void => {
    const key = keyOf(part);
    const n = uses.get(key) ?? 0;
    uses.set(key, n + 1);
    if (n === 0) childrenOf(part).forEach(visit);
  };
  for (const s of body) {
    const { parts, inner } = anatomyOf(s);
    parts.forEach(visit);
    countUses(inner, uses);
  }
  return uses;
}
