/**
 * The graph as SVG elements. Texts become text nodes, so nothing in a label is markup.
 */
import type { Point } from './arrange.js';
import type { Layout, Rect } from './layout.js';
import type { Card, Face, FaceLine, PageData } from './model.js';
import type { Id, Visible } from './visible.js';

export interface Arrow {
  readonly from: Id;
  readonly to: Id;
  readonly element: SVGElement;
}

export interface Scene {
  readonly content: SVGElement;
  /** What can be pointed at: boxes, and the titles of frames. */
  readonly things: ReadonlyMap<Id, SVGElement>;
  readonly arrows: readonly Arrow[];
}

const NAMESPACE = 'http://www.w3.org/2000/svg';
const LINE_HEIGHT = 1.35;
const TIP = { length: 7, half: 3.2 } as const;

type Attributes = Readonly<Record<string, string | number>>;

function element(name: string, attributes: Attributes, ...children: readonly Node[]): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

const text = ({ text, size, style }: FaceLine, attributes: Attributes): SVGElement =>
  element('text', { 'font-size': size, ...(style === '' ? {} : { class: style }), ...attributes }, new Text(text));

/** Lines of text, one below the other, around the middle of a box. */
function texts(lines: readonly FaceLine[], x: number, y: number): SVGElement[] {
  let top = y - lines.reduce((sum, { size }) => sum + size * LINE_HEIGHT, 0) / 2;
  return lines.map((line) => {
    // The middle of small letters and digits lies about a third of the size above the baseline.
    const baseline = top + (line.size * LINE_HEIGHT) / 2 + line.size * 0.35;
    top += line.size * LINE_HEIGHT;
    return text(line, { x, y: baseline });
  });
}

const rectangle = ({ x, y, width, height }: Rect, className: string, radius: number): SVGElement =>
  element('rect', { class: className, x, y, width, height, rx: radius });

/** What a screen reader says of a card's box. */
const spoken = ({ title, subtitle, rows }: Card): string =>
  [title, subtitle, ...rows.map(([name, said]) => `${name} ${said}`.trim())].join(', ');

/** Around a box's own corner. */
const own = ({ width, height }: Face): Rect => ({ x: 0, y: 0, width, height });

function nodeBox(data: PageData, id: Id, place: Rect): SVGElement {
  const { kind, face, card, alarm } = data.nodes[id]!;
  const { width, height, round, lines } = face;
  const radius = round || kind === 'variable' ? Math.min(height / 2, 17) : 7;
  return thing(id, `node ${kind}${alarm ? ' alarm' : ''}`, card, place, [
    rectangle(own(face), 'shape', radius),
    ...texts(lines, width / 2, height / 2),
    ...(alarm ? [element('circle', { class: 'mark', cx: width - 4, cy: 4, r: 5 })] : []),
  ]);
}

/** The sign of a group: plus to open it, minus to close it. */
const sign = (x: number, y: number, open: boolean): SVGElement =>
  element('path', { class: 'sign', d: `M${x - 4} ${y}h8${open ? '' : `M${x} ${y - 4}v8`}` });

function foldedBox(data: PageData, id: Id, place: Rect): SVGElement {
  const { face, card } = data.groups[id - data.nodes.length]!;
  const { width, height, lines } = face;
  // A second box looks out from behind it: there is more inside.
  const behind = { x: 4, y: 4, width, height };
  const box = thing(id, 'group', card, place, [
    rectangle(behind, 'shape behind', 9),
    rectangle(own(face), 'shape', 9),
    sign(16, 7 + ((lines[0]?.size ?? 0) * LINE_HEIGHT) / 2, false),
    ...texts(lines, width / 2, height / 2),
  ]);
  box.setAttribute('aria-expanded', 'false');
  return box;
}

function frameTitle(data: PageData, id: Id, { x, y }: Rect): SVGElement {
  const { title, card } = data.groups[id - data.nodes.length]!;
  const place = { x: x + 5, y: y + 4, width: title.width - 10, height: 20 };
  const made = thing(id, 'title', card, place, [
    rectangle({ ...place, x: 0, y: 0 }, 'shape', 5),
    sign(12, 10, true),
    text(title, { x: 24, y: 10 + title.size * 0.35, 'text-anchor': 'start' }),
  ]);
  made.setAttribute('aria-expanded', 'true');
  return made;
}

const thing = (id: Id, className: string, card: Card, { x, y }: Point, parts: readonly Node[]): SVGElement =>
  element(
    'g',
    {
      class: className,
      'data-id': id,
      role: 'button',
      tabindex: -1,
      'aria-label': spoken(card),
      transform: `translate(${x} ${y})`,
    },
    ...parts,
  );

/** A line through the points, which runs in the direction of the graph wherever it passes one, with a tip at its end. */
function arrow(points: readonly Point[], down: boolean): SVGElement[] {
  const end = points.at(-1);
  if (end === undefined) return [];
  const show = ({ x, y }: Point): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
  /** A place given along the direction of the graph, and across it. */
  const at = (along: number, across: number): Point => (down ? { x: across, y: along } : { x: along, y: across });
  const along = (p: Point): number => (down ? p.y : p.x);
  const across = (p: Point): number => (down ? p.x : p.y);
  const base = at(along(end) - TIP.length, across(end));
  // The line stops where the tip begins, even when the last piece is shorter than that.
  const knots = [...points.slice(0, -1).filter((p, i) => i === 0 || along(p) < along(base)), base];
  let d = '';
  knots.forEach((p, i) => {
    const before = knots[i - 1];
    if (before === undefined) d += `M${show(p)}`;
    else if (Math.abs(across(p) - across(before)) < 0.05) d += `L${show(p)}`;
    else {
      const middle = (along(before) + along(p)) / 2;
      d += `C${show(at(middle, across(before)))} ${show(at(middle, across(p)))} ${show(p)}`;
    }
  });
  const corner = (side: number): string => show(at(along(base), across(end) + side * TIP.half));
  return [
    element('path', { class: 'line', d }),
    element('path', { class: 'tip', d: `M${show(end)}L${corner(1)}L${corner(-1)}Z` }),
  ];
}

/** Draws what is visible: frames, arrows above them, boxes above all. */
export function draw(data: PageData, visible: Visible, { places, routes }: Layout, down: boolean): Scene {
  const place = (id: Id): Rect => places.get(id)!;
  const things = new Map<Id, SVGElement>();
  const frames = visible.frames.map((id) => rectangle(place(id), 'frame', 10));
  for (const id of visible.frames) things.set(id, frameTitle(data, id, place(id)));
  for (const id of visible.boxes)
    things.set(id, id in data.nodes ? nodeBox(data, id, place(id)) : foldedBox(data, id, place(id)));
  const arrows = visible.edges.map(
    ([from, to], i): Arrow => ({ from, to, element: element('g', { class: 'arrow' }, ...arrow(routes[i]!, down)) }),
  );
  const content = element(
    'g',
    { 'text-anchor': 'middle' },
    ...frames,
    ...arrows.map((one) => one.element),
    ...things.values(),
  );
  return { content, things, arrows };
}
