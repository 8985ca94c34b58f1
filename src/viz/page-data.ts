/**
 * From a graph to what its page knows of it.
 */
import { ArgumentError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { Tensor } from '../tensor/index.js';
import { showKind } from '../tensor/operands.js';
import { drawingCards, factsOf, groupCard, type NodeCard, stepCard } from './cards.js';
import type { Drawable, Drawing, DrawingNode } from './drawing.js';
import { boxOf, heightOf, linesOf, NAME, SMALL, type TextLine } from './faces.js';
import { type Group, type Grouping, group } from './grouping.js';
import { widthOf } from './measure.js';
import type { ModuleCalls } from './modules.js';
import { MOST_NODES, showCount } from './nearest.js';
import type { Face, PageData, PageGroup } from './page/model.js';
import { checkOptions, drawingOf, type PictureOptions } from './picture.js';
import { drawTensor } from './tensor-drawing.js';
import { clean, oneLine } from './wording.js';

/** Options of `toHtml`. */
export interface HtmlOptions extends PictureOptions {
  /**
   * Whether the page tells of the values that flowed forward: the least, the greatest, mean, deviation, distribution, the first ones.
   * Of a tensor's graph, unless told, those that are in memory; with true, all, computed for the page.
   */
  readonly values?: boolean;
  /**
   * The same of the gradients: unless told those that tensors hold (`grad`, `retainGrad()`) and that are computed; with true, as of
   * {@link PictureOptions}, all.
   */
  readonly gradients?: boolean;
  /** From left to right (`LR`), or from top to bottom (`TB`); unless told, whichever suits the window better. */
  readonly direction?: 'LR' | 'TB';
  /** Which module made which part, as `recordModules` noted: each is a group that folds. */
  readonly modules?: ModuleCalls;
  /** Whether the page opens with all groups folded, or with none; unless told, as many as are needed to see the whole. */
  readonly folded?: boolean;
}

export interface Page {
  readonly data: PageData;
  /** What the picture leaves out. */
  readonly note: string;
}

/** The page opens with no more boxes than this, as far as folding helps. */
const MOST_OPEN = 60;
/** Titles longer than this are cut. */
const MOST_LETTERS = 44;

/** @throws ArgumentError for an option that has no such value */
function check({ modules, folded, ...others }: HtmlOptions): void {
  checkOptions(others);
  const recorded: unknown = modules;
  if (recorded !== undefined && !(typeof recorded === 'object' && recorded !== null && 'calls' in recorded)) {
    throw new ArgumentError(
      `modules is what recordModules returned under that name, got ${showKind(recorded)}: ` +
        'const { result, modules } = recordModules(model, () => …)',
    );
  }
  const fold: unknown = folded;
  if (fold !== undefined && typeof fold !== 'boolean') {
    throw new ArgumentError(`folded is true or false, got ${showKind(fold)}`);
  }
}

/**
 * What the page of a graph knows.
 * @throws ArgumentError for something that cannot be drawn, or an option that has no such value
 */
export function pageOf(thing: Tensor | Drawable, options: HtmlOptions): Page {
  check(options);
  return thing instanceof Tensor ? tensorPage(thing, options) : drawablePage(thing, options);
}

function drawablePage(thing: Drawable, options: HtmlOptions): Page {
  const drawing = drawingOf(thing, options);
  const cards = drawingCards(drawing);
  return assemble(
    drawing,
    options,
    (node) => cards.get(node),
    { groups: [] },
    () => -1,
  );
}

const NO_MODULES: ModuleCalls = { calls: [], state: new Map() };

function tensorPage(thing: Tensor, options: HtmlOptions): Page {
  const { detail = 'ops', maxNodes = MOST_NODES, modules = NO_MODULES } = options;
  const root = thing.node;
  // Numbers stand in the cards; the drawing is of the structure.
  const { drawing, shown } = drawTensor(root, { values: false, gradients: false, detail, maxNodes });
  const steps = [...new Set(shown.values())];
  const grouping = group(steps, modules);
  const facts = factsOf(
    root,
    steps.map(({ owner }) => owner),
    options,
  );
  const cardOf = (node: DrawingNode): NodeCard | undefined => {
    const step = shown.get(node.id);
    if (!step) return undefined;
    const state = modules.state.get(step.owner) ?? modules.state.get(step.node);
    return stepCard(step, node, facts, state, grouping.moduleOf.get(step) ?? '');
  };
  const end = drawing.nodes.at(-1);
  const groupOf = (node: DrawingNode): number => {
    const step = shown.get(node.id);
    // The result of all stays in sight.
    return step === undefined || (node === end && node.kind === 'variable') ? -1 : (grouping.groupOf.get(step) ?? -1);
  };
  return assemble(drawing, options, cardOf, grouping, groupOf);
}

function assemble(
  { nodes, edges, note = '' }: Drawing,
  { direction, folded }: HtmlOptions,
  cardOf: (node: DrawingNode) => NodeCard | undefined,
  { groups }: Pick<Grouping, 'groups'>,
  groupOf: (node: DrawingNode) => number,
): Page {
  const places = new Map(nodes.map(({ id }, i) => [id, i]));
  const inside = nodes.map(groupOf);
  const open = openGroups(groups, inside, folded);
  const data: PageData = {
    ...(direction === undefined ? {} : { direction }),
    nodes: nodes.map((node, i) => {
      const { card, alarm } = cardOf(node) ?? plainCard(node);
      const face = faceOf(boxOf(node), linesOf(node));
      return { kind: node.kind, face, card, group: inside[i]!, ...(alarm ? { alarm } : {}) };
    }),
    groups: groups.map((one, i) => pageGroup(one, groups[one.parent], !open.has(i))),
    edges: edges.flatMap(({ from, to }) => {
      const ends = [places.get(from), places.get(to)] as const;
      // A drawing of someone else's may have an arrow to nowhere.
      return ends[0] === undefined || ends[1] === undefined ? [] : [[ends[0], ends[1]] as const];
    }),
  };
  return { data, note: clean(note) };
}

/** What stands for what is left out. */
const plainCard = ({ label }: DrawingNode): NodeCard => ({
  card: { title: clean(label), subtitle: 'left out', rows: [], parts: [] },
  alarm: false,
});

/** Rounded: fractions of pixels only make the page longer. */
const faceOf = (
  { width, height, round }: { width: number; height: number; round?: boolean },
  lines: readonly TextLine[],
): Face => ({
  width: Math.ceil(width),
  height: Math.ceil(height),
  ...(round ? { round } : {}),
  lines: lines.map(({ text, size, style }) => ({ text: clean(text), size, style: style === 'value' ? '' : style })),
});

/** The name of a module within that of the group around it, and what it is: `0: Linear(784, 50)`. */
function titleOf({ call: { path, title }, turn }: Group, parent: Group | undefined): string {
  const prefix = parent === undefined || parent.call.path === '' ? '' : `${parent.call.path}.`;
  const name = path.startsWith(prefix) ? path.slice(prefix.length) : path;
  const again = turn === 0 ? '' : `, call ${turn}`;
  const letters = oneLine(clean(name === '' ? title : `${name}: ${title}`));
  return `${letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1)}…` : letters}${again}`;
}

/** Room for the sign at the left of a title that says whether it is open. */
const SIGN = 18;

function pageGroup(one: Group, parent: Group | undefined, folded: boolean): PageGroup {
  const { parameters, output } = one.call;
  const title = titleOf(one, parent);
  const counted = parameters === 0 ? '' : `${showCount(parameters)} ${parameters === 1 ? 'parameter' : 'parameters'}`;
  const shape = output === null ? '' : output.shape.length === 0 ? 'scalar' : showShape(output.shape);
  const small = [counted, shape].filter(Boolean).join(' → ');
  const lines: TextLine[] = [
    { text: title, size: NAME, style: '' },
    ...(small === '' ? [] : [{ text: small, size: SMALL, style: 'small' } as const]),
  ];
  const width = Math.max(...lines.map(({ text, size }, i) => widthOf(text, size) + (i === 0 ? 2 * SIGN : 0))) + 26;
  const titleWidth = Math.ceil(widthOf(title, SMALL + 1) + SIGN + 24);
  return {
    parent: one.parent,
    title: { text: title, size: SMALL + 1, style: '', width: titleWidth },
    face: faceOf({ width, height: heightOf(lines) + 14 }, lines),
    card: groupCard(one, title),
    folded,
  };
}

/** The groups with which the page opens unfolded: level by level, while the whole can be overlooked. */
function openGroups(groups: readonly Group[], inside: readonly number[], folded: boolean | undefined): Set<number> {
  if (folded !== undefined) return new Set(folded ? [] : groups.keys());
  const depths: number[] = [];
  for (const { parent } of groups) depths.push(parent < 0 ? 0 : depths[parent]! + 1);
  /** The depth of what lies directly in a group, or in none. */
  const below = (group: number): number => (group < 0 ? 0 : depths[group]! + 1);
  const levels = [...inside.map(below), ...groups.map(({ parent }) => below(parent))];
  const deepest = Math.max(0, ...levels);
  let level = 0;
  for (; level < deepest; level++) {
    // With one level more: the nodes so far, and the groups that would be folded there.
    const nodes = inside.filter((one) => below(one) <= level + 1).length;
    const boxes = groups.filter((_, i) => depths[i] === level + 1).length;
    if (nodes + boxes > MOST_OPEN) break;
  }
  return new Set([...groups.keys()].filter((i) => depths[i]! < level));
}
