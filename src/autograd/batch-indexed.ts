/**
 * What reading and writing at places that are data becomes for a batch. A source is null if it is the same for all examples, else it
 * has the axis of the batch in front; so has the result.
 */
import { internShape, type Shape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { add, constantNode, expand, iotaNode, mul, permute, reshape } from '../ops/index.js';

type Sources = readonly (Node | null)[];

/** Attributes of gathers and of scatters. */
export interface Gathered {
  readonly axis: number;
}
export interface Scattered extends Gathered {
  readonly shape: Shape;
}

/** `x` once for each of `size` examples, along a new axis in front. */
export function repeated(x: Node, size: number): Node {
  const one = apply(reshape, [x], { shape: internShape([1, ...x.shape]) });
  return apply(expand, [one], { shape: internShape([size, ...x.shape]) });
}

/** Indices into a batch of tables of `n` slices, as indices into one table in which they lie one after the other. */
function intoAll(index: Node, n: number): Node {
  const { shape } = index;
  const table = apply(mul, [iotaNode(shape, 0), constantNode(n, shape, 'int32')]);
  return apply(add, [index, table]);
}

/** `x` with axis `from` moved to `to`. */
function moved(x: Node, from: number, to: number): Node {
  const axes = x.shape.map((_, i) => i).filter((a) => a !== from);
  axes.splice(to, 0, from);
  return apply(permute, [x], { axes });
}

/** `x` with its axes `first` and `first + 1` as one. */
const joined = (x: Node, first: number): Node =>
  apply(reshape, [x], {
    shape: internShape([
      ...x.shape.slice(0, first),
      x.shape[first]! * x.shape[first + 1]!,
      ...x.shape.slice(first + 2),
    ]),
  });

export function gatherBatch(node: Node<Gathered>, [x, index]: Sources): Node {
  const { op, src } = node;
  const { axis } = node.attrs;
  if (!index) return apply(op, [x!, src[1]!], { axis: axis + 1 });
  // The batch lies where the index is: one table for all, of which each example reads its own part.
  const table = x ? joined(moved(x, 0, axis), axis) : src[0]!;
  const picks = x ? intoAll(index, src[0]!.shape[axis]!) : index;
  return moved(apply(op, [table, picks], { axis }), axis, 0);
}

export function scatterBatch(node: Node<Scattered>, [values, index]: Sources, size: number): Node {
  const { op, src } = node;
  const { axis, shape } = node.attrs;
  const all = values ?? repeated(src[0]!, size);
  if (!index) return apply(op, [all, src[1]!], { axis: axis + 1, shape: internShape([size, ...shape]) });
  const n = shape[axis]!;
  const wide = internShape([...shape.slice(0, axis), size * n, ...shape.slice(axis + 1)]);
  const folded = apply(op, [moved(all, 0, axis), intoAll(index, n)], { axis, shape: wide });
  const apart = internShape([...shape.slice(0, axis), size, n, ...shape.slice(axis + 1)]);
  return moved(apply(reshape, [folded], { shape: apart }), axis, 0);
}
