/**
 * Who looks on while a function is captured: it hears of every tensor and gradient that the function touches.
 */
import type { Node } from '../ir/node.js';
import type { Gradient } from './gradient.js';
import type { Tensor } from './tensor.js';

export interface Watch {
  /** The node of a tensor is asked for. */
  read(tensor: Tensor, node: Node): void;
  /** A tensor shows `node` from now on: a new tensor, or one written in place. */
  bound(tensor: Tensor, node: Node): void;
  /** The sum of a gradient is asked for or added to. */
  gradientUsed(gradient: Gradient): void;
  /** The sum of a gradient is replaced. */
  gradientSet(gradient: Gradient): void;
}

/** At most one looks on. */
export const watched: { by: Watch | null } = { by: null };

/** Runs `fn` while `watch` looks on. */
export function watching<T>(watch: Watch, fn: () => T): T {
  const outer = watched.by;
  watched.by = watch;
  try {
    return fn();
  } finally {
    watched.by = outer;
  }
}
