/**
 * Cutting a loop where its conditions change: tensors that stand one after another are read in loops of their own, in which no element
 * asks to which of them it belongs.
 */
import type { Expr, Guard, LoopVar } from '../ir/expr.js';
import { constantIndex, loopVar, plus, substitute, varIndex } from '../rules/index-algebra.js';
import { guardsIn, type Ranges } from './kernel.js';

/** A loop is cut into so many parts at most. */
const MOST = 128;
/** A kernel in which more conditions than this would be written down is left whole. */
const MOST_WRITTEN = 20_000;

/** Where along `v` one condition ceases to hold and another begins to, if they ask for `v` alone. */
function boundaries(v: LoopVar, guards: readonly Guard[]): number[] {
  const begins = new Set<number>();
  const ends = new Set<number>();
  for (const { index, lo, hi } of guards) {
    const [term] = index.terms;
    if (index.terms.length !== 1 || term!.by !== 1 || term!.atom.kind !== 'var' || term!.atom.v !== v) continue;
    begins.add(lo - index.constant);
    ends.add(hi - index.constant);
  }
  return [...begins].filter((p) => ends.has(p) && p > 0 && p < v.size).sort((a, b) => a - b);
}

/**
 * The ranges cut into parts, in order, along that one of `candidates` which has the most boundaries in what `roots` read; one part
 * where there are none.
 */
export function segments(ranges: Ranges, candidates: readonly LoopVar[], roots: readonly Expr[]): readonly Ranges[] {
  const guards = guardsIn(roots);
  let best: { readonly v: LoopVar; readonly at: readonly number[] } | null = null;
  for (const v of candidates) {
    const at = boundaries(v, guards);
    if (at.length > (best?.at.length ?? 0)) best = { v, at };
  }
  if (!best || best.at.length >= MOST || best.at.length * guards.length > MOST_WRITTEN) return [ranges];
  const { v, at } = best;
  return [0, ...at].map((from, i) => {
    const part = loopVar(v.name, (at[i] ?? v.size) - from);
    const moved = plus(varIndex(part), constantIndex(from));
    return {
      vars: ranges.vars.flatMap((w) => (w !== v ? [w] : part.size === 1 ? [] : [part])),
      index: ranges.index.map((x) => substitute(x, (w) => (w === v ? moved : undefined))),
    };
  });
}
