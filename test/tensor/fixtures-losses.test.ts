/**
 * The losses against numbers made by PyTorch (`test/fixtures/make.py`).
 */

import type { Tensor } from '../../src/index.js';
import { crossEntropy, mseLoss } from '../../src/nn/functional.js';
import type { Call } from '../fixtures/calls.js';
import { fixtureTests } from '../fixtures/check.js';

/** A function of a prediction and a target. */
const loss = (fn: (prediction: Tensor, target: Tensor) => Tensor): Call => ({
  free: ([prediction, target]) => {
    if (prediction === undefined || target === undefined) throw new Error('the case needs two inputs');
    return fn(prediction, target);
  },
});

fixtureTests(['losses'], { crossEntropy: loss(crossEntropy), mseLoss: loss(mseLoss) });
