/**
 * From a tensor's graph to what a reader should see of it: the operations that the user wrote, the values they took.
 */
import type { Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { captionOf } from './captions.js';
import { CompositeFinder } from './composites.js';
import { countBehind, nearest, sourcesFirst } from './nearest.js';
import { showNumber } from './numbers.js';
import { behindSilent, isHeld } from './silent.js';

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

  /** The node that is shown in the place of `node`. */
  private shown(node: Node): Node {
    if (this.detail === 'all') return node;
    const { node: at, owner } = behindSilent(node);
    const before = this.owners.get(at);
    if (!before || (!isHeld(before) && isHeld(owner))) this.owners.set(at, owner);
    return at;
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

/** The number at a leaf that is the same everywhere. */
function valueOf(node: Node): number {
  const { attrs } = node;
  return typeof attrs === 'object' && attrs !== null && 'value' in attrs && typeof attrs.value === 'number'
    ? attrs.value
    : node.value;
}

/** What is to be seen of the graph behind `root`: at most `most` things, those nearest to it. */
export const outline = (root: Node, detail: Detail, most: number): Outline => new Outliner(detail).outline(root, most);
