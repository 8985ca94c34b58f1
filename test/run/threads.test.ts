/**
 * The same bits for any number of threads, and errors that stop all of them.
 */
import { describe, expect, it } from 'vitest';
import { NativeMachine } from '../../src/device/native/machine.js';
import { WasmMachine } from '../../src/device/wasm/machine.js';
import {
  bernoulli,
  IndexError,
  manualSeed,
  multinomial,
  rand,
  randint,
  randn,
  realize,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { solve } from '../../src/linalg/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, SGD } from '../../src/optim/index.js';
import * as random from '../../src/random/index.js';
import { CompiledEngine } from '../../src/run/compiled.js';
import { withEngine } from '../../src/run/engine.js';
import type { Engine } from '../../src/run/performs.js';
import { conv2d, maxPool2d } from '../../src/tensor/images.js';

/** An engine of WebAssembly whose threads have all started. */
function wasmOf(threads: number): Engine {
  const machine = new WasmMachine(threads);
  const nap = new Int32Array(new SharedArrayBuffer(4));
  for (let naps = 0; !machine.ready; naps++) {
    if (naps > 2000) throw new Error(`only some of ${threads} threads have started`);
    Atomics.wait(nap, 0, 0, 5);
  }
  return new CompiledEngine(machine);
}

/** An engine in C, or the reason why there is none. */
function nativeOf(threads: number): Engine | string {
  const machine = NativeMachine.make({ threads });
  return typeof machine === 'string' ? machine : new CompiledEngine(machine);
}

interface Team {
  readonly threads: number;
  readonly engine: Engine;
}
const teams = (of: (threads: number) => Engine | string): readonly Team[] | string => {
  const found: Team[] = [];
  for (const threads of [1, 2, 3]) {
    const engine = of(threads);
    if (typeof engine === 'string') return engine;
    found.push({ threads, engine });
  }
  return found;
};

/** Random numbers in memory: drawing them is no part of the kernels under test. */
const drawn = (shape: readonly number[]): Tensor => randn(shape).realize();

/** The bytes of a computation on each engine; they have to be equal. */
function expectSameBitsOn(engines: readonly Team[], compute: () => readonly Tensor[]): void {
  const bits = engines.map(({ threads, engine }) =>
    withEngine(engine, () => {
      manualSeed(1);
      expect(engine.threads).toBe(threads);
      return compute().map((t) => [...new Uint8Array(t.typedArray().slice().buffer)]);
    }),
  );
  for (const other of bits.slice(1)) expect(other).toEqual(bits[0]);
}

describe.each([
  { name: 'wasm', engines: teams(wasmOf) },
  { name: 'native', engines: teams(nativeOf) },
])('any number of threads on $name', ({ engines }) => {
  if (typeof engines === 'string') {
    it.skip(`cannot be tested here: ${engines}`);
    return;
  }
  const expectSameBits = (compute: () => readonly Tensor[]): void => expectSameBitsOn(engines, compute);

  it('computes the same bits, elementwise and along rows and columns', () => {
    expectSameBits(() => {
      const x = drawn([301, 257]);
      return [
        x.mul(2).tanh(),
        x.softmax(1),
        x.softmax(0),
        x.sum(0),
        x.sum(1),
        x.sum(),
        x.logsumexp(1),
        x.permute([1, 0]).exp(),
      ];
    });
  });

  it('draws the same bits from every distribution', () => {
    const shape = [3001];
    expectSameBits(() => {
      const draws = [
        rand(shape),
        randn(shape),
        randint(-5, 90, shape),
        bernoulli(0.3, shape),
        random.laplace(0, 3, { shape }),
        random.truncatedNormal(0, 1, -1, 2, { shape }),
        random.gamma(0.7, 2, { shape }),
        random.poisson(4, { shape }),
        random.categorical(tensor([0, 1, -1]), { shape }),
        multinomial(tensor([1, 2, 3]), 500, { replacement: true }),
      ];
      realize(...draws);
      return draws;
    });
  });

  it('computes the same bits when it updates rows that were looked up', () => {
    expectSameBits(() => {
      const tables = [
        [3000, 64],
        [11, 33],
      ].map((shape) => new nn.Parameter(drawn(shape)));
      const optimizer = new SGD(tables, { lr: 0.1 });
      for (const table of tables) {
        const indices = randint(0, table.shape[0]!, [700]).realize();
        nn.functional
          .embedding(indices, table)
          .mul(drawn([700, table.shape[1]!]))
          .sum()
          .backward();
      }
      optimizer.step();
      return tables;
    });
  });

  it('computes the same bits of products, of every shape of tile', () => {
    expectSameBits(() => {
      const products: Tensor[] = [];
      for (const [m, k, n] of [
        [100, 784, 50],
        [50, 100, 784],
        [129, 65, 67],
        [7, 300, 10],
        [256, 256, 256],
      ] as const) {
        products.push(drawn([m, k]).matmul(drawn([k, n])));
        products.push(
          drawn([k, m])
            .transpose(0, 1)
            .matmul(drawn([n, k]).transpose(0, 1))
            .relu(),
        );
        products.push(
          drawn([m, k])
            .exp()
            .matmul(drawn([k, n]).sin()),
        );
      }
      products.push(drawn([3, 40, 50]).matmul(drawn([3, 50, 60])), drawn([16, 20, 30]).matmul(drawn([16, 30, 24])));
      return products;
    });
  });

  it('computes the same bits of convolutions, of pooling and of their gradients', () => {
    expectSameBits(() => {
      const results: Tensor[] = [];
      for (const [shape, kernel, options] of [
        [[3, 8, 20, 16], [12, 8, 3, 3], { padding: 1 }],
        [[17, 8, 9, 7], [6, 4, 3, 3], { groups: 2 }],
        [[2, 5, 21, 13], [9, 5, 3, 5], { stride: 2, padding: 2 }],
      ] as const) {
        const x = randn(shape, { requiresGrad: true });
        const weight = randn(kernel, { requiresGrad: true });
        const y = maxPool2d(conv2d(x, weight, null, options).relu(), 3, { stride: 2 });
        y.square().sum().backward();
        results.push(y.detach(), x.grad!, weight.grad!);
      }
      return results;
    });
  });

  it('sorts into the same order, in one block and in several, and folds repeated indices in theirs', () => {
    expectSameBits(() => {
      const x = randn([3, 5000], { requiresGrad: true });
      const { values, indices } = x.mul(8).round().sort(1);
      const short = randn([50, 40]).sort(0, { descending: true });
      const at = randint(0, 9, [3, 5000]);
      const folded = (['sum', 'prod', 'mean', 'amax'] as const).map((how) => x.scatterReduce(1, at, values, how));
      folded
        .reduce((a, b) => a.add(b))
        .sum()
        .backward();
      const updated = x
        .detach()
        .at('...', randint(0, 9, [200]))
        .set(randn([3, 200]));
      return [values, indices, short.indices, ...folded, x.grad!, updated, x.detach().quantile([0.1, 0.5], 1)];
    });
  });

  it('computes the same bits where indices repeat', () => {
    expectSameBits(() => {
      const x = randn([500, 64], { requiresGrad: true });
      x.index(randint(0, 7, [2000]))
        .mul(randn([2000, 64]))
        .sum()
        .backward();
      return [x.grad!];
    });
  });

  it('trains to the same bits', () => {
    expectSameBits(() => {
      const model = new nn.Sequential(new nn.Linear(784, 50), new nn.ReLU(), new nn.Linear(50, 10));
      const optimizer = new Adam(model.parameters(), { lr: 0.01 });
      for (let step = 0; step < 5; step++) {
        const loss = nn.functional.crossEntropy(model.forward(randn([100, 784])), randint(0, 10, [100]));
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
      }
      return model.parameters();
    });
  });

  it('stops together when a routine refuses its values, and goes on afterwards', () => {
    for (const { engine } of engines) {
      withEngine(engine, () => {
        const x = drawn([300, 300]);
        const singular = x.mul(0).add(1);
        expect(() => solve(singular, x.exp()).matmul(x).toArray()).toThrow(/solve: the matrix is singular/);
        expect(x.mul(2).sub(x).sub(x).abs().sum().item()).toBe(0);
      });
    }
    expectSameBits(() => {
      const x = drawn([120, 120]);
      return [solve(x.exp(), x.matmul(x)).matmul(x)];
    });
  });

  it('stops together at a failed check, and goes on afterwards', () => {
    for (const { engine } of engines) {
      withEngine(engine, () => {
        const x = randn([1000, 100]);
        const labels = tensor(
          Array.from({ length: 1000 }, (_, i) => (i === 999 ? 100 : i % 100)),
          { dtype: 'int32' },
        );
        expect(() => nn.functional.crossEntropy(x, labels).item()).toThrow(IndexError);
        expect(x.mul(2).sub(x).sub(x).abs().sum().item()).toBe(0);
      });
    }
  });
});
