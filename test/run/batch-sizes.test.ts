/**
 * A batch of a size never seen: its plan is made, its kernels are there.
 */
import { describe, expect, it } from 'vitest';
import { manualSeed, randint, randn, type Tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, SGD } from '../../src/optim/index.js';
import { CompiledEngine } from '../../src/run/compiled.js';
import { withEngine } from '../../src/run/engine.js';
import { folder, machineIn, missing } from '../device/native/support.js';
import { eventsOf } from '../support/events.js';

/** What makes a training step for batches of any size. */
type Trainer = () => (size: number) => number;

function trainer(
  model: nn.Module & { forward(x: Tensor): Tensor },
  batch: (size: number) => [Tensor, Tensor],
  adam: boolean,
): ReturnType<Trainer> {
  const optimizer = adam ? new Adam(model.parameters()) : new SGD(model.parameters(), { lr: 0.1 });
  return (size) => {
    const [inputs, labels] = batch(size);
    const loss = nn.functional.crossEntropy(model.forward(inputs), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.item();
  };
}

class Words extends nn.Module {
  readonly embedding = new nn.Embedding(30, 16);
  readonly norm = new nn.LayerNorm(16);
  readonly out = new nn.Linear(16, 7);

  forward(words: Tensor): Tensor {
    const [batch, length] = words.shape as [number, number];
    const x = this.embedding.forward(words);
    const heads = (y: Tensor): Tensor => y.reshape([batch, length, 2, 8]).transpose(1, 2);
    const mixed = nn.functional.scaledDotProductAttention(heads(x), heads(x), heads(x), { isCausal: true });
    const y = this.norm.forward(mixed.transpose(1, 2).reshape([batch, length, 16]).add(x));
    return this.out.forward(y).mean(1);
  }
}

const TRAINERS: Record<string, Trainer> = {
  'a two-layer network': () =>
    trainer(
      new nn.Sequential(new nn.Linear(60, 35), new nn.ReLU(), new nn.Linear(35, 7)),
      (n) => [randn([n, 60]), randint(0, 7, [n])],
      false,
    ),
  'a convolutional network': () =>
    trainer(
      new nn.Sequential(
        new nn.Conv2d(1, 4, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(4, 6, 3),
        new nn.ReLU(),
        new nn.Flatten(),
        new nn.Linear(24, 7),
      ),
      (n) => [randn([n, 1, 8, 8]), randint(0, 7, [n])],
      true,
    ),
  'a model of words': () => trainer(new Words(), (n) => [randint(0, 30, [n, 10]), randint(0, 7, [n])], true),
};

/** Sizes by which every way to compute a kernel is found, and others. */
const SEEN = [64, 20, 33];
const NEW = [63, 48, 25, 37];

type Engine = Parameters<typeof withEngine>[0];
const ENGINES: readonly (readonly [string, () => Engine])[] = [
  ['wasm', () => 'wasm'],
  ['native', () => new CompiledEngine(machineIn(folder()))],
];

/** The loss of a step at each size, and how many kernels it compiled. */
const train = (engine: Engine, which: string): { readonly losses: number[]; readonly compiled: number[] } =>
  withEngine(engine, () => {
    manualSeed(3);
    const step = TRAINERS[which]!();
    const losses: number[] = [];
    const compiled = [...SEEN, ...NEW].map((size) => eventsOf(() => losses.push(step(size))).compiled.length);
    return { losses, compiled };
  });

describe.each(ENGINES)('on %s a new batch size compiles nothing', (name, engine) => {
  it.skipIf(name === 'native' && missing !== null).each(Object.keys(TRAINERS))('in %s', (which) => {
    const { losses, compiled } = train(engine(), which);
    expect(compiled[0]).toBeGreaterThan(0);
    expect(compiled.slice(SEEN.length)).toEqual(NEW.map(() => 0));
    train('interpret', which).losses.forEach((loss, i) => expect(losses[i]).toBeCloseTo(loss, 4));
  });

  it.skipIf(name === 'native' && missing !== null).each([2, 4, 6, 8, 12])(
    'and rows that come %i to an example are multiplied to the last',
    (rows) => {
      const on = engine();
      for (const [batch, columns] of [
        [1, 33],
        [5, 20],
        [7, 64],
        [11, 130],
      ] as const) {
        manualSeed(batch);
        const [x, w] = [randn([batch, rows, 40]).realize(), randn([40, columns]).realize()];
        const products = (): number[][] => [
          Array.from(x.matmul(w).typedArray()),
          Array.from(x.matmul(w.transpose(0, 1).clone().realize().transpose(0, 1)).typedArray()),
        ];
        const [got, want] = [withEngine(on, products), withEngine('interpret', products)];
        got.forEach((y, i) => y.forEach((v, j) => expect(v).toBeCloseTo(want[i]![j]!, 4)));
      }
    },
  );
});
