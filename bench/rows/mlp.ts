/** The rows `mlp-*`: multi-layer perceptrons on images of 28 × 28, cross entropy, a whole training step. */
import * as nn from 'chainrule/nn';
import { Adam, type Optimizer, SGD } from 'chainrule/optim';
import type { Inputs, Row, Sizes } from './row.js';
import { filled, labels, training, weight } from './training.js';

type Make = (parameters: Inputs[string][]) => Optimizer;

/** `layers` weights w1, w2, … and biases b1, b2, …; ReLU between them. */
function mlpRow(id: string, what: string, sizes: Sizes, layers: number, optimizer: Make): Row {
  const places = Array.from({ length: layers }, (_, i) => i + 1);
  return {
    id,
    what,
    sizes,
    tiny: { batch: 7, pixels: 11, hidden: 5, classes: 3 },
    inputs: ({ batch = 0, pixels = 0, hidden = 0, classes = 0 }) => [
      { name: 'images', shape: [batch, pixels], values: { uniform: true } },
      labels('labels', [batch], classes),
      ...places.flatMap((i) => {
        const [from, to] = [i === 1 ? pixels : hidden, i === layers ? classes : hidden];
        return [weight(`w${i}`, [to, from]), filled(`b${i}`, [to], 0)];
      }),
    ],
    program: (inputs) => {
      const { images, labels } = inputs;
      const parameters = places.flatMap((i) => [inputs[`w${i}`]!, inputs[`b${i}`]!]);
      return training(optimizer(parameters), () => {
        let x = images!;
        for (const i of places) {
          x = nn.functional.linear(x, inputs[`w${i}`]!, inputs[`b${i}`]!);
          if (i < layers) x = x.relu();
        }
        return nn.functional.crossEntropy(x, labels!);
      });
    },
    tolerance: 1e-2,
  };
}

const small = { batch: 100, pixels: 784, hidden: 50, classes: 10 };
const large = { batch: 128, pixels: 784, hidden: 1024, classes: 10 };
const sgd: Make = (parameters) => new SGD(parameters, { lr: 0.01 });
const adam: Make = (parameters) => new Adam(parameters, { lr: 0.001 });

export const mlps: readonly Row[] = [
  mlpRow('mlp-small', '784-50-10, batch 100, SGD: a whole step', small, 2, sgd),
  mlpRow('mlp-large-sgd', '784-1024-1024-10, batch 128, SGD: a whole step', large, 3, sgd),
  mlpRow('mlp-large-adam', '784-1024-1024-10, batch 128, Adam: a whole step', large, 3, adam),
];
