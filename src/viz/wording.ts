/**
 * What is written in nodes and on arrows: the same words in DOT, Mermaid and SVG.
 */
import { showShape } from '../base/shape.js';
import type { Drawing, DrawingEdge, DrawingNode } from './drawing.js';

/** What XML cannot hold (control characters, half of a surrogate pair) shown as the replacement character. */
export const clean = (text: string): string =>
  text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu, '\ufffd');

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for the inside of an XML element or attribute. */
export const escapeXml = (text: string): string => clean(text).replace(/[&<>"]/g, (c) => escapes[c] ?? c);

/** The lines of a text, however they were ended. */
const splitLines = (text: string): string[] => text.split(/\r\n|\r|\n/);

/** What stands in a node, from top to bottom. */
export interface NodeWords {
  /** Its name, one line or several. Empty for a node without one. */
  readonly name: readonly string[];
  /** In small: dtype, shape, attributes. */
  readonly small: string;
  /** In the colour of gradients. */
  readonly grad: string;
}

/** The words of a node. The shape of a variable follows its dtype; that of an operation is what comes out: `axis 1 → [2]`. */
export function nodeWords({ kind, label, note = '', shape, grad = '' }: DrawingNode): NodeWords {
  const size = shape === undefined ? '' : shape.length === 0 ? 'scalar' : showShape(shape);
  const between = kind === 'operation' ? ' → ' : ' ';
  return { name: label === '' ? [] : splitLines(label), small: [note, size].filter(Boolean).join(between), grad };
}

/** Text for a place that has one line. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What stands above an arrow: the name of what flows there, its value, or `name = value`. */
export const wordsAbove = ({ label = '', value = '' }: DrawingEdge): string =>
  oneLine([label, value].filter(Boolean).join(' = '));

/** What stands below an arrow. */
export const wordsBelow = ({ grad = '' }: DrawingEdge): string => oneLine(grad);

/** Whether a node is shown as a circle with a sign in it. */
export function isSign(node: DrawingNode): boolean {
  const { name, small, grad } = nodeWords(node);
  return node.kind === 'operation' && small === '' && grad === '' && name.join('').length <= 2;
}

/** What the two colours mean, as far as both appear. */
export function legendOf({ nodes, edges }: Drawing): { readonly value: boolean; readonly grad: boolean } {
  return {
    value: edges.some((edge) => edge.value !== undefined),
    grad: edges.some((edge) => edge.grad !== undefined) || nodes.some((node) => node.grad !== undefined),
  };
}

/** `n0`, `n1`, … for the nodes of a drawing, in their order: names that every language accepts. */
export function plainIds({ nodes }: Drawing): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, i) => [id, `n${i}`]));
}
