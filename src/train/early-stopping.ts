/**
 * Ends a training that no longer improves on examples it does not learn from.
 */
import { ArgumentError } from '../base/errors.js';

/** What {@link EarlyStopping} must remember to go on after a pause; survives JSON. */
export interface EarlyStoppingState {
  /** The lowest loss so far; null before the first. */
  best: number | null;
  /** Epochs since then. */
  waited: number;
}

/** Watches one loss per epoch and says when it has not improved for `patience` epochs. */
export class EarlyStopping {
  private best: number | null = null;
  private waited = 0;

  /**
   * @param patience epochs without a new lowest loss after which {@link stop} is true; a whole number from 1 up,
   * or Infinity to never stop
   * @throws ArgumentError for any other patience
   */
  constructor(readonly patience: number) {
    if (patience !== Infinity && !(Number.isInteger(patience) && patience >= 1)) {
      throw new ArgumentError(
        `patience is a number of epochs: a whole number from 1 up (or Infinity), got ${patience}`,
      );
    }
  }

  /** Notes an epoch's loss; true when it is the lowest so far. NaN never is. */
  update(loss: number): boolean {
    const improved = this.best === null ? !Number.isNaN(loss) : loss < this.best;
    if (improved) this.best = loss;
    this.waited = improved ? 0 : this.waited + 1;
    return improved;
  }

  /** Whether the patience is used up. */
  get stop(): boolean {
    return this.waited >= this.patience;
  }

  /** What to keep over a pause; assigning it goes on from there. */
  get state(): EarlyStoppingState {
    return { best: this.best, waited: this.waited };
  }

  set state({ best, waited }: EarlyStoppingState) {
    this.best = best;
    this.waited = waited;
  }
}
