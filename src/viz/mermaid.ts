/**
 * A drawing as a Mermaid flowchart: text that GitHub and many editors show as a picture.
 */
import type { Drawing, DrawingEdge, DrawingNode } from './drawing.js';
import { clean, isSign, nodeWords, oneLine, plainIds, wordsAbove, wordsBelow } from './wording.js';

export interface MermaidOptions {
  readonly title?: string;
  readonly direction?: 'LR' | 'TB';
}

/**
 * With a ground of its own, to be read on the light and on the dark labels of Mermaid's themes. By name and with blanks: between
 * `style`, a colon and a `#` that no blank parts from it, Mermaid sees a colour, and takes the next `;` away.
 */
const GRAD = 'color: firebrick; background: seashell';

/** Mermaid writes a character by its number between `#` and `;`. */
const coded = (c: string): string => `#${c.codePointAt(0)};`;

/** What ends a quoted text, begins a tag, an entity or a list of Markdown, or could be the colon before a colour. */
const SPECIAL = /["#<>&`\\*_~]|^\d+(?=\.\s)|^[-+](?=\s)|:(?! )/gm;

/** Text inside quotes. */
const escaped = (text: string): string =>
  clean(text)
    .replace(SPECIAL, (c) => [...c].map(coded).join(''))
    .replace(/\r\n|\r|\n/g, '<br/>');

const inColour = (text: string): string => `<span style='${GRAD}'>${escaped(text)}</span>`;

function nodeText(node: DrawingNode): string {
  const words = nodeWords(node);
  const lines = words.name.map(escaped);
  if (words.small !== '') lines.push(`<small>${escaped(words.small)}</small>`);
  if (words.grad !== '') lines.push(inColour(words.grad));
  // Mermaid refuses an empty label.
  return `"${lines.join('<br/>') || ' '}"`;
}

function framed(node: DrawingNode): string {
  const text = nodeText(node);
  if (node.kind === 'number') return `[${text}]:::number`;
  if (node.kind === 'variable') return `([${text}])`;
  return isSign(node) ? `((${text}))` : `[${text}]`;
}

function arrow(edge: DrawingEdge): string {
  const lines = [wordsAbove(edge)].filter(Boolean).map(escaped);
  const below = wordsBelow(edge);
  if (below !== '') lines.push(inColour(below));
  return lines.length === 0 ? '-->' : `-->|"${lines.join('<br/>')}"|`;
}

/** The drawing as a flowchart in Mermaid; on an arrow the value stands over the gradient. */
export function writeMermaid(drawing: Drawing, { title = '', direction = 'LR' }: MermaidOptions = {}): string {
  const ids = plainIds(drawing);
  const lines = title === '' ? [] : ['---', `title: ${JSON.stringify(oneLine(clean(title)))}`, '---'];
  lines.push(`flowchart ${direction}`);
  for (const node of drawing.nodes) lines.push(`  ${ids.get(node.id)}${framed(node)}`);
  for (const edge of drawing.edges) lines.push(`  ${ids.get(edge.from)} ${arrow(edge)} ${ids.get(edge.to)}`);
  if (drawing.nodes.some((node) => node.kind === 'number')) lines.push('  classDef number fill:none,stroke:none');
  if (drawing.note) lines.push(`  note["${escaped(drawing.note)}"]:::note`, '  classDef note fill:none,stroke:none');
  return [...lines, ''].join('\n');
}
