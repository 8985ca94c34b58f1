/**
 * Reading at places that are data, and folding into them: `gather` and `scatterAdd` are each other's adjoint. `sparseUpdate`
 * is a step down a gradient that `scatterAdd` makes.
 */
import { DTypeError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { GatherOp, ReduceOp, ScatterOp, UpdateOp, Vjp } from '../ir/op.js';
import { div, maximum, mul, neg } from './arithmetic.js';
import { cast } from './cast.js';
import { constantNode } from './leaf.js';
import { eq, where } from './logic.js';
import { max, min, prod, sum } from './reduce.js';

export interface Along {
  readonly axis: number;
}

function checkIndexNode(op: string, index: Node): void {
  if (index.dtype !== 'int32')
    throw new DTypeError(`${op}: the index must be int32, got ${index.dtype}: convert with .to('int32')`);
}

/**
 * The slices of x along an axis that an index names: out[…, i…, …] = x[…, index[i…], …]. Sources: x and an int32 index whose
 * values lie in 0 … x.shape[axis] − 1.
 */
export const gather: GatherOp<Along> = {
  name: 'gather',
  kind: 'gather',
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

type Into = Along & { readonly shape: Shape };

/** @throws ShapeError, DTypeError unless values and an index go into `shape` along the axis. */
function checkValues(name: string, values: Node, index: Node, { axis, shape }: Into): void {
  checkIndexNode(name, index);
  const expected = [...shape.slice(0, axis), ...index.shape, ...shape.slice(axis + 1)];
  if (values.shape.join() !== expected.join()) {
    throw new ShapeError(
      `${name}: values have shape ${showShape(values.shape)}, the index asks for ${showShape(expected)}`,
    );
  }
  if (values.dtype === 'bool') throw new DTypeError(`${name} takes numbers, got bool`);
}

/** The scatter that folds as `fold` does. Sources: values of shape […, index shape, …] and the index. */
const scatter = (name: string, fold: ReduceOp, vjp: Vjp<Into>): ScatterOp<Into> => ({
  name,
  kind: 'scatter',
  arity: 2,
  infer: ([values, index], attrs) => {
    checkValues(name, values!, index!, attrs);
    return { shape: attrs.shape, dtype: values!.dtype };
  },
  key: ({ axis }) => String(axis),
  axisOf: ({ axis }) => axis,
  initial: fold.initial,
  combine: fold.combine,
  // More values than slices: where no value goes the result may be infinite, which finite differences cannot tell.
  examples: [
    { shapes: [[20, 7], [20]], attrs: { axis: 0, shape: internShape([4, 7]) } },
    {
      shapes: [
        [3, 4, 3, 4],
        [4, 3],
      ],
      attrs: { axis: 1, shape: internShape([3, 2, 4]) },
    },
  ],
  vjp,
});

/** Zeros to which the values are added at the slices along an axis that an index names. */
export const scatterAdd = scatter('scatterAdd', sum, ({ src: [, index], attrs }, g) => [
  apply(gather, [g, index!], attrs),
  null,
]);

/** Each of the values that attain the extreme of their place gets an equal share of its gradient. */
const sharedVjp: Vjp<Into> = (node, g) => {
  const { attrs } = node;
  const [values, index] = node.src as [Node, Node];
  const there = (x: Node): Node => apply(gather, [x, index], attrs);
  const hit = apply(eq, [values, there(node)]);
  const count = apply(scatterAdd, [apply(cast, [hit], { to: g.dtype }), index], attrs);
  // Where no value went there is nothing to share, and 0 / 0 in the derivative of the share.
  const share = apply(div, [g, apply(maximum, [count, constantNode(1, count.shape, g.dtype)])]);
  return [apply(where, [hit, there(share), constantNode(0, values.shape, g.dtype)]), null];
};

/** The largest of the values at each slice along an axis that an index names; the lowest number where there is none. */
export const scatterMax = scatter('scatterMax', max, sharedVjp);

/** The smallest of the values at each slice along an axis that an index names; the highest number where there is none. */
export const scatterMin = scatter('scatterMin', min, sharedVjp);

/** The product of the values at each slice along an axis that an index names; 1 where there is none. */
export const scatterProd = scatter(
  'scatterProd',
  prod,
  // The product of the others at the same place: p / x, where p is the product of all that are not 0, unless another is 0. Right
  // at zeros; its own derivative leaves out pairs of zeros that meet in one place.
  ({ src, attrs }, g) => {
    const [values, index] = src as [Node, Node];
    const like = (value: number): Node => constantNode(value, values.shape, g.dtype);
    const there = (x: Node): Node => apply(gather, [x, index], attrs);
    const into = (op: typeof scatterAdd, x: Node): Node => there(apply(op, [x, index], attrs));
    const zero = apply(eq, [values, like(0)]);
    const isZero = apply(cast, [zero], { to: g.dtype });
    const factors = apply(where, [zero, like(1), values]);
    const others = apply(div, [into(scatterProd, factors), factors]);
    const alone = apply(eq, [into(scatterAdd, isZero), isZero]);
    return [apply(mul, [there(g), apply(where, [alone, others, like(0)])]), null];
  },
);

/**
 * base − factor · scatterAdd(values, index) at the slices that the index names; the others of the base as they are. Made by
 * rules: of the whole base only the slices that the index names have to be touched.
 */
export const sparseUpdate: UpdateOp<Along> = {
  name: 'sparseUpdate',
  kind: 'update',
  arity: 4,
  infer: ([values, index, base, factor], { axis }) => {
    checkValues('sparseUpdate', values!, index!, { axis, shape: base!.shape });
    const odd = [values!, factor!].find(({ dtype }) => dtype !== base!.dtype);
    if (odd) throw new DTypeError(`sparseUpdate: a base of ${base!.dtype} cannot be changed by ${odd.dtype}`);
    if (factor!.shape.join() !== base!.shape.join()) {
      throw new ShapeError(
        `sparseUpdate: the factor has shape ${showShape(factor!.shape)}, the base ${showShape(base!.shape)}`,
      );
    }
    return { shape: base!.shape, dtype: base!.dtype };
  },
  key: ({ axis }) => String(axis),
  axisOf: ({ axis }) => axis,
  examples: [
    { shapes: [[6, 7], [6], [9, 7], [9, 7]], attrs: { axis: 0 } },
    { shapes: [[20, 33], [20], [4, 33], [4, 33]], attrs: { axis: 0 } },
    {
      shapes: [
        [3, 4, 3, 4],
        [4, 3],
        [3, 5, 4],
        [3, 5, 4],
      ],
      attrs: { axis: 1 },
    },
    { shapes: [[5], [5], [3], [3]], attrs: { axis: 0 } },
    { shapes: [[0, 3], [0], [4, 3], [4, 3]], attrs: { axis: 0 } },
  ],
  vjp: ({ src: [values, index, base, factor], attrs }, g) => {
    const step = apply(neg, [apply(mul, [g, factor!])]);
    const total = apply(scatterAdd, [values!, index!], { ...attrs, shape: base!.shape });
    return [apply(gather, [step, index!], attrs), null, g, apply(neg, [apply(mul, [g, total])])];
  },
};

/** The records of this file by name. */
export const INDEXED = { gather, scatterAdd, scatterMax, scatterMin, scatterProd, sparseUpdate } as const;
