/**
 * Whether a target can spell a program.
 */
import type { Expr, Index, Program, Stmt } from '../ir/expr.js';
import type { Target } from './target.js';

/** Whether `target` spells every op of a program: what neither it nor an expansion spells has to run elsewhere. */
export function isSpelled({ body }: Program, target: Target): boolean {
  const seen = new Set<Expr>();
  const index = (i: Index): boolean =>
    i.terms.every(({ atom }) => (atom.kind === 'value' ? expr(atom.expr) : atom.kind === 'var' || index(atom.of)));
  const expr = (e: Expr): boolean => {
    if (seen.has(e)) return true;
    seen.add(e);
    switch (e.e) {
      case 'op':
        return target.spells(e.op, e.args[0]!.dtype) && e.args.every(expr);
      case 'load':
        return index(e.index) && e.guards.every((g) => index(g.index));
      case 'position':
        return index(e.index);
      case 'guard':
        return e.guards.every((g) => index(g.index));
      case 'splat':
      case 'lane':
        return expr(e.of);
      default:
        return true;
    }
  };
  const stmt = (s: Stmt): boolean => {
    switch (s.s) {
      case 'for':
        return s.body.every(stmt);
      case 'if':
        return s.guards.every((g) => index(g.index)) && s.then.every(stmt);
      case 'set':
        return expr(s.value);
      case 'store':
        return index(s.index) && s.guards.every((g) => index(g.index)) && expr(s.value);
      case 'report':
        return expr(s.failed) && expr(s.value);
      case 'barrier':
        return true;
      case 'call':
        return target.calls;
    }
  };
  return body.every(stmt);
}
