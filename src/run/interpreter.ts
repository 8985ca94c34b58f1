/**
 * The interpreter as an engine.
 */
import type { TypedArray } from '../base/dtype.js';
import type { Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import type { Request } from './collect.js';
import { evaluate } from './interpret.js';
import { type Engine, keepable, type Prepared, type Work } from './performs.js';

/** What a node is computed from, by places. */
interface Step {
  readonly node: Node;
  readonly src: readonly number[];
}

/** The steps of a request, done one after another. */
class Walk implements Work {
  readonly valid = true;
  private readonly steps: readonly Step[];
  private readonly wanted: readonly number[];
  private readonly writes: readonly { readonly at: number; readonly into: number; readonly by: string }[];

  constructor(
    private readonly request: Request,
    nodes: readonly Node[],
  ) {
    this.steps = request.nodes.map((node) => ({ node, src: node.src.map((s) => s.at) }));
    this.wanted = nodes.map((node) => node.at);
    this.writes = request.writes.map((w, i) => ({ at: w.value.at, into: request.writeStorage[i]!, by: w.by }));
  }

  run(storages: readonly Storage[], numbers: Float64Array): readonly Storage[] {
    const { request, steps } = this;
    const values = new Array<TypedArray>(steps.length);
    const borrowed = new Set<TypedArray>();
    request.inputs.forEach((at, i) => {
      values[at] = storages[request.inputStorage[i]!]!.read();
      borrowed.add(values[at]!);
    });
    request.numbers.forEach((at, i) => {
      steps[at]!.node.value = numbers[i]!;
    });
    steps.forEach(({ node, src }, at) => {
      values[at] ??= evaluate(
        node,
        src.map((s) => values[s]!),
      );
    });
    // A value that only shows another one is copied before it gets a memory of its own.
    const own = (at: number): TypedArray => {
      const value = values[at]!;
      if (borrowed.has(value)) return value.slice();
      borrowed.add(value);
      return value;
    };
    const results = this.wanted.map((at) => {
      const value = own(at);
      return new Storage(steps[at]!.node.dtype, value.length, value);
    });
    const written = this.writes.map(({ at }) => values[at]!.slice());
    this.writes.forEach(({ into, by }, i) => storages[into]!.overwrite(written[i]!, by));
    return results;
  }
}

function prepare(request: Request): Prepared {
  const nodes = new Set(request.roots);
  if (request.keep)
    for (const node of request.nodes) if (keepable(node) && node.op.kind !== 'movement') nodes.add(node);
  return { nodes: [...nodes], work: new Walk(request, [...nodes]) };
}

export const interpreter: Engine = {
  name: 'interpret',
  threads: 1,
  readsAtOnce: true,
  describe: () => 'each operation by itself, in plain JavaScript',
  prepare,
};
