/**
 * Whether a target can spell a program.
 */
import type { Program } from '../ir/expr.js';
import type { Target } from './target.js';
import { inside, rootsOf, statements } from './visit.js';

/** Whether `target` spells every op of a program: what neither it nor an expansion spells has to run elsewhere. */
export function isSpelled({ body }: Program, target: Target): boolean {
  let spelled = true;
  statements(body, (s) => {
    if (s.s === 'call') spelled &&= target.calls;
  });
  inside(rootsOf(body), (e) => {
    if (e.e === 'op') spelled &&= target.spells(e.op, e.args[0]!.dtype);
  });
  return spelled;
}
