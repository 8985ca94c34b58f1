/**
 * What is drawn of a thing, by the options: the same for every language.
 */
import { ArgumentError } from '../base/errors.js';
import { Tensor } from '../tensor/index.js';
import { showKind } from '../tensor/operands.js';
import type { Drawable, Drawing, DrawingEdge } from './drawing.js';
import { leftOut, MOST_NODES, nearest } from './nearest.js';
import type { Detail } from './outline.js';
import { drawTensor } from './tensor-drawing.js';

/** Options of pictures, whatever they are written in. */
export interface PictureOptions {
  /**
   * Whether the values that flowed forward stand above the arrows. The lessons' things show theirs unless told otherwise. A
   * tensor's are computed for the picture: only when asked for, and only those of few elements.
   */
  readonly values?: boolean;
  /**
   * Whether the gradients that flow back stand below the arrows. For a tensor of one element that still has its history they are
   * computed for the picture, as `backward()` would (gradient hooks included), and no `grad` changes; once `backward()` has
   * released the graph, those are shown that tensors hold (`grad`, `retainGrad()`). Where several arrows leave a value, its
   * gradient is the sum over them and stands in the node.
   */
  readonly gradients?: boolean;
  /** What the picture is called: its title, and its text for who cannot see it. */
  readonly title?: string;
  /** From left to right (`LR`, unless told), or from top to bottom (`TB`). */
  readonly direction?: 'LR' | 'TB';
  /** Of a larger graph, only so many nodes are drawn, those nearest to the result, and the picture says so; 400 unless told. */
  readonly maxNodes?: number;
  /** Of a tensor's graph: `ops` (unless told) shows what the user wrote, `all` each single node, broadcasting included. */
  readonly detail?: Detail;
}

const CHOICES: readonly { readonly name: 'direction' | 'detail'; readonly choices: readonly string[] }[] = [
  { name: 'direction', choices: ['LR', 'TB'] },
  { name: 'detail', choices: ['ops', 'all'] },
];

/** @throws ArgumentError for an option that has no such value */
export function checkOptions(options: PictureOptions): void {
  for (const { name, choices } of CHOICES) {
    const value: unknown = options[name];
    if (value !== undefined && !choices.some((c) => c === value)) {
      throw new ArgumentError(`${name} is ${choices.map((c) => `'${c}'`).join(' or ')}, got ${showKind(value)}`);
    }
  }
  const { maxNodes = 1 } = options;
  if (maxNodes !== Infinity && !(Number.isInteger(maxNodes) && maxNodes >= 1)) {
    throw new ArgumentError(`maxNodes must be a whole number from 1 up, or Infinity, got ${String(maxNodes)}`);
  }
}

const isDrawable = (thing: unknown): thing is Drawable =>
  typeof thing === 'object' && thing !== null && 'drawing' in thing && typeof thing.drawing === 'function';

/**
 * The drawing of a tensor's graph, or of anything else that can be drawn.
 * @throws ArgumentError for something that cannot be drawn, or an option that has no such value
 */
export function drawingOf(thing: Tensor | Drawable, options: PictureOptions = {}): Drawing {
  checkOptions(options);
  const { maxNodes = MOST_NODES, detail = 'ops' } = options;
  if (thing instanceof Tensor) {
    const { values = false, gradients = false } = options;
    return drawTensor(thing.node, { values, gradients, detail, maxNodes }).drawing;
  }
  if (!isDrawable(thing)) {
    throw new ArgumentError(
      `a picture is drawn of a tensor, or of a thing with a drawing() (a Variable, a Sketch, a TwoLayerNet), got ${showKind(thing)}`,
    );
  }
  return limited(chosen(thing.drawing(), options), maxNodes);
}

/** The drawing without what the options leave out. */
function chosen({ nodes, edges, note }: Drawing, { values = true, gradients = true }: PictureOptions): Drawing {
  const plain = ({ value, grad, ...edge }: DrawingEdge): DrawingEdge => ({
    ...edge,
    ...(values && value !== undefined ? { value } : {}),
    ...(gradients && grad !== undefined ? { grad } : {}),
  });
  return {
    nodes: gradients ? nodes : nodes.map(({ grad: _, ...node }) => node),
    edges: edges.map(plain),
    ...(note === undefined ? {} : { note }),
  };
}

/** The drawing, or of a large one the part nearest to its ends. */
function limited(drawing: Drawing, most: number): Drawing {
  const { nodes, edges } = drawing;
  if (nodes.length <= most) return drawing;
  const sources = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const { from, to } of edges) sources.get(to)?.push(from);
  const inner = new Set(edges.map((edge) => edge.from));
  const ends = nodes.map(({ id }) => id).filter((id) => !inner.has(id));
  const { kept } = nearest(ends, (id) => sources.get(id) ?? [], most);
  return {
    nodes: nodes.filter(({ id }) => kept.has(id)),
    edges: edges.filter(({ from, to }) => kept.has(from) && kept.has(to)),
    note: leftOut(kept.size, nodes.length - kept.size),
  };
}
