/**
 * Batches from a data set: in order or shuffled anew each epoch, and resumable at any batch.
 */
import { ArgumentError } from '../base/errors.js';
import { philoxWords } from '../ops/index.js';
import { defaultGenerator, Generator } from '../tensor/generator.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Dataset } from './dataset.js';
import { checkSeed } from './draws.js';

/** Options of {@link DataLoader}. */
export interface LoaderOptions {
  /** Examples in a batch; default 1. */
  batchSize?: number;
  /** Whether each epoch has a new random order; default false. */
  shuffle?: boolean;
  /** Whether a last batch that is smaller than the others is left out; default false. */
  dropLast?: boolean;
  /** What the orders follow from. Default: one draw from `generator`, when there is something to shuffle. */
  seed?: number;
  /** Default: the generator that `manualSeed` seeds. */
  generator?: Generator;
}

/** Where a loader is; plain data, fit for JSON. */
export interface LoaderState {
  /** What the orders follow from. */
  readonly seed: number;
  /** The epoch under way, or to begin; the first is 0. */
  readonly epoch: number;
  /** Batches of it that were handed out. */
  readonly position: number;
  /** The data and the options that the position counts in; restoring into others is refused. */
  readonly examples: number;
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Whether each epoch has a new random order. */
  readonly shuffle: boolean;
  /** Whether a smaller last batch is left out. */
  readonly dropLast: boolean;
}

/**
 * Iterating hands out one epoch of batches: `for (const [inputs, targets] of loader)`.
 *
 * The order of an epoch follows from the seed and the epoch's number alone. A loop left early ends its epoch: the next loop begins
 * the next one. To go on in the middle instead, take {@link state} there and {@link restore} it.
 */
export class DataLoader<Batch = [Tensor, Tensor]> implements Iterable<Batch> {
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Whether each epoch has a new random order. */
  readonly shuffle: boolean;
  /** Whether a smaller last batch is left out. */
  readonly dropLast: boolean;
  private seed: number;
  /** Each loop moves its own cursor; this is the latest loop's. */
  private cursor = { epoch: 0, position: 0 };
  private restored = false;

  /** @throws ArgumentError for a batch size below 1, or one that leaves no batch at all. */
  constructor(
    /** Where the examples come from. */
    readonly dataset: Dataset<Batch>,
    options: LoaderOptions = {},
  ) {
    const { batchSize = 1, shuffle = false, dropLast = false, seed, generator = defaultGenerator } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError(`the batch size must be a whole number from 1 up, got ${String(batchSize)}`);
    }
    if (!Number.isInteger(dataset.length) || dataset.length < 1) {
      throw new ArgumentError(`the data set is empty: its length is ${String(dataset.length)}`);
    }
    if (dropLast && dataset.length < batchSize) {
      throw new ArgumentError(
        `${dataset.length} examples make no batch of ${batchSize}, and dropLast leaves out smaller ones`,
      );
    }
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    const source = seed === undefined ? generator : new Generator(seed);
    this.seed = shuffle ? seedFrom(source) : 0;
  }

  /** Batches in an epoch. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** The epoch under way, or to begin; the first is 0. */
  get epoch(): number {
    return this.cursor.epoch;
  }

  /** One epoch of batches. */
  *[Symbol.iterator](): IterableIterator<Batch> {
    const cursor = this.begin();
    const order = this.order(cursor.epoch);
    while (cursor.position < this.length) {
      const from = cursor.position * this.batchSize;
      const batch = this.dataset.batch(order.subarray(from, from + this.batchSize));
      cursor.position++;
      yield batch;
    }
    cursor.epoch++;
    cursor.position = 0;
  }

  /** Where the loader is: inside a loop, after the batch at hand. */
  state(): LoaderState {
    const { seed, batchSize, shuffle, dropLast } = this;
    return { seed, ...this.cursor, examples: this.dataset.length, batchSize, shuffle, dropLast };
  }

  /**
   * Goes to where `state` was taken: the next loop hands out what is left of that epoch, in the same order.
   * @throws ArgumentError when the state is of other data, of other options, or no state; then nothing changes.
   */
  restore(state: LoaderState): void {
    const own = this.state();
    for (const what of ['examples', 'batchSize', 'shuffle', 'dropLast'] as const) {
      if (state[what] !== own[what]) {
        throw new ArgumentError(`the saved state has ${what} ${String(state[what])}, this loader ${String(own[what])}`);
      }
    }
    const { seed, epoch, position } = state;
    if (
      !Number.isSafeInteger(epoch) ||
      epoch < 0 ||
      !Number.isInteger(position) ||
      position < 0 ||
      position > this.length
    ) {
      throw new ArgumentError(`no such place: epoch ${String(epoch)}, batch ${String(position)} of ${this.length}`);
    }
    this.seed = checkSeed(seed);
    this.cursor = { epoch, position };
    this.restored = true;
  }

  private begin(): { epoch: number; position: number } {
    const { epoch, position } = this.cursor;
    const leftEarly = position > 0 && !this.restored;
    this.cursor = leftEarly ? { epoch: epoch + 1, position: 0 } : { epoch, position };
    this.restored = false;
    return this.cursor;
  }

  private order(epoch: number): Int32Array {
    const n = this.dataset.length;
    if (!this.shuffle) return Int32Array.from({ length: n }, (_, i) => i);
    const generator = new Generator();
    generator.restore({ seed: this.seed, draws: epoch });
    return generator.permutation(n);
  }
}

/** A seed of the loader's own: under the given one itself, tensors of random numbers would be made of the same bits. */
function seedFrom(generator: Generator): number {
  const { draw, seed } = generator.draw();
  const [low, high] = philoxWords([0, 0, ...draw], seed);
  return (low >>> 0) + 2 ** 32 * (high >>> 11);
}
