/**
 * Rules that move what is done to a contraction's result into its operands, where it is index arithmetic of the kernel.
 */
import { internShape, sameShape } from '../base/shape.js';
import { apply } from '../ir/node.js';
import { contract, expand, permute, reshape, slice, sum, unwindow } from '../ops/index.js';
import { is, ownSource, type Rule } from './rule.js';

/**
 * A contraction whose result is only read with its axes in another order produces it in that order. A weight that enters
 * transposed gets its gradient transposed; so the update can be computed on the gradient's tiles.
 */
export const contractInOrder: Rule = {
  name: 'contractInOrder',
  try(graph, at, uses) {
    const node = graph.nodes[at]!;
    if (!is(node, permute) || graph.input[at]) return null;
    const product = ownSource(graph, at, uses, contract);
    if (!product) return null;
    const { attrs, src } = product.node;
    const out = node.attrs.axes.map((a) => attrs.out[a]!);
    return [{ at, node: apply(contract, src, { ...attrs, out }), src: graph.src[product.at]! }];
  },
};

/**
 * The sum of overlapping windows of a contraction's result, Σₖ unwindow(Σ a[…, p]·b[…, k]), is one contraction which sums over the
 * offsets as well: Σ unwindow(a)[…, i, k]·b[…, k]. This is the gradient of a convolution for its input; the product for every offset
 * of every window is then never stored. Where a window does not reach a place, zero is multiplied instead of left
 * out: the same unless `b` holds an infinity or a NaN.
 */
export const contractWindows: Rule = {
  name: 'contractWindows',
  try(graph, at, uses) {
    const node = graph.nodes[at]!;
    if (!is(node, reshape) || graph.input[at]) return null;
    const total = ownSource(graph, at, uses, sum);
    const spread = total && ownSource(graph, total.at, uses, unwindow);
    const product = spread && ownSource(graph, spread.at, uses, contract);
    if (!product) return null;
    const { axes } = spread.node.attrs;
    const { attrs, src, shape } = product.node;
    const first = shape.length - axes.length;
    // All offsets are summed away (one that has a single element need not be in the sum).
    const summed = total.node.attrs.axes;
    if (summed.some((a) => a < first) || shape.some((n, a) => a >= first && n !== 1 && !summed.includes(a)))
      return null;
    if (!sameShape(node.shape, spread.node.shape.slice(0, first))) return null;
    const offsets = attrs.out.slice(first);
    const places = axes.map((a) => attrs.out[a]!);
    const owns = (labels: readonly number[], list: readonly number[]): boolean => list.every((l) => labels.includes(l));
    const lacks = (labels: readonly number[], list: readonly number[]): boolean =>
      !list.some((l) => labels.includes(l));
    const sides = [attrs.a, attrs.b] as const;
    const slid = sides.findIndex((own) => owns(own, places) && lacks(own, offsets));
    if (slid < 0 || !lacks(sides[1 - slid]!, places)) return null;

    const [x, y] = [src[slid]!, src[1 - slid]!];
    const [atX, atY] = [graph.src[product.at]![slid]!, graph.src[product.at]![1 - slid]!];
    const own = sides[slid]!;
    const size = shape.slice(first);
    const column = apply(reshape, [x], { shape: internShape([...x.shape, ...size.map(() => 1)]) });
    const repeated = apply(expand, [column], { shape: internShape([...x.shape, ...size]) });
    const moved = apply(unwindow, [repeated], { ...spread.node.attrs, axes: places.map((l) => own.indexOf(l)) });
    const labels = { a: [...own, ...offsets], b: sides[1 - slid]!, out: attrs.out.slice(0, first) };
    return [
      { at: product.at, node: column, src: [atX] },
      { at: spread.at, node: repeated, src: [product.at] },
      { at: total.at, node: moved, src: [spread.at] },
      { at, node: apply(contract, [moved, y], labels), src: [total.at, atY] },
    ];
  },
};

/** A part of a contraction's result along axes that only one operand has is the contraction of a part of that operand. */
export const contractPart: Rule = {
  name: 'contractPart',
  try(graph, at, uses) {
    const node = graph.nodes[at]!;
    if (!is(node, slice) || graph.input[at]) return null;
    const product = ownSource(graph, at, uses, contract);
    if (!product) return null;
    const { attrs, src, shape } = product.node;
    const { start, size, step } = node.attrs;
    const cut = attrs.out.filter((_, a) => start[a] !== 0 || size[a] !== shape[a] || step[a] !== 1);
    const sides = [attrs.a, attrs.b] as const;
    const from = sides.findIndex((own, i) => cut.every((l) => own.includes(l) && !sides[1 - i]!.includes(l)));
    if (from < 0) return null;
    const whole = src[from]!;
    const of = <T>(values: readonly T[], otherwise: (axis: number) => T): T[] =>
      sides[from]!.map((l, axis) => (cut.includes(l) ? values[attrs.out.indexOf(l)]! : otherwise(axis)));
    const part = apply(slice, [whole], {
      start: of(start, () => 0),
      size: of(size, (axis) => whole.shape[axis]!),
      step: of(step, () => 1),
    });
    const places = graph.src[product.at]!;
    return [
      { at: product.at, node: part, src: [places[from]!] },
      {
        at,
        node: apply(contract, from === 0 ? [part, src[1]!] : [src[0]!, part], attrs),
        src: from === 0 ? [product.at, places[1]!] : [places[0]!, product.at],
      },
    ];
  },
};
