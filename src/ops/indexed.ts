/**
 * Reading and adding at places that are data: `gather` and `scatterAdd`, each other's adjoint.
 */
import { DTypeError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { IndexedOp } from '../ir/op.js';
import { add, mul } from './arithmetic.js';
import { constantNode, iotaNode } from './leaf.js';
import { permute, reshape } from './movement.js';
import { expand } from './reduce.js';

export interface Along {
  readonly axis: number;
}

function checkIndexNode(op: string, index: Node): void {
  if (index.dtype !== 'int32')
    throw new DTypeError(`${op}: the index must be int32, got ${index.dtype}: convert with .to('int32')`);
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

/** Sources: x and an int32 index whose values lie in 0 … x.shape[axis] − 1. */
export const gather: IndexedOp<Along> = {
  name: 'gather',
  kind: 'gather',
  doc: 'the slices of x along an axis that an index names: out[…, i…, …] = x[…, index[i…], …]',
  arity: 2,
  infer: ([x, index], { axis }) => {
    checkIndexNode('gather', index!);
    return {
      shape: internShape([...x!.shape.slice(0, axis), ...index!.shape, ...x!.shape.slice(axis + 1)]),
      dtype: x!.dtype,
    };
  },
  key: ({ axis }) => String(axis),
  axisOf: ({ axis }) => axis,
  examples: [
    { shapes: [[5, 7], [6]], attrs: { axis: 0 } },
    {
      shapes: [
        [3, 5, 4],
        [2, 3],
      ],
      attrs: { axis: 1 },
    },
    { shapes: [[9], []], attrs: { axis: 0 } },
  ],
  vjp: ({ src: [x, index], attrs: { axis } }, g) => [apply(scatterAdd, [g, index!], { axis, shape: x!.shape }), null],
  batch: ({ src, attrs: { axis } }, [x, index]) => {
    if (!index) return apply(gather, [x!, src[1]!], { axis: axis + 1 });
    // The batch lies where the index is: one table for all, of which each example reads its own part.
    const table = x ? joined(moved(x, 0, axis), axis) : src[0]!;
    const picks = x ? intoAll(index, src[0]!.shape[axis]!) : index;
    return moved(apply(gather, [table, picks], { axis }), axis, 0);
  },
};

/** Sources: values of shape […, index shape, …] and the index. Equal indices add up, in the order of the index. */
export const scatterAdd: IndexedOp<Along & { readonly shape: Shape }> = {
  name: 'scatterAdd',
  kind: 'scatter',
  doc: 'zeros to which the values are added at the slices along an axis that an index names',
  arity: 2,
  infer: ([values, index], { axis, shape }) => {
    checkIndexNode('scatterAdd', index!);
    const expected = [...shape.slice(0, axis), ...index!.shape, ...shape.slice(axis + 1)];
    if (values!.shape.join() !== expected.join()) {
      throw new ShapeError(
        `scatterAdd: values have shape ${showShape(values!.shape)}, the index asks for ${showShape(expected)}`,
      );
    }
    if (values!.dtype === 'bool') throw new DTypeError('scatterAdd takes numbers, got bool');
    return { shape, dtype: values!.dtype };
  },
  key: ({ axis }) => String(axis),
  axisOf: ({ axis }) => axis,
  examples: [
    { shapes: [[6, 7], [6]], attrs: { axis: 0, shape: internShape([5, 7]) } },
    {
      shapes: [
        [3, 2, 3, 4],
        [2, 3],
      ],
      attrs: { axis: 1, shape: internShape([3, 5, 4]) },
    },
  ],
  vjp: ({ src: [, index], attrs: { axis } }, g) => [apply(gather, [g, index!], { axis }), null],
  batch: ({ src, attrs: { axis, shape } }, [values, index], size) => {
    const all = values ?? repeated(src[0]!, size);
    if (!index) return apply(scatterAdd, [all, src[1]!], { axis: axis + 1, shape: internShape([size, ...shape]) });
    const n = shape[axis]!;
    const wide = internShape([...shape.slice(0, axis), size * n, ...shape.slice(axis + 1)]);
    const added = apply(scatterAdd, [moved(all, 0, axis), intoAll(index, n)], { axis, shape: wide });
    const apart = internShape([...shape.slice(0, axis), size, n, ...shape.slice(axis + 1)]);
    return moved(apply(reshape, [added], { shape: apart }), axis, 0);
  },
};

/** The records of this file by name. */
export const INDEXED = { gather, scatterAdd } as const;
