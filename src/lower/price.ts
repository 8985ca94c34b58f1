/**
 * What a program costs to run.
 */
import type { Expr, Index, Program, Stmt } from '../ir/expr.js';

/**
 * The price of one run, in additions of one element, by the trips of the loops and the prices of the ops. It follows from
 * the program alone.
 */
export function priceOf({ body }: Program): number {
  const ofIndex = (index: Index, seen: Set<Expr>): number =>
    index.terms.reduce(
      (sum, { atom }) =>
        sum + (atom.kind === 'var' ? 0 : atom.kind === 'value' ? ofExpr(atom.expr, seen) : 2 + ofIndex(atom.of, seen)),
      1,
    );
  const ofExpr = (e: Expr, seen: Set<Expr>): number => {
    if (seen.has(e)) return 0;
    seen.add(e);
    switch (e.e) {
      case 'op':
        return e.args.reduce((sum, a) => sum + ofExpr(a, seen), (e.op.cost ?? 1) * e.lanes);
      case 'load':
        return e.lanes * e.guards.reduce((sum, g) => sum + ofIndex(g.index, seen), ofIndex(e.index, seen));
      case 'position':
        return e.lanes * ofIndex(e.index, seen);
      case 'guard':
        return e.lanes * e.guards.reduce((sum, g) => sum + ofIndex(g.index, seen), 0);
      case 'splat':
      case 'lane':
        return ofExpr(e.of, seen);
      default:
        return 0;
    }
  };
  const ofBody = (statements: readonly Stmt[]): number => {
    // What statements beside each other share is computed once.
    const seen = new Set<Expr>();
    return statements.reduce((sum, s) => sum + ofStmt(s, seen), 0);
  };
  const ofStmt = (s: Stmt, seen: Set<Expr>): number => {
    switch (s.s) {
      case 'for': {
        const { from = 0, to = s.v.size, step = 1 } = s;
        return Math.max(0, Math.floor((to - from) / step)) * (1 + ofBody(s.body));
      }
      case 'set':
        return ofExpr(s.value, seen);
      case 'store':
        return s.value.lanes + ofExpr(s.value, seen) + ofIndex(s.index, seen);
      case 'if':
        return s.guards.length + ofBody(s.then);
      case 'report':
        return ofExpr(s.failed, seen) + ofExpr(s.value, seen);
      // A routine is compiled already.
      case 'call':
      case 'barrier':
        return 0;
    }
  };
  return ofBody(body);
}
