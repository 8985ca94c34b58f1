/**
 * From an elementwise record to a function of tensors.
 */
import { type DType, floatOf } from '../base/dtype.js';
import { apply } from '../ir/node.js';
import type { ElementwiseOp } from '../ir/op.js';
import { asPromoted, castNode, nodeOrNumber, operands, type TensorLike } from './operands.js';
import { Tensor } from './tensor.js';

type Plain = ElementwiseOp<undefined>;
/** A function of one tensor, or number, element by element. */
export type Unary = (x: TensorLike) => Tensor;
/** A function of two tensors, or numbers, element by element; shapes broadcast, dtypes promote. */
export type Binary = (a: TensorLike, b: TensorLike) => Tensor;

/** A function of one tensor that keeps the dtype. */
export const unary =
  (op: Plain): Unary =>
  (x) =>
    new Tensor(apply(op, [nodeOrNumber(op.name, x)]));

/** A function of one tensor into the floats. */
export const smooth =
  (op: Plain): Unary =>
  (x) => {
    const node = nodeOrNumber(op.name, x);
    return new Tensor(apply(op, [castNode(node, floatOf(node.dtype))]));
  };

export const binary =
  (op: Plain, computeIn: (dtype: DType) => DType = asPromoted): Binary =>
  (a, b) =>
    new Tensor(apply(op, operands(op.name, a, b, computeIn)));
