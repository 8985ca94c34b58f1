// Early stopping, history and confusion matrix: what a training remembers and counts.
import { describe, expect, it } from 'vitest';
import { ArgumentError, IndexError } from '../../src/base/errors.js';
import { ConfusionMatrix } from '../../src/train/confusion.js';
import { EarlyStopping } from '../../src/train/early-stopping.js';
import { type EpochRecord, History } from '../../src/train/history.js';

describe('EarlyStopping', () => {
  const watch = (patience: number, losses: number[]): number => {
    const stopping = new EarlyStopping(patience);
    return losses.findIndex((loss) => {
      stopping.update(loss);
      return stopping.stop;
    });
  };

  it('stops when the loss has not improved for `patience` epochs, and not before', () => {
    expect(watch(2, [1, 0.9, 0.95, 0.92, 0.5])).toBe(3);
    expect(watch(3, [1, 0.9, 0.95, 0.92, 0.5])).toBe(-1);
    expect(watch(1, [1, 1])).toBe(1);
    expect(watch(Infinity, [1, 2, 3, 4, 5])).toBe(-1);
  });

  it('never counts NaN as an improvement', () => {
    expect(watch(2, [NaN, NaN])).toBe(1);
    expect(watch(2, [1, NaN, NaN])).toBe(2);
    const stopping = new EarlyStopping(3);
    expect([NaN, 5, NaN, 4].map((loss) => stopping.update(loss))).toEqual([false, true, false, true]);
  });

  it('goes on where its state was taken, through JSON', () => {
    const first = new EarlyStopping(2);
    first.update(0.5);
    first.update(0.6);
    const second = new EarlyStopping(2);
    second.state = JSON.parse(JSON.stringify(first.state));
    expect(second.stop).toBe(false);
    second.update(0.55);
    expect(second.stop).toBe(true);
  });

  it.each([0, -1, 1.5, NaN])('refuses a patience of %s', (patience) => {
    expect(() => new EarlyStopping(patience)).toThrow(ArgumentError);
  });
});

describe('History', () => {
  const record: EpochRecord = {
    epoch: 1,
    steps: 2,
    trainLoss: 0.5,
    trainAccuracy: 0.75,
    heldOutLoss: null,
    heldOutAccuracy: null,
    seconds: 1,
  };

  it('keeps every step exactly in float32, in few characters of JSON', () => {
    const history = new History();
    const losses = Array.from({ length: 3000 }, (_, i) => Math.fround(Math.exp(-i / 300)));
    for (const loss of losses) history.addStep(loss);
    history.addEpoch(record);
    expect(Array.from(history.stepLosses)).toEqual(losses);
    const copy = JSON.parse(JSON.stringify(history));
    const again = History.from(copy.epochs, copy.stepLosses);
    expect(Array.from(again.stepLosses)).toEqual(losses);
    expect(again.epochs).toEqual([record]);
    expect(JSON.stringify(copy.stepLosses).length).toBeLessThan(3000 * 16);
  });
});

describe('ConfusionMatrix', () => {
  const filled = (): ConfusionMatrix => {
    const confusion = new ConfusionMatrix(3);
    const pairs = [
      [0, 0],
      [0, 0],
      [0, 1],
      [1, 1],
      [2, 0],
      [2, 0],
      [2, 1],
      [1, 2],
    ] as const;
    for (const [actual, predicted] of pairs) confusion.add(actual, predicted);
    return confusion;
  };

  it('counts rows of true classes and columns of answers', () => {
    const confusion = filled();
    expect(confusion.count(2, 0)).toBe(2);
    expect(confusion.count(0, 2)).toBe(0);
    expect(confusion.countOf(0)).toBe(3);
    expect(confusion.total).toBe(8);
    expect(confusion.accuracy).toBe(3 / 8);
  });

  it('lists the mistakes, most frequent first, ties in class order', () => {
    expect(filled().mostConfused()).toEqual([
      { actual: 2, predicted: 0, count: 2 },
      { actual: 0, predicted: 1, count: 1 },
      { actual: 1, predicted: 2, count: 1 },
      { actual: 2, predicted: 1, count: 1 },
    ]);
    expect(filled().mostConfused(1)).toHaveLength(1);
  });

  it('refuses classes it does not have', () => {
    expect(() => filled().add(3, 0)).toThrow(IndexError);
    expect(() => filled().add(0, -1)).toThrow(/predicted class -1 is not in 0 … 2/);
    expect(() => filled().add(0.5, 0)).toThrow(IndexError);
    expect(() => new ConfusionMatrix(0)).toThrow(ArgumentError);
  });
});
