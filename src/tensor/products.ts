/**
 * Products summed over axes: one record, the contraction, in its familiar forms.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { promote } from '../base/dtype.js';
import { DTypeError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { castNode, nodeOf, reshapeNode } from './operands.js';
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

/** `x` without the axes that have no label. */
function dropped(x: Node, labels: readonly (number | null)[]): Node {
  return labels.includes(null) ? reshapeNode(x, internShape(x.shape.filter((_, i) => labels[i] !== null))) : x;
}

const named = (labels: readonly (number | null)[]): number[] => labels.filter((l) => l !== null);

/**
 * The product of two matrices, [m, k] · [k, n] = [m, n]. Axes before the last two are batches and broadcast. A vector
 * stands for a row on the left and for a column on the right, and that axis is absent from the result: [k] · [k] is a
 * scalar.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [left, right] = [nodeOf('matmul', a), nodeOf('matmul', b)];
  if (left.shape.length === 0 || right.shape.length === 0) {
    throw explain(left, right, 'a scalar has no axes to multiply along; use mul');
  }
  expectInner(left, right);
  const dtype = promote(left.dtype, right.dtype);
  if (dtype === 'bool') throw new DTypeError("matmul takes numbers, got bool: convert with .to('float32')");
  const batch = batchLabels(left, right);
  const rows = left.shape.length > 1 ? [ROWS] : [];
  const columns = right.shape.length > 1 ? [COLUMNS] : [];
  const labelsA = [...batch.a, ...rows, SUMMED];
  const labelsB = [...batch.b, SUMMED, ...columns];
  const operands = [castNode(dropped(left, labelsA), dtype), castNode(dropped(right, labelsB), dtype)];
  const attrs = { a: named(labelsA), b: named(labelsB), out: [...batch.out, ...rows, ...columns] };
  return new Tensor(apply(ops.contract, operands, attrs));
}
