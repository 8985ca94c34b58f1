/**
 * Products summed over axes: one record, the contraction, in its familiar forms.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, normalizeAxis, showShape } from '../base/shape.js';
import type { Node } from '../ir/node.js';
import { mul } from './elementwise.js';
import { type Labelled, productOf, withoutUnlabelled } from './labelled.js';
import { nodeOf, reshapeNode, showKind } from './operands.js';
import { Tensor } from './tensor.js';

// The labels of the axes: rows of a, the summed one, columns of b, then one for each batch axis.
const ROWS = 0;
const SUMMED = 1;
const COLUMNS = 2;
const BATCH = 3;

function explain(a: Node, b: Node, why: string): ShapeError {
  return new ShapeError(`matmul: ${showShape(a.shape)} times ${showShape(b.shape)}: ${why}`);
}

function expectInner(a: Node, b: Node): void {
  const inner = a.shape.at(-1);
  const other = b.shape.length === 1 ? b.shape[0] : b.shape.at(-2);
  if (inner === other) return;
  const place = b.shape.length === 1 ? 'only' : 'second to last';
  const transposed = b.shape.length === 2 && b.shape[1] === inner ? '; the transpose fits: matmul(a, b.T)' : '';
  throw explain(
    a,
    b,
    `the last axis of the left has size ${inner}, the ${place} axis of the right ${other}; they must be equal${transposed}`,
  );
}

/**
 * Which axes of `own` (of batch sizes) carry a label, given the other operand's: an axis of size 1 is dropped where the
 * other has one.
 */
function batchLabels(
  a: Node,
  b: Node,
): { readonly a: (number | null)[]; readonly b: (number | null)[]; readonly out: number[] } {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const rank = Math.max(batchA.length, batchB.length);
  const labels: { a: (number | null)[]; b: (number | null)[]; out: number[] } = { a: [], b: [], out: [] };
  for (let i = 0; i < rank; i++) {
    const label = BATCH + i;
    const m = batchA[i - (rank - batchA.length)];
    const n = batchB[i - (rank - batchB.length)];
    if (m !== undefined && n !== undefined && m !== n && m !== 1 && n !== 1) {
      throw explain(a, b, `batch axes of sizes ${m} and ${n} do not broadcast; sizes must be equal, or one of them 1`);
    }
    labels.out.push(label);
    if (m !== undefined) labels.a.push(m === 1 && n !== undefined && n !== 1 ? null : label);
    if (n !== undefined) labels.b.push(n === 1 && m !== undefined ? null : label);
  }
  return labels;
}

/**
 * The product of two matrices, [m, k] · [k, n] = [m, n]. Axes before the last two are batches and broadcast. A vector
 * stands for a row on the left and for a column on the right, and that axis is absent from the result: [k] · [k] is a
 * scalar.
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])) // [[3, 2], [7, 4]]
 * matmul(ones([5, 2, 3]), ones([3, 4])).shape // [5, 2, 4]
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [left, right] = [nodeOf('matmul', a), nodeOf('matmul', b)];
  if (left.shape.length === 0 || right.shape.length === 0) {
    throw explain(left, right, 'a scalar has no axes to multiply along; use mul');
  }
  expectInner(left, right);
  const batch = batchLabels(left, right);
  const rows = left.shape.length > 1 ? [ROWS] : [];
  const columns = right.shape.length > 1 ? [COLUMNS] : [];
  const x = withoutUnlabelled(left, [...batch.a, ...rows, SUMMED]);
  const y = withoutUnlabelled(right, [...batch.b, SUMMED, ...columns]);
  return new Tensor(productOf('matmul', x, y, [...batch.out, ...rows, ...columns]));
}

/** The node of a vector. @throws ShapeError for another number of axes */
function vectorOf(op: string, x: Tensor, otherwise: string): Labelled & { readonly size: number } {
  const node = nodeOf(op, x);
  if (node.shape.length !== 1)
    throw new ShapeError(`${op}: takes vectors, got a tensor of shape ${showShape(node.shape)}: ${otherwise}`);
  return { node, labels: [SUMMED], size: node.shape[0]! };
}

/**
 * Σ aᵢ·bᵢ of two vectors of one length, a scalar.
 * @throws ShapeError for other shapes (matmul and tensordot take more axes), DTypeError for bools
 * @example
 * dot(tensor([1, 2, 3]), tensor([4, 5, 6])) // 32
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  const [x, y] = [vectorOf('dot', a, 'use matmul'), vectorOf('dot', b, 'use matmul')];
  if (x.size !== y.size)
    throw new ShapeError(`dot: vectors of ${x.size} and ${y.size} elements; they must have as many`);
  return new Tensor(productOf('dot', x, y, []));
}

/**
 * aᵢ·bⱼ for every pair of elements of two vectors: [m], [n] → [m, n].
 * @throws ShapeError for other shapes, DTypeError for bools
 * @example
 * outer(tensor([1, 2]), tensor([3, 4, 5])) // [[3, 4, 5], [6, 8, 10]]
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [x, y] = [vectorOf('outer', a, 'flatten() it first'), vectorOf('outer', b, 'flatten() it first')];
  return new Tensor(productOf('outer', { ...x, labels: [ROWS] }, { ...y, labels: [COLUMNS] }, [ROWS, COLUMNS]));
}

/**
 * The Kronecker product: a with every element replaced by that element times b. Of shapes [m, n] and [p, q] it has [m·p, n·q]; where
 * one has fewer axes, axes of size 1 come in front.
 * @example
 * kron(tensor([1, 10]), tensor([1, 2, 3])) // [1, 2, 3, 10, 20, 30]
 */
export function kron(a: Tensor, b: Tensor): Tensor {
  const [x, y] = [nodeOf('kron', a), nodeOf('kron', b)];
  const rank = Math.max(x.shape.length, y.shape.length);
  const sizes = ({ shape }: Node): number[] => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const spread = (node: Node, pair: (n: number) => readonly number[]): Tensor =>
    new Tensor(reshapeNode(node, internShape(sizes(node).flatMap(pair))));
  const product = mul(
    spread(x, (n) => [n, 1]),
    spread(y, (n) => [1, n]),
  ).node;
  const other = sizes(y);
  return new Tensor(reshapeNode(product, internShape(sizes(x).map((n, i) => n * other[i]!))));
}

/** Which axes of both operands are summed together, as pairs of normalised axes. */
function summedPairs(
  a: Node,
  b: Node,
  axes: number | readonly [readonly number[], readonly number[]],
): [number, number][] {
  const [m, n] = [a.shape.length, b.shape.length];
  if (typeof axes === 'number') {
    if (Number.isInteger(axes) && axes >= 0 && axes <= Math.min(m, n))
      return Array.from({ length: axes }, (_, i) => [m - axes + i, i]);
    throw new ArgumentError(
      `tensordot: the number of axes must be a whole number from 0 to ${Math.min(m, n)} for shapes ${showShape(a.shape)} and ${showShape(b.shape)}, got ${showKind(axes)}`,
    );
  }
  const [left, right] = axes;
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length)
    throw new ArgumentError('tensordot: the axes are a number, or two lists of as many axes: [axes of a, axes of b]');
  const normal = (list: readonly number[], rank: number): number[] =>
    list.map((axis) => normalizeAxis(axis, rank, 'tensordot: axis'));
  const [first, second] = [normal(left, m), normal(right, n)];
  if (new Set(first).size !== first.length || new Set(second).size !== second.length)
    throw new ArgumentError(`tensordot: ${showShape(left)} and ${showShape(right)} name an axis twice`);
  return first.map((axis, i) => [axis, second[i]!]);
}

/**
 * Σ a·b over axes of both: over the last `axes` of a and the first of b, 2 unless told, or over [axes of a, axes of b] pairwise. The
 * result has the other axes of a, then those of b.
 * @throws ShapeError when two axes of a pair differ in size, ArgumentError for axes that make no pairs
 * @example
 * tensordot(ones([2, 3]), ones([3, 4]), 1).shape // [2, 4]
 * tensordot(ones([2, 3]), ones([4, 2]), [[0], [1]]).shape // [3, 4]
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  const [x, y] = [nodeOf('tensordot', a), nodeOf('tensordot', b)];
  const pairs = summedPairs(x, y, axes);
  for (const [i, j] of pairs) {
    if (x.shape[i] === y.shape[j]) continue;
    throw new ShapeError(
      `tensordot: axis ${i} of ${showShape(x.shape)} has size ${x.shape[i]}, axis ${j} of ${showShape(y.shape)} has ${y.shape[j]}; summed together they must be equal`,
    );
  }
  const own = x.shape.map((_, axis) => axis);
  const other = y.shape.map((_, axis) => pairs.find(([, j]) => j === axis)?.[0] ?? own.length + axis);
  const out = [...own, ...other].filter((label) => !pairs.some(([i]) => i === label));
  return new Tensor(productOf('tensordot', { node: x, labels: own }, { node: y, labels: other }, out));
}
