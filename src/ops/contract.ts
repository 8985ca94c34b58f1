/**
 * Contraction: products summed over shared axes. Matmul, einsum and (through windows) convolution are this one record;
 * its two derivatives are again contractions.
 */
import { DTypeError, ShapeError } from '../base/errors.js';
import { internShape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { ContractAttrs, ContractOp } from '../ir/op.js';
import { joinedNode, reshape } from './movement.js';
import { expand } from './reduce.js';

/** The size that each label stands for. @throws ShapeError when two axes of one label differ. */
export function labelSizes(a: Node, b: Node, attrs: ContractAttrs): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const [node, labels] of [
    [a, attrs.a],
    [b, attrs.b],
  ] as const) {
    labels.forEach((label, axis) => {
      const n = node.shape[axis]!;
      const known = sizes.get(label);
      if (known !== undefined && known !== n) {
        throw new ShapeError(
          `contract: operands ${showShape(a.shape)} and ${showShape(b.shape)} disagree on the size of a shared axis: ${known} and ${n}`,
        );
      }
      sizes.set(label, n);
    });
  }
  return sizes;
}

/**
 * The gradient for one operand: the cotangent contracted with the other one. A label which only this operand has
 * was summed away, so its gradient is the same along that axis.
 */
function gradientOf(
  node: Node,
  own: readonly number[],
  g: Node,
  other: Node,
  labels: ContractAttrs,
  otherLabels: readonly number[],
): Node {
  const present = own.filter((l) => labels.out.includes(l) || otherLabels.includes(l));
  const reached = apply(contract, [g, other], { a: labels.out, b: otherLabels, out: present });
  if (present.length === own.length) return reached;
  const shape = internShape(own.map((l, i) => (present.includes(l) ? node.shape[i]! : 1)));
  return apply(expand, [apply(reshape, [reached], { shape })], { shape: node.shape });
}

const key = ({ a, b, out }: ContractAttrs): string => `${a.join(',')};${b.join(',')};${out.join(',')}`;

/** Products of two tensors, summed over the axes that the result lacks. */
export const contract: ContractOp = {
  name: 'contract',
  kind: 'contract',
  arity: 2,
  infer: ([a, b], attrs) => {
    if (a!.dtype !== b!.dtype)
      throw new DTypeError(`contract: operands are ${a!.dtype} and ${b!.dtype}; convert one with .to(…)`);
    if (a!.dtype === 'bool') throw new DTypeError('contract takes numbers, got bool: convert with .to(…)');
    const sizes = labelSizes(a!, b!, attrs);
    return { shape: internShape(attrs.out.map((l) => sizes.get(l)!)), dtype: a!.dtype };
  },
  key,
  // Two sums over an axis are one over both axes put together. Worth it where the operands are small beside the result.
  sum: (x, y) => {
    const { a, b, out } = x.attrs;
    if (key(x.attrs) !== key(y.attrs)) return null;
    const label = a.find((l) => b.includes(l) && !out.includes(l));
    if (label === undefined) return null;
    const axes = [a.indexOf(label), b.indexOf(label)] as const;
    const fits = axes.every((axis, i) => x.src[i]!.shape.every((n, d) => d === axis || n === y.src[i]!.shape[d]));
    const copied = [x, y].map(({ src }) => sizeOf(src[0]!.shape) + sizeOf(src[1]!.shape));
    if (!fits || 2 * Math.min(...copied) > sizeOf(x.shape)) return null;
    const operands = axes.map((axis, i) => joinedNode(x.src[i]!, y.src[i]!, axis));
    return apply(contract, operands, x.attrs);
  },
  examples: [
    {
      shapes: [
        [3, 5],
        [5, 7],
      ],
      attrs: { a: [0, 1], b: [1, 2], out: [0, 2] },
    },
    {
      shapes: [
        [13, 30],
        [11, 30],
      ],
      attrs: { a: [0, 1], b: [2, 1], out: [0, 2] },
    },
    {
      shapes: [
        [30, 13],
        [30, 11],
      ],
      attrs: { a: [1, 0], b: [1, 2], out: [0, 2] },
    },
    {
      shapes: [
        [2, 4, 5],
        [2, 5, 3],
      ],
      attrs: { a: [9, 0, 1], b: [9, 1, 2], out: [9, 0, 2] },
    },
    {
      shapes: [
        [2, 3, 4],
        [4, 3, 5],
      ],
      attrs: { a: [0, 1, 2], b: [2, 1, 3], out: [3, 0] },
    },
    { shapes: [[6], [6]], attrs: { a: [0], b: [0], out: [] } },
    { shapes: [[4], [5]], attrs: { a: [0], b: [1], out: [1, 0] } },
    { shapes: [[3, 4], [4]], attrs: { a: [0, 1], b: [1], out: [1] } },
    {
      shapes: [
        [3, 0],
        [0, 2],
      ],
      attrs: { a: [0, 1], b: [1, 2], out: [0, 2] },
    },
  ],
  vjp: ({ src: [a, b], attrs }, g, needs) => [
    needs[0] ? gradientOf(a!, attrs.a, g, b!, attrs, attrs.b) : null,
    needs[1] ? gradientOf(b!, attrs.b, g, a!, attrs, attrs.a) : null,
  ],
};

/** The records of this file by name. */
export const CONTRACT = { contract } as const;
