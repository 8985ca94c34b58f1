/**
 * What is worth keeping for the rest of a row: an expensive value that one loop over the columns computes and a later one needs again, such
 * as the exponentials of a softmax between their sum and the division by it.
 */
import type { Expr } from '../ir/expr.js';
import { holds } from '../rules/expressions.js';

/** A value that costs less than so many additions is computed again. */
const WORTH_KEEPING = 12;

/** What an expression costs, in additions of one element, each of its parts once. */
function costOf(root: Expr): number {
  const seen = new Set<Expr>();
  const visit = (e: Expr): number => {
    if (seen.has(e)) return 0;
    seen.add(e);
    if (e.e === 'op') return e.args.reduce((sum, a) => sum + visit(a), e.op.cost ?? 1);
    return e.e === 'splat' || e.e === 'lane' ? visit(e.of) : 0;
  };
  return visit(root);
}

/** The largest expensive parts of `now` that `later` has too. */
export function worthKeeping(now: readonly Expr[], later: readonly Expr[]): readonly Expr[] {
  const again = new Set<Expr>();
  for (const root of later) {
    holds(root, (e) => {
      again.add(e);
      return false;
    });
  }
  const kept = new Set<Expr>();
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.e === 'op' && again.has(e) && costOf(e) >= WORTH_KEEPING) kept.add(e);
    else if (e.e === 'op') e.args.forEach(visit);
  };
  now.forEach(visit);
  return [...kept];
}
