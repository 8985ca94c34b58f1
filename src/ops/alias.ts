/**
 * Nodes which show their first source unchanged and change only the history: user-defined derivatives, and values
 * that wait to be written into a tensor's memory.
 */
import { apply, type Node } from '../ir/node.js';
import type { AliasOp, Pullback } from '../ir/op.js';

/** From the cotangent of the result to those of the inputs. */
export interface CustomVjp {
  readonly name: string;
  readonly backward: Pullback;
}

/**
 * A value whose derivative the user has written. Sources: the value, then the inputs to which the user's own backward sends
 * the gradient.
 */
export const custom: AliasOp<CustomVjp> = {
  name: 'custom',
  kind: 'alias',
  arity: null,
  infer: ([value]) => ({ shape: value!.shape, dtype: value!.dtype }),
  key: () => '',
  vjp: ({ attrs }, g) => [null, ...attrs.backward(g)],
  carried: ({ name, backward }, carry) => ({ name, backward: carry(backward) }),
};

/** The value a tensor has been assigned; its storage is filled at the next realise. */
export const assigned: AliasOp<undefined> = {
  name: 'assigned',
  kind: 'alias',
  arity: 1,
  infer: ([value]) => ({ shape: value!.shape, dtype: value!.dtype }),
  key: () => '',
  vjp: { none: 'an assignment has no history' },
};

/** A gradient-free view of a value. */
export const detached: AliasOp<undefined> = {
  name: 'detach',
  kind: 'alias',
  arity: 1,
  infer: ([value]) => ({ shape: value!.shape, dtype: value!.dtype }),
  key: () => '',
  vjp: { none: 'its history was cut on purpose' },
};

export const detachNode = (x: Node): Node => (x.needsGrad ? apply(detached, [x]) : x);

/** The records of this file by name. */
export const ALIAS = { custom, assigned, detached } as const;
