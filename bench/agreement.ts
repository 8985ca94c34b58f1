/** How far results lie from those of float64. */
import { type OutputFile, readInput, readValues, type Task } from './task.js';

type Values = ArrayLike<number>;
type Outputs = Readonly<Record<'result' | 'trained', Values>>;

/** ‖x − r‖ / ‖r − origin‖ in the Euclidean norm, the origin being 0 unless told; NaN where lengths differ. */
export function distance(x: Values, r: Values, origin?: Values): number {
  if (x.length !== r.length) return Number.NaN;
  let [apart, size] = [0, 0];
  for (let i = 0; i < r.length; i++) {
    apart += (x[i]! - r[i]!) ** 2;
    size += (r[i]! - (origin ? origin[i]! : 0)) ** 2;
  }
  return apart === 0 ? 0 : Math.sqrt(apart / size);
}

/**
 * The larger of the relative errors of the results and of what training changed: of parameters their change counts, for
 * beside the parameters themselves a wrong update could look small.
 */
export function relativeError(outputs: Outputs, expected: Outputs, origin: Values): number {
  const ofResult = distance(outputs.result, expected.result);
  if (origin.length === 0) return ofResult;
  return Math.max(ofResult, distance(outputs.trained, expected.trained, origin));
}

/** Reads what a contestant wrote. */
export const readOutputs = (files: Readonly<Record<'result' | 'trained', OutputFile>>): Outputs => ({
  result: readValues(files.result.file, files.result.dtype),
  trained: readValues(files.trained.file, files.trained.dtype),
});

/** The trained inputs as all contestants begin with them, one after another. */
export function originOf(task: Task, folder: string): Float64Array {
  const parts = task.inputs.filter(({ trained }) => trained).map((input) => readInput(folder, input));
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
