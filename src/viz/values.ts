/**
 * Values and gradients of a graph. Computing them takes nothing from the graph: its history stays as it was, and so does
 * what `backward()` has released.
 */
import { gradients } from '../autograd/reverse.js';
import { isFloat, type TypedArray } from '../base/dtype.js';
import { ChainruleError } from '../base/errors.js';
import { sizeOf } from '../base/shape.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import { constantNode, detached } from '../ops/index.js';
import { realise } from '../run/realise.js';
import { Gradient } from '../tensor/gradient.js';
import { showElements } from './numbers.js';

/** Tensors with more elements than this are known by their shape alone, where their values are written out. */
const MOST_ELEMENTS = 6;

/** Why a value cannot be had: `backward()` has let it go, or it cannot be computed any more. */
export type Missing = 'released' | 'no value';

/** What can be said of a value: itself, or why it cannot be had. */
export interface Reading {
  readonly text: string;
  readonly known: boolean;
}

/**
 * The elements of `nodes`, or why they cannot be had. Those that are not in memory are computed if `compute` says so, else they are
 * left out.
 */
export function elementsOf(nodes: Iterable<Node>, compute: boolean): Map<Node, TypedArray | Missing> {
  const found = new Map<Node, TypedArray | Missing>();
  const wanted: { readonly node: Node; readonly copy: Node }[] = [];
  for (const node of nodes) {
    const { storage } = node;
    if (node.released && storage === null) found.set(node, 'released');
    else if (node.lost !== '' || (storage !== null && storage.version !== node.version)) found.set(node, 'no value');
    // Realised in its own place, a node that no gradient needs would drop its sources.
    else if (compute) wanted.push({ node, copy: apply(detached, [node]) });
    else if (storage !== null) found.set(node, storage.read());
  }
  realiseAll(wanted.map(({ copy }) => copy));
  for (const { node, copy } of wanted) found.set(node, copy.storage?.read() ?? 'no value');
  return found;
}

/** The values of `nodes` that are small enough to be written out. */
export function valuesOf(nodes: Iterable<Node>): Map<Node, Reading> {
  const small = [...nodes].filter(({ shape }) => sizeOf(shape) <= MOST_ELEMENTS);
  return new Map(
    [...elementsOf(small, true)].map(([node, value]) => [
      node,
      typeof value === 'string'
        ? { text: value, known: false }
        : { text: showElements(value, node.shape, node.dtype), known: true },
    ]),
  );
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
 * The gradients at `nodes`. With `compute`, of `root` with respect to each, as long as the history is there and `root` is one number;
 * otherwise, and after that, what tensors have kept.
 */
export function gradientNodes(root: Node, nodes: readonly Node[], compute: boolean): Map<Node, Node> {
  const pairs = (compute && derived(root, nodes)) || nodes.map((node) => [node, kept(node)] as const);
  return new Map(pairs.flatMap(([node, gradient]) => (gradient ? [[node, gradient] as const] : [])));
}

/** The gradients at `nodes`, computed if need be, that are small enough to be written out. */
export function gradientsOf(root: Node, nodes: readonly Node[]): Map<Node, string> {
  const gradients = gradientNodes(root, nodes, true);
  const readings = valuesOf(gradients.values());
  const texts = new Map<Node, string>();
  for (const [node, gradient] of gradients) {
    const reading = readings.get(gradient);
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
