/**
 * Where boxes, frames and arrows go. Each open group is arranged by itself, inner ones first, and takes part in the arrangement around
 * it as one box; arrows that cross its frame do so at ports, which both arrangements know.
 */
import { type Arranged, arrange, type Frame, type Point, type Size, type Thing } from './arrange.js';
import { legsOf } from './legs.js';
import type { PageData } from './model.js';
import { type Id, PAGE, parentOf, type Visible } from './visible.js';

/** Lengths are in pixels; y grows downwards; x and y are the left upper corner. */
export interface Rect extends Point, Size {}

export interface Layout extends Size {
  readonly places: ReadonlyMap<Id, Rect>;
  /** For each edge, the points it passes through: pairs at the ends of straight pieces, with curves between them. */
  readonly routes: readonly (readonly Point[])[];
}

/** The height of a frame's title. */
const TITLE = 24;
/** Between a frame and what it holds. */
const PADDING = 14;

/** Around all that is on the page there is no frame. */
const NO_FRAME: Frame = { left: 0, right: 0, top: 0, bottom: 0, least: { width: 0, height: 0 } };

/** Arranges what is to be seen, with arrows that lead down, or to the right: then all is arranged lying on its side. */
export function layOut(data: PageData, visible: Visible, down: boolean): Layout {
  const { nodes, groups } = data;
  const turn = ({ x, y }: Point): Point => (down ? { x, y } : { x: y, y: x });
  const turnSize = ({ width, height }: Size): Size => (down ? { width, height } : { width: height, height: width });
  const faceOf = (id: Id) => (nodes[id] ?? groups[id - nodes.length]!).face;
  const frameOf = (id: Id): Frame => {
    if (id === PAGE) return NO_FRAME;
    const even = { left: PADDING, right: PADDING, top: PADDING, bottom: PADDING };
    const least = turnSize({ width: groups[id - nodes.length]!.title.width, height: 0 });
    return { ...even, [down ? 'top' : 'left']: PADDING + TITLE, least };
  };

  const inside = new Map<Id, Id[]>();
  for (const id of [...visible.frames, ...visible.boxes]) {
    const parent = parentOf(data, id);
    const list = inside.get(parent);
    if (list) list.push(id);
    else inside.set(parent, [id]);
  }
  const { of: legs, ways } = legsOf(data, visible);
  const arranged = new Map<Id, Arranged>();
  const thingOf = (id: Id): Thing => {
    const frame = arranged.get(id);
    if (frame) return { id, width: frame.width, height: frame.height, inside: frame };
    const face = faceOf(id);
    return { id, ...turnSize(face), round: face.round ?? false };
  };
  // Outer frames stand before those in them.
  const outerFirst = [PAGE, ...visible.frames];
  for (const group of outerFirst.toReversed()) {
    const things = (inside.get(group) ?? []).map(thingOf);
    arranged.set(group, arrange(things, legs.get(group) ?? [], frameOf(group)));
  }

  const corners = new Map<Id, Point>([[PAGE, { x: 0, y: 0 }]]);
  const places = new Map<Id, Rect>();
  for (const group of outerFirst) {
    const at = corners.get(group)!;
    for (const [id, { x, y }] of arranged.get(group)!.corners) {
      const corner = { x: at.x + x, y: at.y + y };
      corners.set(id, corner);
      places.set(id, { ...turn(corner), ...turnSize(thingOf(id)) });
    }
  }
  const routes = ways.map((way) =>
    way.flatMap(([group, leg]) => {
      const at = corners.get(group)!;
      return arranged.get(group)!.paths[leg]!.map(({ x, y }) => turn({ x: at.x + x, y: at.y + y }));
    }),
  );
  return { ...turnSize(arranged.get(PAGE)!), places, routes };
}
