/**
 * Reading and adding at places that are data: `gather` and `scatterAdd`, each other's adjoint.
 */
import { DTypeError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { IndexedOp } from '../ir/op.js';

export interface Along {
  readonly axis: number;
}

function checkIndexNode(op: string, index: Node): void {
  if (index.dtype !== 'int32')
    throw new DTypeError(`${op}: the index must be int32, got ${index.dtype}: convert with .to('int32')`);
}

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
};

/** The records of this file by name. */
export const INDEXED = { gather, scatterAdd } as const;
