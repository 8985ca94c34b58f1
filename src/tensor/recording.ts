/**
 * When things are computed, and whether they are recorded.
 */
import { ArgumentError } from '../base/errors.js';
import { withRecording } from '../ir/node.js';
import { realise } from '../run/realise.js';
import { nodeOf } from './operands.js';
import type { Tensor } from './tensor.js';

/**
 * Computes all these values now, together: what they share is computed once.
 * @example
 * const x = tensor([1, 2]);
 * const [total, product] = [x.sum(), x.prod()];
 * realize(total, product);
 * total // 3
 */
export function realize(...tensors: Tensor[]): void {
  for (const t of tensors) nodeOf('realize', t);
  realise(tensors.flatMap((t) => t.wanted()));
}

/** Whether a value has to be waited for. */
const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/**
 * Runs `fn` without recording: what it computes has no history and needs none kept.
 * @throws ArgumentError for an async `fn`
 * @example
 * const x = tensor(3, { requiresGrad: true });
 * noGrad(() => x.square()).requiresGrad // false
 */
export function noGrad<T>(fn: () => T): T {
  const result = withRecording(false, fn);
  if (isThenable(result)) {
    throw new ArgumentError(
      'noGrad: the function is async (it returned a promise). While it awaits, other code runs, for which recording would be off too, ' +
        'or on again for this one: await outside, and wrap each synchronous part in its own noGrad(() => …)',
    );
  }
  return result;
}
