/**
 * A graph for one example turned into the graph for a batch of them. Every value that depends on an input gets one more axis
 * in front, and every record is asked what it does there; so whatever is composed of records can be batched, batches of batches
 * and derivatives too.
 */
import { GraphError } from '../base/errors.js';
import { internShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { ContractAttrs } from '../ir/op.js';
import * as ops from '../ops/index.js';
import { type Gathered, gatherBatch, repeated, type Scattered, scatterBatch } from './batch-indexed.js';
import { Carried } from './carry.js';

/** What the examples of a batch draw: each its own numbers, all the same, or nothing. */
export type Randomness = 'different' | 'same' | 'error';

/** What `node` becomes; a null source is the same for all examples. Null if all sources are. */
function batched(node: Node, src: readonly (Node | null)[], attrs: unknown, size: number): Node | null {
  const { op } = node;
  if (src.every((s) => s === null)) return null;
  const all = (): Node[] => src.map((s, i) => s ?? repeated(node.src[i]!, size));
  switch (op.kind) {
    case 'elementwise':
    case 'sort':
    case 'attention':
    case 'routine':
    case 'alias':
      return apply(op, all(), attrs);
    case 'movement':
      return apply(op, all(), op.lead(attrs, size));
    case 'reduce': {
      const { axes } = (node as Node<{ axes: readonly number[] }>).attrs;
      return apply(op, all(), { axes: ops.behind(axes) });
    }
    case 'contract': {
      const { a, b, out } = (node as Node<ContractAttrs>).attrs;
      const label = Math.max(-1, ...a, ...b) + 1;
      const own = (labels: readonly number[], i: number): readonly number[] => (src[i] ? [label, ...labels] : labels);
      const both = src.map((s, i) => s ?? node.src[i]!);
      return apply(op, both, { a: own(a, 0), b: own(b, 1), out: [label, ...out] });
    }
    case 'gather':
      return gatherBatch(node as Node<Gathered>, src);
    case 'scatter':
      return scatterBatch(node as Node<Scattered>, src, size);
    case 'update': {
      const [values, index, base, factor] = all() as [Node, Node, Node, Node];
      const { axis } = (node as Node<{ axis: number }>).attrs;
      const one = apply(ops.scatterAdd, node.src.slice(0, 2), { axis, shape: node.shape });
      return apply(ops.sub, [base, apply(ops.mul, [scatterBatch(one, [values, index], size), factor])]);
    }
    default:
      throw new GraphError(`internal: "${op.name}" has sources but no rule for batches`);
  }
}

/** Random bits of which each example's draw goes on where the last one's ended: as if all had been drawn at once. */
function drawn(node: Node, position: number, size: number): Node {
  const all = node.src.map((s) => repeated(s, size));
  const at = all[position]!;
  const each = ops.constantNode(
    node.shape.reduce((n, d) => n * d, 1),
    at.shape,
    'int32',
  );
  all[position] = apply(ops.add, [at, apply(ops.mul, [ops.iotaNode(at.shape, 0), each])]);
  return apply(node.op, all, node.attrs);
}

/**
 * The graph behind a function's results for a batch of `size` examples.
 * @param inputs each input for one example, and for all of them, with the axis of the batch in front
 * @param since the id from which on nodes were made by the function
 */
export function batch(
  inputs: Iterable<readonly [Node, Node]>,
  size: number,
  since: number,
  randomness: Randomness = 'same',
): Carried {
  return new Carried(
    inputs,
    since,
    (node, src, attrs) => {
      const { op } = node;
      if (op.kind === 'elementwise' && op.position !== undefined && randomness !== 'same') {
        if (randomness === 'different') return drawn(node, op.position, size);
        throw new GraphError(
          "vmap: the function draws random numbers: say whether its examples draw different ones, as in vmap(fn, { randomness: 'different' }), or 'same'",
        );
      }
      return batched(node, src, attrs, size);
    },
    (node) => repeated(node, size),
  );
}

/** `root` for a batch, with its axis in front: repeated if it is the same for all examples. */
export const inBatch = (carried: Carried, root: Node, size: number): Node => carried.find(root) ?? repeated(root, size);

/** One example of a batch of `n`, for each element of `shape`: 1 at that element, 0 elsewhere. Shape [n, ...shape]. */
export function basis({ shape, dtype }: Node): Node {
  const n = shape.reduce((a, b) => a * b, 1);
  const square = internShape([n, n]);
  const diagonal = apply(ops.eq, [ops.iotaNode(square, 0), ops.iotaNode(square, 1)]);
  return apply(ops.reshape, [apply(ops.cast, [diagonal], { to: dtype })], { shape: internShape([n, ...shape]) });
}
