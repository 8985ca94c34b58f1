/**
 * A program as machines run it: cut at its barriers, with an estimate of how much there is to do.
 */
import type { Program, Stmt } from './expr.js';

/** The parts between the barriers of a program, each a program with the same arguments. */
export function phasesOf(program: Program): Program[] {
  const parts: Stmt[][] = [[]];
  for (const s of program.body) {
    if (s.s === 'barrier') parts.push([]);
    else parts.at(-1)!.push(s);
  }
  return parts.filter((body) => body.length > 0).map((body) => ({ ...program, body }));
}

/** How many statements a program runs that are no loops: a rough measure of its work, the same for any number of threads. */
export function workOf(program: Program): number {
  const count = (body: readonly Stmt[]): number =>
    body.reduce((total, s) => {
      if (s.s === 'for') {
        const { v, from = 0, to = v.size, step = 1 } = s;
        return total + Math.max(0, Math.floor((to - from) / step)) * count(s.body);
      }
      return total + (s.s === 'if' ? count(s.then) : s.s === 'barrier' ? 0 : 1);
    }, 0);
  return count(program.body);
}
