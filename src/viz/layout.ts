/**
 * Where nodes and arrows go. Graphviz decides, as WebAssembly: nothing has to be installed on the system.
 */
import { DeviceError } from '../base/errors.js';

/** Lengths are in pixels; y grows downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly round?: boolean;
}

export interface Line {
  readonly from: string;
  readonly to: string;
  /** Arrows meet a stop in the middle of its sides: it is a part of an arrow itself. */
  readonly fromStop?: boolean;
  readonly toStop?: boolean;
  /** Kept straight and short before others: the chain of operations, beside which the inputs come in. */
  readonly main?: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The centre of each box. */
  readonly centres: ReadonlyMap<string, Point>;
  /** For each line, in the order given: the points of a chain of cubic Bézier curves. */
  readonly curves: readonly (readonly Point[])[];
}

/** Graphviz measures in inches. */
const DPI = 72;

const PACKAGE = '@viz-js/viz';

async function load() {
  try {
    const { instance } = await import('@viz-js/viz');
    return await instance();
  } catch (cause) {
    throw new DeviceError(
      `toSvg needs the package ${PACKAGE} to arrange the picture, and it could not be loaded: npm install ${PACKAGE}. ` +
        'toDot, toMermaid and toHtml work without it',
      { cause },
    );
  }
}

/** Loaded when the first picture is drawn. */
let loaded: ReturnType<typeof load> | undefined;

function graphviz(): ReturnType<typeof load> {
  loaded ??= load();
  // A failure is not kept: the package may be there the next time.
  loaded.catch(() => {
    loaded = undefined;
  });
  return loaded;
}

/**
 * Arranges boxes so that lines lead from left to right, or downwards, with few crossings.
 * @throws DeviceError when the package is not installed
 */
export async function arrange(boxes: readonly Box[], lines: readonly Line[], direction: 'LR' | 'TB'): Promise<Layout> {
  const viz = await graphviz();
  const [tail, head] = direction === 'LR' ? ['e', 'w'] : ['s', 'n'];
  const result = viz.render(
    {
      graphAttributes: { rankdir: direction, nodesep: 0.2, ranksep: 0.28, ordering: 'in' },
      nodeAttributes: { fixedsize: true, label: '' },
      edgeAttributes: { arrowhead: 'none' },
      nodes: boxes.map(({ id, width, height, round }) => ({
        name: id,
        attributes: { width: width / DPI, height: height / DPI, shape: round ? 'ellipse' : 'box' },
      })),
      edges: lines.map(({ from, to, fromStop, toStop, main }) => ({
        tail: from,
        head: to,
        attributes: {
          weight: main ? 8 : 1,
          ...(fromStop ? { tailport: tail } : {}),
          ...(toStop ? { headport: head } : {}),
        },
      })),
    },
    { format: 'plain', yInvert: true },
  );
  if (result.status === 'failure') {
    throw new DeviceError(`Graphviz could not arrange the picture: ${result.errors.map((e) => e.message).join('; ')}`);
  }
  return read(result.output, lines);
}

/** Reads Graphviz' plain format: a line per box and per curve, words between blanks. */
function read(plain: string, lines: readonly Line[]): Layout {
  const pixels = (word: string | undefined): number => Number(word) * DPI;
  const key = (from = '', to = ''): string => `${from} ${to}`;
  let size = { width: 0, height: 0 };
  const centres = new Map<string, Point>();
  // Lines that join the same boxes come out in the order in which they went in.
  const waiting = new Map<string, Point[][]>();
  for (const text of plain.split('\n')) {
    const [kind, first = '', second, ...rest] = text.split(' ');
    if (kind === 'graph') size = { width: pixels(second), height: pixels(rest[0]) };
    if (kind === 'node') centres.set(first, { x: pixels(second), y: pixels(rest[0]) });
    if (kind === 'edge') {
      const points = Array.from({ length: Number(rest[0]) }, (_, i) => ({
        x: pixels(rest[1 + 2 * i]),
        y: pixels(rest[2 + 2 * i]),
      }));
      const place = key(first, second);
      waiting.set(place, [...(waiting.get(place) ?? []), points]);
    }
  }
  return { ...size, centres, curves: lines.map(({ from, to }) => waiting.get(key(from, to))?.shift() ?? []) };
}
