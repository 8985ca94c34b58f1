/**
 * The training loop: epochs of steps, a look at held-out examples after each, and an end when it no longer helps.
 */
import { ArgumentError, ChainruleError } from '../base/errors.js';
import type { Tensor } from '../tensor/index.js';
import { EarlyStopping, type EarlyStoppingState } from './early-stopping.js';
import { answersOf, type Batches, countRight, evaluate, pairOf } from './evaluate.js';
import { Pauses } from './events.js';
import { type EpochRecord, History } from './history.js';
import type { Learner } from './learner.js';
import type { Progress } from './progress.js';

/** Where a training stands between two steps: with the learner's and the loader's state, all that going on takes. */
export interface FitState {
  /** Epochs completed. */
  epoch: number;
  /** Of the epoch under way: its steps, examples, and sums over these. */
  current: EpochSums;
  /** Where the watch over the held-out loss stands. */
  earlyStopping: EarlyStoppingState;
  /** What was measured so far. */
  history: History;
}

/** What an epoch has seen so far. */
export interface EpochSums {
  /** Steps done. */
  steps: number;
  /** Examples seen. */
  examples: number;
  /** Sum of the examples' losses. */
  loss: number;
  /** Examples that were right. */
  right: number;
  /** Wall-clock time. */
  seconds: number;
}

/** Options of {@link fit}. */
export interface FitOptions {
  /** The epoch after which to end, counted from the very start. */
  epochs: number;
  /** Examples that are only looked at, after every epoch. */
  heldOut?: Batches;
  /** End when the held-out loss has not improved for so many epochs; default never. Needs {@link heldOut}. */
  patience?: number;
  /** Ends the training after the step under way. */
  signal?: AbortSignal;
  /** Go on from here. The learner and the loader must stand there too: see `restoreCheckpoint`. */
  from?: FitState;
  /** Called after every step. */
  onStep?: (progress: Progress) => void;
  /** Called after every epoch, and awaited: the place to save. */
  onEpoch?: (record: EpochRecord, state: FitState) => void | Promise<void>;
}

/** How a training ended. */
export interface FitResult {
  /** Why it ended. */
  reason: 'done' | 'no more improvement' | 'interrupted';
  /** Where the training stands now. */
  state: FitState;
  /** Milliseconds of each step of this call, from the batch in hand to the loss read. */
  stepMs: number[];
}

const noSums = (): EpochSums => ({ steps: 0, examples: 0, loss: 0, right: 0, seconds: 0 });

/** The state before the first step. */
export const startOfFit = (): FitState => ({
  epoch: 0,
  current: noSums(),
  earlyStopping: { best: null, waited: 0 },
  history: new History(),
});

/**
 * Trains `learner`.
 *
 * @param batches gone through once an epoch. With a `DataLoader`, a training that was interrupted, even in the middle
 * of an epoch, can go on exactly as if it had not been.
 * @throws ArgumentError for options that contradict each other
 * @throws ChainruleError when the loss is no longer a finite number: no later step could mend the parameters
 */
export async function fit(learner: Learner, batches: Batches, options: FitOptions): Promise<FitResult> {
  const { epochs, heldOut, patience = Infinity, signal, onEpoch } = options;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new ArgumentError(`epochs is a whole number from 1 up, got ${epochs}`);
  }
  if (patience !== Infinity && heldOut === undefined) {
    throw new ArgumentError(
      'patience watches the loss on held-out examples: give them as heldOut, or leave patience out',
    );
  }
  const state = options.from ?? startOfFit();
  const stopping = new EarlyStopping(patience);
  stopping.state = state.earlyStopping;
  const run = new EpochRunner(learner, options, state);

  while (state.epoch < epochs && !stopping.stop) {
    if (signal?.aborted) return { reason: 'interrupted', state, stepMs: run.stepMs };
    const start = performance.now();
    const finished = await run.steps(batches);
    if (!finished) {
      state.current.seconds += (performance.now() - start) / 1000;
      return { reason: 'interrupted', state, stepMs: run.stepMs };
    }
    const measured = heldOut === undefined ? null : await evaluate(learner, heldOut);
    state.current.seconds += (performance.now() - start) / 1000;
    const record = recordOf(state, measured);
    if (measured !== null) stopping.update(measured.loss);
    state.history.addEpoch(record);
    state.earlyStopping = stopping.state;
    state.epoch++;
    state.current = noSums();
    await onEpoch?.(record, state);
  }
  return { reason: stopping.stop ? 'no more improvement' : 'done', state, stepMs: run.stepMs };
}

function recordOf(
  { epoch, current, history }: FitState,
  heldOut: { loss: number; accuracy: number } | null,
): EpochRecord {
  return {
    epoch: epoch + 1,
    steps: history.stepLosses.length,
    trainLoss: current.loss / current.examples,
    trainAccuracy: current.right / current.examples,
    heldOutLoss: heldOut?.loss ?? null,
    heldOutAccuracy: heldOut?.accuracy ?? null,
    seconds: current.seconds,
  };
}

/** Runs the steps of epochs, adding to the state after each. */
class EpochRunner {
  readonly stepMs: number[] = [];
  private readonly pauses = new Pauses();

  constructor(
    private readonly learner: Learner,
    private readonly options: FitOptions,
    private readonly state: FitState,
  ) {}

  /** The rest of an epoch; false when it was interrupted before its end. */
  async steps(batches: Batches): Promise<boolean> {
    const { current } = this.state;
    for (const batch of batches) {
      this.step(...pairOf(batch), batches.length);
      if (this.pauses.due) await this.pauses.take();
      // Asked after a step, not before: a batch that was fetched must be learned from, or the loader is ahead.
      if (this.options.signal?.aborted && current.steps < batches.length) return false;
    }
    if (current.steps === batches.length && current.steps > 0) return true;
    throw new ArgumentError(
      `an epoch of ${batches.length} batches ended after ${current.steps} steps: ` +
        'is there an example, and does the loader stand where the training does?',
    );
  }

  private step(inputs: Tensor, labelTensor: Tensor, stepsPerEpoch: number): void {
    const { current, history, epoch } = this.state;
    const start = performance.now();
    const result = this.learner.step(inputs, labelTensor);
    this.stepMs.push(performance.now() - start);
    if (!Number.isFinite(result.loss)) {
      const place = `step ${current.steps + 1} of epoch ${epoch + 1}`;
      throw new ChainruleError(
        `the loss became ${result.loss} at ${place}: a smaller learning rate may keep it finite`,
      );
    }
    const labels = labelTensor.typedArray();
    current.steps++;
    current.examples += labels.length;
    current.loss += result.loss * labels.length;
    current.right += countRight(answersOf(result.scores(), labels.length), labels);
    history.addStep(result.loss);
    this.options.onStep?.({
      epoch: epoch + 1,
      epochs: this.options.epochs,
      step: current.steps,
      stepsPerEpoch,
      loss: current.loss / current.examples,
      accuracy: current.right / current.examples,
    });
  }
}
