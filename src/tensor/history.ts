/**
 * Methods of Tensor that have to do with history and memory, as free functions; `clone`, `noGrad` and `realize`.
 */
import { ArgumentError } from '../base/errors.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { realise } from '../run/realise.js';
import { nodeOf } from './operands.js';
import { Tensor } from './tensor.js';

/** Computes all these values now, together: what they share is computed once. */
export function realize(...tensors: Tensor[]): void {
  for (const t of tensors) nodeOf('realize', t);
  realise(tensors.flatMap((t) => t.wanted()));
}

/** The same value without its history: no gradient flows through the result. */
export const detach = (x: Tensor): Tensor => x.detach();

/** Marks a tensor to be computed along with the next optimizer step that would overwrite what it depends on. Returns it. */
export const keep = (x: Tensor, name?: string): Tensor => x.keep(name);

/** The memory that shows the value of `node`, if it is there: also that of another node which it merely stands for. */
function storageOf(node: Node): Storage | null {
  let at = node;
  while (at.storage === null && at.op.kind === 'alias' && at.src[0]) at = at.src[0];
  return at.current();
}

/**
 * The same value, in memory that nobody else writes: a tensor which has memory is copied now, so that a later write does not
 * reach the copy. Gradients flow through.
 */
export function clone(x: Tensor): Tensor {
  const node = nodeOf('clone', x);
  const storage = storageOf(node);
  const copy = storage && new Storage(node.dtype, storage.length, storage.read().slice());
  const made =
    copy && !node.needsGrad
      ? ops.dataNode(copy, node.shape)
      : apply(ops.custom, [ops.detachNode(node), node], { name: 'clone', backward: (g) => [g] });
  if (copy) made.attach(copy);
  made.label = node.label;
  return new Tensor(made);
}

/** Whether a value has to be waited for. */
const isThenable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/**
 * Runs `fn` without recording: what it computes has no history and needs none kept.
 * @throws ArgumentError for an async `fn`
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
