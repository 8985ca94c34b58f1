/** Loaders: every example once an epoch, new orders, and going on from any batch. */
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.js';
import { type Dataset, TensorDataset } from '../../src/data/dataset.js';
import { DataLoader, type LoaderOptions, type LoaderState } from '../../src/data/loader.js';
import { Generator, manualSeed } from '../../src/index.js';

/** Its batches are the numbers asked for. */
const numbers = (length: number): Dataset<number[]> => ({ length, batch: (indices) => [...indices] });
const loaderOf = (length: number, options: LoaderOptions): DataLoader<number[]> =>
  new DataLoader(numbers(length), options);

describe('DataLoader', () => {
  test('in order, with and without the smaller last batch', () => {
    const loader = loaderOf(7, { batchSize: 3 });
    expect([...loader]).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect([...loader]).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(loader.length).toBe(3);
    const dropping = loaderOf(7, { batchSize: 3, dropLast: true });
    expect([...dropping]).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(dropping.length).toBe(2);
    expect([...loaderOf(2, {})]).toEqual([[0], [1]]);
  });

  test('hands out tensors', () => {
    const loader = new DataLoader(new TensorDataset([[1], [2], [3]], [4, 5, 6]), { batchSize: 2 });
    const seen = Array.from(loader, ([x, t]) => [x.toArray(), t.toArray()]);
    expect(seen).toEqual([
      [
        [[1], [2]],
        [4, 5],
      ],
      [[[3]], [6]],
    ]);
  });

  test('shuffled: every example once, a new order each epoch, the same from the same seed', () => {
    const epochs = (seed: number): number[][] => {
      const loader = loaderOf(50, { batchSize: 8, shuffle: true, seed });
      return [[...loader].flat(), [...loader].flat()];
    };
    const [first, second] = epochs(1);
    const sorted = Array.from({ length: 50 }, (_, i) => i);
    for (const order of [first, second]) {
      expect([...(order ?? [])].sort((a, b) => a - b)).toEqual(sorted);
      expect(order).not.toEqual(sorted);
    }
    expect(second).not.toEqual(first);
    expect(epochs(1)).toEqual([first, second]);
    expect(epochs(2)[0]).not.toEqual(first);
  });

  test('without a seed, follows manualSeed or the generator given', () => {
    const first = (options: LoaderOptions): number[] =>
      [...loaderOf(30, { batchSize: 30, shuffle: true, ...options })].flat();
    manualSeed(4);
    const orders = [first({}), first({})];
    manualSeed(4);
    expect([first({}), first({})]).toEqual(orders);
    expect(orders[0]).not.toEqual(orders[1]);
    expect(first({ generator: new Generator(4) })).toEqual(orders[0]);
    expect(first({ seed: 4 })).toEqual(orders[0]);
    // Nothing to shuffle, nothing drawn: a loader for evaluation must not change the random numbers that come after.
    manualSeed(4);
    loaderOf(30, {});
    expect(first({})).toEqual(orders[0]);
  });

  test('goes on from any batch as if it had never stopped', () => {
    const options = { batchSize: 3, shuffle: true, seed: 5 };
    const whole = loaderOf(10, options);
    const batches: number[][] = [];
    const states: LoaderState[] = [whole.state()];
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of whole) {
        batches.push(batch);
        states.push(whole.state());
      }
    }
    for (const [done, state] of states.entries()) {
      const resumed = loaderOf(10, { ...options, seed: 99 });
      resumed.restore(JSON.parse(JSON.stringify(state)) as LoaderState);
      const rest: number[][] = [];
      while (resumed.epoch < 2) rest.push(...resumed);
      expect(rest).toEqual(batches.slice(done));
    }
  });

  test('after the last batch, what is left of the epoch is nothing', () => {
    const loader = loaderOf(4, { batchSize: 2 });
    const states = Array.from(loader, () => loader.state());
    loader.restore(states[1] ?? loader.state());
    expect([...loader]).toEqual([]);
    expect(loader.epoch).toBe(1);
  });

  test('a loop left early ends its epoch', () => {
    const loader = loaderOf(20, { batchSize: 4, shuffle: true, seed: 3 });
    const reference = loaderOf(20, { batchSize: 4, shuffle: true, seed: 3 });
    for (const batch of loader) {
      expect(batch.length).toBe(4);
      break;
    }
    expect(loader.state()).toMatchObject({ epoch: 0, position: 1 });
    expect([...reference]).not.toEqual([...loader]);
    expect(loader.epoch).toBe(2);
  });

  test('two loops at once do not disturb each other', () => {
    const loader = loaderOf(6, { batchSize: 2, shuffle: true });
    const pairs: number[][] = [];
    for (const outer of loader) {
      pairs.push(outer);
      for (const inner of loader) expect(inner.length).toBe(2);
    }
    expect(pairs.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a batch that fails is not counted', () => {
    let fail = true;
    const flaky: Dataset<number[]> = {
      length: 4,
      batch: (indices) => {
        if (fail) throw new Error('unreadable');
        return [...indices];
      },
    };
    const loader = new DataLoader(flaky, { batchSize: 2 });
    expect(() => [...loader]).toThrow('unreadable');
    expect(loader.state().position).toBe(0);
    fail = false;
    expect([...loader]).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test.each([
    [4, { batchSize: 0 }, /batch size .* got 0/],
    [4, { batchSize: -3 }, /batch size .* got -3/],
    [4, { batchSize: 1.5 }, /batch size/],
    [4, { batchSize: Number.NaN }, /batch size/],
    [0, {}, /empty/],
    [4, { batchSize: 5, dropLast: true }, /4 examples make no batch of 5/],
    [4, { seed: -1 }, /seed/],
  ])('refuses %i examples with %o', (length, options, message) => {
    expect(() => loaderOf(length, options)).toThrow(ArgumentError);
    expect(() => loaderOf(length, options)).toThrow(message);
  });

  test('refuses a state of other data, other options, or out of range, and stays where it was', () => {
    const loader = loaderOf(10, { batchSize: 3 });
    const state = loader.state();
    const cases: [Partial<LoaderState>, RegExp][] = [
      [{ examples: 11 }, /examples 11, this loader 10/],
      [{ batchSize: 4 }, /batchSize 4/],
      [{ shuffle: true }, /shuffle true/],
      [{ position: 5 }, /batch 5 of 4/],
      [{ position: -1 }, /batch -1/],
      [{ epoch: 0.5 }, /epoch 0.5/],
      [{ seed: -1, epoch: 7 }, /seed/],
    ];
    for (const [change, message] of cases) expect(() => loader.restore({ ...state, ...change })).toThrow(message);
    expect(loader.state()).toEqual(state);
  });
});
