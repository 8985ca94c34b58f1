/**
 * Products of matrices: powers, the exponential, and chains in the cheapest order.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import type { RoutineOp } from '../ir/op.js';
import { cat, eye, matmul, reshape, slice, Tensor, zerosLike } from '../tensor/index.js';
import { broadcastTo, nodeOf, showKind } from '../tensor/operands.js';
import { solveSquare } from './dense/elimination.js';
import { expectFinite, multiply } from './dense/matrix.js';
import { inv } from './elimination.js';
import { adjoint, algorithm, call, squareOf } from './matrices.js';

/**
 * Each matrix of a [..., n, n] times itself, `power` factors in all, by repeated squaring; the identity for 0, and powers of the inverse below 0.
 * @throws LinAlgError, when the value is computed, for a negative power of a singular matrix
 * @example
 * matrixPower(tensor([[1, 1], [0, 1]]), 5) // [[1, 5], [0, 1]]
 */
export function matrixPower(a: Tensor, power: number): Tensor {
  const square = squareOf('matrixPower', a);
  if (!Number.isInteger(power))
    throw new ArgumentError(`matrixPower: the power must be a whole number, got ${showKind(power)}`);
  const { shape, dtype } = square;
  const n = shape.at(-1)!;
  if (power === 0) return new Tensor(broadcastTo(eye(n, n, { dtype }).node, internShape(shape)));
  let result: Tensor | null = null;
  let factor = power < 0 ? inv(square) : square;
  for (let left = Math.abs(power); ; factor = factor.matmul(factor)) {
    if (left % 2 === 1) result = result === null ? factor : result.matmul(factor);
    left = Math.floor(left / 2);
    if (left === 0) return result!;
  }
}

/** Numerator of the [13/13] Padé approximation of eˣ, from x⁰ up; the denominator has every other sign turned. */
const PADE = [1];
for (let k = 1; k <= 13; k++) PADE.push((PADE[k - 1]! * (14 - k)) / ((27 - k) * k));
/** Up to this 1-norm the approximation is exact to float64's last bit. */
const NEAR = 5.371920351148152;

/** eᵃ by scaling and squaring: Higham, The scaling and squaring method for the matrix exponential revisited (2005). */
function exponential(a: Float64Array, n: number): Float64Array {
  let norm = 0;
  for (let j = 0; j < n; j++) {
    let column = 0;
    for (let i = 0; i < n; i++) column += Math.abs(a[i * n + j]!);
    norm = Math.max(norm, column);
  }
  const squarings = Math.max(0, Math.ceil(Math.log2(norm / NEAR)));
  const x = a.map((value) => value * 2 ** -squarings);
  const square = multiply(x, x, n, n, n);
  const fourth = multiply(square, square, n, n, n);
  const sixth = multiply(fourth, square, n, n, n);
  /** The terms of every other power from x^k on, without that x^k itself where it is odd. */
  const terms = (k: number): Float64Array => {
    const low = (value: number, i: number): number =>
      PADE[k + 2]! * value + PADE[k + 4]! * fourth[i]! + PADE[k + 6]! * sixth[i]!;
    const high = square.map(
      (value, i) => PADE[k + 8]! * value + PADE[k + 10]! * fourth[i]! + PADE[k + 12]! * sixth[i]!,
    );
    const out = multiply(sixth, high, n, n, n).map((value, i) => value + low(square[i]!, i));
    for (let i = 0; i < n; i++) out[i * n + i]! += PADE[k]!;
    return out;
  };
  const even = terms(0);
  const odd = multiply(x, terms(1), n, n, n);
  let result = solveSquare(
    even.map((value, i) => value - odd[i]!),
    n,
    even.map((value, i) => value + odd[i]!),
    n,
  );
  for (let k = 0; k < squarings; k++) result = multiply(result, result, n, n, n);
  return result;
}

/** The exponential Σ aᵏ/k!. */
const exponentiating: RoutineOp<undefined> = algorithm<undefined>({
  name: 'matrixExp',
  arity: 1,
  result: ([size]) => size!,
  compute([a], [[n]]) {
    expectFinite(a!);
    return exponential(a!, n);
  },
  flops: ([[n]]) => 20 * n ** 3,
  // The derivative along a direction is a corner of the exponential of a matrix of twice the size: Mathias (1996).
  vjp({ src: [a] }, cotangent) {
    const n = a!.shape.at(-1)!;
    const turned = adjoint(a!);
    const block = cat([cat([turned, cotangent], -1), cat([zerosLike(turned), turned], -1)], -2);
    return [slice(call(exponentiating, [block], undefined), '...', [0, n], [n, 2 * n])];
  },
});

/**
 * The exponential Σ aᵏ/k! of each matrix of a [..., n, n].
 * @throws LinAlgError, when the value is computed, for a matrix that is not finite
 * @example
 * matrixExp(tensor([[0, 2], [0, 0]])) // [[1, 2], [0, 1]]
 */
export const matrixExp = (a: Tensor): Tensor => call(exponentiating, [squareOf('matrixExp', a)], undefined);

/**
 * The product of two or more matrices in the order that takes the fewest multiplications; the first and the last may be vectors.
 * @example
 * multiDot([tensor([1, 2]), tensor([[1, 0], [0, 3]]), tensor([1, 1])]) // 7
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  if (!Array.isArray(tensors) || tensors.length < 2)
    throw new ArgumentError(`multiDot: takes an array of at least two tensors, got ${showKind(tensors)}`);
  const last = tensors.length - 1;
  const matrices = tensors.map((t, i) => {
    const { shape } = nodeOf('multiDot', t);
    if (shape.length === 1 && i === 0) return reshape(t, [1, ...shape]);
    if (shape.length === 1 && i === last) return reshape(t, [...shape, 1]);
    if (shape.length !== 2)
      throw new ShapeError(
        `multiDot: takes matrices, and vectors in the first and the last place; argument ${i} has shape ${showShape(shape)}`,
      );
    return t;
  });
  const sizes = [matrices[0]!.shape[0]!, ...matrices.map((t) => t.shape[1]!)];
  const product = inOrder(matrices, cheapest(sizes), 0, last);
  const [rows, columns] = [tensors[0]!.shape.length, tensors[last]!.shape.length];
  return reshape(product, [...(rows === 1 ? [] : [sizes[0]!]), ...(columns === 1 ? [] : [sizes.at(-1)!])]);
}

/** Per first and last factor, after which factor to cut; matrix i is sizes[i] × sizes[i + 1] (Cormen et al., section 15.2). */
function cheapest(sizes: readonly number[]): number[][] {
  const count = sizes.length - 1;
  const cost = sizes.map(() => new Array<number>(count).fill(0));
  const cut = sizes.map(() => new Array<number>(count).fill(0));
  for (let length = 1; length < count; length++) {
    for (let i = 0; i + length < count; i++) {
      const j = i + length;
      cost[i]![j] = Infinity;
      for (let k = i; k < j; k++) {
        const total = cost[i]![k]! + cost[k + 1]![j]! + sizes[i]! * sizes[k + 1]! * sizes[j + 1]!;
        if (total < cost[i]![j]!) [cost[i]![j], cut[i]![j]] = [total, k];
      }
    }
  }
  return cut;
}

function inOrder(matrices: readonly Tensor[], cut: readonly (readonly number[])[], i: number, j: number): Tensor {
  if (i === j) return matrices[i]!;
  const k = cut[i]![j]!;
  return matmul(inOrder(matrices, cut, i, k), inOrder(matrices, cut, k + 1, j));
}
