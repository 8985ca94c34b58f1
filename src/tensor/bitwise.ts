/**
 * Bits of whole numbers and bools. Operands broadcast and promote; floats are refused.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { type DType, isFloat } from '../base/dtype.js';
import { DTypeError } from '../base/errors.js';
import { apply, type Node } from '../ir/node.js';
import type { ElementwiseOp } from '../ir/op.js';
import * as ops from '../ops/index.js';
import { castNode, nodeOrNumber, operands, type TensorLike } from './operands.js';
import { Tensor } from './tensor.js';

/** The dtype of a bitwise operation is that of its operands. @throws DTypeError for floats */
const whole =
  (op: string) =>
  (dtype: DType): DType => {
    if (isFloat(dtype))
      throw new DTypeError(
        `${op} takes bool, uint8 or int32, got ${dtype}: convert with .to('int32'), or compare first`,
      );
    return dtype;
  };

const bitwise =
  (name: string, op: ElementwiseOp<undefined>) =>
  (a: TensorLike, b: TensorLike): Tensor =>
    new Tensor(apply(op, operands(name, a, b, whole(name))));

/**
 * a and b, bit by bit; of bools, whether both are true.
 * @throws DTypeError for floats
 * @example
 * bitwiseAnd(tensor([6, 5], { dtype: 'int32' }), 3) // [2, 1]
 */
export const bitwiseAnd = bitwise('bitwiseAnd', ops.and);

/**
 * a or b, bit by bit; of bools, whether at least one is true.
 * @throws DTypeError for floats
 * @example
 * bitwiseOr(tensor([6, 5], { dtype: 'int32' }), 3) // [7, 7]
 */
export const bitwiseOr = bitwise('bitwiseOr', ops.or);

/**
 * Either a or b, bit by bit; of bools, whether exactly one is true.
 * @throws DTypeError for floats
 * @example
 * bitwiseXor(tensor([6, 5], { dtype: 'int32' }), 3) // [5, 6]
 */
export const bitwiseXor = bitwise('bitwiseXor', ops.xor);

/**
 * Every bit the other way: −1 − x in int32, 255 − x in uint8; of bools the opposite.
 * @throws DTypeError for floats
 * @example
 * bitwiseNot(tensor([0, 5], { dtype: 'int32' })) // [-1, -6]
 */
export function bitwiseNot(x: Tensor): Tensor {
  const node = nodeOrNumber('bitwiseNot', x);
  if (whole('bitwiseNot')(node.dtype) === 'bool') return new Tensor(apply(ops.not, [node]));
  const ones = ops.constantNode(node.dtype === 'uint8' ? 255 : -1, node.shape, node.dtype);
  return new Tensor(apply(ops.xor, [node, ones]));
}

/** Both operands as int32, whether the count is one that the records take, and the dtype of the result. */
function shifted(op: string, a: TensorLike, b: TensorLike) {
  const [x, by] = operands(op, a, b, whole(op));
  const count = castNode(by, 'int32');
  const at = (value: number): Node => ops.constantNode(value, count.shape, 'int32');
  const valid = apply(ops.and, [apply(ops.le, [at(0), count]), apply(ops.lt, [count, at(32)])]);
  return { value: castNode(x, 'int32'), count, valid, at, dtype: x.dtype === 'bool' ? ('int32' as const) : x.dtype };
}

/**
 * a·2ᵇ, bits past the end lost; 0 for counts outside 0 … 31.
 * @throws DTypeError for floats
 * @example
 * bitwiseLeftShift(tensor([1, -3], { dtype: 'int32' }), 2) // [4, -12]
 */
export function bitwiseLeftShift(a: TensorLike, b: TensorLike): Tensor {
  const { value, count, valid, at, dtype } = shifted('bitwiseLeftShift', a, b);
  const moved = apply(ops.shiftLeft, [value, count]);
  return new Tensor(castNode(apply(ops.where, [valid, moved, at(0)]), dtype));
}

/**
 * ⌊a / 2ᵇ⌋; counts outside 0 … 31 leave the sign alone: 0, or −1 for negative a.
 * @throws DTypeError for floats
 * @example
 * bitwiseRightShift(tensor([5, -5], { dtype: 'int32' }), 1) // [2, -3]
 */
export function bitwiseRightShift(a: TensorLike, b: TensorLike): Tensor {
  const { value, count, valid, at, dtype } = shifted('bitwiseRightShift', a, b);
  const moved = apply(ops.shiftRight, [value, apply(ops.where, [valid, count, at(31)])]);
  return new Tensor(castNode(moved, dtype));
}
