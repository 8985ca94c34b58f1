/**
 * The order of kernels, writing in place, and the memory between kernels.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesOf } from '../../src/base/dtype.js';
import { IndexError } from '../../src/base/errors.js';
import { sizeOf } from '../../src/base/shape.js';
import { listen } from '../../src/base/trace.js';
import type { Fused } from '../../src/fuse/index.js';
import { type Kernel, layOut } from '../../src/fuse/schedule.js';
import { manualSeed, randn, type Tensor, tensor } from '../../src/index.js';
import { graphOf } from '../../src/ir/graph.js';
import { apply, type Node } from '../../src/ir/node.js';
import * as nn from '../../src/nn/index.js';
import * as ops from '../../src/ops/index.js';
import { SGD } from '../../src/optim/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { queueWrite, realise } from '../../src/run/realise.js';
import { nodeOf, uniform } from '../support/sample.js';

const vector = (...values: number[]): Node => nodeOf({ shape: [values.length], dtype: 'float32', values });
const read = (node: Node): number[] => Array.from(node.storage!.read());

/** The plans built while `fn` runs on wasm. */
function plansOf(fn: () => void): Fused[] {
  const plans: Fused[] = [];
  const stop = listen(({ what, detail }) => {
    if (what === 'build') plans.push(detail.fused as Fused);
  });
  try {
    withEngine('wasm', fn);
  } finally {
    stop();
  }
  return plans;
}

describe.each(engineNames())('writes on %s', (engine) => {
  const on = (fn: () => void): void => withEngine(engine, fn);

  it('come after every read of the old value', () =>
    on(() => {
      const x = vector(1, 2, 3, 4, 5);
      const turned = apply(ops.flip, [x], { axes: [0] });
      const total = apply(ops.sum, [x], { axes: [0] });
      queueWrite(x.storage!, apply(ops.neg, [x]), 'a test');
      realise([turned, total]);
      expect(read(turned)).toEqual([5, 4, 3, 2, 1]);
      expect(read(total)).toEqual([15]);
      expect(read(x)).toEqual([-1, -2, -3, -4, -5]);
    }));

  it('two memories can trade their values', () =>
    on(() => {
      const [a, b] = [vector(1, 2, 3), vector(4, 5, 6)];
      queueWrite(a.storage!, b, 'a test');
      queueWrite(b.storage!, a, 'a test');
      realise([]);
      expect([read(a), read(b)]).toEqual([
        [4, 5, 6],
        [1, 2, 3],
      ]);
    }));

  it('two memories can be computed from each other', () =>
    on(() => {
      const [a, b] = [vector(1, 2, 3), vector(4, 5, 6)];
      queueWrite(a.storage!, apply(ops.neg, [b]), 'a test');
      queueWrite(b.storage!, apply(ops.neg, [a]), 'a test');
      realise([]);
      expect([read(a), read(b)]).toEqual([
        [-4, -5, -6],
        [-1, -2, -3],
      ]);
    }));

  it('three memories can go round', () =>
    on(() => {
      const all = [vector(1, 2), vector(3, 4), vector(5, 6)];
      all.forEach((x, i) => queueWrite(x.storage!, apply(ops.flip, [all[(i + 1) % 3]!], { axes: [0] }), 'a test'));
      realise([]);
      expect(all.map(read)).toEqual([
        [4, 3],
        [6, 5],
        [2, 1],
      ]);
    }));

  it('one value can go into several memories, and be a result', () =>
    on(() => {
      const [a, b] = [vector(1, 2, 3), vector(4, 5, 6)];
      const sum = apply(ops.add, [a, b]);
      queueWrite(a.storage!, sum, 'a test');
      queueWrite(b.storage!, sum, 'a test');
      realise([sum]);
      expect([read(sum), read(a), read(b)]).toEqual([
        [5, 7, 9],
        [5, 7, 9],
        [5, 7, 9],
      ]);
      // The value shows a memory that it went into, until that is written again.
      const shown = sum.storage!;
      queueWrite(shown, vector(0, 0, 0), 'a later test');
      realise([]);
      expect(read(shown === a.storage ? b : a)).toEqual([5, 7, 9]);
      expect(() => sum.current()).toThrow(/a later test has overwritten/);
    }));

  it('a memory that is copied elsewhere and written itself gives its old value', () =>
    on(() => {
      const [a, b] = [vector(1, 2, 3), vector(4, 5, 6)];
      queueWrite(b.storage!, apply(ops.neg, [b]), 'a test');
      queueWrite(a.storage!, b, 'a test');
      realise([]);
      expect([read(a), read(b)]).toEqual([
        [4, 5, 6],
        [-4, -5, -6],
      ]);
    }));

  it('of several writes to one memory the last one stays, and each sees the one before', () =>
    on(() => {
      const a = vector(1, 2, 3);
      const once = apply(ops.add, [a, a]);
      const twice = apply(ops.add, [once, a]);
      queueWrite(a.storage!, once, 'a test');
      queueWrite(a.storage!, twice, 'a test');
      realise([]);
      expect(read(a)).toEqual([3, 6, 9]);
    }));

  it('a value that is the sum of its whole memory is not written while it is read', () =>
    on(() => {
      const x = nodeOf({ shape: [3, 40], dtype: 'float32', values: Array.from({ length: 120 }, (_, i) => i % 7) });
      const mean = apply(ops.expand, [apply(ops.sum, [x], { axes: [0] })], { shape: x.shape });
      const want = Array.from(
        { length: 120 },
        (_, i) => (i % 7) - (((i % 40) % 7) + ((40 + (i % 40)) % 7) + ((80 + (i % 40)) % 7)),
      );
      queueWrite(x.storage!, apply(ops.sub, [x, mean]), 'a test');
      realise([]);
      expect(read(x)).toEqual(want);
    }));

  it('a check that fails keeps every memory as it was, and the next run works', () =>
    on(() => {
      const [a, b, table] = [vector(1, 2, 3), vector(4, 5, 6), vector(7, 8, 9)];
      const step = (picks: number[]): void => {
        const index = apply(ops.checkIndex, [nodeOf({ shape: [3], dtype: 'int32', values: picks })], {
          limit: 3,
          what: 'index',
        });
        const picked = apply(ops.gather, [table, index], { axis: 0 });
        queueWrite(a.storage!, apply(ops.neg, [a]), 'a test');
        queueWrite(b.storage!, apply(ops.add, [b, picked]), 'a test');
        realise([]);
      };
      expect(() => step([0, 3, 1])).toThrow(IndexError);
      expect(() => step([0, -1, 1])).toThrow('index -1 is out of range: expected 0 … 2');
      expect([read(a), read(b), a.storage!.version, b.storage!.version]).toEqual([[1, 2, 3], [4, 5, 6], 0, 0]);
      step([2, 0, 1]);
      expect([read(a), read(b), a.storage!.version]).toEqual([[-1, -2, -3], [13, 12, 14], 1]);
    }));
});

describe('in place', () => {
  it('an update is written by the kernel that computes it', () => {
    const [plan] = plansOf(() => {
      const x = vector(1, 2, 3, 4);
      queueWrite(x.storage!, apply(ops.sub, [x, apply(ops.mul, [x, x])]), 'a test');
      realise([]);
    });
    expect(plan!.schedule.inPlace.size).toBe(1);
    expect(plan!.schedule.copies).toEqual([]);
  });

  it('an update that reads its memory at other places is copied afterwards', () => {
    const [plan] = plansOf(() => {
      const x = vector(1, 2, 3, 4);
      queueWrite(x.storage!, apply(ops.sub, [x, apply(ops.flip, [x], { axes: [0] })]), 'a test');
      realise([]);
    });
    expect(plan!.schedule.inPlace.size).toBe(0);
    expect(plan!.schedule.copies).toHaveLength(1);
  });

  it('kernels that write come after those that check and those that read the old value', () => {
    const [plan] = plansOf(() => {
      const x = nodeOf({ shape: [4, 8], dtype: 'float32', values: Array.from({ length: 32 }, (_, i) => i) });
      const index = apply(ops.checkIndex, [nodeOf({ shape: [2], dtype: 'int32', values: [1, 3] })], {
        limit: 4,
        what: 'index',
      });
      queueWrite(x.storage!, apply(ops.neg, [x]), 'a test');
      realise([apply(ops.gather, [x, index], { axis: 0 }), apply(ops.sum, [x], { axes: [0] })]);
    });
    const { kernels, firstWriter, inPlace } = plan!.schedule;
    const writers = kernels.filter((k) => k.stores.some((at) => inPlace.has(at)));
    expect(writers).toHaveLength(1);
    expect(kernels.indexOf(writers[0]!)).toBe(kernels.length - 1);
    expect(firstWriter).toBe(kernels.length - 1);
    expect(kernels.slice(firstWriter).some((k) => k.checks)).toBe(false);
  });
});

/** From when to when each place in the arena is used, by the kernels' numbers. */
function spans(kernels: readonly Kernel[], places: Iterable<number>): Map<number, readonly [number, number]> {
  return new Map(
    [...places].map((at) => {
      const uses = kernels.flatMap((k, i) => (k.stores.includes(at) || k.loads.has(at) ? [i] : []));
      return [at, [Math.min(...uses), Math.max(...uses)]] as const;
    }),
  );
}

const bytes = (node: Node): number => Math.ceil((sizeOf(node.shape) * bytesOf(node.dtype)) / 64) * 64;

describe('the arena', () => {
  /** A schedule in which kernel i stores value i and reads some of the earlier ones. */
  interface Made {
    readonly size: number;
    readonly reads: readonly number[];
    readonly forever: boolean;
  }

  /** Lays the values out and looks for two that overlap while both live. */
  function expectApart(made: readonly Made[]): { arena: number; live: number } {
    const graph = graphOf(made.map(({ size }) => nodeOf({ shape: [size], dtype: 'float32', values: [] })));
    const kernels = made.map(({ reads }, i): Kernel => {
      const cluster = {
        id: i,
        members: [],
        rows: [],
        cols: [],
        settled: false,
        contraction: false,
        reads: new Set<never>(),
        size: 1,
      };
      return {
        cluster,
        loads: new Set(reads.filter((r) => r >= 0 && r < i)),
        stores: [i],
        checks: false,
        pointwise: new Set(),
      };
    });
    const places = made.map((_, i) => i);
    const arena = layOut(graph, kernels, places, new Set(places.filter((i) => made[i]!.forever)));
    const lives = spans(kernels, places);
    const end = (i: number): number => (made[i]!.forever ? Infinity : lives.get(i)![1]);
    const top = (i: number): number => arena.offsets.get(i)! + made[i]!.size * 4;
    for (const a of places) {
      if (top(a) > arena.bytes)
        throw new Error(`value ${a} ends at ${top(a)}, behind the arena of ${arena.bytes} bytes`);
      for (let b = a + 1; b <= Math.min(end(a), places.length - 1); b++) {
        const apart = top(a) <= arena.offsets.get(b)! || top(b) <= arena.offsets.get(a)!;
        if (!apart) throw new Error(`values ${a} and ${b} overlap`);
      }
    }
    const live = places.map((i) =>
      places.reduce((n, p) => (p <= i && i <= end(p) ? n + bytes(graph.nodes[p]!) : n), 0),
    );
    return { arena: arena.bytes, live: Math.max(...live) };
  }

  it('never holds two values that live at the same time in one place', () => {
    const value = fc.record({
      size: fc.integer({ min: 0, max: 700 }),
      reads: fc.array(fc.nat(30), { maxLength: 4 }),
      forever: fc.nat(9).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (made) => void expectApart(made)),
      { numRuns: 200, seed: 1 },
    );
  });

  it('nor when there are thousands of values, such as those of a deep chain and its way back', () => {
    const random = uniform(9);
    const made = Array.from({ length: 3000 }, (_, i): Made => {
      const back = i >= 1500 ? [2999 - i] : [];
      return {
        size: 16 + Math.floor(random() * 200),
        reads: [i - 1, i - 1 - Math.floor(random() * 20), ...back],
        forever: random() < 0.01,
      };
    });
    const { arena, live } = expectApart(made);
    expect(arena / live).toBeLessThan(1.5);
  });

  describe('is little more than what has to live at once', () => {
    const BATCH = 100;
    let images: Tensor;
    let labels: Tensor;
    beforeAll(() => {
      manualSeed(1);
      images = randn([BATCH, 784]).realize();
      labels = tensor(
        Array.from({ length: BATCH }, (_, i) => i % 10),
        { dtype: 'int32' },
      );
    });

    /** The arena of a training step, and the most that lives at once. */
    function measure(sizes: readonly number[], nonlinear: () => nn.Module): { arena: number; live: number } {
      const layers = sizes.slice(1).flatMap((n, i) => [new nn.Linear(sizes[i]!, n), nonlinear()]);
      const model = new nn.Sequential(...layers.slice(0, -1));
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      const plans = plansOf(() => {
        const loss = nn.functional.crossEntropy(model.forward(images), labels);
        loss.backward();
        optimizer.step();
      });
      const { arena, graph, schedule } = plans.at(-1)!;
      const lives = spans(schedule.kernels, arena.offsets.keys());
      const live = schedule.kernels.map((_, i) =>
        [...lives].reduce((n, [at, [from, to]]) => (from <= i && i <= to ? n + bytes(graph.nodes[at]!) : n), 0),
      );
      return { arena: arena.bytes, live: Math.max(...live) };
    }

    it.each<[string, number[], () => nn.Module]>([
      ['784-50-10 with relu', [784, 50, 10], () => new nn.ReLU()],
      ['784-128-64-32-10 with tanh', [784, 128, 64, 32, 10], () => new nn.Tanh()],
      ['784-17-33-65-13-200-10 with sigmoid', [784, 17, 33, 65, 13, 200, 10], () => new nn.Sigmoid()],
    ])('%s', (_, sizes, nonlinear) => {
      const { arena, live } = measure(sizes, nonlinear);
      expect(live).toBeGreaterThan(0);
      expect(arena / live).toBeLessThanOrEqual(1.15);
    });
  });
});
