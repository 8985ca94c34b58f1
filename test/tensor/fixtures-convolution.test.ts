/**
 * Convolution and pooling against numbers made by PyTorch (`test/fixtures/make_conv.py`): values, gradients, second derivatives.
 */

import type { Tensor } from '../../src/index.js';
import { maxUnpool1d, maxUnpool2d, maxUnpool3d } from '../../src/nn/functional.js';
import * as c from '../../src/tensor/images.js';
import type { Call } from '../fixtures/calls.js';
import { type Made, parts } from '../fixtures/calls-rooms.js';
import type { Attributes } from '../fixtures/cases.js';
import { fixtureTests } from '../fixtures/check.js';

/** A row for each function, by its name. */
const rows = <F>(functions: Readonly<Record<string, F>>, row: (fn: F) => Call): Record<string, Call> =>
  Object.fromEntries(Object.entries(functions).map(([name, fn]) => [name, row(fn)]));

const convolution = (
  fn: (x: Tensor, weight: Tensor, bias: Tensor | null | undefined, options: Attributes) => Tensor,
): Call => ({
  free: ([x, weight, bias], options) => {
    if (x === undefined || weight === undefined) throw new Error('the case needs an input and a weight');
    return fn(x, weight, bias, options);
  },
});

/** A pooling with its options behind its size; of one that gives places too, both are outputs. */
const pooling = (
  fn: (x: Tensor, size: Attributes['kernel'], options: Attributes) => Made,
  size: 'kernel' | 'size',
): Call => ({
  free: ([x], attrs) => {
    if (x === undefined) throw new Error('the case has no input');
    return parts(fn(x, attrs[size], attrs));
  },
});

const unpooling = (fn: typeof maxUnpool1d): Call => ({
  free: ([x, indices], { kernel, ...options }) => {
    if (x === undefined || indices === undefined) throw new Error('the case needs values and places');
    return fn(x, indices, kernel, options);
  },
});

const { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } = c;
fixtureTests(
  ['convolution'],
  rows({ conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d }, convolution),
);

const { maxPool1d, maxPool2d, maxPool3d, avgPool1d, avgPool2d, avgPool3d } = c;
const { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } = c;
const { adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d } = c;
fixtureTests(['pooling'], {
  ...rows({ maxPool1d, maxPool2d, maxPool3d, avgPool1d, avgPool2d, avgPool3d }, (fn) => pooling(fn, 'kernel')),
  ...rows(
    {
      adaptiveAvgPool1d,
      adaptiveAvgPool2d,
      adaptiveAvgPool3d,
      adaptiveMaxPool1d,
      adaptiveMaxPool2d,
      adaptiveMaxPool3d,
    },
    (fn) => pooling(fn, 'size'),
  ),
  ...rows({ maxUnpool1d, maxUnpool2d, maxUnpool3d }, unpooling),
});
