/**
 * Scaled dot-product attention.
 */
import { floatOf, isFloat, promote } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { broadcastShapes, internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { lowerAttention } from '../lower/attention.js';
import { provide } from '../lower/index.js';
import * as ops from '../ops/index.js';
import { bernoulli, type Generator, matmul, Tensor, where } from '../tensor/index.js';
import { broadcastTo, castNode, nodeOf, reshapeNode, showKind } from '../tensor/operands.js';

const NAME = 'scaledDotProductAttention';

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** Which keys take part (bool; true: it does), or what is added to the scores (float). Broadcasts to [..., L, S]. */
  attnMask?: Tensor | null;
  /** The probability with which a weight is left out; the others are divided by 1 − p. 0 unless told. */
  dropoutP?: number;
  /** Query i sees the keys 0 … i only. */
  isCausal?: boolean;
  /** What the products of queries and keys are multiplied with; 1/√E unless told. */
  scale?: number;
  /** Allows fewer heads (the axis before the last two) of keys and values than of queries: neighbouring queries share them. */
  enableGqa?: boolean;
  /** Where dropout draws from. */
  generator?: Generator;
}

function explain(operands: readonly Node[], why: string): ShapeError {
  const [q, k, v] = operands.map(({ shape }) => showShape(shape));
  return new ShapeError(`${NAME}: queries ${q}, keys ${k}, values ${v}: ${why}`);
}

/** Each head as often as there are queries' heads to share it. */
function repeatHeads(x: Node, heads: number, operands: readonly Node[]): Node {
  const own = x.shape.at(-3);
  if (own === undefined || own === 0 || heads % own !== 0) {
    throw explain(
      operands,
      `with enableGqa the axis before the last two counts heads, and those of keys and values divide the ${heads} of the queries`,
    );
  }
  if (own === heads) return x;
  const [batch, rest] = [x.shape.slice(0, -3), x.shape.slice(-2)];
  const column = reshapeNode(x, internShape([...batch, own, 1, ...rest]));
  const repeated = broadcastTo(column, internShape([...batch, own, heads / own, ...rest]));
  return reshapeNode(repeated, internShape([...batch, heads, ...rest]));
}

/** @throws ShapeError, DTypeError unless the mask fits scores of shape `table` */
function maskNode(mask: Tensor, like: Node, table: Shape): Node {
  const node = nodeOf(NAME, mask);
  if (node.dtype !== 'bool' && !isFloat(node.dtype)) {
    throw new DTypeError(
      `${NAME}: attnMask is bool (true: the key takes part) or float (added to the scores), got ${node.dtype}: convert it with .to('bool')`,
    );
  }
  const shape = broadcastShapes(node.shape, table, `${NAME}: attnMask and scores`);
  if (shape !== table)
    throw new ShapeError(
      `${NAME}: attnMask ${showShape(node.shape)} must broadcast to the scores, ${showShape(table)}`,
    );
  return broadcastTo(node.dtype === 'bool' ? node : castNode(node, like.dtype), table);
}

/** @throws ArgumentError unless `p` is a probability of leaving out that leaves something */
function checkDropout(p: number): void {
  if (!(p >= 0 && p < 1))
    throw new ArgumentError(`${NAME}: dropoutP must be from 0 up to, not including, 1, got ${showKind(p)}`);
}

/**
 * softmax(q·kᵀ·scale + mask)·v: for each query the mean of the values, weighted by how well their keys match. One kernel, which
 * streams over the keys: memory grows with L + S, not with L·S (with dropout, and for the gradient of a float mask, it does).
 *
 * @param q queries [..., L, E]
 * @param k keys [..., S, E]
 * @param v values [..., S, Ev]; axes before the last two are batches and broadcast
 * @returns [..., L, Ev]; 0 for a query for which the mask leaves no key
 * @throws ShapeError, DTypeError, ArgumentError when operands do not fit, or for both a mask and `isCausal`
 * @example
 * const [q, k, v] = [zeros([2, 1]), zeros([2, 1]), tensor([[2], [4]])];
 * scaledDotProductAttention(q, k, v, { isCausal: true }) // [[2], [3]]
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { attnMask = null, dropoutP = 0, isCausal = false, enableGqa = false, generator } = options;
  checkDropout(dropoutP);
  const given = [q, k, v].map((x) => nodeOf(NAME, x));
  const dtype = floatOf(given.map((x) => x.dtype).reduce(promote));
  if (given.some(({ shape }) => shape.length < 2)) throw explain(given, 'each needs two axes: positions and features');
  const [queries, keys, values] = given.map((x) => castNode(x, dtype)) as [Node, Node, Node];
  if (queries.shape.at(-1) !== keys.shape.at(-1))
    throw explain(given, 'queries and keys must have equally many features, their last axis');
  if (keys.shape.at(-2) !== values.shape.at(-2))
    throw explain(given, 'there must be as many keys as values, the axis before the last');
  if (attnMask && isCausal)
    throw new ArgumentError(`${NAME}: takes attnMask or isCausal, not both: put the causal part into the mask`);
  const heads = queries.shape.at(-3) ?? 1;
  const shared = enableGqa ? [keys, values].map((x) => repeatHeads(x, heads, given)) : [keys, values];
  const operands = [queries, ...shared];
  const batch = operands
    .map(({ shape }) => internShape(shape.slice(0, -2)))
    .reduce((a, b) => broadcastShapes(a, b, `${NAME}: batch axes`));
  const src = operands.map((x) => broadcastTo(x, internShape([...batch, ...x.shape.slice(-2)])));
  const [queryCount, features] = queries.shape.slice(-2) as [number, number];
  const table = internShape([...batch, queryCount, keys.shape.at(-2)!]);
  if (attnMask) src.push(maskNode(attnMask, queries, table));
  const attrs = { scale: options.scale ?? 1 / Math.sqrt(Math.max(features, 1)), causal: isCausal };
  if (!Number.isFinite(attrs.scale))
    throw new ArgumentError(`${NAME}: scale must be a finite number, got ${showKind(options.scale)}`);
  if (dropoutP === 0) {
    provide('attention', lowerAttention);
    return new Tensor(apply(ops.attention, src, attrs));
  }
  const weights = new Tensor(ops.attentionWeights(src, attrs));
  const left = bernoulli(1 - dropoutP, table, { dtype: 'bool', generator });
  return matmul(where(left, weights.div(1 - dropoutP), 0), new Tensor(src[2]!));
}
