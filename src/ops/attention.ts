/**
 * Attention, softmax(q·kᵀ·scale + mask)·v: its result, the logarithm of what each query's softmax divides by, and its gradients.
 * Each record says what it means in other records: that is what the interpreter computes, and of what further derivatives are
 * taken. A kernel streams over the keys and never holds the table of scores.
 *
 * The result and the log-sum-exp have the same sources, and so have the three gradients: one kernel computes those that are wanted.
 *
 * Dao, Fu, Ermon, Rudra and Ré, "FlashAttention" (2022): a derivative that needs of each query only the log-sum-exp and Σ g·out.
 */
import { DTypeError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, sameShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { AttentionAttrs, AttentionOp, Example, Typed } from '../ir/op.js';
import { detachNode } from './alias.js';
import { add, div, mul, sub } from './arithmetic.js';
import { contract } from './contract.js';
import { constantNode, iotaNode } from './leaf.js';
import { eq, le, where } from './logic.js';
import { expand, max, sum } from './reduce.js';
import { exp, log } from './transcendental.js';
import { expectDType } from './typing.js';

// Labels of the axes: queries, keys, the two features; batch axes come after.
const L = 0;
const S = 1;
const E = 2;
const V = 3;

/** a·b over `batch` leading axes and the two that each operand is told to have last. */
function product(a: Node, axesA: readonly number[], b: Node, axesB: readonly number[], axes: readonly number[]): Node {
  const batch = a.shape.slice(2).map((_, i) => V + 1 + i);
  const attrs = { a: [...batch, ...axesA], b: [...batch, ...axesB], out: [...batch, ...axes] };
  return apply(contract, [a, b], attrs);
}

const widen = (x: Node, shape: Shape): Node => apply(expand, [x], { shape });
const filled = (value: number, like: Node): Node => constantNode(value, like.shape, like.dtype);
const scaled = (x: Node, by: number): Node => apply(mul, [x, filled(by, x)]);
/** `x`, but `value` where x is `from`. */
const replaced = (x: Node, from: number, value: Node): Node =>
  apply(where, [apply(eq, [x, filled(from, x)]), value, x]);

/** q·kᵀ·scale, masked: −∞ where a key takes no part. [..., L, S] */
function scores(q: Node, k: Node, mask: Node | undefined, { scale, causal }: AttentionAttrs): Node {
  let s = scaled(product(q, [L, E], k, [S, E], [L, S]), scale);
  if (mask) s = mask.dtype === 'bool' ? apply(where, [mask, s, filled(-Infinity, s)]) : apply(add, [s, mask]);
  if (!causal) return s;
  const { shape } = s;
  const past = apply(le, [iotaNode(shape, shape.length - 1), iotaNode(shape, shape.length - 2)]);
  return apply(where, [past, s, filled(-Infinity, s)]);
}

/** e^(s − largest) and its sum over the keys; where no key takes part the sum is 0, and nothing is NaN. */
function exponentials(s: Node): { readonly largest: Node; readonly e: Node; readonly total: Node } {
  const axes = [s.shape.length - 1];
  const top = detachNode(apply(max, [s], { axes }));
  const largest = replaced(top, -Infinity, filled(0, top));
  const e = apply(exp, [apply(sub, [s, widen(largest, s.shape)])]);
  return { largest, e, total: apply(sum, [e], { axes }) };
}

/** The weights of the values, from the sources of {@link attention}: the table that its kernel never stores. [..., L, S] */
export function attentionWeights([q, k, , mask]: readonly Node[], attrs: AttentionAttrs): Node {
  const { e, total } = exponentials(scores(q!, k!, mask, attrs));
  return apply(div, [e, widen(replaced(total, 0, filled(1, total)), e.shape)]);
}

/** The sources of the gradients, and what they share: the probabilities p, and ds, the cotangent of the scores. [..., L, S] */
function backward(src: readonly Node[], attrs: AttentionAttrs): Record<'q' | 'k' | 'g' | 'p' | 'ds', Node> {
  const [q, k, v, g, logSumExp, delta, mask] = src as [Node, Node, Node, Node, Node, Node, Node?];
  const s = scores(q, k, mask, attrs);
  const p = apply(exp, [apply(sub, [s, widen(replaced(logSumExp, -Infinity, filled(0, logSumExp)), s.shape)])]);
  const dp = product(g, [L, V], v, [S, V], [L, S]);
  return { q, k, g, p, ds: apply(mul, [p, apply(sub, [dp, widen(delta, dp.shape)])]) };
}

/** @throws ShapeError unless `node` has `shape` */
function expectShape(op: string, what: string, node: Node | undefined, shape: readonly number[]): void {
  if (node && !sameShape(node.shape, shape))
    throw new ShapeError(`${op}: ${what} must have shape ${showShape(shape)}, got ${showShape(node.shape)}`);
}

/** What the sources must be; `out` are the shapes of what belongs to queries. */
function check(op: string, src: readonly Node[], mask: Node | undefined): Record<'row' | 'out', Shape> {
  const [q, k, v] = src as [Node, Node, Node];
  expectDType(op, q.dtype, 'float');
  const wrong = src.find((x) => x.dtype !== q.dtype && !(x === mask && x.dtype === 'bool'));
  if (wrong) throw new DTypeError(`${op}: operands are ${q.dtype} and ${wrong.dtype}; convert one with .to(…)`);
  const batch = q.shape.slice(0, -2);
  const [queries, keys] = [q.shape.at(-2)!, k.shape.at(-2)!];
  expectShape(op, 'k', k, [...batch, keys, q.shape.at(-1)!]);
  expectShape(op, 'v', v, [...batch, keys, v.shape.at(-1)!]);
  expectShape(op, 'the mask', mask, [...batch, queries, keys]);
  return {
    row: internShape([...batch, queries, 1]),
    out: internShape([...batch, queries, v.shape.at(-1)!]),
  };
}

const forwardInfer =
  (op: string, shapeOf: (shapes: Record<'row' | 'out', Shape>) => Shape) =>
  (src: readonly Node[]): Typed => ({ shape: shapeOf(check(op, src, src[3])), dtype: src[0]!.dtype });

/** For the gradient of source `of`. */
const backwardInfer =
  (op: string, of: number) =>
  (src: readonly Node[]): Typed => {
    const { row, out } = check(op, src, src[6]);
    expectShape(op, 'the cotangent', src[3], out);
    expectShape(op, 'the log-sum-exp', src[4], row);
    expectShape(op, 'Σ g·out', src[5], row);
    return src[of]!;
  };

const key = ({ scale, causal }: AttentionAttrs): string => `${scale},${causal}`;

/** Shapes of the sources to try: some batch axes, queries, keys, numbers of a query, numbers of a value. */
type Sources = (batch: readonly number[], l: number, s: number, e: number, v: number) => number[][];
const forwardSources: Sources = (b, l, s, e, v) => [
  [...b, l, e],
  [...b, s, e],
  [...b, s, v],
];
const backwardSources: Sources = (b, l, s, e, v) => [
  ...forwardSources(b, l, s, e, v),
  [...b, l, v],
  [...b, l, 1],
  [...b, l, 1],
];

/** With numbers added to the scores, and causal with none: every query has a key. */
const openExamples = (sources: Sources): Example<AttentionAttrs>[] => [
  { shapes: [...sources([2], 3, 4, 2, 3), [2, 3, 4]], attrs: { scale: 0.25, causal: false } },
  { shapes: sources([1, 2], 3, 2, 1, 2), attrs: { scale: 0.125, causal: true } },
];
/** With bools, which may leave a query without keys, and with no keys at all. */
const examplesOf = (sources: Sources): Example<AttentionAttrs>[] => [
  ...openExamples(sources),
  {
    shapes: [...sources([], 3, 4, 2, 2), [3, 4]],
    attrs: { scale: 0.25, causal: true },
    bools: [sources([], 1, 1, 1, 1).length],
  },
  { shapes: sources([], 2, 0, 1, 2), attrs: { scale: 1, causal: false } },
];

/**
 * For each query the mean of the values v, weighted by the softmax of its scores against the keys. Sources: q [..., L, E], k
 * [..., S, E], v [..., S, V] and perhaps a mask [..., L, S]. A query without any key gets 0.
 */
export const attention: AttentionOp = {
  name: 'attention',
  kind: 'attention',
  gives: 'out',
  arity: null,
  infer: forwardInfer('attention', (shapes) => shapes.out),
  key,
  examples: examplesOf(forwardSources),
  composed: ({ src: [q, k, v, mask], attrs }) => {
    const { e, total } = exponentials(scores(q!, k!, mask, attrs));
    const out = product(e, [L, S], v!, [S, V], [L, V]);
    return apply(div, [out, widen(replaced(total, 0, filled(1, total)), out.shape)]);
  },
  vjp: (node, g, needs) => {
    const { src, attrs } = node;
    const [q, k, v, mask] = src as [Node, Node, Node, Node?];
    const logSumExp = apply(attentionLogSumExp, src, attrs);
    const delta = apply(sum, [apply(mul, [g, node])], { axes: [g.shape.length - 1] });
    const sources = [q, k, v, g, logSumExp, delta, ...(mask ? [mask] : [])];
    const gradients = [attentionGradQ, attentionGradK, attentionGradV].map((op, i) =>
      needs[i] ? apply(op, sources, attrs) : null,
    );
    if (!mask) return gradients;
    // One number for each score: there is nothing to stream.
    return [...gradients, needs[3] ? backward(sources, attrs).ds : null];
  },
};

/**
 * For each query log Σ e^score over the keys; −∞ where no key takes part. What both forward records share is computed once,
 * so the values are a source here too.
 */
export const attentionLogSumExp: AttentionOp = {
  name: 'attentionLogSumExp',
  kind: 'attention',
  gives: 'logSumExp',
  arity: null,
  infer: forwardInfer('attentionLogSumExp', (shapes) => shapes.row),
  key,
  examples: openExamples(forwardSources),
  composed: ({ src: [q, k, , mask], attrs }) => {
    const { largest, total } = exponentials(scores(q!, k!, mask, attrs));
    const found = apply(add, [largest, apply(log, [replaced(total, 0, filled(1, total))])]);
    return apply(where, [apply(eq, [total, filled(0, total)]), filled(-Infinity, total), found]);
  },
  vjp: 'composed',
};

/**
 * The gradient of attention for its queries. Sources: those of attention, but between v and the mask the cotangent g, the
 * log-sum-exp and Σ g·out.
 */
export const attentionGradQ: AttentionOp = {
  name: 'attentionGradQ',
  kind: 'attention',
  gives: 'gradQ',
  arity: null,
  infer: backwardInfer('attentionGradQ', 0),
  key,
  examples: examplesOf(backwardSources),
  composed: ({ src, attrs }) => {
    const { k, ds } = backward(src, attrs);
    return scaled(product(ds, [L, S], k, [S, E], [L, E]), attrs.scale);
  },
  vjp: 'composed',
};

/** The gradient of attention for its keys. */
export const attentionGradK: AttentionOp = {
  name: 'attentionGradK',
  kind: 'attention',
  gives: 'gradK',
  arity: null,
  infer: backwardInfer('attentionGradK', 1),
  key,
  examples: examplesOf(backwardSources),
  composed: ({ src, attrs }) => {
    const { q, ds } = backward(src, attrs);
    return scaled(product(ds, [L, S], q, [L, E], [S, E]), attrs.scale);
  },
  vjp: 'composed',
};

/** The gradient of attention for its values. */
export const attentionGradV: AttentionOp = {
  name: 'attentionGradV',
  kind: 'attention',
  gives: 'gradV',
  arity: null,
  infer: backwardInfer('attentionGradV', 2),
  key,
  examples: examplesOf(backwardSources),
  composed: ({ src, attrs }) => {
    const { g, p } = backward(src, attrs);
    return product(p, [L, S], g, [L, V], [S, V]);
  },
  vjp: 'composed',
};

/** The records of this file by name. */
export const ATTENTION = {
  attention,
  attentionLogSumExp,
  attentionGradQ,
  attentionGradK,
  attentionGradV,
} as const;
