/** The row `cnn`: two convolutions with ReLU and max-pooling, two linear layers, Adam. */
import * as nn from 'chainrule/nn';
import { Adam } from 'chainrule/optim';
import type { Row } from './row.js';
import { filled, labels, training, weight } from './training.js';

export const cnn: Row = {
  id: 'cnn',
  what: 'conv 1→32→64 (3 × 3, padding 1), ReLU, max-pool 2, 3136-128-10, batch 64, Adam: a whole step',
  sizes: { batch: 64, side: 28, channels: 32, hidden: 128, classes: 10 },
  tiny: { batch: 3, side: 8, channels: 4, hidden: 5, classes: 3 },
  inputs: ({ batch = 0, side = 0, channels = 0, hidden = 0, classes = 0 }) => [
    { name: 'images', shape: [batch, 1, side, side], values: { uniform: true } },
    labels('labels', [batch], classes),
    weight('conv1', [channels, 1, 3, 3]),
    filled('conv1Bias', [channels], 0),
    weight('conv2', [2 * channels, channels, 3, 3]),
    filled('conv2Bias', [2 * channels], 0),
    weight('fc1', [hidden, 2 * channels * (side / 4) ** 2]),
    filled('fc1Bias', [hidden], 0),
    weight('fc2', [classes, hidden]),
    filled('fc2Bias', [classes], 0),
  ],
  program: ({ images, labels, ...parameters }) => {
    const { conv1, conv1Bias, conv2, conv2Bias, fc1, fc1Bias, fc2, fc2Bias } = parameters;
    const { conv2d, maxPool2d, linear, crossEntropy } = nn.functional;
    return training(new Adam(Object.values(parameters), { lr: 0.001 }), () => {
      let x = maxPool2d(conv2d(images!, conv1!, conv1Bias!, { padding: 1 }).relu(), 2);
      x = maxPool2d(conv2d(x, conv2!, conv2Bias!, { padding: 1 }).relu(), 2);
      x = linear(x.flatten(1), fc1!, fc1Bias!).relu();
      return crossEntropy(linear(x, fc2!, fc2Bias!), labels!);
    });
  },
  tolerance: 3e-2,
};
