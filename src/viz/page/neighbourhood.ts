/**
 * What in the visible graph has to do with one box.
 */
import type { Id } from './visible.js';

type Edge = readonly [from: Id, to: Id];

export interface Neighbourhood {
  /** What the box is made of, and what is made of it, however far away; the box itself, too. */
  readonly related: ReadonlySet<Id>;
  /** Those that one arrow joins with it: what it takes, and who takes it. */
  readonly inputs: readonly Id[];
  readonly outputs: readonly Id[];
}

function reach(start: Id, edges: readonly Edge[], near: 0 | 1, far: 0 | 1): Set<Id> {
  const next = new Map<Id, Id[]>();
  for (const edge of edges) {
    const list = next.get(edge[near]);
    if (list) list.push(edge[far]);
    else next.set(edge[near], [edge[far]]);
  }
  const found = new Set([start]);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const id of found) for (const other of next.get(id) ?? []) found.add(other);
  return found;
}

export function neighbourhood(id: Id, edges: readonly Edge[]): Neighbourhood {
  return {
    related: new Set([...reach(id, edges, 1, 0), ...reach(id, edges, 0, 1)]),
    inputs: edges.filter(([, to]) => to === id).map(([from]) => from),
    outputs: edges.filter(([from]) => from === id).map(([, to]) => to),
  };
}
