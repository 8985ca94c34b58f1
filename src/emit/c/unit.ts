/**
 * Kernels as one file of C.
 */
import { type CKernel, NAME, named } from './kernel.js';
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

/**
 * Runs `count` kernels, one after another, until one reports a failed check. Each entry is two doubles: the address of the
 * kernel and that of its arguments. Returns how many ran to their end without a report.
 */
export const WALKER: CKernel = {
  text: `\
typedef void (*kernel)(const double *, i32 *, i32, i32);
i32 ${NAME}(const double *entries, i32 count, i32 *status, i32 thread, i32 threads) {
  for (i32 i = 0; i < count; i++) {
    ((kernel)(intptr_t)entries[2 * i])((const double *)(intptr_t)entries[2 * i + 1], status, thread, threads);
    if (status[0] != 0) return i;
  }
  return count;
}
`,
  functions: new Map(),
  lanes: new Set(),
};
