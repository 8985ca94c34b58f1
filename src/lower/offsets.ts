/**
 * Where a kernel begins in its buffers becomes part of what they are bound to: kernels that differ in nothing else, such as those of the steps of
 * a sequence, are then one.
 */
import type { Expr, Index, Stmt } from '../ir/expr.js';
import { Expressions, rebuild } from '../rules/expressions.js';
import { constantIndex, plus, substitute } from '../rules/index-algebra.js';
import type { Lowered } from './kernel.js';
import { inside, rootsOf, statements } from './visit.js';

/** The least place that is touched of each buffer which is a value. */
function beginnings({ program, buffers }: Lowered): ReadonlyMap<number, number> {
  const least = new Map<number, number>();
  const touch = (slot: number, { min }: Index): void => {
    if (buffers[slot]!.kind === 'value') least.set(slot, Math.min(least.get(slot) ?? Infinity, min));
  };
  statements(program.body, (s) => {
    // A routine is given the whole.
    if (s.s === 'call') for (const { slot } of s.wholes) touch(slot, constantIndex(0));
    else if (s.s === 'store') touch(s.slot, s.index);
  });
  inside(rootsOf(program.body), (e) => {
    if (e.e === 'load') touch(e.slot, e.index);
  });
  return new Map([...least].filter(([, min]) => min > 0 && Number.isFinite(min)));
}

/** The kernel with every buffer beginning where it is first touched. */
export function fromBeginnings(lowered: Lowered): Lowered {
  const starts = beginnings(lowered);
  if (starts.size === 0) return lowered;
  const e = new Expressions();
  const memo = new Map<Expr, Expr>();
  const none = (): undefined => undefined;
  const moved = (slot: number, i: Index): Index => plus(index(i), constantIndex(-(starts.get(slot) ?? 0)));
  const index = (i: Index): Index => substitute(i, none, (atom) => e.asIndex(expr(atom.expr), atom.max + 1));
  const guards = <G extends { readonly index: Index }>(list: readonly G[]): G[] =>
    list.map((g) => ({ ...g, index: index(g.index) }));
  const expr = (x: Expr): Expr =>
    rebuild(
      x,
      e,
      (y) =>
        y.e === 'load' && starts.has(y.slot)
          ? e.load(y.slot, y.dtype, moved(y.slot, y.index), guards(y.guards), y.lanes, y.along)
          : undefined,
      none,
      memo,
    );
  const stmt = (s: Stmt): Stmt => {
    switch (s.s) {
      case 'for':
        return { ...s, body: s.body.map(stmt) };
      case 'if':
        return { ...s, guards: guards(s.guards), then: s.then.map(stmt) };
      case 'set':
        return { ...s, value: expr(s.value) };
      case 'store':
        return { ...s, index: moved(s.slot, s.index), guards: guards(s.guards), value: expr(s.value) };
      case 'report':
        return { ...s, failed: expr(s.failed), value: expr(s.value) };
      case 'call':
      case 'barrier':
        return s;
    }
  };
  return {
    ...lowered,
    program: { ...lowered.program, body: lowered.program.body.map(stmt) },
    buffers: lowered.buffers.map((b, slot) => (b.kind === 'value' ? { ...b, start: starts.get(slot) ?? 0 } : b)),
  };
}
