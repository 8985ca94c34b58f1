/**
 * Nodes that a reader need not see: they only bring a value into the form that the next operation takes.
 */
import { type Shape, sameShape } from '../base/shape.js';
import type { Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { Gradient } from '../tensor/gradient.js';

const withoutOnes = (shape: Shape): readonly number[] => shape.filter((n) => n !== 1);

/** A slice that takes everything. */
const isWhole = (node: Node): boolean => node.op === ops.slice && node.shape === node.src[0]?.shape;

/** The results of a custom function lie flat in one bundle: whether the node is that, or a part of it. */
const isBundle = (node: Node): boolean =>
  node.op === ops.custom || (node.op === ops.slice && node.src[0]?.op === ops.custom);

function isSilent(node: Node): boolean {
  const [source] = node.src;
  if (!source) return false;
  if (node.op === ops.reshape) {
    return isBundle(source) || sameShape(withoutOnes(node.shape), withoutOnes(source.shape));
  }
  return node.op === ops.expand || node.op === ops.checkIndex || node.op === ops.assigned || isWhole(node);
}

/** Whether the user has a name for the value at this node, or watches its gradient. */
export const isHeld = (node: Node): boolean => node.label !== '' || Gradient.find(node)?.accumulates === true;

/** What stands behind the silent nodes. */
export interface Loud {
  /** The first node that is to be seen. */
  readonly node: Node;
  /** The same elements in the form in which the user has them: the node that carries a name, else the one of least rank. */
  readonly owner: Node;
}

export function behindSilent(node: Node): Loud {
  let at = node;
  let owner = node;
  for (let source = at.src[0]; source && isSilent(at); source = at.src[0]) {
    const repeated = at.op === ops.expand;
    const closer = isHeld(source) || (!isBundle(source) && source.shape.length < owner.shape.length);
    // What is repeated for broadcasting is no value of the user's own.
    if (repeated || (!isHeld(owner) && closer)) owner = source;
    at = source;
  }
  return { node: at, owner };
}
