/**
 * What a training trains: something that learns from a batch, answers for a batch, and can be saved.
 */
import type { TypedArray } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import type { Module } from '../nn/index.js';
import type { Optimizer } from '../optim/index.js';
import { noGrad, type Tensor } from '../tensor/index.js';

/** What one batch gave. */
export interface BatchResult {
  /** Mean loss over the batch. */
  loss: number;
  /** The scores of shape [batch, classes], row by row. A function, for not every caller wants to pay for them. */
  scores(): TypedArray;
}

/**
 * A classifier that learns step by step. {@link ModuleLearner} makes one of a module and an optimizer; anything else
 * that has these methods can be trained by `fit` too.
 */
export interface Learner {
  /** Learns from inputs [batch, …] and labels [batch], class indices. @returns what they gave before the update */
  step(inputs: Tensor, labels: Tensor): BatchResult;
  /** Loss and scores of a batch, changing nothing. */
  evaluate(inputs: Tensor, labels: Tensor): BatchResult;
  /** All that a step changes, by name: what it takes to go on after a pause. */
  stateDict(): Record<string, Tensor>;
  /** Takes back what {@link stateDict} gave. @throws ChainruleError for other names or shapes; then nothing changes */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void;
}

const MODEL = 'model.';
const OPTIMIZER = 'optimizer.';

const withPrefix = (prefix: string, state: Readonly<Record<string, Tensor>>): [string, Tensor][] =>
  Object.entries(state).map(([name, tensor]) => [prefix + name, tensor]);

const below = (prefix: string, state: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(state).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );

/** A module, its optimizer and its loss as a {@link Learner}: plain define-by-run, one graph a step. */
export class ModuleLearner implements Learner {
  /** @param loss the mean loss of a batch, from the scores [batch, classes] and the labels [batch] */
  constructor(
    /** What gives the scores. */
    readonly model: Module,
    /** What changes the model in a step. */
    readonly optimizer: Optimizer,
    readonly loss: (scores: Tensor, labels: Tensor) => Tensor,
  ) {}

  step(inputs: Tensor, labels: Tensor): BatchResult {
    const scores = this.model.forward(inputs);
    const loss = this.loss(scores, labels);
    this.optimizer.zeroGrad();
    loss.backward();
    this.optimizer.step();
    return { loss: loss.item(), scores: () => scores.typedArray() };
  }

  evaluate(inputs: Tensor, labels: Tensor): BatchResult {
    const training = this.model.training;
    this.model.eval();
    try {
      return noGrad(() => {
        const scores = this.model.forward(inputs);
        const loss = this.loss(scores, labels);
        return { loss: loss.item(), scores: () => scores.typedArray() };
      });
    } finally {
      this.model.train(training);
    }
  }

  stateDict(): Record<string, Tensor> {
    return Object.fromEntries([
      ...withPrefix(MODEL, this.model.stateDict()),
      ...withPrefix(OPTIMIZER, this.optimizer.stateDict()),
    ]);
  }

  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const stray = Object.keys(state).find((name) => !name.startsWith(MODEL) && !name.startsWith(OPTIMIZER));
    if (stray !== undefined) {
      throw new ArgumentError(
        `"${stray}" is neither of a model nor of an optimizer: names begin with "${MODEL}" or "${OPTIMIZER}"`,
      );
    }
    this.model.loadStateDict(below(MODEL, state));
    this.optimizer.loadStateDict(below(OPTIMIZER, state));
  }
}
