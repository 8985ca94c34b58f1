/**
 * Arithmetic beyond the four operations: remainders, interpolation, stable logarithmic forms. Operands broadcast and meet
 * in the promoted dtype; unless it says otherwise a function computes integers and bools in float32.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { type DType, floatOf, isFloat } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { apply, type Node } from '../ir/node.js';
import type { ElementwiseOp } from '../ir/op.js';
import * as ops from '../ops/index.js';
import {
  abs,
  add,
  clamp,
  div,
  eq,
  gt,
  isfinite,
  isinf,
  isnan,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  maximum,
  mul,
  neg,
  reciprocal,
  round,
  sqrt,
  square,
  sub,
  to,
  trunc,
  where,
} from './elementwise.js';
import { castNode, nodeOf, nodeOrNumber, operands, showKind, type TensorLike } from './operands.js';
import { Tensor } from './tensor.js';
import { exp, log, log1p, sin } from './transcendental.js';

const constant = (value: number, like: Node): Node => ops.constantNode(value, like.shape, like.dtype);

/** x as a tensor of floats. */
const floating = (op: string, x: TensorLike): Tensor => {
  const node = nodeOrNumber(op, x);
  return new Tensor(castNode(node, floatOf(node.dtype)));
};

/** Both operands as tensors of floats of one shape. */
const floatingPair = (op: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] => {
  const [x, y] = operands(op, a, b, floatOf);
  return [new Tensor(x), new Tensor(y)];
};

const withoutHistory = (x: Tensor): Tensor => new Tensor(ops.detachNode(x.node));

// ── Division ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const arithmetic = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype);

/**
 * ⌊a/b⌋ of whole numbers: in float64 their quotient is off by less than its distance from the next whole number. 0 for
 * b = 0, as in NumPy.
 */
function wholeQuotient(a: Node, b: Node): Node {
  const [x, y] = [castNode(a, 'float64'), castNode(b, 'float64')];
  const quotient = apply(ops.floor, [apply(ops.div, [x, y])]);
  const none = apply(ops.eq, [b, constant(0, b)]);
  return apply(ops.where, [none, constant(0, a), castNode(quotient, a.dtype)]);
}

const division =
  (op: ElementwiseOp<undefined>, ofWhole: (a: Node, b: Node) => Node) =>
  (a: TensorLike, b: TensorLike): Tensor => {
    const [x, y] = operands(op.name, a, b, arithmetic);
    return new Tensor(isFloat(x.dtype) ? apply(op, [x, y]) : ofWhole(x, y));
  };

/**
 * ⌊a / b⌋, as Python's `//`: −7 over 2 is −4. Integers stay integers; over 0 floats give ±∞ or NaN, integers 0. The
 * gradient is 0.
 */
export const floorDivide = division(ops.floorDivide, wholeQuotient);

/**
 * What remains of a over whole multiples of b, with the sign of b, as Python's `%`: −7 over 2 leaves 1. Exact. Integers
 * stay integers; over 0 floats give NaN, integers 0.
 */
export const remainder = division(ops.remainder, (a, b) => {
  const multiple = apply(ops.mul, [b, wholeQuotient(a, b)]);
  const none = apply(ops.eq, [b, constant(0, b)]);
  return apply(ops.where, [none, constant(0, a), apply(ops.sub, [a, multiple])]);
});

/** x − trunc(x), with the sign of x; the gradient is 1. */
export const frac = (x: TensorLike): Tensor => sub(x, trunc(x));

// ── Roots, lengths, interpolation ────────────────────────────────────────────────────────────────────────────────────

/** 1 / √x */
export const rsqrt = (x: TensorLike): Tensor => reciprocal(sqrt(x));

/**
 * √(a² + b²) without overflow or underflow between; ∞ beside anything is ∞. The gradient at (0, 0) is NaN.
 */
export function hypot(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = floatingPair('hypot', a, b);
  // The result does not depend on the scale, so neither does the gradient.
  const longer = withoutHistory(maximum(abs(x), abs(y)));
  const scale = where(logicalAnd(gt(longer, 0), isfinite(longer)), longer, 1);
  const length = mul(scale, sqrt(add(square(div(x, scale)), square(div(y, scale)))));
  return where(logicalOr(isinf(x), isinf(y)), Infinity, length);
}

/** a + weight·(b − a), from whichever end is nearer: a at weight 0 and b at weight 1, exactly. */
export function lerp(a: TensorLike, b: TensorLike, weight: TensorLike): Tensor {
  const [x, y] = floatingPair('lerp', a, b);
  const way = sub(y, x);
  const fromStart = add(x, mul(way, weight));
  const fromEnd = sub(y, mul(way, sub(1, weight)));
  if (typeof weight === 'number') return Math.abs(weight) < 0.5 ? fromStart : fromEnd;
  return where(lt(abs(weight), 0.5), fromStart, fromEnd);
}

/** Coefficients of sin(t)/t in t². */
const SINC = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800];
/** Up to here the polynomial is right to the last bit of float64. */
const SINC_NEAR = 0.1;

/** sin(πx)/(πx), and 1 at 0; accurate near its zeros, and so are the derivatives at 0. */
export function sinc(x: TensorLike): Tensor {
  const at = floating('sinc', x);
  // sin πx = ±sin π(x − n) for the nearest whole n, of which x − n is exact.
  const n = round(at);
  const odd = logicalNot(eq(mul(n, 0.5), round(mul(n, 0.5))));
  const sine = sin(mul(sub(at, n), Math.PI));
  const near = le(abs(at), SINC_NEAR);
  const far = div(where(odd, neg(sine), sine), mul(where(near, 1, at), Math.PI));
  const t2 = square(mul(where(near, at, 0), Math.PI));
  const series = SINC.slice(0, -1).reduceRight((sum, c) => add(mul(sum, t2), c), mul(t2, 0).add(SINC.at(-1)!));
  return where(isinf(at), 0, where(near, series, far));
}

// ── Logarithmic forms ────────────────────────────────────────────────────────────────────────────────────────────────

/** Options of {@link logit}. */
export interface LogitOptions {
  /** Limits x to eps … 1 − eps first. */
  eps?: number;
}

/** log(x / (1 − x)), the inverse of sigmoid; ∓∞ at 0 and 1, NaN outside. Accurate around ½. */
export function logit(x: TensorLike, options: LogitOptions = {}): Tensor {
  const { eps } = options;
  if (eps !== undefined && !(eps >= 0 && eps <= 0.5))
    throw new ArgumentError(`logit: eps must be a number from 0 to 0.5, got ${showKind(eps)}`);
  const given = floating('logit', x);
  const p = eps === undefined ? given : clamp(given, eps, 1 - eps);
  const rest = sub(1, p);
  // 2p − 1 is exact where p is not small, and the quotient far from 1 where it is.
  const small = lt(p, 0.25);
  const low = log(div(where(small, p, 0.5), where(small, rest, 0.5)));
  const high = log1p(div(where(small, 0, sub(mul(p, 2), 1)), where(small, 1, rest)));
  return where(small, low, high);
}

/** log(eᵃ + eᵇ) without overflow. */
export function logaddexp(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = floatingPair('logaddexp', a, b);
  const less = lt(x, y);
  const [low, high] = [where(less, x, y), where(less, y, x)];
  // ∞ − ∞ is NaN; equal infinities are 0 apart.
  const same = logicalAnd(eq(low, high), isinf(high));
  return add(high, log1p(exp(where(same, 0, sub(low, high)))));
}

// ── Signs and special values ─────────────────────────────────────────────────────────────────────────────────────────

/** |a| with the sign of b, which −0 has too; the sign of a NaN does not count. No gradient goes to b. */
export function copysign(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = floatingPair('copysign', a, b);
  const by = withoutHistory(y);
  const negative = logicalOr(lt(by, 0), logicalAnd(eq(by, 0), lt(reciprocal(by), 0)));
  return where(negative, neg(abs(x)), abs(x));
}

/** 0 below 0, 1 above, and `value` at 0; NaN for NaN. */
export function heaviside(x: TensorLike, value: TensorLike): Tensor {
  const [node, nodeAtZero] = operands('heaviside', x, value, arithmetic);
  const [at, atZero] = [new Tensor(node), new Tensor(nodeAtZero)];
  const step = where(eq(at, 0), atZero, to(gt(at, 0), at.dtype));
  return isFloat(at.dtype) ? where(isnan(at), withoutHistory(at), step) : step;
}

/** Options of {@link nanToNum}. */
export interface NanToNumOptions {
  /** In place of NaN; 0 unless told. */
  nan?: number;
  /** In place of ∞; the largest finite number of the dtype unless told. */
  posinf?: number;
  /** In place of −∞; the lowest finite number of the dtype unless told. */
  neginf?: number;
}

/** x with numbers in place of NaN and the infinities, where the gradient is 0. Other dtypes than floats stay as they are. */
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  const { dtype } = nodeOf('nanToNum', x);
  if (!isFloat(dtype)) return x;
  const largest = dtype === 'float32' ? (2 - 2 ** -23) * 2 ** 127 : Number.MAX_VALUE;
  const { nan = 0, posinf = largest, neginf = -largest } = options;
  const finite = where(eq(x, Infinity), posinf, where(eq(x, -Infinity), neginf, x));
  return where(isnan(x), nan, finite);
}
