/**
 * Where the command writes, and in which colours.
 */
import type { ProgressSink } from '../train/index.js';

/** The two streams of a program, and whether to colour what a person reads. */
export interface Terminal {
  out: ProgressSink;
  err: ProgressSink;
  color: boolean;
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
export type Style = keyof typeof CODES;

/** Colours are for a terminal, unless NO_COLOR (https://no-color.org) is set to anything. */
export const wantsColor = (out: ProgressSink, environment: Readonly<Record<string, string | undefined>>): boolean =>
  out.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';

/** `text` in a style, or as it is where there are no colours. */
export function paint(terminal: Terminal, style: Style, text: string): string {
  const [on, off] = CODES[style];
  return terminal.color ? `\x1b[${on}m${text}\x1b[${off}m` : text;
}

/** Writes a line for the reader. */
export const say = (terminal: Terminal, line = ''): void => {
  terminal.out.write(`${line}\n`);
};

/** Whole numbers with separators: `55,000`. */
export const formatCount = (count: number): string => count.toLocaleString('en-US');

/** Rows with their columns aligned, two spaces apart; a column of numbers aligned to the right. */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const pad = (cell: string, i: number): string =>
    right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}
