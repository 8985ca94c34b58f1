/**
 * The drawing of a tensor's graph.
 */
import type { Node } from '../ir/node.js';
import type { Drawing, DrawingEdge, DrawingNode } from './drawing.js';
import { leftOut, showCount } from './nearest.js';
import { type Detail, outline, type Step } from './outline.js';
import { gradientsOf, type Reading, valuesOf } from './values.js';

export interface TensorDrawingOptions {
  readonly values: boolean;
  readonly gradients: boolean;
  readonly detail: Detail;
  readonly maxNodes: number;
}

const REST = 'rest';

export interface TensorDrawing {
  readonly drawing: Drawing;
  /** What each node of the drawing shows, by its id. An operation and its result show the same. */
  readonly shown: ReadonlyMap<string, Step>;
}

/** The graph behind `root`: what was computed, from what. */
export function drawTensor(root: Node, options: TensorDrawingOptions): TensorDrawing {
  const { steps, cut, rest } = outline(root, options.detail, options.maxNodes);
  const owners = steps.map((step) => step.owner);
  const values = options.values ? valuesOf(owners) : new Map<Node, Reading>();
  const grads = options.gradients ? gradientsOf(root, owners) : new Map<Node, string>();
  const uses = new Map<Node, number>();
  for (const { inputs } of steps) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);

  const nodes: DrawingNode[] = [];
  const edges: DrawingEdge[] = [];
  const shown = new Map<string, Step>();
  /** Where the arrows of a step's value begin, and what stands at them. */
  const outlets = new Map<Node, Omit<DrawingEdge, 'to'>>();
  const end = steps.at(-1);

  steps.forEach((step, i) => {
    const { node, owner, kind, inputs } = step;
    const id = `${kind} ${i}`;
    // A value with a name is a thing of its own, and so is the result.
    const result = kind === 'operation' && (owner.label !== '' || step === end);
    const [value, grad] = [values.get(owner), grads.get(owner)];
    const flow = { ...flowing(value), ...(grad === undefined ? {} : { grad }) };
    // With several arrows only the sum of what came back over them is known: it belongs to the node.
    const shared = grad !== undefined && !result && (uses.get(node) ?? 0) !== 1;
    nodes.push(nodeOf(step, id, result, shared ? grad : undefined));
    shown.set(id, step);
    for (const input of inputs) {
      edges.push(cut.has(input) ? { from: REST, to: id } : { from: id, ...outlets.get(input), to: id });
    }
    if (!result) {
      outlets.set(node, { from: id, ...(kind === 'number' ? {} : flow), ...(shared ? { grad: undefined } : {}) });
      return;
    }
    const name = `result ${i}`;
    nodes.push({ id: name, kind: 'variable', label: owner.label, note: owner.dtype, shape: owner.shape });
    shown.set(name, step);
    edges.push({ from: id, to: name, ...flow });
    outlets.set(node, { from: name, ...flow, ...(uses.get(node) === 1 ? {} : { grad: undefined }) });
  });
  if (cut.size === 0) return { drawing: { nodes, edges }, shown };
  const others: DrawingNode = { id: REST, kind: 'number', label: `⋯ ${showCount(rest)} more` };
  return { drawing: { nodes: [others, ...nodes], edges, note: leftOut(steps.length, rest) }, shown };
}

/** A value in its place, or the reason why there is none. */
const flowing = (reading: Reading | undefined): Pick<DrawingEdge, 'label' | 'value'> =>
  reading === undefined ? {} : reading.known ? { value: reading.text } : { label: reading.text };

function nodeOf(
  { kind, label, note, owner }: Step,
  id: string,
  hasResult: boolean,
  grad: string | undefined,
): DrawingNode {
  // The shape stands once: at the result of an operation, if that is drawn. Of scalars among operations it says nothing.
  const sizeless = kind === 'number' || hasResult || (kind === 'operation' && owner.shape.length === 0);
  return {
    id,
    kind,
    label,
    ...(note ? { note } : {}),
    ...(sizeless ? {} : { shape: owner.shape }),
    ...(grad === undefined ? {} : { grad }),
  };
}
