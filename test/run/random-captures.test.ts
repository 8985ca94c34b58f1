/**
 * Random programs, captured and not: the same bits, call after call, with arguments that change, tensors from outside, and
 * writes into these.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, realize, Tensor } from '../../src/index.js';
import { apply } from '../../src/ir/node.js';
import { withEngine } from '../../src/run/engine.js';
import type { GraphProgram } from '../support/graph-program.js';
import { programs } from '../support/random-graph.js';
import { nodeOf } from '../support/sample.js';

type Call = (...args: Tensor[]) => Tensor[];

/** Every other input is an argument. */
const isArgument = (i: number): boolean => i % 2 === 0;

/** The values of all results of three calls, and then of the tensors from outside. */
function valuesOf({ inputs, steps, outputs, writes }: GraphProgram, wrap: (call: Call) => Call): number[][] {
  const outside = inputs.map((input) => new Tensor(nodeOf(input)));
  const call = wrap((...args) => {
    const tensors = inputs.map((_, i) => (isArgument(i) ? args[i / 2]! : outside[i]!));
    const nodes = tensors.map((t) => t.node);
    for (const { op, src, attrs, value } of steps) {
      const sources = src.map((s) => nodes[s]!);
      const node = apply(op, sources, attrs);
      if (value !== undefined) node.value = value;
      nodes.push(node);
    }
    for (const { input, value } of writes) {
      if (!isArgument(input)) tensors[input]!.assign(new Tensor(nodes[value]!));
    }
    return outputs.filter((at) => at >= inputs.length).map((at) => new Tensor(nodes[at]!));
  });
  const seen: number[][] = [];
  for (let turn = 0; turn < 3; turn++) {
    const args = inputs
      .filter((_, i) => isArgument(i))
      .map((input) => {
        const values = Array.from(input.values);
        return new Tensor(nodeOf({ ...input, values: [...values.slice(turn), ...values.slice(0, turn)] }));
      });
    const results = call(...args);
    // All at once, as the end of a captured call does it.
    realize(...results);
    for (const t of results) seen.push([...t.typedArray()]);
  }
  return [...seen, ...outside.map((t) => [...t.typedArray()])];
}

describe.each(['wasm', 'interpret'])('random programs on %s', (engine) => {
  it('give the same bits captured and not', () => {
    fc.assert(
      fc.property(programs(10), (program) => {
        withEngine(engine, () => {
          expect(valuesOf(program, compile)).toEqual(valuesOf(program, (call) => call));
        });
      }),
      { numRuns: 40, seed: 5, endOnFailure: true },
    );
  });
});
