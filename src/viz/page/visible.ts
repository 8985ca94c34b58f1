/**
 * What there is to see while some groups are folded.
 */
import type { PageData } from './model.js';

/**
 * A box or a frame of the page: node `i` is `i`, group `j` is as many as there are nodes plus `j`. Inside a numbering of its own, so
 * that arrows may lead to both.
 */
export type Id = number;

/** No group: the page itself. */
export const PAGE = -1;

export interface Visible {
  /** The boxes: nodes and folded groups, in the order of their first nodes. */
  readonly boxes: readonly Id[];
  /** The open groups, outer ones first. */
  readonly frames: readonly Id[];
  readonly edges: readonly (readonly [from: Id, to: Id])[];
}

export const groupId = ({ nodes }: PageData, group: number): Id => (group < 0 ? PAGE : nodes.length + group);

/** The group around a box or frame, {@link PAGE} for none. */
export function parentOf(data: PageData, id: Id): Id {
  const { nodes, groups } = data;
  return groupId(data, nodes[id]?.group ?? groups[id - nodes.length]?.parent ?? PAGE);
}

/** The groups around a box or frame, innermost first. */
export function groupsAround(data: PageData, id: Id): Id[] {
  const around: Id[] = [];
  for (let at = parentOf(data, id); at !== PAGE; at = parentOf(data, at)) around.push(at);
  return around;
}

/** What stands for a node: the outermost folded group around it, else itself. */
export const shownAs = (data: PageData, node: number, folded: ReadonlySet<Id>): Id =>
  groupsAround(data, node).findLast((id) => folded.has(id)) ?? node;

/** What is seen of the graph; arrows inside a folded group are not, and those that lead to one are drawn once. */
export function visibleOf(data: PageData, folded: ReadonlySet<Id>): Visible {
  const shown = data.nodes.map((_, node) => shownAs(data, node, folded));
  const boxes = new Set(shown);
  const around = new Set([...boxes].flatMap((id) => groupsAround(data, id)));
  const frames = data.groups.map((_, group) => groupId(data, group)).filter((id) => around.has(id));
  const edges: [Id, Id][] = [];
  const drawn = new Set<string>();
  for (const [from, to] of data.edges) {
    const ends: [Id, Id] = [shown[from]!, shown[to]!];
    if (ends[0] === ends[1]) continue;
    const grouped = ends[0] !== from || ends[1] !== to;
    if (grouped && drawn.has(ends.join())) continue;
    drawn.add(ends.join());
    edges.push(ends);
  }
  return { boxes: [...boxes], frames, edges };
}
