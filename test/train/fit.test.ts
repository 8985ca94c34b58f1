// The training loop: it learns, it ends when it should, and what was interrupted goes on to the same bits.
import { describe, expect, it } from 'vitest';
import { ArgumentError, ChainruleError, FileError } from '../../src/base/errors.js';
import { DataLoader, TensorDataset } from '../../src/data/index.js';
import * as nn from '../../src/nn/index.js';
import { SGD } from '../../src/optim/index.js';
import { Generator, randn, tensor } from '../../src/tensor/index.js';
import { type Checkpoint, makeCheckpoint, restoreCheckpoint } from '../../src/train/checkpoint.js';
import { answersOf, evaluate } from '../../src/train/evaluate.js';
import { type FitOptions, fit, startOfFit } from '../../src/train/fit.js';
import { type Learner, ModuleLearner } from '../../src/train/learner.js';

const FEATURES = 6;
const CLASSES = 3;

/** Points around three corners: a small network must tell them apart. */
function points(count: number, seed: number): TensorDataset {
  const noise = randn([count, FEATURES], { generator: new Generator(seed) }).typedArray();
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  const inputs = Float32Array.from(noise, (value, i) => {
    const isCorner = i % FEATURES === labels[Math.floor(i / FEATURES)];
    return 0.5 * value + (isCorner ? 2 : 0);
  });
  return new TensorDataset({ data: inputs, shape: [count, FEATURES] }, { data: labels, shape: [count] });
}

function newLearner(momentum = 0.9, hidden = 8): ModuleLearner {
  const generator = new Generator(1);
  const model = new nn.Sequential(new nn.Linear(FEATURES, hidden), new nn.ReLU(), new nn.Linear(hidden, CLASSES));
  model.loadStateDict(
    Object.fromEntries(
      Object.entries(model.stateDict()).map(([name, { shape }]) => [name, randn(shape, { generator }).mul(0.3)]),
    ),
  );
  return new ModuleLearner(model, new SGD(model.parameters(), { lr: 0.05, momentum }), nn.functional.crossEntropy);
}

const newLoader = (): DataLoader => new DataLoader(points(50, 2), { batchSize: 8, shuffle: true, seed: 3 });
const heldOut = (): DataLoader => new DataLoader(points(20, 4), { batchSize: 20 });

const valuesOf = (learner: Learner): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(learner.stateDict()).map(([name, value]) => [name, Array.from(value.typedArray())]),
  );

describe('fit', () => {
  it('learns, and writes its history', async () => {
    const learner = newLearner();
    const epochs: number[] = [];
    const { reason, state, stepMs } = await fit(learner, newLoader(), {
      epochs: 6,
      heldOut: heldOut(),
      onEpoch: (record) => {
        epochs.push(record.epoch);
      },
    });
    expect(reason).toBe('done');
    expect(epochs).toEqual([1, 2, 3, 4, 5, 6]);
    expect(stepMs).toHaveLength(6 * 7);
    expect(state.history.stepLosses).toHaveLength(6 * 7);
    const [first, last] = [state.history.epochs[0], state.history.epochs[5]];
    expect(last?.trainLoss).toBeLessThan(0.5 * (first?.trainLoss ?? 0));
    expect(last?.heldOutAccuracy).toBeGreaterThan(0.85);
    expect(last?.steps).toBe(42);
    const measured = await evaluate(learner, heldOut());
    expect(measured).toEqual({ loss: last?.heldOutLoss, accuracy: last?.heldOutAccuracy, examples: 20 });
  });

  it('weighs a smaller last batch by its examples', async () => {
    const batches = [
      [tensor([0, 0, 0]), tensor([0, 0, 0], { dtype: 'int32' })],
      [tensor([0]), tensor([1], { dtype: 'int32' })],
    ];
    const losses = [1, 5];
    const learner = {
      evaluate: () => ({
        loss: losses.shift() ?? NaN,
        scores: () => Float32Array.from({ length: losses.length === 1 ? 6 : 2 }, (_, i) => i % 2),
      }),
    };
    expect(await evaluate(learner, batches)).toEqual({ loss: 2, accuracy: 0.25, examples: 4 });
  });

  it('answers with the highest score, the first of equals', () => {
    expect(Array.from(answersOf(Float32Array.of(0, 2, 1, 3, 3, 1, -1, -2, -3), 3))).toEqual([1, 0, 0]);
  });
});

/** A learner whose held-out losses are written down beforehand. */
function scripted(heldOutLosses: number[], stepLoss = 1): Learner {
  const scores = (): Float32Array => new Float32Array(CLASSES * 8);
  return {
    step: () => ({ loss: stepLoss, scores }),
    evaluate: () => ({ loss: heldOutLosses.shift() ?? NaN, scores: () => new Float32Array(CLASSES * 20) }),
    stateDict: () => ({}),
    loadStateDict: () => {},
  };
}

describe('the end of a training', () => {
  it('comes when the held-out loss has not improved for `patience` epochs', async () => {
    const result = await fit(scripted([3, 2, 2.5, 2.1, 1]), newLoader(), {
      epochs: 10,
      heldOut: heldOut(),
      patience: 2,
    });
    expect(result.reason).toBe('no more improvement');
    expect(result.state.epoch).toBe(4);
    expect(result.state.earlyStopping).toEqual({ best: 2, waited: 2 });
  });

  it('is at once where a finished training is resumed', async () => {
    const first = await fit(scripted([3, 4, 5]), newLoader(), { epochs: 10, heldOut: heldOut(), patience: 2 });
    const again = await fit(scripted([]), newLoader(), {
      epochs: 10,
      heldOut: heldOut(),
      patience: 2,
      from: first.state,
    });
    expect(again).toMatchObject({ reason: 'no more improvement', stepMs: [] });
  });

  it('is an error that names the step when the loss is no longer finite', async () => {
    const training = fit(scripted([], NaN), newLoader(), { epochs: 1 });
    await expect(training).rejects.toThrow(ChainruleError);
    await expect(training).rejects.toThrow(/loss became NaN at step 1 of epoch 1: a smaller learning rate/);
  });

  it.each<[string, FitOptions, RegExp]>([
    ['no epochs', { epochs: 0 }, /epochs is a whole number from 1 up, got 0/],
    ['half an epoch', { epochs: 0.5 }, /got 0.5/],
    ['patience without examples', { epochs: 1, patience: 2 }, /give them as heldOut/],
    ['no patience', { epochs: 1, patience: 0, heldOut: heldOut() }, /patience is a number of epochs/],
  ])('is never reached with %s', async (_, options, message) => {
    const training = fit(scripted([]), newLoader(), options);
    await expect(training).rejects.toThrow(ArgumentError);
    await expect(training).rejects.toThrow(message);
  });

  it('lets events happen while it runs', async () => {
    let timers = 0;
    const timer = setInterval(() => {
      timers++;
    }, 1);
    const slow: Learner = {
      ...scripted([]),
      step: () => {
        const end = performance.now() + 15;
        while (performance.now() < end);
        return { loss: 1, scores: () => new Float32Array(CLASSES * 8) };
      },
    };
    await fit(slow, newLoader(), { epochs: 2 });
    clearInterval(timer);
    expect(timers).toBeGreaterThan(1);
  });
});

describe('an interrupted training', () => {
  const EPOCHS = 4;

  /** Trains until `stopAfter` steps are done, and hands over what a file would hold. */
  async function trainUntil(stopAfter: number): Promise<Checkpoint> {
    const controller = new AbortController();
    const learner = newLearner();
    const loader = newLoader();
    const { reason, state } = await fit(learner, loader, {
      epochs: EPOCHS,
      heldOut: heldOut(),
      patience: 3,
      signal: controller.signal,
      onStep: ({ epoch, step, stepsPerEpoch }) => {
        if ((epoch - 1) * stepsPerEpoch + step === stopAfter) controller.abort();
      },
    });
    expect(reason).toBe('interrupted');
    expect(state.history.stepLosses).toHaveLength(stopAfter);
    const { tensors, metadata } = makeCheckpoint(learner, loader, state, { run: 'about' });
    return { tensors, metadata: JSON.parse(JSON.stringify(metadata)) };
  }

  // 7 steps an epoch: in the middle of the first, at the end of one, in the middle of a later one.
  it.each([1, 7, 17])('goes on after step %i to the same bits as one that never stopped', async (stopAfter) => {
    const straight = newLearner();
    const whole = await fit(straight, newLoader(), { epochs: EPOCHS, heldOut: heldOut(), patience: 3 });

    const checkpoint = await trainUntil(stopAfter);
    const resumed = newLearner();
    const loader = newLoader();
    const from = restoreCheckpoint(checkpoint, resumed, loader);
    const rest = await fit(resumed, loader, { epochs: EPOCHS, heldOut: heldOut(), patience: 3, from });

    expect(rest.reason).toBe(whole.reason);
    expect(valuesOf(resumed)).toEqual(valuesOf(straight));
    expect(Array.from(rest.state.history.stepLosses)).toEqual(Array.from(whole.state.history.stepLosses));
    const withoutTime = ({ epochs }: { epochs: { seconds: number }[] }) =>
      epochs.map((record) => ({ ...record, seconds: 0 }));
    expect(withoutTime(rest.state.history)).toEqual(withoutTime(whole.state.history));
    expect(rest.state.earlyStopping).toEqual(whole.state.earlyStopping);
  });

  it('takes no step when the signal came first', async () => {
    const result = await fit(newLearner(), newLoader(), { epochs: 1, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ reason: 'interrupted', stepMs: [] });
  });

  it('is not resumed with a loader that stands elsewhere', async () => {
    const checkpoint = await trainUntil(9);
    const learner = newLearner();
    const from = restoreCheckpoint(checkpoint, learner, newLoader());
    await expect(fit(learner, newLoader(), { epochs: EPOCHS, from })).rejects.toThrow(
      /does the loader stand where the training does/,
    );
  });

  it('is refused into another network or other data, which stay as they were', async () => {
    const checkpoint = await trainUntil(9);
    const other = newLearner(0.9, 5);
    const before = valuesOf(other);
    expect(() => restoreCheckpoint(checkpoint, other, newLoader())).toThrow(FileError);
    expect(() => restoreCheckpoint(checkpoint, other, newLoader())).toThrow(
      /another network: its "model.0.weight" is float32 \[8, 6\], here it is float32 \[5, 6\]/,
    );
    expect(valuesOf(other)).toEqual(before);
    const otherData = new DataLoader(points(60, 2), { batchSize: 8, shuffle: true, seed: 3 });
    expect(() => restoreCheckpoint(checkpoint, newLearner(), otherData)).toThrow(
      /on other data: the saved state has examples 50/,
    );
  });

  it.each<[string, (checkpoint: Checkpoint) => Checkpoint, RegExp]>([
    [
      'of another format',
      ({ tensors }) => ({ tensors, metadata: { format: 'x' } }),
      /no checkpoint of a training: its format is "x"/,
    ],
    ['without a state', ({ tensors, metadata: { format = '' } }) => ({ tensors, metadata: { format } }), /is no JSON/],
    [
      'with half a state',
      ({ tensors, metadata }) => ({ tensors, metadata: { ...metadata, training: '{"epoch":1}' } }),
      /the epoch under way is missing/,
    ],
    [
      'with a state that lies',
      ({ tensors, metadata }) => ({
        tensors,
        metadata: { ...metadata, training: (metadata.training ?? '').replace('"steps":2', '"steps":3') },
      }),
      /it counts 1 epochs and 10 steps, but holds 1 and 9/,
    ],
    [
      'with a broken number',
      ({ tensors, metadata }) => ({
        tensors,
        metadata: { ...metadata, training: (metadata.training ?? '').replace('"epoch":1', '"epoch":"one"') },
      }),
      /"epoch" is "one", not a number/,
    ],
    [
      'without a parameter',
      ({ tensors: { 'model.0.weight': _, ...tensors }, metadata }) => ({ tensors, metadata }),
      /it has no "model.0.weight"/,
    ],
    [
      'with a stranger',
      ({ tensors, metadata }) => ({ tensors: { ...tensors, 'model.9.weight': tensor([1]) }, metadata }),
      /its "model.9.weight" has no place here/,
    ],
  ])('is refused from a checkpoint %s', async (_, damage, message) => {
    const checkpoint = damage(await trainUntil(9));
    const learner = newLearner();
    const before = valuesOf(learner);
    expect(() => restoreCheckpoint(checkpoint, learner, newLoader())).toThrow(FileError);
    expect(() => restoreCheckpoint(checkpoint, learner, newLoader())).toThrow(message);
    expect(valuesOf(learner)).toEqual(before);
  });

  it('begins with an empty memory', () => {
    expect(startOfFit()).toMatchObject({ epoch: 0, current: { steps: 0, examples: 0 } });
  });
});
