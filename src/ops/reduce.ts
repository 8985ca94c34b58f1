/**
 * Reductions, which fold axes to size 1, and `expand`, which repeats axes of size 1: a sum and an expand are each
 * other's adjoint.
 */
import { type DType, isFloat } from '../base/dtype.js';
import { ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { MovementOp, ReduceOp, Typed } from '../ir/op.js';
import { add, div, maximum, minimum, mul } from './arithmetic.js';
import { cast } from './cast.js';
import { constantNode, iotaNode } from './leaf.js';
import { eq, where } from './logic.js';
import { permute, reshape } from './movement.js';
import { expectDType, type Takes } from './typing.js';

interface Axes {
  readonly axes: readonly number[];
}

/** The shape with `axes` folded to 1. */
const folded = (shape: Shape, axes: readonly number[]): Shape =>
  internShape(shape.map((n, i) => (axes.includes(i) ? 1 : n)));

const infer =
  (name: string, takes: Takes) =>
  ([x]: readonly Node[], { axes }: Axes): Typed => {
    expectDType(name, x!.dtype, takes);
    return { shape: folded(x!.shape, axes), dtype: x!.dtype };
  };
const key = ({ axes }: Axes): string => axes.join(',');
const examples = [
  { shapes: [[5, 9]], attrs: { axes: [1] } },
  { shapes: [[9, 5]], attrs: { axes: [0] } },
  { shapes: [[3, 4, 5]], attrs: { axes: [0, 2] } },
  { shapes: [[2, 70]], attrs: { axes: [0, 1] } },
  { shapes: [[3, 1]], attrs: { axes: [1] } },
];

/** Axes of size 1 repeated. */
export const expand: MovementOp<{ readonly shape: Shape }> = {
  name: 'expand',
  kind: 'movement',
  arity: 1,
  infer: ([x], { shape }) => {
    const from = x!.shape;
    if (from.length !== shape.length || from.some((n, i) => n !== shape[i] && n !== 1)) {
      throw new ShapeError(
        `expand: ${showShape(from)} cannot become ${showShape(shape)}; only axes of size 1 can grow`,
      );
    }
    return { shape, dtype: x!.dtype };
  },
  examples: [
    { shapes: [[1, 7]], attrs: { shape: internShape([3, 7]) } },
    { shapes: [[5, 1]], attrs: { shape: internShape([5, 6]) } },
    { shapes: [[1]], attrs: { shape: internShape([0]) } },
  ],
  vjp: ({ src: [x], shape }, g) => {
    const axes = shape.flatMap((n, i) => (n !== x!.shape[i] ? [i] : []));
    return [apply(sum, [g], { axes })];
  },
  lead: ({ shape }, size) => ({ shape: internShape([size, ...shape]) }),
  read: (node, at, algebra) => {
    const from = node.src[0]!.shape;
    return [{ source: 0, index: at.map((i, axis) => (from[axis] === 1 ? algebra.constant(0) : i)), when: [] }];
  },
};

/** The sum over axes; 0 over no elements. */
export const sum: ReduceOp = {
  name: 'sum',
  kind: 'reduce',
  arity: 1,
  infer: infer('sum', 'number'),
  key,
  examples,
  initial: () => 0,
  combine: add,
  vjp: ({ src: [x] }, g) => [apply(expand, [g], { shape: x!.shape })],
};

/** Each of the elements that attain the extreme gets an equal share of the gradient. */
const sharedVjp = (node: Node<Axes>, g: Node): Node[] => {
  const x = node.src[0]!;
  const { shape } = x;
  const { axes } = node.attrs;
  const hit = apply(eq, [x, apply(expand, [node], { shape })]);
  const count = apply(sum, [apply(cast, [hit], { to: g.dtype })], { axes });
  const share = apply(expand, [apply(div, [g, count])], { shape });
  return [apply(where, [hit, share, constantNode(0, shape, g.dtype)])];
};

const lowest = (dtype: DType): number => (isFloat(dtype) ? -Infinity : dtype === 'int32' ? -2147483648 : 0);
const highest = (dtype: DType): number =>
  isFloat(dtype) ? Infinity : dtype === 'int32' ? 2147483647 : dtype === 'uint8' ? 255 : 1;

/** The largest over axes (of bools: any); NaN if one is NaN; ties share the gradient evenly. */
export const max: ReduceOp = {
  name: 'max',
  kind: 'reduce',
  arity: 1,
  infer: infer('max', 'any'),
  key,
  examples,
  initial: lowest,
  combine: maximum,
  vjp: sharedVjp,
};

/** The smallest over axes (of bools: all); NaN if one is NaN; ties share the gradient evenly. */
export const min: ReduceOp = {
  name: 'min',
  kind: 'reduce',
  arity: 1,
  infer: infer('min', 'any'),
  key,
  examples,
  initial: highest,
  combine: minimum,
  vjp: sharedVjp,
};

/** The product over axes; 1 over no elements. */
export const prod: ReduceOp = {
  name: 'prod',
  kind: 'reduce',
  arity: 1,
  infer: infer('prod', 'number'),
  key,
  examples,
  initial: () => 1,
  combine: mul,
  // ∂(∏ x)/∂xᵢ = ∏ over j ≠ i: with the folded axes as one of size n, an n × n table whose diagonal is 1. It is right at zeros,
  // where prod / x is not, at every order; the table is never stored.
  vjp: ({ src: [x], attrs: { axes } }, g) => {
    // Kept axes as rows, folded axes as columns.
    const kept = x!.shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]));
    const order = [...kept, ...axes];
    const moved = apply(permute, [x!], { axes: order });
    const m = kept.reduce((product, a) => product * x!.shape[a]!, 1);
    const n = axes.reduce((product, a) => product * x!.shape[a]!, 1);
    const flat = internShape([m, n]);
    const table = internShape([m, n, n]);
    const each = apply(expand, [apply(reshape, [moved], { shape: internShape([m, 1, n]) })], { shape: table });
    const diagonal = apply(eq, [iotaNode(table, 1), iotaNode(table, 2)]);
    const others = apply(prod, [apply(where, [diagonal, constantNode(1, table, x!.dtype), each])], { axes: [2] });
    const upstream = apply(expand, [apply(reshape, [g], { shape: internShape([m, 1]) })], { shape: flat });
    const rows = apply(mul, [apply(reshape, [others], { shape: flat }), upstream]);
    const inverse = new Array<number>(order.length);
    order.forEach((a, i) => {
      inverse[a] = i;
    });
    return [apply(permute, [apply(reshape, [rows], { shape: moved.shape })], { axes: inverse })];
  },
};

/** The records of this file by name. */
export const REDUCE = { sum, max, min, prod, expand } as const;
