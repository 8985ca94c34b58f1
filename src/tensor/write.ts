/**
 * Writing several tensors as one: for checkpoints.
 */
import { noGrad, realize } from './recording.js';
import type { Tensor } from './tensor.js';

/**
 * Assigns each value to its tensor. All values are computed first, for they may depend on the very tensors that are
 * written.
 */
export function writeTogether(pairs: readonly (readonly [target: Tensor, value: Tensor])[]): void {
  noGrad(() => {
    realize(...pairs.map(([, value]) => value));
    const copies = pairs.map(([target, value]) => [target, value.detach().clone()] as const);
    for (const [target, copy] of copies) target.assign(copy);
    realize(...pairs.map(([target]) => target));
  });
}
