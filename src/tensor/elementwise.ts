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

/** a + b */
export const add = binary(ops.add);

/** a − b */
export const sub = binary(ops.sub);

/** a · b, element by element; for the product of matrices see `matmul`. */
export const mul = binary(ops.mul);

/** a / b, always in floats: integers give float32. */
export const div = binary(ops.div, floatOf);

/** −x */
export const neg = unary(ops.neg);

/** |x|; the gradient at 0 is 0. */
export const abs = unary(ops.abs);

/** −1, 0 or 1 by the sign of x; NaN for NaN. */
export const sign = unary(ops.sign);

/** x² */
export function square(x: TensorLike): Tensor {
  const node = nodeOrNumber('square', x);
  return new Tensor(apply(ops.mul, [node, node]));
}

/** 1 / x */
export const reciprocal = (x: TensorLike): Tensor => div(1, x);

/** √x; NaN below 0. */
export const sqrt = smooth(ops.sqrt);

/**
 * aᵇ. A plain number as the exponent is part of the compiled program. Two integers give an integer, which stops at the
 * ends of its dtype.
 * @throws DTypeError for an integer to the power of a negative number
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

/** The larger of a and b; NaN if either is. Where they are equal each gets half of the gradient. */
export const maximum = binary(ops.maximum);

/** The smaller of a and b; NaN if either is. Where they are equal each gets half of the gradient. */
export const minimum = binary(ops.minimum);

/**
 * x limited to low … high; a limit left out or null does not limit. Where x equals a limit the gradient passes. Where
 * low > high the result is high.
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

/** The largest whole number ≤ x; the gradient is 0. */
export const floor = unary(ops.floor);

/** The smallest whole number ≥ x; the gradient is 0. */
export const ceil = unary(ops.ceil);

/** x without its fraction; the gradient is 0. */
export const trunc = unary(ops.trunc);

/** The nearest whole number, halves to the even one; the gradient is 0. */
export const round = unary(ops.round);

// ── Comparison ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** a = b, as bool. NaN equals nothing. */
export const eq = binary(ops.eq);

/** a ≠ b, as bool. */
export const ne = binary(ops.ne);

/** a < b, as bool. */
export const lt = binary(ops.lt);

/** a ≤ b, as bool. */
export const le = binary(ops.le);

/** a > b, as bool. */
export const gt: Binary = (a, b) => lt(b, a);

/** a ≥ b, as bool. */
export const ge: Binary = (a, b) => le(b, a);

/** Whether x is NaN. */
export const isnan = unary(ops.isnan);

/** Whether x is neither NaN nor ±∞. */
export const isfinite = unary(ops.isfinite);

/** Whether x is +∞ or −∞. */
export function isinf(x: TensorLike): Tensor {
  const node = nodeOrNumber('isinf', x);
  if (!isFloat(node.dtype)) return new Tensor(ops.constantNode(0, node.shape, 'bool'));
  return new Tensor(apply(ops.eq, [apply(ops.abs, [node]), ops.constantNode(Infinity, node.shape, node.dtype)]));
}

// ── Logic ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether both are true; numbers other than 0 are. */
export const logicalAnd = logic('logicalAnd', ops.and);

/** Whether at least one is true; numbers other than 0 are. */
export const logicalOr = logic('logicalOr', ops.or);

/** Whether exactly one is true; numbers other than 0 are. */
export const logicalXor = logic('logicalXor', ops.xor);

/** Whether x is false or 0. */
export const logicalNot = (x: TensorLike): Tensor => new Tensor(apply(ops.not, [truth(nodeOrNumber('logicalNot', x))]));

// ── Choice and conversion ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * a where the condition holds, else b. A NaN in the branch not chosen leaks neither into the value nor into the
 * gradient.
 * @throws DTypeError unless the condition is bool
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
 */
export function to(x: Tensor, dtype: DType): Tensor {
  const node = nodeOf('to', x);
  return node.dtype === checkDType(dtype) ? x : new Tensor(castNode(node, dtype));
}
