/**
 * The last look at a trained network: how well it does on images it never saw, and what it mistakes.
 */
import type { LabelledImages } from '../data/index.js';
import { ConfusionMatrix, type Evaluation, evaluate, type Learner, type Mistake } from '../train/index.js';
import { batchesOf } from './dataset.js';

export const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

export interface Examination extends Evaluation {
  confusion: ConfusionMatrix;
  /** The surest first. */
  mistakes: Mistake[];
}

const EVALUATION_BATCH = 1000;
const MOST_MISTAKES = 60;

/** Loss and accuracy on all of `images`. */
export const measure = (learner: Learner, images: LabelledImages): Promise<Evaluation> =>
  evaluate(learner, batchesOf(images, EVALUATION_BATCH));

/** The probability that softmax gives to the class `answer`, from one row of scores. */
function confidenceOf(scores: ArrayLike<number>, start: number, answer: number): number {
  let sum = 0;
  for (let c = 0; c < CLASSES.length; c++) sum += Math.exp(scores[start + c]! - scores[start + answer]!);
  return 1 / sum;
}

/** Measures the learner on `images` and collects its mistakes. */
export async function examine(learner: Learner, images: LabelledImages): Promise<Examination> {
  const confusion = new ConfusionMatrix(CLASSES.length);
  const wrong: { index: number; actual: number; predicted: number; confidence: number }[] = [];
  let seen = 0;
  const evaluation = await evaluate(learner, batchesOf(images, EVALUATION_BATCH), ({ labels, scores, answers }) => {
    answers.forEach((predicted, i) => {
      const actual = labels[i]!;
      confusion.add(actual, predicted);
      if (actual === predicted) return;
      wrong.push({
        index: seen + i,
        actual,
        predicted,
        confidence: confidenceOf(scores, i * CLASSES.length, predicted),
      });
    });
    seen += labels.length;
  });
  wrong.sort((a, b) => b.confidence - a.confidence);
  const area = images.height * images.width;
  const mistakes = wrong.slice(0, MOST_MISTAKES).map(({ index, actual, predicted, confidence }) => ({
    pixels: Float32Array.from(images.images.subarray(index * area, (index + 1) * area), (grey) => grey / 255),
    actual: CLASSES[actual]!,
    predicted: CLASSES[predicted]!,
    confidence,
  }));
  return { ...evaluation, confusion, mistakes };
}
