/**
 * Spots of a tensor that values are written to: listed one by one, where some may be the same, or cut out by ranges, where
 * none are and writing is index arithmetic.
 */
import { internShape, type Shape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { reshapeNode } from './operands.js';
import { flatNode } from './places.js';
import type { Part } from './ranges.js';

/** Folds values into places along axis 0. */
export type Scatter = typeof ops.scatterAdd;

export interface Spots {
  /** The shape of the values that go there. */
  readonly shape: Shape;
  /** The values folded spot by spot, and what changes nothing everywhere else. */
  fold(scatter: Scatter, values: Node): Node;
  /** x with the values in place of what was there; where spots are the same, the last in row-major order stays. */
  set(x: Node, values: Node): Node;
}

/** Spots of a tensor of this shape by their places in row-major order. */
export function listed(shape: Shape, at: Node): Spots {
  const into = internShape([sizeOf(shape)]);
  const places = flatNode(at);
  const fold = (scatter: Scatter, values: Node): Node =>
    reshapeNode(apply(scatter, [flatNode(values), places], { axis: 0, shape: into }), shape);
  return {
    shape: at.shape,
    fold,
    set(x, values) {
      if (sizeOf(at.shape) === 0) return x;
      // The last value that goes to each spot; the lowest number where there is none.
      const last = fold(ops.scatterMax, ops.iotaNode(places.shape, 0));
      const zero = ops.constantNode(0, shape, 'int32');
      const found = apply(ops.gather, [flatNode(values), apply(ops.maximum, [last, zero])], { axis: 0 });
      return apply(ops.where, [apply(ops.le, [zero, last]), found, x]);
    },
  };
}

/** Spots of a tensor of shape `whole` by a part of each axis. */
export function cutOut(whole: Shape, { start, size, step, backwards, shape }: Part): Spots {
  const attrs = {
    before: start,
    between: step.map((s) => s - 1),
    after: whole.map((n, i) => n - start[i]! - (size[i] === 0 ? 0 : (size[i]! - 1) * step[i]! + 1)),
  };
  const spread = (values: Node): Node => {
    const taken = reshapeNode(values, internShape(size));
    const turned = backwards.length > 0 ? apply(ops.flip, [taken], { axes: backwards }) : taken;
    return apply(ops.pad, [turned], attrs);
  };
  const choose = (values: Node, otherwise: Node): Node =>
    apply(ops.where, [spread(ops.constantNode(1, shape, 'bool')), spread(values), otherwise]);
  return {
    shape,
    fold: (scatter, values) => choose(values, ops.constantNode(scatter.initial(values.dtype), whole, values.dtype)),
    set: (x, values) => choose(values, x),
  };
}
