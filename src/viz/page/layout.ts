/**
 * Where boxes, frames and arrows go. Each open group is arranged by itself, inner ones first, and takes part in the arrangement around
 * it as one box; arrows that cross its frame do so at ports, which both arrangements know.
 */
import { columnsOf } from './columns.js';
import { type Layered, type Link, layer, type Vertex } from './layers.js';
import type { PageData } from './model.js';
import { groupsAround, type Id, PAGE, parentOf, type Visible } from './visible.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

/** Lengths are in pixels; y grows downwards; x and y of a rectangle are its left upper corner. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: ReadonlyMap<Id, Rect>;
  /** For each edge, the points it passes through, lying in pairs on straight pieces or at the ends of curved ones. */
  readonly routes: readonly (readonly Point[])[];
}

/** The height of a frame's title. */
export const TITLE = 24;
/** Between a frame and what it holds. */
const PADDING = 14;
/** Between layers: at least, and at most. */
const STEP = { least: 26, most: 64, slope: 0.07 } as const;

/** The part of an edge that lies within one group, but not within the groups in it. */
interface Leg {
  /** The vertex: a box or frame, or `null` for the port at the group's edge. */
  readonly from: Id | null;
  readonly to: Id | null;
  /** The box in which the edge begins: edges of one box share a port. */
  readonly net: Id;
}

/** One group as it was arranged: everything from its own left upper corner. */
interface Arranged {
  readonly width: number;
  readonly height: number;
  readonly corners: ReadonlyMap<Id, Point>;
  /** How far right of its middle a net crosses the upper and the lower edge. */
  readonly entries: ReadonlyMap<Id, number>;
  readonly exits: ReadonlyMap<Id, number>;
  /** The points of each leg, in the order of the group's legs. */
  readonly paths: readonly (readonly Point[])[];
}

/** The way of an edge: which leg of which group, from its beginning to its end. */
type Way = readonly (readonly [group: Id, leg: number])[];

/** The sizes of things as the arrangement sees them: arrows always lead down, so for `LR` they lie on their sides. */
interface Sizes {
  readonly of: (id: Id) => { readonly width: number; readonly height: number; readonly round: boolean };
  /** Around what a frame holds. */
  readonly room: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** Least sizes of a frame, for its title. */
  readonly frame: (id: Id) => { readonly width: number; readonly height: number };
}

function sizesOf({ nodes, groups }: PageData, turned: boolean): Sizes {
  const turn = <S extends { readonly width: number; readonly height: number }>(size: S): S =>
    turned ? { ...size, width: size.height, height: size.width } : size;
  const even = { left: PADDING, right: PADDING, top: PADDING, bottom: PADDING };
  return {
    of: (id) => {
      const { width, height, round = false } = (nodes[id] ?? groups[id - nodes.length]!).face;
      return turn({ width, height, round });
    },
    room: turned ? { ...even, left: PADDING + TITLE } : { ...even, top: PADDING + TITLE },
    frame: (id) => turn({ width: groups[id - nodes.length]!.title.width, height: 0 }),
  };
}

/** The legs of all edges by group, and the way of each edge through them. */
function legsOf(data: PageData, { edges }: Visible): { legs: Map<Id, Leg[]>; ways: Way[] } {
  const legs = new Map<Id, Leg[]>();
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
      const list = legs.get(group) ?? [];
      legs.set(group, list);
      // Up to a frame or a port the edges of a box are one; at its end each has a tip of its own.
      const key = `${group} ${leg.from} ${leg.to} ${leg.net}`;
      const known = i === way.length - 1 ? undefined : shared.get(key);
      if (known !== undefined) return [group, known];
      shared.set(key, list.length);
      return [group, list.push(leg) - 1];
    });
  });
  return { legs, ways };
}

/** The top of each layer, and how high it is. */
function rowsOf({ vertices, layers, segments }: Layered, x: readonly number[]): { top: number; height: number }[] {
  const rankOf = new Map(layers.flatMap((list, r) => list.map((v) => [v, r] as const)));
  const reach = layers.map(() => 0);
  for (const { from, to, leaves, enters } of segments) {
    const r = rankOf.get(from)!;
    reach[r] = Math.max(reach[r]!, Math.abs(x[from]! + leaves - x[to]! - enters));
  }
  let top = 0;
  return layers.map((list, r) => {
    const height = Math.max(...list.map((v) => vertices[v]!.height));
    const row = { top, height };
    // Ports lie on the frame; what is round them is the frame's own room.
    const port = list.every((v) => vertices[v]!.edge !== undefined);
    const next = layers[r + 1]?.every((v) => vertices[v]!.edge !== undefined) ?? false;
    const step = Math.min(STEP.most, STEP.least + STEP.slope * reach[r]!);
    top += height + (port || next ? Math.min(step, reach[r]! * 0.3) : step);
    return row;
  });
}

/** Where arrows that come side by side meet the top of a box: the main one in the middle. */
function entriesOf(links: readonly Link[], main: ReadonlySet<Link>, width: number): number[] {
  const middle = Math.max(
    0,
    links.findIndex((link) => main.has(link)),
  );
  const step = Math.min(14, (width / 2 - 6) / Math.max(1, middle, links.length - 1 - middle));
  return links.map((_, i) => (i - middle) * step);
}

class Arranger {
  readonly arranged = new Map<Id, Arranged>();
  private readonly children = new Map<Id, Id[]>();

  constructor(
    data: PageData,
    visible: Visible,
    private readonly legs: ReadonlyMap<Id, readonly Leg[]>,
    private readonly sizes: Sizes,
  ) {
    for (const id of [...visible.frames, ...visible.boxes]) {
      const parent = parentOf(data, id);
      this.children.set(parent, [...(this.children.get(parent) ?? []), id]);
    }
    // Inner ones first: outer ones stand before them.
    for (const frame of [PAGE, ...visible.frames].reverse()) this.arranged.set(frame, this.arrange(frame));
  }

  private arrange(group: Id): Arranged {
    const legs = this.legs.get(group) ?? [];
    const ids = this.children.get(group) ?? [];
    const vertices: Vertex[] = ids.map((id) => this.arranged.get(id) ?? this.sizes.of(id));
    const vertexOf = new Map(ids.map((id, i) => [id, i]));
    const ports = { first: new Map<Id, number>(), last: new Map<Id, number>() };
    const port = (edge: 'first' | 'last', net: Id): number => {
      const known = ports[edge].get(net);
      if (known !== undefined) return known;
      const vertex = vertices.push({ width: 0, height: 0, edge }) - 1;
      ports[edge].set(net, vertex);
      return vertex;
    };
    const links = legs.map(
      ({ from, to, net }): Link => ({
        from: from === null ? port('first', net) : vertexOf.get(from)!,
        to: to === null ? port('last', net) : vertexOf.get(to)!,
        net,
        leaves: (from !== null && this.arranged.get(from)?.exits.get(net)) || 0,
        enters: (to !== null && this.arranged.get(to)?.entries.get(net)) || 0,
      }),
    );
    const layered = layer(vertices, links);
    const x = columnsOf(layered);
    const rows = rowsOf(layered, x);
    const rank = new Map(layered.layers.flatMap((list, r) => list.map((v) => [v, r] as const)));
    const rowOf = (v: number) => rows[rank.get(v)!]!;
    const middle = (v: number): number => rowOf(v).top + rowOf(v).height / 2;

    const { room, inner, width, height } = this.frameAround(group, layered.vertices, x, rows);
    const [right, down] = [room.left + (width - room.left - room.right - inner) / 2, room.top];
    const corner = (v: number): Point => {
      const size = vertices[v]!;
      return { x: right + x[v]! - size.width / 2, y: down + middle(v) - size.height / 2 };
    };
    const tips = this.tipsOf(ids, links, layered, x);
    const paths = links.map((link, i) => {
      const { from, to, leaves } = link;
      const begin: Point =
        vertices[from]!.edge === undefined
          ? { x: right + x[from]! + leaves, y: corner(from).y + vertices[from]!.height }
          : { x: right + x[from]!, y: 0 };
      const tip = tips.get(link) ?? { x: link.enters, y: 0 };
      const end: Point =
        vertices[to]!.edge === undefined
          ? { x: right + x[to]! + tip.x, y: corner(to).y + tip.y }
          : { x: right + x[to]!, y: height };
      const on = layered.passes[i]!.flatMap((v) =>
        [rowOf(v).top, rowOf(v).top + rowOf(v).height].map((y) => ({ x: right + x[v]!, y: down + y })),
      );
      // Straight down to the edge of the row: a lower neighbour of a taller one is not cut across.
      const foot = vertices[from]!.edge ? [] : [{ x: begin.x, y: down + rowOf(from).top + rowOf(from).height }];
      const head = vertices[to]!.edge ? [] : [{ x: end.x, y: down + rowOf(to).top }];
      return [begin, ...foot, ...on, ...head, end];
    });
    const across = (of: ReadonlyMap<Id, number>): Map<Id, number> =>
      new Map([...of].map(([net, v]) => [net, right + x[v]! - width / 2]));
    return {
      width,
      height,
      corners: new Map(ids.map((id, i) => [id, corner(i)])),
      entries: across(ports.first),
      exits: across(ports.last),
      paths,
    };
  }

  /** The size of a group with all around its content, at least as large as its title needs. */
  private frameAround(
    group: Id,
    vertices: readonly Vertex[],
    x: readonly number[],
    rows: readonly { top: number; height: number }[],
  ) {
    const none = { left: 0, right: 0, top: 0, bottom: 0 };
    const room = group === PAGE ? none : this.sizes.room;
    const least = group === PAGE ? { width: 0, height: 0 } : this.sizes.frame(group);
    const inner = Math.max(0, ...vertices.map((v, i) => x[i]! + v.width / 2));
    const last = rows.at(-1) ?? { top: 0, height: 0 };
    return {
      room,
      inner,
      width: Math.max(least.width, inner + room.left + room.right),
      height: Math.max(least.height, last.top + last.height + room.top + room.bottom),
    };
  }

  /** Where each link ends at a box, from the middle of the box's top; on circles, on the circle. */
  private tipsOf(ids: readonly Id[], links: readonly Link[], { passes, main }: Layered, x: readonly number[]) {
    const tips = new Map<Link, Point>();
    /** How far right a link was in the layer before. */
    const comes = new Map(
      links.map((link, i) => {
        const last = passes[i]!.at(-1);
        return [link, last === undefined ? x[link.from]! + link.leaves : x[last]!];
      }),
    );
    ids.forEach((id, v) => {
      if (this.arranged.has(id)) return;
      const { width, round } = this.sizes.of(id);
      const into = links.filter(({ to }) => to === v).sort((a, b) => comes.get(a)! - comes.get(b)!);
      entriesOf(into, main, width).forEach((at, i) => {
        const sunk = round ? width / 2 - Math.sqrt((width / 2) ** 2 - at ** 2) : 0;
        tips.set(into[i]!, { x: at, y: sunk });
      });
    });
    return tips;
  }
}

/** Arranges what is to be seen, with arrows that lead down, or to the right. Time grows with the nodes and the lengths of the arrows, not with their product. */
export function layOut(data: PageData, visible: Visible, down: boolean): Layout {
  const { legs, ways } = legsOf(data, visible);
  const { arranged } = new Arranger(data, visible, legs, sizesOf(data, !down));
  const turn = ({ x, y }: Point): Point => (down ? { x, y } : { x: y, y: x });
  const corners = new Map<Id, Point>([[PAGE, { x: 0, y: 0 }]]);
  const places = new Map<Id, Rect>();
  for (const group of [PAGE, ...visible.frames]) {
    const at = corners.get(group)!;
    for (const [id, { x, y }] of arranged.get(group)!.corners) {
      const corner = { x: at.x + x, y: at.y + y };
      corners.set(id, corner);
      const frame = arranged.get(id);
      if (frame) {
        const { x: width, y: height } = turn({ x: frame.width, y: frame.height });
        places.set(id, { ...turn(corner), width, height });
      } else {
        const { width, height } = (data.nodes[id] ?? data.groups[id - data.nodes.length]!).face;
        places.set(id, { ...turn(corner), width, height });
      }
    }
  }
  const routes = ways.map((way) =>
    way.flatMap(([group, leg]) => {
      const at = corners.get(group)!;
      return arranged.get(group)!.paths[leg]!.map(({ x, y }) => turn({ x: at.x + x, y: at.y + y }));
    }),
  );
  const page = arranged.get(PAGE)!;
  const size = turn({ x: page.width, y: page.height });
  return { width: size.x, height: size.y, places, routes };
}
