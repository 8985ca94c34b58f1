/**
 * The colours of the pictures. Every text keeps a contrast of at least 4.5 to what lies behind it.
 */

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  /** Arrows, frames, and what is said in small. */
  readonly muted: string;
  readonly operation: string;
  readonly operationFrame: string;
  readonly variable: string;
  readonly variableFrame: string;
  /** What flows forward. */
  readonly value: string;
  /** What flows back. */
  readonly grad: string;
  /** A module: its frame's inside, and its folded box. */
  readonly module: string;
  readonly moduleFrame: string;
  /** What is not finite. */
  readonly alarm: string;
}

export const LIGHT: Palette = {
  paper: '#ffffff',
  ink: '#1f2937',
  muted: '#5f6b7a',
  operation: '#e6edfb',
  operationFrame: '#6d87c4',
  variable: '#f7f8fa',
  variableFrame: '#9aa5b4',
  value: '#1d4ed8',
  grad: '#b93c0a',
  module: '#eef6f1',
  moduleFrame: '#5f9c7c',
  alarm: '#c81e3a',
};

export const DARK: Palette = {
  paper: '#15191f',
  ink: '#e7eaef',
  muted: '#a2adbb',
  operation: '#24324f',
  operationFrame: '#6d87c4',
  variable: '#1d232c',
  variableFrame: '#66727f',
  value: '#93b4ff',
  grad: '#ffa36b',
  module: '#1a2a24',
  moduleFrame: '#4f8a6c',
  alarm: '#ff7b8a',
};
