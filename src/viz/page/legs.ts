/**
 * The way of an arrow through the groups between its ends, cut where it crosses their frames.
 */
import type { PageData } from './model.js';
import { groupsAround, type Id, PAGE, type Visible } from './visible.js';

/** The part of an edge that lies within one group, but not within the groups in it. */
export interface Leg {
  /** A box or frame in the group, or `null` for the group's own edge. */
  readonly from: Id | null;
  readonly to: Id | null;
  /** The box in which the edge begins: edges of one box cross a frame together. */
  readonly net: Id;
}

/** Which leg of which group, from an edge's beginning to its end. */
export type Way = readonly (readonly [group: Id, leg: number])[];

export interface Legs {
  readonly of: ReadonlyMap<Id, readonly Leg[]>;
  /** The way of each edge, in their order. */
  readonly ways: readonly Way[];
}

/** The legs of all edges, by group. */
export function legsOf(data: PageData, { edges }: Visible): Legs {
  const of = new Map<Id, Leg[]>();
  const shared = new Map<string, number>();
  const ways = edges.map(([from, to]): Way => {
    const up = [...groupsAround(data, from), PAGE];
    const down = [...groupsAround(data, to), PAGE];
    const common = up.find((group) => down.includes(group)) ?? PAGE;
    const leaving = up.slice(0, up.indexOf(common));
    const entering = down.slice(0, down.indexOf(common)).reverse();
    const way: (readonly [Id, Leg])[] = [
      ...leaving.map((group, i) => [group, { from: leaving[i - 1] ?? from, to: null, net: from }] as const),
      [common, { from: leaving.at(-1) ?? from, to: entering[0] ?? to, net: from }],
      ...entering.map((group, i) => [group, { from: null, to: entering[i + 1] ?? to, net: from }] as const),
    ];
    return way.map(([group, leg], i) => {
      const list = of.get(group) ?? [];
      of.set(group, list);
      // Up to a frame the edges of a box are one; at its end each has a tip of its own.
      const key = `${group} ${leg.from} ${leg.to} ${leg.net}`;
      const known = i === way.length - 1 ? undefined : shared.get(key);
      if (known !== undefined) return [group, known];
      shared.set(key, list.length);
      return [group, list.push(leg) - 1];
    });
  });
  return { of, ways };
}
