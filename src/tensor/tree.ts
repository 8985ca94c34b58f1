/**
 * Tensors in nested arrays and plain objects: parameters as a program happens to hold them.
 */
import { ArgumentError } from '../base/errors.js';
import { showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** A tensor, or arrays and plain objects of trees. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * The same tree with `replace(tensor)` in place of each tensor, in order.
 * @throws ArgumentError for anything else in the tree; `place` is what the message calls the tree
 */
export function mapTree(tree: unknown, place: string, replace: (tensor: Tensor) => Tensor): unknown {
  if (tree instanceof Tensor) return replace(tree);
  if (isList(tree)) return tree.map((item, i) => mapTree(item, `${place}[${i}]`, replace));
  if (isRecord(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, item]) => [name, mapTree(item, `${place}.${name}`, replace)]),
    );
  }
  throw new ArgumentError(`${place} must be a tensor, or arrays and plain objects of tensors, got ${showKind(tree)}`);
}
