/**
 * The interpreter as an engine.
 */
import type { TypedArray } from '../base/dtype.js';
import { sizeOf } from '../base/shape.js';
import type { Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import type { Request } from './collect.js';
import { evaluate } from './interpret.js';
import { type Engine, keepable, type Results } from './performs.js';

function perform(request: Request): Results {
  const { nodes, roots, writes } = request;
  const values = new Array<TypedArray>(nodes.length);
  const borrowed = new Set<TypedArray>();
  request.inputs.forEach((at, i) => {
    values[at] = request.storages[request.inputStorage[i]!]!.read();
    borrowed.add(values[at]!);
  });
  nodes.forEach((node, at) => {
    values[at] ??= evaluate(
      node,
      node.src.map((s) => values[s.at]!),
    );
  });
  // A value that only shows another one is copied before it gets a memory of its own.
  const own = (at: number): TypedArray => {
    const value = values[at]!;
    if (borrowed.has(value)) return value.slice();
    borrowed.add(value);
    return value;
  };
  const results = new Map<Node, Storage>();
  const give = (node: Node): void => {
    if (!results.has(node)) results.set(node, new Storage(node.dtype, sizeOf(node.shape), own(node.at)));
  };
  roots.forEach(give);
  if (request.keep) for (const node of nodes) if (keepable(node) && node.op.kind !== 'movement') give(node);
  const written = writes.map((w) => values[w.value.at]!.slice());
  writes.forEach((w, i) => w.storage.overwrite(written[i]!, w.by));
  return { nodes: [...results.keys()], storages: [...results.values()] };
}

export const interpreter: Engine = {
  name: 'interpret',
  threads: 1,
  describe: () => 'each operation by itself, in plain JavaScript',
  perform,
};
