/**
 * What a training remembers of itself: one record per epoch, one loss per step.
 */

/** One epoch, as measured while it ran. */
export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  /** Steps since the start of the training, at the end of this epoch. */
  steps: number;
  /** Mean over the epoch's examples, each measured by the weights of the step that learned from it. */
  trainLoss: number;
  /** Fraction of the epoch's examples that were right, measured likewise. */
  trainAccuracy: number;
  /** Mean loss on the held-out examples after the epoch; null where there are none. */
  heldOutLoss: number | null;
  /** Fraction of the held-out examples that were right after the epoch; null where there are none. */
  heldOutAccuracy: number | null;
  /** Wall-clock time of the epoch, held-out evaluation included. */
  seconds: number;
}

/** A {@link History} as plain data, for files and for pictures. */
export interface HistoryRecord {
  /** One record for each epoch, in order. */
  epochs: EpochRecord[];
  /** The loss of every step, in order. */
  stepLosses: number[];
}

/** Nine significant digits name a float32 exactly; the 17 that JSON would write say nothing more. */
const shortest = (loss: number): number => Number(loss.toPrecision(9));

/** Grows by one record per epoch and four bytes per step. */
export class History {
  /** One record for each epoch so far. */
  readonly epochs: EpochRecord[] = [];
  private losses = new Float32Array(1024);
  private count = 0;

  /** Appends the loss of a step, kept in float32. */
  addStep(loss: number): void {
    if (this.count === this.losses.length) {
      const larger = new Float32Array(2 * this.count);
      larger.set(this.losses);
      this.losses = larger;
    }
    this.losses[this.count++] = loss;
  }

  /** Appends the record of an epoch. */
  addEpoch(record: EpochRecord): void {
    this.epochs.push(record);
  }

  /** The loss of every step so far: a view, valid until the next {@link addStep}. */
  get stepLosses(): Float32Array {
    return this.losses.subarray(0, this.count);
  }

  /** Plain data with losses in their shortest exact spelling. A loss that is not finite becomes null in JSON. */
  toJSON(): HistoryRecord {
    return { epochs: [...this.epochs], stepLosses: Array.from(this.stepLosses, shortest) };
  }

  /** A history that goes on where `epochs` and `stepLosses` end. */
  static from(epochs: readonly EpochRecord[], stepLosses: ArrayLike<number>): History {
    const history = new History();
    history.epochs.push(...epochs);
    for (let i = 0; i < stepLosses.length; i++) history.addStep(stepLosses[i] ?? NaN);
    return history;
  }
}
