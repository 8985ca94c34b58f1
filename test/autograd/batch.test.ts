/**
 * Batches, derived from the records: whatever sources of a record differ from example to example, one node for the batch holds what
 * a node for each example would. A record without a rule fails.
 */
import { describe, expect, it } from 'vitest';
import { batch, inBatch } from '../../src/autograd/batch.js';
import { isFloat } from '../../src/base/dtype.js';
import { internShape } from '../../src/base/shape.js';
import { apply, type Node, nodesMade } from '../../src/ir/node.js';
import type { Op } from '../../src/ir/op.js';
import { ALPHABET, placeholderNode } from '../../src/ops/index.js';
import { withEngine } from '../../src/run/engine.js';
import { realise } from '../../src/run/realise.js';
import { type Input, nodeOf, type Sample, samplesOf } from '../support/sample.js';

const RECORDS = Object.values<Op>(ALPHABET).filter((op) => op.kind !== 'leaf' && op.kind !== 'alias');
const SIZE = 3;

const valueOf = (node: Node): number[] => {
  realise([node]);
  return Array.from(node.storage!.read());
};

/** The values of an example: the sample's own, in another order. */
const exampleOf = (input: Input, i: number): Input => ({
  ...input,
  values: input.values.map((_, k) => input.values[(k + 2 * i) % input.values.length]!),
});

const SELECTIONS = (count: number): boolean[][] =>
  Array.from({ length: 2 ** count - 1 }, (_, m) =>
    Array.from({ length: count }, (_s, s) => (((m + 1) >> s) & 1) === 1),
  );

function batchOf(op: Op, { inputs, attrs }: Sample, chosen: readonly boolean[]): number[] {
  const since = nodesMade();
  const pairs: [Node, Node][] = [];
  const src = inputs.map((input, s) => {
    if (!chosen[s]) return nodeOf(input);
    const values = Array.from({ length: SIZE }, (_, i) => exampleOf(input, i).values).flat();
    const example = placeholderNode({ shape: internShape(input.shape), dtype: input.dtype }, false, 'no value');
    pairs.push([example, nodeOf({ ...input, shape: [SIZE, ...input.shape], values })]);
    return example;
  });
  const root = apply(op, src, attrs);
  const all = inBatch(batch(pairs, SIZE, since), root, SIZE);
  expect(all.shape).toEqual([SIZE, ...root.shape]);
  expect(all.dtype).toBe(root.dtype);
  return valueOf(all);
}

const eachOf = (op: Op, { inputs, attrs }: Sample, chosen: readonly boolean[]): number[] =>
  Array.from({ length: SIZE }, (_, i) => {
    const src = inputs.map((input, s) => nodeOf(chosen[s] ? exampleOf(input, i) : input));
    return valueOf(apply(op, src, attrs));
  }).flat();

describe.each(RECORDS.map((op) => [op.name, op] as const))('%s', (_, op) => {
  const samples = samplesOf(op);
  // Of each shape one dtype: what a batch does to the axes does not depend on it.
  const one = samples.filter((s, i) => samples.findIndex((t) => shapesOf(t) === shapesOf(s)) === i);

  it('of a batch is what it is of each example', () => {
    withEngine('interpret', () => {
      for (const sample of one)
        for (const chosen of SELECTIONS(Math.min(sample.inputs.length, 3)))
          expect(batchOf(op, sample, chosen), `${sample.title}, ${chosen}`).toEqual(eachOf(op, sample, chosen));
    });
  });
});

const shapesOf = ({ inputs, attrs }: Sample): string => JSON.stringify([inputs.map((i) => i.shape), attrs]);

describe('where a value is the same for all examples', () => {
  it('a contraction stays one of the operands alone', () => {
    const [a, b] = [
      nodeOf({ shape: [4, 3], dtype: 'float32', values: Array.from({ length: 12 }, (_, i) => i) }),
      placeholderNode({ shape: internShape([3]), dtype: 'float32' }, false, 'no value'),
    ];
    const all = nodeOf({ shape: [2, 3], dtype: 'float32', values: [1, 2, 3, 4, 5, 6] });
    const root = apply(ALPHABET.contract, [a, b], { a: [0, 1], b: [1], out: [0] });
    const made = batch([[b, all]], 2, b.id).find(root)!;
    expect(made.src, 'the matrix is not repeated').toEqual([a, all]);
    expect(isFloat(made.dtype) && valueOf(made)).toEqual([8, 26, 44, 62, 17, 62, 107, 152]);
  });
});
