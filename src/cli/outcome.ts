/**
 * What a run came to: the one record from which its files and its last lines are written.
 */
import type { Evaluation, FitResult } from '../train/index.js';
import type { DigitData } from './dataset.js';
import type { Examination } from './examination.js';
import type { RunConfig } from './run-config.js';
import type { RunFolder } from './run-folder.js';

export interface Outcome {
  folder: RunFolder;
  config: RunConfig;
  data: DigitData;
  engine: string;
  threads: number;
  fit: FitResult;
  /** On the training images, with the final parameters. */
  training: Evaluation;
  /** On the test images, with the final parameters. */
  test: Examination;
  totalSeconds: number;
}

/** The middle value; of an even number the mean of the two; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + sorted[middle - 1]!) / 2;
}

/** The object that `--json` writes. */
export interface TrainResult {
  /** Fraction of the test images that the final parameters get right. */
  testAccuracy: number;
  /** Likewise of the training images. */
  trainAccuracy: number;
  /** Mean loss of the final parameters on the training images. */
  finalLoss: number;
  /** Since the very start, over all resumptions. */
  steps: number;
  /** From a batch in hand to its loss read; null when this call took no step. */
  medianStepMs: number | null;
  /** Of this call of the command. */
  totalSeconds: number;
  engine: string;
  threads: number;
  seed: number;
  dataset: string;
}

export function resultOf({ config, engine, threads, fit, training, test, totalSeconds }: Outcome): TrainResult {
  return {
    testAccuracy: test.accuracy,
    trainAccuracy: training.accuracy,
    finalLoss: training.loss,
    steps: fit.state.history.stepLosses.length,
    medianStepMs: median(fit.stepMs),
    totalSeconds,
    engine,
    threads,
    seed: config.seed,
    dataset: config.dataset,
  };
}
