/**
 * Values and gradients of a graph as text, computed without leaving a trace in the graph: what is drawn stays pending or
 * released as it was.
 */
import { gradients } from '../autograd/reverse.js';
import { type DType, isFloat, type TypedArray } from '../base/dtype.js';
import { ChainruleError } from '../base/errors.js';
import { type Shape, sizeOf } from '../base/shape.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import { constantNode, detached } from '../ops/index.js';
import { realise } from '../run/realise.js';
import { Gradient } from '../tensor/gradient.js';
import { showNumber } from './outline.js';

/** Tensors with more elements than this are known by their shape alone. */
const MOST_ELEMENTS = 6;

/** In the place of a value that `backward()` has let go. */
const RELEASED = 'released';
/** In the place of a value that cannot be computed any more. */
const GONE = 'no value';

function showValues(values: TypedArray, shape: Shape, dtype: DType): string {
  const level = (axis: number, at: number): string => {
    const size = shape[axis];
    if (size === undefined) return dtype === 'bool' ? (values[at] ? 'T' : 'F') : showNumber(values[at] ?? Number.NaN);
    return `[${Array.from({ length: size }, (_, i) => level(axis + 1, at * size + i)).join(', ')}]`;
  };
  return level(0, 0);
}

/** The values of `nodes` that are small enough to be shown. */
export function valuesOf(nodes: Iterable<Node>): Map<Node, string> {
  const texts = new Map<Node, string>();
  const wanted: { readonly node: Node; readonly copy: Node }[] = [];
  for (const node of nodes) {
    if (sizeOf(node.shape) > MOST_ELEMENTS) continue;
    if (node.released && node.storage === null) texts.set(node, RELEASED);
    else if (node.lost !== '') texts.set(node, GONE);
    // Realised in its own place, a node that no gradient needs would drop its sources.
    else wanted.push({ node, copy: apply(detached, [node]) });
  }
  realiseAll(wanted.map(({ copy }) => copy));
  for (const { node, copy } of wanted) {
    texts.set(node, copy.storage ? showValues(copy.storage.read(), node.shape, node.dtype) : GONE);
  }
  return texts;
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
  const found = new Map<Node, Node>();
  for (const [node, gradient] of derived(root, nodes) ?? nodes.map((node) => [node, kept(node)] as const)) {
    if (gradient) found.set(node, gradient);
  }
  const texts = valuesOf(found.values());
  return new Map([...found].flatMap(([node, gradient]) => (texts.has(gradient) ? [[node, texts.get(gradient) ?? '']] : [])));
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
