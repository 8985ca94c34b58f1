/**
 * Lowered loops as text, one file per kernel shape in `goldens/`: read in review, updated by `npx vitest run test/lower -u`.
 */
import { describe, expect, it } from 'vitest';
import { internShape, sizeOf } from '../../src/base/shape.js';
import { TARGET } from '../../src/emit/wasm/target.js';
import { fuse } from '../../src/fuse/index.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { RoutineOp } from '../../src/ir/op.js';
import { programKey } from '../../src/ir/program-key.js';
import { lower, provide } from '../../src/lower/index.js';
import { lowerRoutine } from '../../src/lower/routine.js';
import * as ops from '../../src/ops/index.js';
import { updateSlices } from '../../src/optim/slices.js';
import { collect } from '../../src/run/collect.js';
import { nodeOf } from '../support/sample.js';

updateSlices();
provide('routine', lowerRoutine);

const input = (shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): Node =>
  nodeOf({ shape, dtype, values: [] });
const expand = (x: Node, ...shape: number[]): Node => apply(ops.expand, [x], { shape: internShape(shape) });
const number = (value: number, ...shape: number[]): Node => ops.numberNode(value, internShape(shape), 'float32');

/** The loops of all kernels that compute `root`. */
function loops(root: Node): string {
  const request = collect([root], []);
  const { graph, schedule } = fuse({
    nodes: request.nodes,
    results: [root.at],
    targets: [],
    storageOf: new Map(request.inputs.map((at, i) => [at, request.inputStorage[i]!])),
    keep: () => false,
  });
  return schedule.kernels.map((k) => programKey(lower(k, graph, TARGET, String).program)).join('\n\n');
}

function softmax(x: Node): Node {
  const [rows, columns] = x.shape as [number, number];
  const top = apply(ops.max, [x], { axes: [1] });
  const e = apply(ops.exp, [apply(ops.sub, [x, expand(top, rows, columns)])]);
  return apply(ops.div, [e, expand(apply(ops.sum, [e], { axes: [1] }), rows, columns)]);
}

function linear(): Node {
  const product = apply(ops.contract, [input([6, 12]), input([10, 12])], { a: [0, 1], b: [2, 1], out: [0, 2] });
  const bias = expand(apply(ops.reshape, [input([10])], { shape: internShape([1, 10]) }), 6, 10);
  return apply(ops.relu, [apply(ops.add, [product, bias])]);
}

function wideLinear(): Node {
  const product = apply(ops.contract, [input([9, 24]), input([11, 24])], { a: [0, 1], b: [2, 1], out: [0, 2] });
  const bias = expand(apply(ops.reshape, [input([11])], { shape: internShape([1, 11]) }), 9, 11);
  return apply(ops.relu, [apply(ops.add, [product, bias])]);
}

const doubling: RoutineOp<undefined> = {
  name: 'doubling',
  kind: 'routine',
  arity: 1,
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  run: ([x], out) => out.data.set(x!.data.map((value) => 2 * value)),
  flops: ([x]) => sizeOf(x!.shape),
  vjp: { none: 'it is here to be called' },
};

const checked = (): Node => apply(ops.checkIndex, [input([3], 'int32')], { limit: 5, what: 'index' });

describe('the loops of', () => {
  it.each<[string, () => Node]>([
    ['add-with-tail', () => apply(ops.add, [input([7]), apply(ops.mul, [input([7]), number(0.3, 7)])])],
    ['softmax-rows', () => softmax(input([3, 9]))],
    ['column-sum', () => apply(ops.sum, [input([5, 9])], { axes: [0] })],
    ['row-sum', () => apply(ops.sum, [input([2, 70])], { axes: [1] })],
    ['matmul-bias-relu-small', linear],
    ['matmul-bias-relu-tiles', wideLinear],
    ['gather', () => apply(ops.gather, [input([5, 4]), checked()], { axis: 0 })],
    ['sort', () => apply(ops.argsort, [apply(ops.mul, [input([2, 5]), input([2, 5])])], { descending: false })],
    ['routine', () => apply(doubling, [apply(ops.mul, [input([2, 5]), input([2, 5])])])],
    ['scatter', () => apply(ops.scatterAdd, [input([3, 4]), checked()], { axis: 0, shape: internShape([5, 4]) })],
    [
      'sparse-update',
      () => {
        const update = [input([3, 8]), input([3], 'int32'), input([5, 8]), number(0.1, 5, 8)];
        return apply(ops.sparseUpdate, update, { axis: 0 });
      },
    ],
    [
      'cat-pad',
      () => {
        const padded = apply(ops.pad, [input([3])], { before: [1], after: [0], between: [1] });
        return apply(ops.cat, [padded, input([4])], { axis: 0 });
      },
    ],
  ])('%s', async (name, make) => {
    await expect(`${loops(make())}\n`).toMatchFileSnapshot(`goldens/${name}.txt`);
  });

  it('a value whose lowering nobody has provided is an error that says so', () => {
    const attention = apply(ops.attention, [input([3, 2]), input([4, 2]), input([4, 2])], { scale: 1, causal: false });
    expect(() => loops(attention)).toThrow(/nobody has provided a lowering for "attention"/);
  });

  it('a program is the same text whenever it is built', () => {
    expect(loops(softmax(input([3, 9])))).toBe(loops(softmax(input([3, 9]))));
  });
});
