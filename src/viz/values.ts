/**
 * Values and gradients of a graph as text. Computing them takes nothing from the graph: its history stays as it was, and so does
 * what `backward()` has released.
 */
import { gradients } from '../autograd/reverse.js';
import { isFloat } from '../base/dtype.js';
import { ChainruleError } from '../base/errors.js';
import { sizeOf } from '../base/shape.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import { constantNode, detached } from '../ops/index.js';
import { realise } from '../run/realise.js';
import { Gradient } from '../tensor/gradient.js';
import { showElements } from './numbers.js';

/** Tensors with more elements than this are known by their shape alone. */
const MOST_ELEMENTS = 6;

/** What can be said of a value: itself, or why it cannot be had. */
export interface Reading {
  readonly text: string;
  readonly known: boolean;
}

/** In the place of a value that `backward()` has let go. */
const RELEASED: Reading = { text: 'released', known: false };
/** In the place of a value that cannot be computed any more. */
const GONE: Reading = { text: 'no value', known: false };

/** The values of `nodes` that are small enough to be shown. */
export function valuesOf(nodes: Iterable<Node>): Map<Node, Reading> {
  const readings = new Map<Node, Reading>();
  const wanted: { readonly node: Node; readonly copy: Node }[] = [];
  for (const node of nodes) {
    if (sizeOf(node.shape) > MOST_ELEMENTS) continue;
    if (node.released && node.storage === null) readings.set(node, RELEASED);
    else if (node.lost !== '') readings.set(node, GONE);
    // Realised in its own place, a node that no gradient needs would drop its sources.
    else wanted.push({ node, copy: apply(detached, [node]) });
  }
  realiseAll(wanted.map(({ copy }) => copy));
  for (const { node, copy } of wanted) {
    const { storage, shape, dtype } = copy;
    readings.set(node, storage ? { text: showElements(storage.read(), shape, dtype), known: true } : GONE);
  }
  return readings;
}

/** Computes all together; should one be impossible (overwritten, a label out of range), each by itself. */
function realiseAll(nodes: readonly Node[]): void {
  try {
    realise(nodes);
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    const [first, ...rest] = nodes;
    if (first === undefined || rest.length === 0) return;
    for (const node of nodes) realiseAll([node]);
  }
}

/**
 * The gradients at `nodes`: of `root` with respect to each, computed here, as long as the history is there and `root` is one
 * number; after that, what tensors have kept.
 */
export function gradientsOf(root: Node, nodes: readonly Node[]): Map<Node, string> {
  const pairs = derived(root, nodes) ?? nodes.map((node) => [node, kept(node)] as const);
  const readings = valuesOf(pairs.flatMap(([, gradient]) => gradient ?? []));
  const texts = new Map<Node, string>();
  for (const [node, gradient] of pairs) {
    const reading = gradient && readings.get(gradient);
    if (reading?.known) texts.set(node, reading.text);
  }
  return texts;
}

/** What `backward()` left at a node. */
const kept = (node: Node): Node | null => {
  const gradient = Gradient.find(node);
  return gradient?.spent ? null : (gradient?.node ?? null);
};

function derived(root: Node, nodes: readonly Node[]): (readonly [Node, Node | null])[] | null {
  if (!root.needsGrad || root.released || sizeOf(root.shape) !== 1 || !isFloat(root.dtype)) return null;
  const inputs = nodes.filter((node) => node.needsGrad);
  try {
    const seed = constantNode(1, root.shape, root.dtype);
    const results = withRecording(false, () => gradients([root], [seed], inputs));
    return inputs.map((node, i) => [node, results[i] ?? null]);
  } catch (error) {
    // A part of the history is released already.
    if (error instanceof ChainruleError) return null;
    throw error;
  }
}
