/**
 * Ways to train for a long time in one synchronous loop, and what a process holds before and after: `memory-loops NAME FROM TO` prints it
 * as JSON. It is run in a process of its own; see `memory.ts`.
 */
import { manualSeed, rand, type Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, type Optimizer, SGD } from '../../src/optim/index.js';
import { withEngine } from '../../src/run/engine.js';
import type { LoopName } from './memory.js';

/** Memories of WebAssembly made from now on: the machine makes its own at the first computation. */
const memories: WebAssembly.Memory[] = [];
const Memory = WebAssembly.Memory;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
};

export interface Use {
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
const LOOPS: Readonly<Record<LoopName, (train: Training) => void>> = {
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

const [, , name, from, to] = process.argv;
const loop = LOOPS[name as LoopName];
const OPTIMIZERS: Readonly<Record<string, (p: Iterable<Tensor>) => Optimizer>> = {
  SGD: (p) => new SGD(p, { lr: 0.01 }),
  Adam: (p) => new Adam(p, { lr: 0.001 }),
};
const measured = withEngine('wasm', () =>
  Object.entries(OPTIMIZERS).map(([optimizer, make]) => {
    const train = training(make);
    for (let i = 0; i < Number(from); i++) loop(train);
    const before = use();
    for (let i = Number(from); i < Number(to); i++) loop(train);
    return { optimizer, before, after: use() };
  }),
);
console.log(JSON.stringify(measured));
