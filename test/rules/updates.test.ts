/**
 * Gradient descent on tables: only what was looked up is updated, with the bits of an update of everything.
 */
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/base/trace.js';
import { WasmMachine } from '../../src/device/wasm/machine.js';
import type { Fused } from '../../src/fuse/index.js';
import { compile, IndexError, manualSeed, randint, randn, type Tensor, tensor } from '../../src/index.js';
import type { Program } from '../../src/ir/expr.js';
import * as nn from '../../src/nn/index.js';
import { SGD, type SGDOptions } from '../../src/optim/index.js';
import { CompiledEngine } from '../../src/run/compiled.js';
import { engineNames, withEngine } from '../../src/run/engine.js';

interface Plan {
  readonly kernels: readonly Program[];
  readonly arenaBytes: number;
  readonly fused: Fused;
}

/** All plans of what `fn` runs, on an engine of its own, which has none yet. */
function plansOf(fn: () => void): Plan[] {
  const plans: Plan[] = [];
  const stop = listen(({ what, detail }) => {
    if (what === 'build') plans.push(detail as unknown as Plan);
  });
  try {
    withEngine(new CompiledEngine(new WasmMachine(1)), fn);
  } finally {
    stop();
  }
  return plans;
}

const updatesIn = (fn: () => void): number =>
  plansOf(fn).flatMap(({ kernels }) => kernels.filter(({ name }) => name === 'update')).length;

/** Numbers among which are those that arithmetic treats in ways of their own. */
function special(shape: readonly number[]): Tensor {
  const odd = [-0, 0, NaN, Infinity, -Infinity, 1e-45];
  const values = Array.from(randn(shape).typedArray(), (x, i) => (i % 5 === 3 ? odd[((i / 5) % odd.length) | 0]! : x));
  return tensor(values, { shape });
}

interface Case {
  readonly name: string;
  readonly table: readonly number[];
  readonly indices: readonly number[];
  readonly axis?: number;
}

const CASES: readonly Case[] = [
  { name: 'few rows, each taken often', table: [7, 33], indices: [100] },
  { name: 'many rows, of which some are taken', table: [3000, 64], indices: [700] },
  { name: 'indices of several axes', table: [40, 19], indices: [4, 9] },
  { name: 'rows of several axes', table: [9, 3, 8], indices: [12] },
  { name: 'another axis', table: [3, 11, 5], indices: [14], axis: 1 },
  { name: 'single numbers', table: [50], indices: [60] },
  { name: 'one row', table: [1, 16], indices: [5] },
  { name: 'one index', table: [6, 20], indices: [] },
  { name: 'no indices', table: [6, 4], indices: [0] },
];

interface Lookup {
  readonly table: Tensor;
  readonly indices: Tensor;
  readonly cotangent: Tensor;
  readonly axis: number;
}

function drawn({ table, indices, axis = 0 }: Case): Lookup {
  manualSeed(5);
  const rows = table[axis]!;
  const shape = [...table.slice(0, axis), ...indices, ...table.slice(axis + 1)];
  // Negative ones count from the end.
  const picks = randint(-rows, rows, indices).realize();
  return { table: special(table), indices: picks, cotangent: special(shape), axis };
}

/** The table after three steps; with `whole` the gradient is kept, so that all of the table is updated. */
function trained({ table, indices, cotangent, axis }: Lookup, whole: boolean, captured: boolean): number[] {
  const weight = new nn.Parameter(table.clone());
  const optimizer = new SGD([weight], { lr: 0.3 });
  const plain = (): Tensor => {
    optimizer.zeroGrad();
    const loss = weight.index(indices, axis).mul(cotangent).sum();
    loss.backward();
    optimizer.step({ keepGrads: whole });
    return loss;
  };
  const step = captured ? compile(plain) : plain;
  for (let i = 0; i < 3; i++) step().realize();
  return Array.from(weight.typedArray());
}

describe.each(engineNames())('gradient descent on looked-up rows on %s', (engine) => {
  it.each(CASES)('has the bits of an update of the whole table: $name', (of) =>
    withEngine(engine, () => {
      const lookup = drawn(of);
      const whole = trained(lookup, true, false);
      expect(trained(lookup, false, false)).toEqual(whole);
      expect(trained(lookup, false, true)).toEqual(whole);
    }),
  );

  it('computes beside the table where the old one is still asked for', () =>
    withEngine(engine, () => {
      const { table, indices } = drawn(CASES[1]!);
      const weight = new nn.Parameter(table.clone());
      weight.index(indices, 0).sum().backward();
      const next = weight.detach().sub(weight.grad!.mul(0.3));
      const counts = Array.from(indices.typedArray(), (i) => (i < 0 ? i + 3000 : i));
      const expected = Array.from(table.typedArray(), (x, i) => {
        const count = counts.filter((row) => row === Math.floor(i / 64)).length;
        return Math.fround(x - Math.fround(count * Math.fround(0.3)));
      });
      expect(Array.from(next.typedArray())).toEqual(expected);
      expect(Array.from(weight.typedArray())).toEqual(Array.from(table.typedArray()));
    }));

  it('leaves the table as it is when an index is out of range', () =>
    withEngine(engine, () => {
      const table = randn([300, 40]).realize();
      const weight = new nn.Parameter(table.clone());
      const optimizer = new SGD([weight], { lr: 0.1 });
      const picks = randint(0, 300, [200]).typedArray();
      nn.functional
        .embedding(tensor([...picks, 300], { dtype: 'int32' }), weight)
        .sum()
        .backward();
      expect(() => optimizer.step()).toThrow(IndexError);
      expect(Array.from(weight.typedArray())).toEqual(Array.from(table.typedArray()));
    }));
});

describe('which updates are sparse', () => {
  const rows = 5000;
  const width = 32;
  const picks = (): Tensor => randint(0, rows, [300]).realize();

  /** A step of nn.Embedding. */
  function step(options: Partial<SGDOptions>, score: (x: Tensor) => Tensor = (x) => x.sum(), keepGrads = false): void {
    const model = new nn.Embedding(rows, width);
    const optimizer = new SGD(model.parameters(), { lr: 0.1, ...options });
    score(model.forward(picks())).backward();
    optimizer.step({ keepGrads });
  }

  it('those of gradient descent alone', () => {
    expect(updatesIn(() => step({}))).toBe(1);
    expect(updatesIn(() => step({ momentum: 0.9 }))).toBe(0);
    expect(updatesIn(() => step({ weightDecay: 0.1 }))).toBe(0);
    // −0 · lr taken from a −0 is 0.
    expect(updatesIn(() => step({ maximize: true }))).toBe(0);
  });

  it('not those whose gradient is asked for', () => {
    expect(updatesIn(() => step({}, undefined, true))).toBe(0);
  });

  it('not those by a constant that is no step down', () => {
    const by = (factor: number): number =>
      updatesIn(() => {
        const weight = new nn.Parameter(randn([rows, width]).realize());
        weight.index(picks(), 0).sum().backward();
        weight.detach().sub(weight.grad!.mul(factor)).realize();
      });
    expect([0.5, 1, 0.3].map(by)).toEqual([1, 1, 1]);
    expect([0, -1].map(by)).toEqual([0, 0]);
  });

  it.each<[string, (x: Tensor) => Tensor]>([
    ['a gradient that does not read the table', (x) => x.sum()],
    ['one that does', (x) => x.mul(x).sum()],
    ['one that checks what it reads', (x) => x.mul(x.index(x.argmax(0), 0).mean(0)).sum()],
  ])('write in place, without memory of the size of the table: %s', (_, score) => {
    const found = plansOf(() => step({}, score)).filter(({ kernels }) => kernels.some(({ name }) => name === 'update'));
    expect(found).toHaveLength(1);
    const [{ arenaBytes, fused }] = found as [Plan];
    expect(fused.schedule.copies).toEqual([]);
    expect(fused.schedule.inPlace.size).toBe(1);
    expect(arenaBytes).toBeLessThan((rows * width * 4) / 2);
  });
});
