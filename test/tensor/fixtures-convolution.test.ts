/**
 * Convolution and pooling against numbers made by PyTorch (`test/fixtures/make_conv.py`): values, gradients, second derivatives.
 */
import { adaptiveAvgPool2d, avgPool2d, conv1d, conv2d, maxPool2d, type Tensor } from '../../src/index.js';
import type { Call } from '../fixtures/calls.js';
import type { Attributes } from '../fixtures/cases.js';
import { fixtureTests } from '../fixtures/check.js';

const convolution = (fn: typeof conv2d): Call => ({
  free: ([x, weight, bias], options) => {
    if (x === undefined || weight === undefined) throw new Error('the case needs an input and a weight');
    return fn(x, weight, bias, options);
  },
});

const pooling = (fn: (x: Tensor, attrs: Attributes) => Tensor): Call => ({
  free: ([x], attrs) => {
    if (x === undefined) throw new Error('the case has no input');
    return fn(x, attrs);
  },
});

fixtureTests(['convolution'], { conv1d: convolution(conv1d), conv2d: convolution(conv2d) });
fixtureTests(['pooling'], {
  maxPool2d: pooling((x, { kernel, ...options }) => maxPool2d(x, kernel, options)),
  avgPool2d: pooling((x, { kernel, ...options }) => avgPool2d(x, kernel, options)),
  adaptiveAvgPool2d: pooling((x, { size }) => adaptiveAvgPool2d(x, size)),
});
