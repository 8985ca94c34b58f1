/**
 * What flows along the edges of the lessons' graphs, a plain number or a tensor, and the arithmetic on both.
 * Numbers are computed by JavaScript itself; tensors without recording, for here the chain rule is applied by hand.
 */
import { ArgumentError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import * as tensors from '../tensor/index.js';
import { noGrad, Tensor } from '../tensor/index.js';

/** What flows along an edge. A layer used with numbers is a `Layer<number>`, one used with tensors a `Layer<Tensor>`. */
export type Value = number | Tensor;

/** @throws ArgumentError unless `value` is a number or a tensor; `where` says who was given it. */
export function checkValue(value: unknown, where: string): void {
  if (typeof value === 'number' || value instanceof Tensor) return;
  const remedy = Array.isArray(value) ? '; wrap the array in tensor(…)' : '';
  throw new ArgumentError(`${where}: takes a number or a tensor, got ${describe(value)}${remedy}`);
}

/** @throws ArgumentError unless `value` is a tensor; `where` says who was given it, `what` which one it is. */
export function checkTensor(value: unknown, where: string, what: string): void {
  if (value instanceof Tensor) return;
  throw new ArgumentError(`${where}: ${what} must be a tensor, got ${describe(value)}; make one with tensor(…)`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : `an object (${value.constructor?.name})`;
  return `a ${typeof value}`;
}

/** x + y */
export function add<V extends Value>(x: V, y: V | number): V;
export function add(x: Value, y: Value): Value {
  return typeof x === 'number' && typeof y === 'number' ? x + y : noGrad(() => tensors.add(x, y));
}

/** x · y, element by element */
export function mul<V extends Value>(x: V, y: V | number): V;
export function mul(x: Value, y: Value): Value {
  return typeof x === 'number' && typeof y === 'number' ? x * y : noGrad(() => tensors.mul(x, y));
}

/** −x */
export const neg = <V extends Value>(x: V): V => unary(x, (n) => -n, tensors.neg);

/** 1 / x */
export const reciprocal = <V extends Value>(x: V): V => unary(x, (n) => 1 / n, tensors.reciprocal);

/** eˣ */
export const exp = <V extends Value>(x: V): V => unary(x, Math.exp, tensors.exp);

/** The natural logarithm of x. */
export const log = <V extends Value>(x: V): V => unary(x, Math.log, tensors.log);

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = <V extends Value>(x: V): V => unary(x, (n) => 1 / (1 + Math.exp(-n)), tensors.sigmoid);

/** Ones in the form of x. */
export const onesFor = <V extends Value>(x: V): V => unary(x, () => 1, tensors.onesLike);

function unary<V extends Value>(x: V, onNumber: (x: number) => number, onTensor: (x: Tensor) => Tensor): V;
function unary(x: Value, onNumber: (x: number) => number, onTensor: (x: Tensor) => Tensor): Value {
  return typeof x === 'number' ? onNumber(x) : noGrad(() => onTensor(x));
}

/** Which elements of x are at most 0: one boolean, or a bool tensor. NaN is not. */
export const atMostZero = (x: Value): boolean | Tensor => (typeof x === 'number' ? x <= 0 : noGrad(() => x.le(0)));

/** x, with 0 where the mask holds. */
export function zeroWhere<V extends Value>(mask: boolean | Tensor, x: V): V;
export function zeroWhere(mask: boolean | Tensor, x: Value): Value {
  if (typeof mask === 'boolean') return mask ? 0 : x;
  return noGrad(() => tensors.where(mask, 0, x));
}

/**
 * `gradient` in the form of `input`. What the forward pass spread over several elements by broadcasting (a number, or an
 * axis of size 1) took part in each of them, so on the way back those gradients are summed.
 */
export function sumLike<V extends Value>(gradient: Value, input: V): V;
export function sumLike(gradient: Value, input: Value): Value {
  if (typeof input === 'number') {
    return typeof gradient === 'number' ? gradient : noGrad(() => gradient.sum()).item();
  }
  if (typeof gradient === 'number') return tensors.full(input.shape, gradient, { dtype: input.dtype });
  if (sameShape(gradient.shape, input.shape)) return gradient;
  const missing = gradient.ndim - input.ndim;
  const spread = gradient.shape.flatMap((size, axis) => {
    const before = axis < missing ? 1 : input.shape[axis - missing];
    return before === size && axis >= missing ? [] : [axis];
  });
  return noGrad(() => gradient.sum(spread, { keepdim: true }).reshape(...input.shape));
}

/** How the form of a value is named in messages: `a number`, or `a tensor of shape [2, 3]`. */
export const showForm = (x: Value): string =>
  typeof x === 'number' ? 'a number' : `a tensor of shape ${showShape(x.shape)}`;

/** Whether a gradient of this form can belong to this value. A number also fits a tensor of shape []. */
export const fits = (gradient: Value, value: Value): boolean =>
  typeof gradient === 'number'
    ? typeof value === 'number' || value.ndim === 0
    : typeof value !== 'number' && sameShape(gradient.shape, value.shape);
