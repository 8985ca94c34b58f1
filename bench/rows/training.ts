/** What the rows that train have in common: parameters among the inputs, and the step of define-by-run code. */
import type { Tensor } from 'chainrule';
import type { Optimizer } from 'chainrule/optim';
import type { Input, Program } from './row.js';

/** A weight [outputs, inputs, …] that starts normal, scaled so that a layer keeps the size of what it gets. */
export const weight = (name: string, shape: readonly number[]): Input => ({
  name,
  shape,
  values: { normal: Math.sqrt(1 / shape.slice(1).reduce((a, b) => a * b, 1)) },
  trained: true,
});

/** A parameter that starts at one value everywhere. */
export const filled = (name: string, shape: readonly number[], all: number): Input => ({
  name,
  shape,
  values: { all },
  trained: true,
});

/** Class labels as whole numbers. */
export const labels = (name: string, shape: readonly number[], classes: number): Input => ({
  name,
  shape,
  values: { below: classes },
});

/** Forward, backward and update, as a user writes them. */
export const training =
  (optimizer: Optimizer, lossOf: () => Tensor): Program =>
  () => {
    const loss = lossOf();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return [loss];
  };
