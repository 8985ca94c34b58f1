/**
 * Kernels as one file of C.
 */
import { type CKernel, named } from './kernel.js';
import { declarations } from './types.js';

export interface NamedKernel {
  readonly name: string;
  readonly kernel: CKernel;
}

/** A file of C in which each kernel is a function `void name(const double *args, int32_t *status, int32_t thread, int32_t threads)`. */
export function unitOf(kernels: readonly NamedKernel[]): string {
  const lanes = new Set(kernels.flatMap(({ kernel }) => [...kernel.lanes]));
  const functions = new Map(kernels.flatMap(({ kernel }) => [...kernel.functions]));
  return [
    declarations(lanes),
    ...functions.values(),
    ...kernels.map(({ name, kernel }) => `\n${named(kernel, name)}`),
  ].join('');
}
