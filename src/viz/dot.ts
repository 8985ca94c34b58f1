/**
 * A drawing in DOT, the language of Graphviz.
 *
 * Graphviz writes an arrow's label beside it. So that a value stands above its arrow and the gradient below, such an
 * arrow leads through a node without a frame: a table of two rows with a rule between, which is the middle of the arrow.
 */
import type { Drawing, DrawingEdge, DrawingNode } from './drawing.js';
import { widthOf } from './measure.js';
import { LIGHT } from './palette.js';
import { clean, escapeXml, isSign, nodeWords, plainIds, wordsAbove, wordsBelow } from './wording.js';

export interface DotOptions {
  readonly title?: string;
  readonly direction?: 'LR' | 'TB';
}

const SIZE = 13;

/** A string of DOT. A backslash would begin an escape such as `\N`, the name of the node. */
const quoted = (text: string): string =>
  `"${clean(text)
    .replace(/[\\"]/g, '\\$&')
    .replace(/\r\n|\r|\n/g, '\\n')}"`;

const coloured = (text: string, colour: string): string => `<FONT COLOR="${colour}">${escapeXml(text)}</FONT>`;
const small = (text: string): string => `<FONT POINT-SIZE="10" COLOR="${LIGHT.muted}">${escapeXml(text)}</FONT>`;

function nodeLabel(node: DrawingNode): string {
  const words = nodeWords(node);
  if (words.small === '' && words.grad === '') return quoted(words.name.join('\n'));
  const lines = words.name.map(escapeXml);
  if (words.small !== '') lines.push(small(words.small));
  if (words.grad !== '') lines.push(coloured(words.grad, LIGHT.grad));
  return `<${lines.join('<BR/>')}>`;
}

function nodeAttributes(node: DrawingNode): string {
  const label = `label=${nodeLabel(node)}`;
  if (node.kind === 'number') return `${label}, shape=plain, fontcolor="${LIGHT.muted}"`;
  if (node.kind === 'variable') {
    return `${label}, shape=ellipse, style=filled, fillcolor="${LIGHT.variable}", color="${LIGHT.variableFrame}"`;
  }
  const form = isSign(node) ? 'circle, style=filled, width=0.4, fixedsize=true' : 'box, style="rounded,filled"';
  return `${label}, shape=${form}, fillcolor="${LIGHT.operation}", color="${LIGHT.operationFrame}"`;
}

/** The two texts of an arrow with the rule between them: above and below, or left and right of an arrow that goes down. */
function flowTable(edge: DrawingEdge, down: boolean): string {
  const [above, below] = [wordsAbove(edge), wordsBelow(edge)];
  // Of equal width, so that the rule between them stays in the middle.
  const width = down ? ` WIDTH="${Math.ceil(Math.max(widthOf(above, SIZE), widthOf(below, SIZE)))}"` : '';
  const first = `<TD${width}>${coloured(above || ' ', edge.value === undefined ? LIGHT.muted : LIGHT.value)}</TD>`;
  const second = `<TD${width}>${coloured(below || ' ', LIGHT.grad)}</TD>`;
  const rows = down ? `<TR>${first}<VR/>${second}</TR>` : `<TR>${first}</TR><HR/><TR>${second}</TR>`;
  return `<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="${LIGHT.muted}">${rows}</TABLE>>`;
}

/** The drawing as a directed graph in DOT. */
export function writeDot(drawing: Drawing, { title = '', direction = 'LR' }: DotOptions = {}): string {
  const ids = plainIds(drawing);
  const down = direction === 'TB';
  const caption = [title, drawing.note ?? ''].filter(Boolean).join('\n');
  const lines = [
    'digraph {',
    `  graph [rankdir=${direction}, nodesep=0.25, ranksep=0.3, fontname="Helvetica"${caption === '' ? '' : `, label=${quoted(caption)}, labelloc=t`}]`,
    `  node [fontname="Helvetica", fontsize=${SIZE}, fontcolor="${LIGHT.ink}", margin="0.12,0.05", height=0.35, width=0.4]`,
    `  edge [color="${LIGHT.muted}", arrowsize=0.7]`,
  ];
  for (const node of drawing.nodes) lines.push(`  ${ids.get(node.id)} [${nodeAttributes(node)}]`);
  drawing.edges.forEach((edge, i) => {
    const [from, to] = [ids.get(edge.from), ids.get(edge.to)];
    if (wordsAbove(edge) === '' && wordsBelow(edge) === '') {
      lines.push(`  ${from} -> ${to}`);
      return;
    }
    lines.push(`  e${i} [shape=plain, label=${flowTable(edge, down)}]`);
    lines.push(`  ${from} -> e${i}:${down ? 'n' : 'w'} [arrowhead=none]`, `  e${i}:${down ? 's' : 'e'} -> ${to}`);
  });
  return [...lines, '}', ''].join('\n');
}
