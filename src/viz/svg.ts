/**
 * A drawing as an SVG element that needs nothing else: no font, no script, no style from outside. It is readable in light and in
 * dark surroundings, alone in a file as well as inside a page, next to others of its kind.
 */
import type { Drawing, DrawingEdge, DrawingNode } from './drawing.js';
import { boxOf, FLOW, heightOf, LINE_HEIGHT, linesOf, radiusOf, SMALL, type TextLine } from './faces.js';
import { arrange, type Box, type Line, type Point } from './layout.js';
import { widthOf } from './measure.js';
import { DARK, LIGHT, type Palette } from './palette.js';
import { escapeXml, legendOf, oneLine, plainIds, wordsAbove, wordsBelow } from './wording.js';

export interface SvgOptions {
  readonly title?: string;
  readonly direction?: 'LR' | 'TB';
}

const TITLE = 15;
/** Between the picture and its edge. */
const MARGIN = 14;
/** Between an arrow and the numbers at it. */
const GAP = 4;
const ARROW = 7;

/** Graphs of several pictures on one page share these rules, so all of them begin with the same class. */
const ROOT = 'chainrule-graph';

const rules = (p: Palette): readonly string[] => [
  `.paper{fill:${p.paper}}`,
  `text{fill:${p.ink}}`,
  `.small{fill:${p.muted}}`,
  `.value{fill:${p.value}}`,
  `.grad{fill:${p.grad}}`,
  `.operation{fill:${p.operation};stroke:${p.operationFrame}}`,
  `.variable{fill:${p.variable};stroke:${p.variableFrame}}`,
  `.arrow{fill:none;stroke:${p.muted}}`,
  `.tip{fill:${p.muted}}`,
];
const scoped = (list: readonly string[]): string => list.map((rule) => `.${ROOT} ${rule}`).join('');
const STYLE = `${scoped(rules(LIGHT))}@media(prefers-color-scheme:dark){${scoped(rules(DARK))}}`;

const at = (n: number): string => String(Math.round(n * 10) / 10);
const pair = ({ x, y }: Point): string => `${at(x)},${at(y)}`;

/** `style` is one of the classes above, or none. */
function textAt(
  text: string,
  { x, y }: Point,
  size: number,
  style = '',
  anchor: 'start' | 'middle' | 'end' = 'middle',
): string {
  const attributes = [
    `x="${at(x)}"`,
    `y="${at(y)}"`,
    `font-size="${size}"`,
    ...(anchor === 'middle' ? [] : [`text-anchor="${anchor}"`]),
    ...(style === '' ? [] : [`class="${style}"`]),
  ];
  return `<text ${attributes.join(' ')}>${escapeXml(text)}</text>`;
}

// ── Nodes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function drawNode(node: DrawingNode, { width, height, round }: Box, centre: Point): string {
  const { x, y } = centre;
  const lines = linesOf(node);
  const parts: string[] = [];
  if (node.kind !== 'number') {
    const radius = radiusOf(node.kind, height, round);
    parts.push(
      `<rect class="${node.kind}" x="${at(x - width / 2)}" y="${at(y - height / 2)}" width="${at(width)}" height="${at(height)}" rx="${at(radius)}"/>`,
    );
  }
  let top = y - heightOf(lines) / 2;
  for (const { text, size, style } of lines) {
    // The middle of small letters and digits lies about a third of the size above the baseline.
    parts.push(textAt(text, { x, y: top + (size * LINE_HEIGHT) / 2 + size * 0.35 }, size, style));
    top += size * LINE_HEIGHT;
  }
  return parts.join('');
}

// ── Arrows ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Room for the numbers of an arrow, which passes through the middle of it. */
function stopOf(edge: DrawingEdge, id: string, down: boolean): Box {
  const widest = Math.max(widthOf(wordsAbove(edge), FLOW), widthOf(wordsBelow(edge), FLOW));
  const line = FLOW * LINE_HEIGHT;
  return down ? { id, width: 2 * (widest + GAP + 2), height: line } : { id, width: widest + 8, height: 2 * (line + 1) };
}

function drawFlow(edge: DrawingEdge, { x, y }: Point, down: boolean): string {
  const [above, below] = [wordsAbove(edge), wordsBelow(edge)];
  const baseline = y + FLOW * 0.35;
  // A name alone is no value.
  const style = edge.value === undefined ? 'small' : 'value';
  const first = down
    ? textAt(above, { x: x - GAP - 1, y: baseline }, FLOW, style, 'end')
    : textAt(above, { x, y: y - GAP }, FLOW, style);
  const second = down
    ? textAt(below, { x: x + GAP + 1, y: baseline }, FLOW, 'grad', 'start')
    : textAt(below, { x, y: y + GAP + FLOW * 0.75 }, FLOW, 'grad');
  return (above === '' ? '' : first) + (below === '' ? '' : second);
}

/** The curves one after another, with straight lines between them and a tip at the end. */
function drawArrow(curves: readonly (readonly Point[])[]): string {
  const points = curves.flat();
  const end = points.at(-1);
  if (end === undefined) return '';
  const before = points.findLast((p) => Math.hypot(end.x - p.x, end.y - p.y) > 1) ?? { x: end.x - 1, y: end.y };
  const length = Math.hypot(end.x - before.x, end.y - before.y);
  const [dx, dy] = [(end.x - before.x) / length, (end.y - before.y) / length];
  const back = { x: end.x - ARROW * dx, y: end.y - ARROW * dy };
  const side = (s: number): Point => ({ x: back.x - s * dy, y: back.y + s * dx });
  const path = curves.map(([start, ...rest], i) =>
    start === undefined ? '' : `${i === 0 ? 'M' : 'L'}${pair(start)}C${rest.map(pair).join(' ')}`,
  );
  return (
    `<path class="arrow" d="${path.join('')}"/>` +
    `<path class="tip" d="M${pair(end)}L${pair(side(ARROW * 0.45))}L${pair(side(-ARROW * 0.45))}Z"/>`
  );
}

// ── The picture ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The nodes and arrows in their places. */
interface Body {
  readonly width: number;
  readonly height: number;
  readonly parts: readonly string[];
}

async function drawBody(drawing: Drawing, direction: 'LR' | 'TB'): Promise<Body> {
  const down = direction === 'TB';
  const ids = plainIds(drawing);
  const idOf = (id: string): string => ids.get(id) ?? '';
  const boxes = drawing.nodes.map((node): Box => ({ id: idOf(node.id), ...boxOf(node) }));
  const stops = drawing.edges.map((edge, i) =>
    wordsAbove(edge) === '' && wordsBelow(edge) === '' ? null : stopOf(edge, `e${i}`, down),
  );
  const computed = new Set(drawing.edges.map((edge) => edge.to));
  const routes = drawing.edges.map(({ from, to }, i): Line[] => {
    const stop = stops[i];
    const main = computed.has(from);
    if (!stop) return [{ from: idOf(from), to: idOf(to), main }];
    return [
      { from: idOf(from), to: stop.id, toStop: true, main },
      { from: stop.id, to: idOf(to), fromStop: true, main },
    ];
  });
  const layout = await arrange([...boxes, ...stops.filter((stop) => stop !== null)], routes.flat(), direction);
  const centre = (id: string): Point => layout.centres.get(id) ?? { x: 0, y: 0 };
  const curves = [...layout.curves];
  const arrows = routes.map((lines) => drawArrow(curves.splice(0, lines.length)));
  const flows = drawing.edges.map((edge, i) => {
    const stop = stops[i];
    return stop ? drawFlow(edge, centre(stop.id), down) : '';
  });
  const nodes = drawing.nodes.map((node, i) => {
    const box = boxes[i];
    return box ? drawNode(node, box, centre(box.id)) : '';
  });
  return { width: layout.width, height: layout.height, parts: [...arrows, ...flows, ...nodes] };
}

/** What the colours mean. */
function legend(drawing: Drawing): readonly TextLine[] {
  const { value, grad } = legendOf(drawing);
  return [
    ...(value ? [{ text: 'value →', size: SMALL, style: 'value' } as const] : []),
    ...(grad ? [{ text: '← gradient', size: SMALL, style: 'grad' } as const] : []),
  ];
}

const LEGEND_GAP = 12;

/** Texts side by side, centred at `x`. */
function drawRow(texts: readonly TextLine[], { x, y }: Point): string {
  let left = x - rowWidth(texts) / 2;
  return texts
    .map(({ text, size, style }) => {
      const drawn = textAt(text, { x: left, y }, size, style, 'start');
      left += widthOf(text, size) + LEGEND_GAP;
      return drawn;
    })
    .join('');
}

const rowWidth = (texts: readonly TextLine[]): number =>
  texts.reduce((w, { text, size }) => w + widthOf(text, size), 0) + LEGEND_GAP * Math.max(0, texts.length - 1);

/** Most operations that are named to people who do not see the picture. */
const MOST_SPOKEN = 12;

function spoken({ nodes }: Drawing, title: string): string {
  const operations = nodes.filter((node) => node.kind === 'operation');
  const names = operations.slice(0, MOST_SPOKEN).map((node) => oneLine(node.label));
  const more = operations.length > names.length ? ', …' : '';
  return title || `Computational graph: ${names.join(', ') || 'a value'}${more}`;
}

const FONTS = `system-ui,'Segoe UI','Noto Sans','Noto Sans KR','Apple SD Gothic Neo','Malgun Gothic',sans-serif`;

/**
 * The drawing as an `<svg>` element.
 * @throws DeviceError when the package that arranges it is not installed
 */
export async function writeSvg(
  drawing: Drawing,
  { title: given = '', direction = 'LR' }: SvgOptions = {},
): Promise<string> {
  const title = oneLine(given);
  const body = await drawBody(drawing, direction);
  const key = legend(drawing);
  const note = drawing.note ?? '';
  const widest = Math.max(body.width, rowWidth(key), widthOf(note, SMALL), widthOf(title, TITLE));
  const width = widest + 2 * MARGIN;
  const top = MARGIN + (title === '' ? 0 : TITLE * 1.8);
  const middle = width / 2;
  let bottom = top + body.height;
  const below: string[] = [];
  if (key.length > 0) below.push(drawRow(key, { x: middle, y: (bottom += SMALL * 2) }));
  if (note !== '') below.push(textAt(note, { x: middle, y: (bottom += SMALL * 2) }, SMALL, 'small'));
  const [w, h] = [at(width), at(bottom + MARGIN)];
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${ROOT}" role="img" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" ` +
      `style="max-width:100%;height:auto" font-family="${FONTS}" text-anchor="middle">`,
    `<title>${escapeXml(spoken(drawing, title))}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%" rx="8"/>',
    title === '' ? '' : textAt(title, { x: middle, y: MARGIN + TITLE }, TITLE),
    `<g transform="translate(${at((width - body.width) / 2)} ${at(top)})">`,
    ...body.parts,
    '</g>',
    ...below,
    '</svg>',
  ];
  return `${lines.filter(Boolean).join('\n')}\n`;
}
