/**
 * The arrangement of what lies directly in one group: boxes, the frames of groups in it, and the parts of arrows between them. Arrows
 * lead down here.
 */
import { columnsOf } from './columns.js';
import { type Layered, type Link, layer, type Vertex } from './layers.js';
import type { Leg } from './legs.js';
import type { Id } from './visible.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Something in a group. */
export interface Thing extends Size {
  readonly id: Id;
  /** A circle. */
  readonly round?: boolean;
  /** Of a frame, how it was arranged inside. */
  readonly inside?: Arranged;
}

/** The space that a frame leaves around what it holds, and how large it must be for its title. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly least: Size;
}

/** A group as it was arranged: all places are from its own left upper corner. */
export interface Arranged extends Size {
  /** The left upper corners of the things in it. */
  readonly corners: ReadonlyMap<Id, Point>;
  /** How far right of its middle a net crosses its upper and its lower edge. */
  readonly entries: ReadonlyMap<Id, number>;
  readonly exits: ReadonlyMap<Id, number>;
  /** For each leg, the points it passes through. */
  readonly paths: readonly (readonly Point[])[];
}

/** Between layers: at least, and at most; more where an arrow leads far across. */
const STEP = { least: 26, most: 64, slope: 0.07 } as const;
/** Between a frame's edge and the layer next to it, of how far an arrow leads across. */
const PORT_SLOPE = 0.3;
/** Between the tips of arrows at a box, at most; and between the outermost and the box's corner. */
const TIPS = { apart: 14, corner: 6 } as const;

/** The things as vertices, and after them the ports where nets cross the group's edge. */
interface Graph {
  readonly vertices: readonly Vertex[];
  readonly links: readonly Link[];
  readonly entries: ReadonlyMap<Id, number>;
  readonly exits: ReadonlyMap<Id, number>;
}

function graphOf(things: readonly Thing[], legs: readonly Leg[]): Graph {
  const vertices: Vertex[] = [...things];
  const places = new Map(things.map(({ id }, i) => [id, i]));
  const ports = { first: new Map<Id, number>(), last: new Map<Id, number>() };
  const port = (edge: 'first' | 'last', net: Id): number => {
    const known = ports[edge].get(net);
    if (known !== undefined) return known;
    const made = vertices.push({ width: 0, height: 0, edge }) - 1;
    ports[edge].set(net, made);
    return made;
  };
  const links = legs.map(({ from, to, net }): Link => {
    const source = from === null ? port('first', net) : places.get(from)!;
    const target = to === null ? port('last', net) : places.get(to)!;
    return {
      from: source,
      to: target,
      net,
      leaves: things[source]?.inside?.exits.get(net) ?? 0,
      enters: things[target]?.inside?.entries.get(net) ?? 0,
    };
  });
  return { vertices, links, entries: ports.first, exits: ports.last };
}

interface Row {
  readonly top: number;
  readonly bottom: number;
}

/** The row in which each vertex stands; as high as the highest in it. */
function rowsOf({ vertices, layers, segments }: Layered, x: readonly number[]): Row[] {
  const rows: Row[] = [];
  /** How far across the arrows lead that leave a vertex. */
  const reach = vertices.map(() => 0);
  for (const { from, to, leaves, enters } of segments) {
    reach[from] = Math.max(reach[from]!, Math.abs(x[from]! + leaves - x[to]! - enters));
  }
  /** Ports lie on the frame; what is around them is the frame's own space. */
  const isEdge = (layer: readonly number[] | undefined): boolean =>
    layer?.every((v) => vertices[v]!.edge !== undefined) ?? false;
  let top = 0;
  layers.forEach((layer, r) => {
    const bottom = top + Math.max(...layer.map((v) => vertices[v]!.height));
    for (const v of layer) rows[v] = { top, bottom };
    const across = Math.max(...layer.map((v) => reach[v]!));
    const step = Math.min(STEP.most, STEP.least + STEP.slope * across);
    top = bottom + (isEdge(layer) || isEdge(layers[r + 1]) ? Math.min(step, PORT_SLOPE * across) : step);
  });
  return rows;
}

/** Where each link ends at a box, from the middle of the box's top: the main one there, the others at its sides. */
function tipsOf(things: readonly Thing[], links: readonly Link[], { passes, main }: Layered, x: readonly number[]) {
  const tips = new Map<Link, Point>();
  const into = things.map((): { link: Link; comes: number }[] => []);
  links.forEach((link, i) => {
    const last = passes[i]!.at(-1);
    into[link.to]?.push({ link, comes: last === undefined ? x[link.from]! + link.leaves : x[last]! });
  });
  things.forEach(({ width, round, inside }, v) => {
    if (inside) return;
    const list = into[v]!.sort((a, b) => a.comes - b.comes);
    const middle = list.findIndex(({ link }) => main.has(link));
    const most = Math.max(1, middle, list.length - 1 - middle);
    const apart = Math.min(TIPS.apart, (width / 2 - TIPS.corner) / most);
    list.forEach(({ link }, i) => {
      const at = (i - middle) * apart;
      // On a circle, not on the square around it.
      const sunk = round ? width / 2 - Math.sqrt((width / 2) ** 2 - at ** 2) : 0;
      tips.set(link, { x: at, y: sunk });
    });
  });
  return tips;
}

/** Arranges things and the legs between them. */
export function arrange(things: readonly Thing[], legs: readonly Leg[], frame: Frame): Arranged {
  const { vertices, links, entries, exits } = graphOf(things, legs);
  const layered = layer(vertices, links);
  const columns = columnsOf(layered);
  const rows = rowsOf(layered, columns);
  const tips = tipsOf(things, links, layered, columns);

  const inner = Math.max(0, ...layered.vertices.map((v, i) => columns[i]! + v.width / 2));
  const width = Math.max(frame.least.width, frame.left + inner + frame.right);
  const bottom = Math.max(0, ...rows.map((row) => row.bottom));
  const height = Math.max(frame.least.height, frame.top + bottom + frame.bottom);

  // From here on in the group's own coordinates.
  const left = frame.left + (width - frame.left - inner - frame.right) / 2;
  const middle = (v: number): number => left + columns[v]!;
  const top = (v: number): number => frame.top + rows[v]!.top;
  const foot = (v: number): number => frame.top + rows[v]!.bottom;
  const corner = (v: number): Point => ({
    x: middle(v) - vertices[v]!.width / 2,
    y: (top(v) + foot(v) - vertices[v]!.height) / 2,
  });
  /** Out of the lower edge of a thing, and straight on to where its row ends: a taller neighbour is not cut through. */
  const leave = ({ from, leaves }: Link): Point[] => {
    const x = middle(from) + leaves;
    if (vertices[from]!.edge) return [{ x, y: 0 }];
    return [corner(from).y + vertices[from]!.height, foot(from)].map((y) => ({ x, y }));
  };
  const enter = (link: Link): Point[] => {
    const { to, enters } = link;
    if (vertices[to]!.edge) return [{ x: middle(to), y: height }];
    const tip = tips.get(link) ?? { x: enters, y: 0 };
    return [top(to), corner(to).y + tip.y].map((y) => ({ x: middle(to) + tip.x, y }));
  };
  const pass = (v: number): Point[] => [top(v), foot(v)].map((y) => ({ x: middle(v), y }));
  const fromMiddle = (ports: ReadonlyMap<Id, number>): Map<Id, number> =>
    new Map([...ports].map(([net, v]) => [net, middle(v) - width / 2]));
  return {
    width,
    height,
    corners: new Map(things.map(({ id }, v) => [id, corner(v)])),
    entries: fromMiddle(entries),
    exits: fromMiddle(exits),
    paths: links.map((link, i) => [...leave(link), ...layered.passes[i]!.flatMap(pass), ...enter(link)]),
  };
}
