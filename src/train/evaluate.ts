/**
 * Measuring a classifier on examples, batch by batch.
 */
import type { TypedArray } from '../base/dtype.js';
import { ShapeError } from '../base/errors.js';
import type { Tensor } from '../tensor/index.js';
import { Pauses } from './events.js';
import type { Learner } from './learner.js';

/** Batches of (inputs, labels), one pass over some examples; a `DataLoader` is such. */
export interface Batches extends Iterable<readonly Tensor[]> {
  /** How many batches a pass has. */
  readonly length: number;
}

/** One batch, measured. */
export interface MeasuredBatch {
  /** The true classes. */
  labels: TypedArray;
  /** [batch, classes], row by row. */
  scores: TypedArray;
  /** The class with the highest score, for each example. */
  answers: Int32Array;
}

/** How well a learner did. */
export interface Evaluation {
  /** Mean loss over the examples; NaN without any. */
  loss: number;
  /** Fraction of the examples whose highest score is the true class; NaN without any. */
  accuracy: number;
  /** How many examples there were. */
  examples: number;
}

/** Inputs and labels of a batch. @throws ShapeError when it is no pair */
export function pairOf(batch: readonly Tensor[]): readonly [inputs: Tensor, labels: Tensor] {
  const [inputs, labels] = batch;
  if (inputs === undefined || labels === undefined || batch.length !== 2) {
    throw new ShapeError(`a batch to learn from is a pair of inputs and labels, got ${batch.length} tensors`);
  }
  return [inputs, labels];
}

/** The position of the largest score in each of `count` rows; the first of equals, and of NaNs the first. */
export function answersOf(scores: TypedArray, count: number): Int32Array {
  const classes = scores.length / count;
  return Int32Array.from({ length: count }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (scores[row * classes + c]! > scores[row * classes + best]!) best = c;
    }
    return best;
  });
}

/** How many answers are the label. */
export function countRight(answers: Int32Array, labels: TypedArray): number {
  return answers.reduce((count, answer, i) => count + (answer === labels[i] ? 1 : 0), 0);
}

/**
 * Mean loss and accuracy over one pass, pausing now and then for events.
 * @param onBatch sees every batch, for confusion matrices and the like
 */
export async function evaluate(
  learner: Pick<Learner, 'evaluate'>,
  batches: Iterable<readonly Tensor[]>,
  onBatch?: (batch: MeasuredBatch) => void,
): Promise<Evaluation> {
  const pauses = new Pauses();
  let loss = 0;
  let right = 0;
  let examples = 0;
  for (const batch of batches) {
    const [inputs, labelTensor] = pairOf(batch);
    const labels = labelTensor.typedArray();
    const result = learner.evaluate(inputs, labelTensor);
    const scores = result.scores();
    const answers = answersOf(scores, labels.length);
    loss += result.loss * labels.length;
    right += countRight(answers, labels);
    examples += labels.length;
    onBatch?.({ labels, scores, answers });
    if (pauses.due) await pauses.take();
  }
  return { loss: loss / examples, accuracy: right / examples, examples };
}
