/**
 * Leaves: values that come from outside the graph (data), from the program (constants, numbers) or from the position alone.
 */
import { type DType, isFloat } from '../base/dtype.js';
import { internShape, type Shape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { LeafOp, Typed } from '../ir/op.js';
import type { Storage } from '../ir/storage.js';

const typed = (_: readonly Node[], { shape, dtype }: Typed): Typed => ({ shape, dtype });

/** A value in memory. */
export const data: LeafOp<Typed> = {
  name: 'data',
  kind: 'leaf',
  from: 'storage',
  arity: 0,
  infer: typed,
  vjp: { none: 'it is a leaf' },
};

/** A number that is part of the program, at every place. */
export const constant: LeafOp<Typed & { readonly value: number }> = {
  name: 'constant',
  kind: 'leaf',
  from: 'constant',
  arity: 0,
  infer: typed,
  key: ({ value }) => (Object.is(value, -0) ? '-0' : String(value)),
  vjp: { none: 'it is a leaf' },
};

/** A number that may change from run to run without compiling anything, at every place. */
export const number: LeafOp<Typed> = {
  name: 'number',
  kind: 'leaf',
  from: 'number',
  arity: 0,
  infer: typed,
  vjp: { none: 'it is a leaf' },
};

/** The index along one axis: 0, 1, 2, … (int32). */
export const iota: LeafOp<{ readonly shape: Shape; readonly axis: number }> = {
  name: 'iota',
  kind: 'leaf',
  from: 'index',
  arity: 0,
  infer: (_, { shape }) => ({ shape, dtype: 'int32' }),
  key: ({ axis }) => String(axis),
  vjp: { none: 'it is a leaf' },
};

/** Stands for a value while a function is looked at. Its label is the error for whoever wants to read it. */
export const placeholder: LeafOp<Typed> = {
  name: 'placeholder',
  kind: 'leaf',
  from: 'nowhere',
  arity: 0,
  infer: typed,
  vjp: { none: 'it is a leaf' },
};

/** A {@link placeholder}; `asked` says to whoever wants to read it why it cannot be read. */
export function placeholderNode({ shape, dtype }: Typed, needsGrad: boolean, asked: string): Node {
  const node = apply(placeholder, [], { shape, dtype });
  node.needsGrad = needsGrad;
  node.label = asked;
  return node;
}

/** The records of this file. */
export const LEAVES = { data, constant, number, iota, placeholder } as const;

/** A leaf that shows `storage` as `shape`. */
export function dataNode(storage: Storage, shape: Shape): Node<Typed> {
  const node = apply(data, [], { shape, dtype: storage.dtype });
  node.attach(storage);
  return node;
}

export const constantNode = (value: number, shape: Shape, dtype: DType): Node =>
  apply(constant, [], { value, shape: internShape(shape), dtype });

/** Numbers that stand in the program itself; any other is an argument, so that changing it compiles nothing. */
const BAKED = new Set([0, 1, -1, 2, 0.5]);

/** A number from user code: baked if it is one of 0, ±1, 2, ½, else a run-time argument. */
export function numberNode(value: number, shape: Shape, dtype: DType): Node {
  if (BAKED.has(value) || dtype === 'bool' || dtype === 'uint8') return constantNode(value, shape, dtype);
  const node = apply(number, [], { shape: internShape(shape), dtype });
  node.value = isFloat(dtype) ? value : Math.trunc(value) | 0;
  return node;
}

/** 0, 1, 2, … along `axis` of `shape`. */
export const iotaNode = (shape: Shape, axis: number): Node => apply(iota, [], { shape: internShape(shape), axis });
