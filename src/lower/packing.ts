/**
 * Copying an operand of a contraction into the order in which its tiles read it. The folded ranges have a loop each, so that no division
 * finds them from one index, and what depends on the other ranges alone is computed before these loops.
 */
import type { Expr, LoadExpr, LoopVar, Stmt } from '../ir/expr.js';
import { strideAlong } from '../rules/index-algebra.js';
import { nest, stepped, vectorisable } from './kernel.js';
import type { Target } from './target.js';

/** Whether elements along `v` can be read as vectors: every load's are neighbours in memory, or one and the same, where its guards hold. */
export function readsInOrder(value: Expr, v: LoopVar, target: Target): boolean {
  const ordered = loadsIn(value).every((load) => {
    const stride = strideAlong(load.index, v);
    return (stride === 0 || stride === 1) && load.guards.every((g) => strideAlong(g.index, v) !== null);
  });
  return ordered && vectorisable([value], v, target);
}

/**
 * Loops over `outer` and `inner` around what `one` stores: a vector of neighbours along the last inner range if `value`, the
 * element to copy, is read in order there, else (with null) a single element.
 */
export function copyAlong(
  value: Expr,
  outer: readonly LoopVar[],
  inner: readonly LoopVar[],
  target: Target,
  one: (lanes: number, v: LoopVar | null) => Stmt[],
  parallel = false,
): readonly Stmt[] {
  const v = inner.at(-1);
  const { lanes } = target;
  if (!v || v.size < lanes || !readsInOrder(value, v, target))
    return nest([...outer, ...inner], one(1, null), parallel);
  const body = stepped(v, lanes, (width) => one(width, width > 1 ? v : null));
  return nest([...outer, ...inner.slice(0, -1)], body, parallel);
}

/** Every load in an expression, but for those that only find an index. */
function loadsIn(root: Expr): LoadExpr[] {
  const found: LoadExpr[] = [];
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.e === 'load') found.push(e);
    else if (e.e === 'op') e.args.forEach(visit);
    else if (e.e === 'splat' || e.e === 'lane') visit(e.of);
  };
  visit(root);
  return found;
}
