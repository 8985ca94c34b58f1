/**
 * What is known when a kernel is emitted: how often loops run, and which parts of guards always or never hold.
 */
import type { Guard, Index, Stmt } from '../ir/expr.js';

export type For = Extract<Stmt, { s: 'for' }>;

/** Whether the bounds of a loop are arguments. */
export const isDynamic = ({ v }: For): boolean => v.unit !== undefined;

/** The bounds of a loop with the defaults filled in, and how often its body runs. @throws Error when its step is none */
export function boundsOf({ v, from = 0, to = v.size, step = 1 }: For): {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly trips: number;
} {
  if (!(step >= 1)) throw new Error(`internal: loop ${v.name} has step ${step}`);
  return { from, to, step, trips: Math.max(0, Math.floor((to - from) / step)) };
}

/** A guard of which only what its index's bounds leave open has to be tested; null for an end that needs no test. */
export interface OpenGuard {
  readonly guard: Guard;
  readonly index: Index;
  readonly lo: number | null;
  readonly hi: number | null;
}

/** What has to be tested for all guards to hold; null where they never do. */
export function openGuards(guards: readonly Guard[]): readonly OpenGuard[] | null {
  const open: OpenGuard[] = [];
  for (const guard of guards) {
    const { index, lo, hi, dynamic } = guard;
    if (!dynamic && (lo >= hi || index.max < lo || index.min >= hi)) return null;
    const above = index.min >= lo;
    const below = !dynamic && index.max < hi;
    if (!above || !below) open.push({ guard, index, lo: above ? null : lo, hi: below ? null : hi });
  }
  return open;
}
