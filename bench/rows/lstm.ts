/** The row `lstm`: one layer of long short-term memory (Hochreiter and Schmidhuber, 1997) unrolled in time, Adam. */
import { type Tensor, zeros } from 'chainrule';
import * as nn from 'chainrule/nn';
import { Adam } from 'chainrule/optim';
import type { Row } from './row.js';
import { filled, training, weight } from './training.js';

/**
 * The last hidden state [batch, width] for inputs [time, batch, width]. The gates stand one below the other in the weights
 * [4·width, width]: input, forget, candidate, output.
 */
function lastHidden(x: Tensor, ofInput: Tensor, ofHidden: Tensor, inputBias: Tensor, hiddenBias: Tensor): Tensor {
  const [time = 0, batch = 0, width = 0] = x.shape;
  // What the inputs add to the gates, for all times in one product.
  const fromInput = nn.functional.linear(x, ofInput, inputBias);
  let h = zeros([batch, width], { dtype: x.dtype });
  let c = zeros([batch, width], { dtype: x.dtype });
  for (let t = 0; t < time; t++) {
    const gates = fromInput.slice(t).add(nn.functional.linear(h, ofHidden, hiddenBias));
    const [i, f, g, o] = gates.chunk(4, 1);
    c = f!.sigmoid().mul(c).add(i!.sigmoid().mul(g!.tanh()));
    h = o!.sigmoid().mul(c.tanh());
  }
  return h;
}

export const lstm: Row = {
  id: 'lstm',
  what: 'width 256, 64 steps in time, batch 32, squared error of the last state, Adam: a whole step',
  sizes: { time: 64, batch: 32, width: 256 },
  tiny: { time: 3, batch: 3, width: 6 },
  inputs: ({ time = 0, batch = 0, width = 0 }) => [
    { name: 'x', shape: [time, batch, width], values: { normal: 1 } },
    { name: 'target', shape: [batch, width], values: { normal: 1 } },
    weight('ofInput', [4 * width, width]),
    weight('ofHidden', [4 * width, width]),
    filled('inputBias', [4 * width], 0),
    filled('hiddenBias', [4 * width], 0),
  ],
  program: ({ x, target, ofInput, ofHidden, inputBias, hiddenBias }) =>
    training(new Adam([ofInput!, ofHidden!, inputBias!, hiddenBias!], { lr: 0.001 }), () =>
      nn.functional.mseLoss(lastHidden(x!, ofInput!, ofHidden!, inputBias!, hiddenBias!), target!),
    ),
  tolerance: 3e-2,
};
