/**
 * The one record behind sorting.
 */
import { ShapeError } from '../base/errors.js';
import type { SortOp } from '../ir/op.js';

/**
 * The places along the last axis in the order of what stands there: stable, NaN larger than all. Values in order are
 * gathered by this, so their gradients are gather's.
 */
export const argsort: SortOp<{ readonly descending: boolean }> = {
  name: 'argsort',
  kind: 'sort',
  arity: 1,
  infer: ([x]) => {
    if (x!.shape.length === 0) throw new ShapeError('argsort: a scalar has no axis to sort along');
    return { shape: x!.shape, dtype: 'int32' };
  },
  key: ({ descending }) => String(descending),
  descends: ({ descending }) => descending,
  examples: [
    ...[[7], [3, 5], [2, 0], [4, 1], [2, 3, 70], [40, 33]].map((shape) => ({
      shapes: [shape],
      attrs: { descending: false },
    })),
    // More than one block to a row.
    { shapes: [[2, 3500]], attrs: { descending: true } },
  ],
  vjp: { none: 'places are no numbers that vary smoothly' },
};

/** The records of this file by name. */
export const ORDER = { argsort } as const;
