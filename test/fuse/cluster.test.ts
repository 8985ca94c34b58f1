/**
 * Which named values one kernel computes, where that would be wrong, and that the values stay right.
 */
import { describe, expect, it } from 'vitest';
import { internShape } from '../../src/base/shape.js';
import { apply, type Node } from '../../src/ir/node.js';
import * as ops from '../../src/ops/index.js';
import { withEngine } from '../../src/run/engine.js';
import { queueWrite, realise } from '../../src/run/realise.js';
import { eventsOf } from '../support/events.js';
import { nodeOf } from '../support/sample.js';

const ROWS = 6;
const COLUMNS = 9;
const filled = (...shape: number[]): Node =>
  nodeOf({
    shape,
    dtype: 'float64',
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7) % 11) / 8 - 0.5),
  });
const add = (a: Node, b: Node): Node => apply(ops.add, [a, b]);
const mul = (a: Node, b: Node): Node => apply(ops.mul, [a, b]);
const rowSum = (x: Node): Node => apply(ops.sum, [x], { axes: [1] });
const across = (x: Node): Node => apply(ops.expand, [x], { shape: internShape([ROWS, COLUMNS]) });

function values(engine: string, make: () => Node): number[] {
  return withEngine(engine, () => {
    const node = make();
    realise([node]);
    return Array.from(node.storage!.read());
  });
}

/** How many kernels wasm takes, when it agrees with the interpreter. */
function kernels(make: () => Node): number {
  const want = values('interpret', make);
  let got: number[] = [];
  const { plans } = eventsOf(() => {
    got = values('wasm', make);
  });
  got.forEach((g, i) => expect(g, `element ${i}`).toBeCloseTo(want[i]!, 10));
  return plans[0]!;
}

describe('one kernel', () => {
  it('folds two tensors row by row where one value reads both sums', () => {
    expect(
      kernels(() =>
        add(across(rowSum(filled(ROWS, COLUMNS))), across(rowSum(mul(filled(ROWS, COLUMNS), filled(ROWS, COLUMNS))))),
      ),
    ).toBe(1);
  });

  it('computes a costly value of each row where a sum of that row is read too', () => {
    const make = (): Node => {
      const ofRow = apply(ops.exp, [apply(ops.exp, [filled(ROWS, 1)])]);
      const x = filled(ROWS, COLUMNS);
      return mul(add(x, across(rowSum(x))), across(ofRow));
    };
    expect(kernels(make)).toBe(1);
  });
});

describe('several kernels', () => {
  it('where a value of each row waits, in another order, for the sums it would be computed beside', () => {
    const make = (): Node => {
      const x = filled(ROWS, COLUMNS);
      const total = rowSum(x);
      const mixed = apply(ops.contract, [total, filled(ROWS, ROWS)], { a: [0, 1], b: [0, 2], out: [2, 1] });
      const ofRow = apply(ops.exp, [apply(ops.exp, [apply(ops.flip, [mixed], { axes: [0] })])]);
      return add(mul(x, across(total)), across(ofRow));
    };
    expect(kernels(make)).toBeGreaterThan(2);
  });

  it('where a sum reads another row than the one that is computed', () => {
    const make = (): Node => {
      const x = filled(ROWS, COLUMNS);
      return add(x, across(apply(ops.flip, [rowSum(x)], { axes: [0] })));
    };
    expect(kernels(make)).toBe(2);
  });

  it('where rows are summed first and columns afterwards', () => {
    const make = (): Node =>
      apply(ops.sum, [mul(filled(ROWS, COLUMNS), across(rowSum(filled(ROWS, COLUMNS))))], { axes: [0] });
    expect(kernels(make)).toBe(2);
  });
});

describe('a value that is written', () => {
  it.each(['interpret', 'wasm'])('can be a result under another name as well, on %s', (engine) => {
    withEngine(engine, () => {
      const x = filled(5);
      const old = Array.from(x.storage!.read());
      const next = add(x, x);
      const view = apply(ops.detached, [next]);
      queueWrite(x.storage!, next, 'a test');
      realise([view]);
      expect(Array.from(view.storage!.read())).toEqual(old.map((v) => 2 * v));
      expect(Array.from(x.storage!.read())).toEqual(old.map((v) => 2 * v));
    });
  });
});
