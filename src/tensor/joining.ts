/**
 * Several tensors as one.
 */
import { promote } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { broadcastShapes, internShape, normalizeAxis, SCALAR, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** The nodes in the dtype that all promote to. */
function nodesOf(op: string, tensors: readonly Tensor[]): [Node, ...Node[]] {
  if (!Array.isArray(tensors)) throw new ArgumentError(`${op}: takes an array of tensors, got ${showKind(tensors)}`);
  const nodes = tensors.map((t) => nodeOf(op, t));
  const [first, ...rest] = nodes;
  if (!first) throw new ArgumentError(`${op}: the array is empty; at least one tensor is needed`);
  const dtype = rest.reduce((d, n) => promote(d, n.dtype), first.dtype);
  return [castNode(first, dtype), ...rest.map((n) => castNode(n, dtype))];
}

/** Tensors one after another along an axis; all other sizes must be equal. */
export function cat(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = nodesOf('cat', tensors);
  const along = normalizeAxis(axis, nodes[0].shape.length, 'cat: axis');
  return new Tensor(apply(ops.cat, nodes, { axis: along }));
}

/** Tensors of one shape side by side along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const nodes = nodesOf('stack', tensors);
  const { shape } = nodes[0];
  const odd = nodes.find((n) => n.shape !== shape);
  if (odd)
    throw new ShapeError(
      `stack: shapes ${showShape(shape)} and ${showShape(odd.shape)} differ; all must be equal (cat joins along an axis they have)`,
    );
  const along = normalizeAxis(axis, shape.length + 1, 'stack: axis');
  const with1 = internShape([...shape.slice(0, along), 1, ...shape.slice(along)]);
  return new Tensor(
    apply(
      ops.cat,
      nodes.map((n) => reshapeNode(n, with1)),
      { axis: along },
    ),
  );
}

/** Tensors repeated to the one shape to which all broadcast. */
export function broadcastTensors(...tensors: Tensor[]): Tensor[] {
  const nodes = tensors.map((t) => nodeOf('broadcastTensors', t));
  const shape = nodes.reduce((common, n) => broadcastShapes(common, n.shape, 'broadcastTensors'), SCALAR);
  return nodes.map((n, i) => (n.shape === shape ? tensors[i]! : new Tensor(broadcastTo(n, shape))));
}

/** Options of {@link meshgrid}. */
export interface MeshgridOptions {
  /** `ij`: the first vector runs along the first axis, as in matrices; `xy`: along the second. `ij` unless told. */
  indexing?: 'ij' | 'xy';
}

/** For vectors of n₁, n₂, … elements, tensors of shape [n₁, n₂, …] in which each runs along its own axis. */
export function meshgrid(vectors: readonly Tensor[], options: MeshgridOptions = {}): Tensor[] {
  const { indexing = 'ij' } = options;
  if (indexing !== 'ij' && indexing !== 'xy')
    throw new ArgumentError(`meshgrid: indexing is 'ij' or 'xy', got ${JSON.stringify(indexing)}`);
  if (!Array.isArray(vectors)) throw new ArgumentError(`meshgrid: takes an array of vectors, got ${showKind(vectors)}`);
  const nodes = vectors.map((v) => nodeOf('meshgrid', v));
  const odd = nodes.find((n) => n.shape.length > 1);
  if (odd) throw new ShapeError(`meshgrid: takes vectors, got shape ${showShape(odd.shape)}`);
  const axisOf = (i: number): number => (indexing === 'xy' && i < 2 && nodes.length > 1 ? 1 - i : i);
  return broadcastTensors(
    ...nodes.map((n, i) => {
      const shape = nodes.map((_, axis) => (axis === axisOf(i) ? sizeOf(n.shape) : 1));
      return new Tensor(reshapeNode(n, internShape(shape)));
    }),
  );
}
