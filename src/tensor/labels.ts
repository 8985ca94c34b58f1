/**
 * Class labels: whole numbers that name a class.
 */
import { checkDType } from '../base/dtype.js';
import { ArgumentError, DTypeError } from '../base/errors.js';
import { internShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { finish, type TensorOptions } from './create.js';
import { broadcastTo, castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import type { Tensor } from './tensor.js';

/**
 * Class labels as rows with a 1 at the label and 0 elsewhere: shape [...labels.shape, classes], float32 unless told.
 * @throws IndexError when the value is computed and a label is not in 0 … classes − 1
 * @example
 * oneHot(tensor([2, 0], { dtype: 'int32' }), 3) // [[0, 0, 1], [1, 0, 0]]
 */
export function oneHot(labels: Tensor, classes: number, options: TensorOptions = {}): Tensor {
  if (!Number.isInteger(classes) || classes < 1)
    throw new ArgumentError(`oneHot: classes must be a whole number from 1 up, got ${showKind(classes)}`);
  const node = nodeOf('oneHot', labels);
  return finish(
    castNode(labelMask('oneHot', node, classes, node.shape.length), checkDType(options.dtype ?? 'float32')),
    options,
  );
}

/** Where the class axis, put in at `axis`, has the position of the label: bool. */
export function labelMask(op: string, labels: Node, classes: number, axis: number): Node {
  if (labels.dtype !== 'int32' && labels.dtype !== 'uint8') {
    throw new DTypeError(
      `${op}: labels are class indices of dtype int32, got ${labels.dtype}: convert with .to('int32')`,
    );
  }
  const checked = apply(ops.checkIndex, [castNode(labels, 'int32')], { limit: classes, what: 'label' });
  const shape = internShape([...labels.shape.slice(0, axis), classes, ...labels.shape.slice(axis)]);
  const column = reshapeNode(checked, internShape([...labels.shape.slice(0, axis), 1, ...labels.shape.slice(axis)]));
  return apply(ops.eq, [broadcastTo(column, shape), ops.iotaNode(shape, axis)]);
}
