/** The inputs of a row as every contestant gets them: made from a seed, written as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Input, type Row, type Sizes, stepsChecked } from './rows/row.js';
import type { GivenInput, Task } from './task.js';

/** Uniform numbers in [0, 1): Marsaglia's xorshift (2003) with 32 bits. The seed must not be 0. */
function uniforms(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The elements of an input; the same for the same place among the inputs. */
export function valuesOf({ shape, values }: Input, place: number): Float32Array | Int32Array {
  const length = shape.reduce((a, b) => a * b, 1);
  const uniform = uniforms(0x9e3779b9 * (place + 1));
  if ('below' in values) return Int32Array.from({ length }, () => Math.floor(uniform() * values.below));
  const result = new Float32Array(length);
  if ('all' in values) return result.fill(values.all);
  if ('uniform' in values) return result.map(uniform);
  // Box and Muller (1958). No logarithm of 0: xorshift never gives it.
  return result.map(() => values.normal * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

/** Writes the task of a row into a folder, which is made. */
export function writeTask(row: Row, sizes: Sizes, folder: string): Task {
  mkdirSync(folder, { recursive: true });
  const inputs = row.inputs(sizes).map((input, place): GivenInput => {
    const { name, shape, trained = false } = input;
    const values = valuesOf(input, place);
    const file = `input-${name}`;
    writeFileSync(join(folder, file), new Uint8Array(values.buffer));
    return { name, shape, dtype: values instanceof Int32Array ? 'int32' : 'float32', trained, file };
  });
  const task: Task = { row: row.id, sizes, steps: stepsChecked(row), inputs };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
  return task;
}
