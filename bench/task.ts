/**
 * What a contestant is asked to do, and the lines of JSON in which it is asked and answers. Every contestant is a process
 * that stays alive: it reads the task of one row from a folder, and then prepares a mode, or does some repeats of it.
 * In Python the other side is `peers/worker.py`, in TypeScript `worker.ts`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sizes } from './rows/row.js';

/** One array of the inputs; `file` holds its elements in row-major order, little-endian. */
export interface GivenInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly trained: boolean;
  readonly file: string;
}

/** `task.json` of the folder that a contestant gets as its first argument. */
export interface Task {
  readonly row: string;
  readonly sizes: Sizes;
  /** Steps whose results are written for the comparison. */
  readonly steps: number;
  readonly inputs: readonly GivenInput[];
}

/** The first line of a contestant. */
export interface Greeting {
  readonly version: string;
  readonly modes: readonly string[];
}

/** Begin `mode` from the inputs, do the steps of the task and write what came out to `into` + a suffix; or repeat. */
export type Order =
  | { readonly do: 'prepare'; readonly mode: string; readonly into: string }
  | { readonly do: 'run'; readonly mode: string; readonly repeats: number };

export interface OutputFile {
  readonly file: string;
  readonly dtype: 'float32' | 'float64';
}

export interface Answer {
  readonly files?: Readonly<Record<'result' | 'trained', OutputFile>>;
  /** The time of each repeat. */
  readonly ms?: readonly number[];
  readonly error?: string;
}

export const readTask = (folder: string): Task => JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'));

/** The elements of a file that holds nothing else. */
export function readValues(
  path: string,
  dtype: 'float32' | 'float64' | 'int32',
): Float32Array | Float64Array | Int32Array {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  if (dtype === 'int32') return new Int32Array(buffer);
  return dtype === 'float64' ? new Float64Array(buffer) : new Float32Array(buffer);
}

export const readInput = (folder: string, { file, dtype }: GivenInput): Float32Array | Int32Array => {
  const values = readValues(join(folder, file), dtype);
  if (values instanceof Float64Array) throw new TypeError(`${file} holds float64: inputs are float32 or int32`);
  return values;
};
