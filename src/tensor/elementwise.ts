/**
 * Elementwise functions, most of them one record of the alphabet each. Operands broadcast as in NumPy and meet in the
 * dtype of the promotion table (`base/dtype.ts`); functions that leave the whole numbers compute integers and bools in
 * float32.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { checkDType, type DType, floatOf, isFloat, promote, promoteNumber } from '../base/dtype.js';
import { DTypeError } from '../base/errors.js';
import { broadcastShapes, type Shape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { ElementwiseOp } from '../ir/op.js';
import * as ops from '../ops/index.js';
import { type Binary, binary, smooth, unary } from './forms.js';
import {
  asPromoted,
  broadcastTo,
  castNode,
  nodeOf,
  nodeOrNumber,
  numberLike,
  operands,
  type TensorLike,
} from './operands.js';
import { Tensor } from './tensor.js';

type Plain = ElementwiseOp<undefined>;
/** Whether elements are not 0. */
const truth = (x: Node): Node => (x.dtype === 'bool' ? x : apply(ops.ne, [x, ops.constantNode(0, x.shape, x.dtype)]));

/** A function of two truth values; numbers other than 0 are true. */
const logic =
  (name: string, op: Plain): Binary =>
  (a, b) => {
    const [x, y] = operands(name, a, b, asPromoted);
    return new Tensor(apply(op, [truth(x), truth(y)]));
  };

// ── Arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * a + b
 * @example
 * add(tensor([1, 2]), 3) // [4, 5]
 */
export const add = binary(ops.add);

/**
 * a − b
 * @example
 * sub(tensor([1, 2]), tensor([[3], [4]])) // [[-2, -1], [-3, -2]]
 */
export const sub = binary(ops.sub);

/**
 * a · b, element by element; for the product of matrices see `matmul`.
 * @example
 * mul(tensor([1, 2]), tensor([3, 4])) // [3, 8]
 */
export const mul = binary(ops.mul);

/**
 * a / b, always in floats: integers give float32.
 * @example
 * div(tensor([1, -1, 0]), 0) // [Infinity, -Infinity, NaN]
 */
export const div = binary(ops.div, floatOf);

/**
 * −x
 * @example
 * neg(tensor([1, -2])) // [-1, 2]
 */
export const neg = unary(ops.neg);

/**
 * |x|; the gradient at 0 is 0.
 * @example
 * abs(tensor([1, -2])) // [1, 2]
 */
export const abs = unary(ops.abs);

/**
 * −1, 0 or 1 by the sign of x; NaN for NaN.
 * @example
 * sign(tensor([5, -2, 0, NaN])) // [1, -1, 0, NaN]
 */
export const sign = unary(ops.sign);

/**
 * x²
 * @example
 * square(tensor([3, -4])) // [9, 16]
 */
export function square(x: TensorLike): Tensor {
  const node = nodeOrNumber('square', x);
  return new Tensor(apply(ops.mul, [node, node]));
}

/**
 * 1 / x
 * @example
 * reciprocal(tensor([4, -2])) // [0.25, -0.5]
 */
export const reciprocal = (x: TensorLike): Tensor => div(1, x);

/**
 * √x; NaN below 0.
 * @example
 * sqrt(tensor([9, -1])) // [3, NaN]
 */
export const sqrt = smooth(ops.sqrt);

/**
 * aᵇ. A plain number as the exponent is part of the compiled program. Two integers give an integer, which stops at the
 * ends of its dtype.
 * @throws DTypeError for an integer to the power of a negative number
 * @example
 * pow(tensor([2, 3]), 3) // [8, 27]
 * pow(4, tensor([0.5, -1])) // [2, 0.25]
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  if (b === 2) return square(a);
  if (b === 3) return mul(square(a), a);
  const [x, y] = operands('pow', a, b, asPromoted);
  const { shape, dtype } = x;
  const whole = !isFloat(dtype);
  if (whole && typeof b === 'number' && b < 0) {
    throw new DTypeError(`pow: ${dtype} to the power ${b} is no integer: convert the base with .to('float32') first`);
  }
  const computeIn = whole ? 'float64' : dtype;
  const exponent = typeof b === 'number' ? ops.constantNode(b, shape, computeIn) : castNode(y, computeIn);
  const power = apply(ops.pow, [castNode(x, computeIn), exponent]);
  return new Tensor(whole ? castNode(apply(ops.round, [power]), dtype === 'bool' ? 'int32' : dtype) : power);
}

/**
 * The larger of a and b; NaN if either is. Where they are equal each gets half of the gradient.
 * @example
 * maximum(tensor([1, 5, NaN]), 3) // [3, 5, NaN]
 */
export const maximum = binary(ops.maximum);

/**
 * The smaller of a and b; NaN if either is. Where they are equal each gets half of the gradient.
 * @example
 * minimum(tensor([1, 5, NaN]), 3) // [1, 3, NaN]
 */
export const minimum = binary(ops.minimum);

/**
 * x limited to low … high; a limit left out or null does not limit. Where x equals a limit the gradient passes. Where
 * low > high the result is high.
 * @example
 * clamp(tensor([-2, 0.5, 3]), 0, 1) // [0, 0.5, 1]
 * clamp(tensor([-2, 0.5, 3]), null, 1) // [-2, 0.5, 1]
 */
export function clamp(x: TensorLike, low?: TensorLike | null, high?: TensorLike | null): Tensor {
  let node = nodeOrNumber('clamp', x);
  const limit = (by: TensorLike, op: Plain, swap: boolean): void => {
    const [value, bound] = operands('clamp', new Tensor(node), by, asPromoted);
    const beyond = apply(op, swap ? [bound, value] : [value, bound]);
    node = apply(ops.where, [beyond, bound, value]);
  };
  if (low !== undefined && low !== null) limit(low, ops.lt, false);
  if (high !== undefined && high !== null) limit(high, ops.lt, true);
  return x instanceof Tensor && x.node === node ? x : new Tensor(node);
}

// ── Rounding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The largest whole number ≤ x; the gradient is 0.
 * @example
 * floor(tensor([1.5, -1.5])) // [1, -2]
 */
export const floor = unary(ops.floor);

/**
 * The smallest whole number ≥ x; the gradient is 0.
 * @example
 * ceil(tensor([1.5, -1.2])) // [2, -1]
 */
export const ceil = unary(ops.ceil);

/**
 * x without its fraction; the gradient is 0.
 * @example
 * trunc(tensor([1.5, -1.5])) // [1, -1]
 */
export const trunc = unary(ops.trunc);

/**
 * The nearest whole number, halves to the even one; the gradient is 0.
 * @example
 * round(tensor([0.5, 1.5, 2.6])) // [0, 2, 3]
 */
export const round = unary(ops.round);

// ── Comparison ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * a = b, as bool. NaN equals nothing.
 * @example
 * eq(tensor([1, 2, NaN]), tensor([1, 3, NaN])) // [true, false, false]
 */
export const eq = binary(ops.eq);

/**
 * a ≠ b, as bool.
 * @example
 * ne(tensor([1, 2, NaN]), tensor([1, 3, NaN])) // [false, true, true]
 */
export const ne = binary(ops.ne);

/**
 * a < b, as bool.
 * @example
 * lt(tensor([1, 2, 3]), 2) // [true, false, false]
 */
export const lt = binary(ops.lt);

/**
 * a ≤ b, as bool.
 * @example
 * le(tensor([1, 2, 3]), 2) // [true, true, false]
 */
export const le = binary(ops.le);

/**
 * a > b, as bool.
 * @example
 * gt(tensor([1, 2, 3]), 2) // [false, false, true]
 */
export const gt: Binary = (a, b) => lt(b, a);

/**
 * a ≥ b, as bool.
 * @example
 * ge(tensor([1, 2, 3]), 2) // [false, true, true]
 */
export const ge: Binary = (a, b) => le(b, a);

/**
 * Whether x is NaN.
 * @example
 * isnan(tensor([1, NaN, Infinity])) // [false, true, false]
 */
export const isnan = unary(ops.isnan);

/**
 * Whether x is neither NaN nor ±∞.
 * @example
 * isfinite(tensor([1, NaN, Infinity])) // [true, false, false]
 */
export const isfinite = unary(ops.isfinite);

/**
 * Whether x is +∞ or −∞.
 * @example
 * isinf(tensor([1, NaN, -Infinity])) // [false, false, true]
 */
export function isinf(x: TensorLike): Tensor {
  const node = nodeOrNumber('isinf', x);
  if (!isFloat(node.dtype)) return new Tensor(ops.constantNode(0, node.shape, 'bool'));
  return new Tensor(apply(ops.eq, [apply(ops.abs, [node]), ops.constantNode(Infinity, node.shape, node.dtype)]));
}

// ── Logic ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Whether both are true; numbers other than 0 are.
 * @example
 * logicalAnd(tensor([true, true]), tensor([0, 2])) // [false, true]
 */
export const logicalAnd = logic('logicalAnd', ops.and);

/**
 * Whether at least one is true; numbers other than 0 are.
 * @example
 * logicalOr(tensor([false, true]), tensor([0, 2])) // [false, true]
 */
export const logicalOr = logic('logicalOr', ops.or);

/**
 * Whether exactly one is true; numbers other than 0 are.
 * @example
 * logicalXor(tensor([true, true]), tensor([0, 2])) // [true, false]
 */
export const logicalXor = logic('logicalXor', ops.xor);

/**
 * Whether x is false or 0.
 * @example
 * logicalNot(tensor([0, 2])) // [true, false]
 */
export const logicalNot = (x: TensorLike): Tensor => new Tensor(apply(ops.not, [truth(nodeOrNumber('logicalNot', x))]));

// ── Choice and conversion ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * a where the condition holds, else b. A NaN in the branch not chosen leaks neither into the value nor into the
 * gradient.
 * @throws DTypeError unless the condition is bool
 * @example
 * const x = tensor([4, -1]);
 * where(x.gt(0), x.sqrt(), 0) // [2, 0]
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const c = nodeOf('where', condition);
  const dtype =
    typeof a === 'number'
      ? typeof b === 'number'
        ? 'float32'
        : promoteNumber(nodeOf('where', b).dtype, a)
      : typeof b === 'number'
        ? promoteNumber(nodeOf('where', a).dtype, b)
        : promote(nodeOf('where', a).dtype, nodeOf('where', b).dtype);
  let shape: Shape = c.shape;
  for (const x of [a, b]) if (typeof x !== 'number') shape = broadcastShapes(shape, x.shape, 'where');
  const branch = (x: TensorLike): Node =>
    typeof x === 'number' ? numberLike('where', x, shape, dtype) : broadcastTo(castNode(x.node, dtype), shape);
  return new Tensor(apply(ops.where, [broadcastTo(c, shape), branch(a), branch(b)]));
}

/**
 * x in another dtype. Floats to whole numbers drop the fraction and stop at the ends (NaN gives 0); uint8 wraps around;
 * bool is x ≠ 0. The same tensor when it has the dtype already.
 * @example
 * to(tensor([1.7, -1.7, NaN]), 'int32') // [1, -1, 0]
 */
export function to(x: Tensor, dtype: DType): Tensor {
  const node = nodeOf('to', x);
  return node.dtype === checkDType(dtype) ? x : new Tensor(castNode(node, dtype));
}
