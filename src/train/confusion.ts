/**
 * Which class was taken for which.
 */
import { ArgumentError, IndexError } from '../base/errors.js';

/** One kind of mistake: `count` examples of class `actual` were called `predicted`. */
export interface ConfusedPair {
  /** The true class. */
  actual: number;
  /** The class that was named instead. */
  predicted: number;
  /** How often. */
  count: number;
}

/** Counts of (true class, predicted class); rows are the true classes. */
export class ConfusionMatrix {
  private readonly counts: Uint32Array;

  /** @throws ArgumentError unless `classes` is a whole number from 1 up */
  constructor(
    /** How many classes there are. */
    readonly classes: number,
  ) {
    if (!Number.isInteger(classes) || classes < 1) {
      throw new ArgumentError(`a confusion matrix has a whole number of classes from 1 up, got ${classes}`);
    }
    this.counts = new Uint32Array(classes * classes);
  }

  /** Counts one example. @throws IndexError for a class outside 0 … classes − 1 */
  add(actual: number, predicted: number): void {
    this.counts[this.at(actual, predicted)]!++;
  }

  /** How many examples of class `actual` were called `predicted`. */
  count(actual: number, predicted: number): number {
    return this.counts[this.at(actual, predicted)]!;
  }

  /** How many examples of class `actual` there were. */
  countOf(actual: number): number {
    let sum = 0;
    for (let predicted = 0; predicted < this.classes; predicted++) sum += this.count(actual, predicted);
    return sum;
  }

  /** All examples. */
  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** The fraction that was right; NaN without examples. */
  get accuracy(): number {
    let right = 0;
    for (let c = 0; c < this.classes; c++) right += this.count(c, c);
    return right / this.total;
  }

  /** The mistakes that happened, most frequent first (ties in class order), at most `limit` of them. */
  mostConfused(limit = Infinity): ConfusedPair[] {
    const pairs: ConfusedPair[] = [];
    for (let actual = 0; actual < this.classes; actual++) {
      for (let predicted = 0; predicted < this.classes; predicted++) {
        const count = this.count(actual, predicted);
        if (actual !== predicted && count > 0) pairs.push({ actual, predicted, count });
      }
    }
    return pairs.sort((a, b) => b.count - a.count).slice(0, limit);
  }

  private at(actual: number, predicted: number): number {
    for (const [value, what] of [
      [actual, 'true'],
      [predicted, 'predicted'],
    ] as const) {
      if (!Number.isInteger(value) || value < 0 || value >= this.classes) {
        throw new IndexError(`the ${what} class ${value} is not in 0 … ${this.classes - 1}`);
      }
    }
    return actual * this.classes + predicted;
  }
}
