/**
 * Memory over a long synchronous loop of training steps: no event arrives in it, so nothing that waits for a finalizer is freed.
 */
import { expect } from 'vitest';
import { manualSeed, rand, type Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, type Optimizer, SGD } from '../../src/optim/index.js';
import { withEngine } from '../../src/run/engine.js';

/** Memories of WebAssembly made from now on: the machine makes its own at the first computation. */
const memories: WebAssembly.Memory[] = [];
const Memory = WebAssembly.Memory;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
};

interface Use {
  readonly rss: number;
  readonly heapUsed: number;
  readonly arrayBuffers: number;
  readonly wasm: number;
}

function use(): Use {
  if (!globalThis.gc) throw new Error('this test needs node --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, arrayBuffers, wasm: memories.reduce((n, m) => n + m.buffer.byteLength, 0) };
}

const BATCH = 32;
const HIDDEN = 64;
const INPUTS = 20;

/** A way to train: what it does in each step. */
export const LOOPS: Readonly<Record<string, (train: Training) => void>> = {
  'backward, step, read': ({ loss, optimizer }) => {
    const value = loss();
    optimizer.zeroGrad();
    value.backward();
    optimizer.step();
    value.item();
  },
  // Reading first keeps the activations (more than 4096 bytes each) for the backward pass.
  'read, backward, read the gradients, step': ({ loss, optimizer, model }) => {
    const value = loss();
    value.item();
    optimizer.zeroGrad();
    value.backward();
    for (const p of model.parameters()) p.grad?.typedArray();
    optimizer.step();
  },
  'evaluation without a step': ({ loss }) => void loss().item(),
  'a running statistic by assign': ({ statistic, images, loss }) => {
    statistic.assign(statistic.mul(0.9).add(images().mean(0).mul(0.1)));
    loss().item();
  },
};

interface Training {
  readonly model: nn.Sequential;
  readonly optimizer: Optimizer;
  readonly statistic: Tensor;
  images(): Tensor;
  loss(): Tensor;
}

function training(make: (p: Iterable<Tensor>) => Optimizer): Training {
  manualSeed(11);
  const model = new nn.Sequential(new nn.Linear(INPUTS, HIDDEN), new nn.ReLU(), new nn.Linear(HIDDEN, 4));
  const labels = Array.from({ length: BATCH }, (_, i) => i % 4);
  // A batch as a loader gives it: copied from memory that is used again.
  const buffer = new Float32Array(BATCH * INPUTS);
  const noise = rand([BATCH, INPUTS]).typedArray();
  let step = 0;
  const images = (): Tensor => {
    step++;
    for (let i = 0; i < buffer.length; i++) buffer[i] = noise[(i * 7 + step) % buffer.length]!;
    return tensor(buffer, { shape: [BATCH, INPUTS] });
  };
  const loss = (): Tensor => nn.functional.crossEntropy(model.forward(images()), tensor(labels, { dtype: 'int32' }));
  return {
    model,
    optimizer: make(model.parameters()),
    statistic: tensor(new Array<number>(INPUTS).fill(0)),
    images,
    loss,
  };
}

/** Growth that does not count: what the collector and the just-in-time compiler happen to hold. */
const SLACK: Use = { rss: 0, heapUsed: 256 * 2 ** 10, arrayBuffers: 64 * 2 ** 10, wasm: 0 };

/**
 * Runs `to` steps in one loop; from step `from` on nothing may have grown by more than 5 %. The process may take `settling` bytes
 * beyond that: in its first thousand steps it still compiles and sizes its heap.
 */
export function expectFlat(name: string, from: number, to: number, settling = 0): void {
  withEngine('wasm', () => {
    for (const make of [
      (p: Iterable<Tensor>) => new SGD(p, { lr: 0.01 }),
      (p: Iterable<Tensor>) => new Adam(p, { lr: 0.001 }),
    ]) {
      const loop = LOOPS[name]!;
      const train = training(make);
      for (let i = 0; i < from; i++) loop(train);
      const before = use();
      for (let i = from; i < to; i++) loop(train);
      const after = use();
      for (const key of ['rss', 'heapUsed', 'arrayBuffers', 'wasm'] as const) {
        const grown = after[key] - before[key];
        const what = `${name}: ${key} went from ${before[key]} bytes at step ${from} to ${after[key]} at step ${to}`;
        expect(grown, what).toBeLessThanOrEqual(0.05 * before[key] + SLACK[key] + (key === 'rss' ? settling : 0));
      }
    }
  });
}
