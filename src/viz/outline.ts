/**
 * From a tensor's graph to what a reader should see of it: the operations that the user wrote, the values they took.
 */
import type { Shape } from '../base/shape.js';
import { sameShape } from '../base/shape.js';
import type { Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { Gradient } from '../tensor/gradient.js';
import { captionOf } from './captions.js';
import { CompositeFinder } from './composites.js';
import { countBehind, nearest, sourcesFirst } from './nearest.js';

/** `ops` shows functions and operations as users write them, `all` each node of the graph. */
export type Detail = 'ops' | 'all';

/** One thing to be seen. */
export interface Step {
  readonly node: Node;
  /** The node of the user's own tensor: the same elements as `node`, perhaps with axes of size 1 more or less. */
  owner: Node;
  readonly kind: 'operation' | 'variable' | 'number';
  readonly label: string;
  readonly note?: string;
  readonly inputs: readonly Node[];
}

export interface Outline {
  /** Each after its sources. */
  readonly steps: readonly Step[];
  /** Sources of steps that are not shown any more. */
  readonly cut: ReadonlySet<Node>;
  /** How many nodes of the graph lie there. */
  readonly rest: number;
}

const withoutOnes = (shape: Shape): readonly number[] => shape.filter((n) => n !== 1);

/** A slice that takes everything. */
const isWhole = (node: Node): boolean => node.op === ops.slice && node.shape === node.src[0]?.shape;

/** Whether a reshape gives the flat result of a custom function its shape back. */
function unbundles(node: Node): boolean {
  let at = node.src[0];
  while (at && isWhole(at)) at = at.src[0];
  return at?.op === ops.custom;
}

/** Whether a node only brings its first source into a form that the next operation takes, unsaid by the user. */
function isSilent(node: Node): boolean {
  const [source] = node.src;
  if (!source) return false;
  if (node.op === ops.reshape) return sameShape(withoutOnes(node.shape), withoutOnes(source.shape)) || unbundles(node);
  return node.op === ops.expand || node.op === ops.checkIndex || node.op === ops.assigned || isWhole(node);
}

/** Most nodes looked at to see whether a value is made of numbers alone. */
const MOST_MADE = 64;

/** Whether the value follows from numbers and positions alone: random numbers, ranges, masks. Then how it was made says little. */
function isMade(node: Node): boolean {
  const found = new Set([node]);
  let positions = false;
  for (const n of found) {
    if (found.size > MOST_MADE || n.label !== '' || n.op.kind === 'alias') return false;
    if (n.op.kind === 'leaf') {
      if (n.op.from === 'storage') return false;
      if (n.op.from === 'index') positions = true;
    } else if (n.src.length === 0) return false;
    for (const s of n.src) found.add(s);
  }
  return positions;
}

/** How a number stands in a picture: at most four digits after the point, very large and small ones with an exponent. */
export function showNumber(x: number): string {
  const size = Math.abs(x);
  if (size !== 0 && Number.isFinite(x) && (size >= 1e8 || size < 1e-4)) {
    return x.toExponential(4).replace(/\.?0+e/, 'e').replace('e+', 'e');
  }
  return String(Number(x.toFixed(4)));
}

class Outliner {
  private readonly steps = new Map<Node, Step>();
  /** By the node that is shown: which node the user holds. */
  private readonly owners = new Map<Node, Node>();
  private readonly composites = new CompositeFinder();

  constructor(private readonly detail: Detail) {}

  outline(root: Node, most: number): Outline {
    const start = this.shown(root);
    const { kept, cut } = nearest([start], (node) => this.stepOf(node).inputs, most);
    const rest = countBehind(cut, (node) => node.src, kept);
    const order = sourcesFirst([start], (node) => this.stepOf(node).inputs.filter((s) => kept.has(s)));
    for (const [node, owner] of this.owners) {
      const step = this.steps.get(node);
      if (step) step.owner = owner;
    }
    return { steps: order.map((node) => this.stepOf(node)), cut, rest };
  }

  /** The node that is shown in the place of `node`, behind all that is silent. */
  private shown(node: Node): Node {
    if (this.detail === 'all') return node;
    let at = node;
    let owner = node;
    for (let source = at.src[0]; source && isSilent(at); source = at.src[0]) {
      // A broadcast value is not what the user holds; of its other forms the one that carries a name, else the least.
      const better = at.op === ops.expand || (!isHeld(owner) && (isHeld(source) || this.isLess(source, owner)));
      at = source;
      if (better) owner = at;
    }
    const before = this.owners.get(at);
    if (!before || (!isHeld(before) && isHeld(owner))) this.owners.set(at, owner);
    return at;
  }

  private isLess(a: Node, b: Node): boolean {
    return a.op !== ops.custom && !isWhole(a) && a.shape.length < b.shape.length;
  }

  private stepOf(node: Node): Step {
    let step = this.steps.get(node);
    if (!step) this.steps.set(node, (step = this.makeStep(node)));
    return step;
  }

  private makeStep(node: Node): Step {
    const base = { node, owner: node };
    if (node.op.kind === 'leaf') {
      if (node.op.from === 'constant' || node.op.from === 'number') {
        return { ...base, kind: 'number', label: showNumber(valueOf(node)), inputs: [] };
      }
      const note = node.op.from === 'index' ? 'positions' : node.dtype;
      return { ...base, kind: 'variable', label: node.label, note, inputs: [] };
    }
    // Realised, and its history dropped, since no gradient needs it.
    const bare = node.src.length === 0;
    if (bare || (this.detail === 'ops' && isMade(node))) {
      return { ...base, kind: 'variable', label: node.label, note: node.dtype, inputs: [] };
    }
    const { inputs, ...caption } = this.detail === 'ops' ? this.read(node) : { ...captionOf(node), inputs: node.src };
    return { ...base, kind: 'operation', ...caption, inputs: inputs.map((s) => this.shown(s)) };
  }

  /** What the user wrote to get `node`. */
  private read(node: Node): { label: string; note?: string; inputs: readonly Node[] } {
    const composite = this.composites.find(node);
    if (composite) return { label: composite.label, note: composite.note, inputs: composite.inputs };
    const [first, second] = node.src;
    if (node.op === ops.mul && first && first === second) return { label: 'square', inputs: [first] };
    // The first source of a custom function is its value, computed out of sight.
    if (node.op === ops.custom) return { ...captionOf(node), inputs: node.src.slice(1) };
    return { ...captionOf(node), inputs: node.src };
  }
}

/** Whether the user has a name for the value at this node, or watches its gradient. */
const isHeld = (node: Node): boolean => node.label !== '' || Gradient.find(node)?.accumulates === true;

/** The number at a leaf that is the same everywhere. */
function valueOf(node: Node): number {
  const { attrs } = node;
  return typeof attrs === 'object' && attrs !== null && 'value' in attrs && typeof attrs.value === 'number'
    ? attrs.value
    : node.value;
}

/** What is to be seen of the graph behind `root`: at most `most` things, those nearest to it. */
export const outline = (root: Node, detail: Detail, most: number): Outline => new Outliner(detail).outline(root, most);
