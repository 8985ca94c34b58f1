/**
 * What stands in the box of a node, and how large the box is for it: the same in every drawn picture.
 */
import type { DrawingNode } from './drawing.js';
import { widthOf } from './measure.js';
import { isSign, nodeWords } from './wording.js';

export const NAME = 14;
export const SMALL = 11;
export const FLOW = 12;
export const LINE_HEIGHT = 1.35;

export interface TextLine {
  readonly text: string;
  readonly size: number;
  /** A class of the style sheet, or none. */
  readonly style: '' | 'small' | 'value' | 'grad';
}

export function linesOf(node: DrawingNode): TextLine[] {
  const { name, small, grad } = nodeWords(node);
  const style = node.kind === 'number' ? 'small' : '';
  return [
    ...name.map((text) => ({ text, size: isSign(node) ? 18 : NAME, style }) as const),
    ...(small === '' ? [] : [{ text: small, size: SMALL, style: 'small' } as const]),
    ...(grad === '' ? [] : [{ text: grad, size: FLOW, style: 'grad' } as const]),
  ];
}

export const heightOf = (lines: readonly TextLine[]): number =>
  lines.reduce((h, { size }) => h + size * LINE_HEIGHT, 0);

const PADDING = { operation: 20, variable: 26, number: 6 } as const;

/** The size of a node's box; a sign, and a node without a word, has a circle. */
export function boxOf(node: DrawingNode): { width: number; height: number; round?: boolean } {
  const lines = linesOf(node);
  if (isSign(node)) return { width: 32, height: 32, round: true };
  if (lines.length === 0) return { width: 22, height: 22, round: true };
  const inside = Math.max(...lines.map(({ text, size }) => widthOf(text, size)));
  return { width: inside + PADDING[node.kind], height: heightOf(lines) + (node.kind === 'number' ? 2 : 9) };
}

/** How far the corners of a box are rounded: what holds a value more than what computes one. */
export const radiusOf = (kind: DrawingNode['kind'], height: number, round = false): number =>
  round || kind === 'variable' ? Math.min(height / 2, 17) : 7;
