/**
 * Sums of products in Einstein's notation: each operand is brought down to the axes that are still needed, then they are contracted
 * pair by pair, each pair one contraction.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { diagonal } from './arrange.js';
import { contractionOrder, type Order } from './contraction-order.js';
import { inOrderOf, type Labelled, productDType, productOf, withoutUnlabelled } from './labelled.js';
import { castNode, nodeOf, reshapeNode, showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** A side of the equation for one tensor: letters, and where the axes without a letter stand. */
const TERM = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/;

const problem = (equation: string, why: string): ArgumentError => new ArgumentError(`einsum '${equation}': ${why}`);

const letters = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const letter = (label: number): string => (label < 0 ? '...' : String.fromCharCode(label));

/** The labels of the `rank` axes for which an ellipsis stands: −rank … −1, so that those of several tensors meet at the last. */
const ellipsis = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i - rank);

function termOf(equation: string, text: string): RegExpExecArray {
  const found = TERM.exec(text);
  if (found) return found;
  throw problem(equation, `'${text}' should be letters, and at most one '...', as in 'b...ij'`);
}

/** The label of each axis of an operand. */
function labelsOf(equation: string, text: string, { shape }: Node): readonly number[] {
  const [, before = '', dots, after = ''] = termOf(equation, text);
  const named = before.length + after.length;
  if (dots ? named > shape.length : named !== shape.length) {
    throw new ShapeError(
      `einsum '${equation}': '${text}' names ${named} axes${dots ? ' and perhaps more' : ''}, its operand ${showShape(shape)} has ${shape.length}` +
        (!dots && named < shape.length ? "; '...' stands for axes without a letter" : ''),
    );
  }
  return [...letters(before), ...ellipsis(shape.length - named), ...letters(after)];
}

/** The size that each label stands for; along it operands have this size, or 1. */
function sizesOf(
  equation: string,
  nodes: readonly Node[],
  labels: readonly (readonly number[])[],
): Map<number, number> {
  const sizes = new Map<number, number>();
  nodes.forEach(({ shape }, i) => {
    labels[i]!.forEach((label, axis) => {
      const [n, known = 1] = [shape[axis]!, sizes.get(label)];
      const twin = labels[i]!.indexOf(label);
      if (shape[twin] !== n)
        throw new ShapeError(
          `einsum '${equation}': '${letter(label)}' repeats in operand ${i} of shape ${showShape(shape)}, whose axes ${twin} and ${axis} have sizes ${shape[twin]} and ${n}; a diagonal needs them equal`,
        );
      if (n !== known && n !== 1 && known !== 1)
        throw new ShapeError(
          `einsum '${equation}': '${letter(label)}' has size ${known} before, and ${n} in operand ${i} of shape ${showShape(shape)}`,
        );
      sizes.set(label, known === 1 ? n : known);
    });
  });
  return sizes;
}

/** The labels of the result: those after the arrow, or without one the letters that occur once, in order, after the ellipsis. */
function resultOf(
  equation: string,
  text: string | undefined,
  labels: readonly (readonly number[])[],
): readonly number[] {
  const all = labels.flat();
  const rank = Math.max(0, ...all.map((label) => -label));
  if (text === undefined) {
    const once = all.filter((label) => label >= 0 && all.indexOf(label) === all.lastIndexOf(label));
    return [...ellipsis(rank), ...once.sort((a, b) => a - b)];
  }
  const [, before = '', dots, after = ''] = termOf(equation, text);
  const out = [...letters(before), ...(dots ? ellipsis(rank) : []), ...letters(after)];
  const odd = out.find((label, i) => !all.includes(label) || out.indexOf(label) !== i);
  if (odd === undefined) return out;
  throw problem(
    equation,
    `the result names '${letter(odd)}'${all.includes(odd) ? ' twice' : ', which no operand has'}`,
  );
}

/** An operand with each label once: an axis of size 1 goes where another operand is longer, repeated labels mean a diagonal. */
function distinct(node: Node, labels: readonly number[], sizes: ReadonlyMap<number, number>): Labelled {
  let x = withoutUnlabelled(
    node,
    labels.map((label, axis) => (node.shape[axis] === sizes.get(label) ? label : null)),
  );
  for (;;) {
    const own = x.labels;
    const second = own.findIndex((label, i) => own.indexOf(label) !== i);
    if (second < 0) return x;
    const first = own.indexOf(own[second]!);
    const rest = own.filter((_, i) => i !== first && i !== second);
    x = { node: diagonal(new Tensor(x.node), 0, first, second).node, labels: [...rest, own[second]!] };
  }
}

/** `x` summed over the labels that are not `needed`. */
function summed({ node, labels }: Labelled, needed: (label: number) => boolean): Labelled {
  const axes = labels.flatMap((label, axis) => (needed(label) ? [] : [axis]));
  if (axes.length === 0) return { node, labels };
  return withoutUnlabelled(
    apply(ops.sum, [node], { axes }),
    labels.map((label) => (needed(label) ? label : null)),
  );
}

/** The product in this order; `needed` are the labels that it has to keep. */
function productIn(order: Order, terms: readonly Labelled[], needed: readonly number[]): Labelled {
  if (typeof order === 'number') return terms[order]!;
  const labelsIn = (part: Order): readonly number[] =>
    typeof part === 'number' ? terms[part]!.labels : part.flatMap(labelsIn);
  const [left, right] = order;
  const a = productIn(left, terms, [...needed, ...labelsIn(right)]);
  const b = productIn(right, terms, [...needed, ...labelsIn(left)]);
  // In the order that is asked for, if this is the whole product; the labels of others that are needed stand behind.
  const both = new Set([...a.labels, ...b.labels]);
  const labels = [...new Set(needed)].filter((label) => both.has(label));
  return { node: productOf('einsum', a, b, labels), labels };
}

/**
 * Products of tensors summed over axes, in Einstein's notation: each axis has a letter, those of one letter run together, and what
 * the result lacks is summed. A letter twice in one operand means its diagonal, `...` stands for axes that broadcast, and axes of
 * size 1 broadcast too. Without an arrow the result has the axes of `...` and then, in alphabetical order, the letters that occur
 * once. Three or more operands are multiplied in the cheapest order (up to 8 exactly, beyond greedily).
 * @throws ArgumentError for an equation that makes no sense, ShapeError when it does not fit the operands, DTypeError for bools
 * @example
 * einsum('ij,jk->ik', tensor([[1, 2]]), tensor([[3], [4]])) // [[11]]
 * einsum('ii', tensor([[1, 2], [3, 4]])) // 5
 * einsum('...i,...i', ones([5, 2, 3]), ones([2, 3])).shape // [5, 2]
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  if (typeof equation !== 'string')
    throw new ArgumentError(`einsum: takes an equation such as 'ij,jk->ik' first, got ${showKind(equation)}`);
  const nodes = operands.map((x) => nodeOf('einsum', x));
  const [from = '', to, ...more] = equation.replaceAll(' ', '').split('->');
  const texts = from.split(',');
  if (more.length > 0) throw problem(equation, "has more than one '->'");
  if (texts.length !== nodes.length || nodes.length === 0)
    throw problem(equation, `is for ${texts.length} operands, got ${nodes.length}`);
  const labels = texts.map((text, i) => labelsOf(equation, text, nodes[i]!));
  const sizes = sizesOf(equation, nodes, labels);
  const out = resultOf(equation, to, labels);
  const dtype = productDType('einsum', nodes);

  const single = nodes.map((node, i) => distinct(castNode(node, dtype), labels[i]!, sizes));
  const terms = single.map((x, i) =>
    summed(x, (label) => out.includes(label) || single.some((y, j) => j !== i && y.labels.includes(label))),
  );
  const order = contractionOrder(
    terms.map((x) => x.labels),
    out,
    sizes,
  );
  const product = productIn(order, terms, out);
  return new Tensor(reshapeNode(inOrderOf(product, out), internShape(out.map((label) => sizes.get(label)!))));
}
