/** A row on chainrule, ready to run: its inputs as tensors, its program plain or compiled. */
import { compile, realize, type Tensor, tensor } from 'chainrule';
import { readInput, type Task } from '../task.js';
import type { Runnable } from '../worker.js';
import { ROWS } from './index.js';

/** Define-by-run builds the graph at each step; compiled replays the first one. */
export const MODES = ['define-by-run', 'compiled'] as const;

/** Results up to this size are read, as a training loop reads its loss; what is large stays where it was computed. */
const READ = 64;

const valuesOf = (tensors: readonly Tensor[]): (Float32Array | Float64Array)[] =>
  tensors.map((t) => {
    const values = t.typedArray();
    if (values instanceof Float32Array || values instanceof Float64Array) return values;
    throw new TypeError(`a result of dtype ${t.dtype}: rows compute floating-point numbers`);
  });

/** @throws RangeError when there is no such row */
export function runnableOf(task: Task, folder: string, mode: string, dtype: 'float32' | 'float64'): Runnable<Tensor[]> {
  const row = ROWS.find(({ id }) => id === task.row);
  if (!row) throw new RangeError(`there is no row ${task.row}`);
  const inputs = Object.fromEntries(
    task.inputs.map((input) => {
      const { name, shape, trained } = input;
      const options = { shape, requiresGrad: trained, dtype: input.dtype === 'int32' ? 'int32' : dtype } as const;
      return [name, tensor(readInput(folder, input), options)];
    }),
  );
  const program = row.program(inputs, task.sizes);
  const step = mode === 'compiled' ? compile(program) : program;
  return {
    step: () => {
      const results = step();
      if (results.every(({ size }) => size <= READ)) for (const result of results) result.typedArray();
      else realize(...results);
      return results;
    },
    values: valuesOf,
    trained: () => valuesOf(task.inputs.flatMap(({ name, trained }) => (trained ? [inputs[name]!] : []))),
  };
}
