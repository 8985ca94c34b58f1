/**
 * Tensors in nested arrays and plain objects: parameters as a program happens to hold them.
 */
import { ArgumentError } from '../base/errors.js';
import { showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** A tensor, or arrays and plain objects of trees. */
export type Tree = Tensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The tensors of a tree, in order. @throws ArgumentError for anything else in it, naming the place */
export function leavesOfTree(tree: Tree, place: string): Tensor[] {
  const found: Tensor[] = [];
  const visit = (at: unknown, path: string): void => {
    if (at instanceof Tensor) found.push(at);
    else if (Array.isArray(at)) at.forEach((item, i) => visit(item, `${path}[${i}]`));
    else if (isRecord(at)) for (const [name, item] of Object.entries(at)) visit(item, `${path}.${name}`);
    else throw new ArgumentError(`${path} must be a tensor, or arrays and plain objects of tensors, got ${showKind(at)}`);
  };
  visit(tree, place);
  return found;
}

const isRecord = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The same tree with other tensors in place of its own, taken in order. */
export function rebuildTree<T extends Tree>(tree: T, leaves: Iterator<Tensor>): T;
export function rebuildTree(tree: Tree, leaves: Iterator<Tensor>): Tree {
  if (tree instanceof Tensor) return leaves.next().value as Tensor;
  if (isList(tree)) return tree.map((item) => rebuildTree(item, leaves));
  return Object.fromEntries(Object.entries(tree).map(([name, item]) => [name, rebuildTree(item, leaves)]));
}

const isList = (tree: Exclude<Tree, Tensor>): tree is readonly Tree[] => Array.isArray(tree);
