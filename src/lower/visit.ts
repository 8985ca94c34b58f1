/**
 * Looking at everything in a program.
 */
import type { Expr, Stmt } from '../ir/expr.js';
import { valuesIn } from '../rules/index-algebra.js';

/** Calls `visit` with every statement. */
export function statements(body: readonly Stmt[], visit: (s: Stmt) => void): void {
  for (const s of body) {
    visit(s);
    if (s.s === 'for') statements(s.body, visit);
    else if (s.s === 'if') statements(s.then, visit);
  }
}

/** The expressions that statements begin from, those that find an index included. */
export function rootsOf(body: readonly Stmt[]): Expr[] {
  const roots: Expr[] = [];
  statements(body, (s) => {
    if (s.s === 'set' || s.s === 'store') roots.push(s.value);
    else if (s.s === 'report') roots.push(s.failed, s.value);
    if (s.s === 'store') roots.push(...valuesIn(s.index));
    if (s.s === 'store' || s.s === 'if') for (const g of s.guards) roots.push(...valuesIn(g.index));
  });
  return roots;
}

/** Calls `visit` on every expression inside `roots`, those that find an index included, each once. */
export function inside(roots: readonly Expr[], visit: (e: Expr) => void): void {
  const seen = new Set<Expr>();
  const enter = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    visit(e);
    if (e.e === 'op') e.args.forEach(enter);
    else if (e.e === 'load' || e.e === 'position') valuesIn(e.index).forEach(enter);
    else if (e.e === 'splat' || e.e === 'lane') enter(e.of);
    if (e.e === 'load' || e.e === 'guard') for (const g of e.guards) valuesIn(g.index).forEach(enter);
  };
  roots.forEach(enter);
}
