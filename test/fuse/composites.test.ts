/**
 * How many kernels each function of tensors is: one for each result, but for those in the table.
 */
import { describe, expect, it } from 'vitest';
import { realize, Tensor, tensor } from '../../src/index.js';
import { withEngine } from '../../src/run/engine.js';
import { firstCases } from '../fixtures/tables.js';
import { kernelsOf } from '../support/events.js';

/** Files whose functions are algorithms, of as many kernels as these have steps. */
const ALGORITHMS = new Set(['linalg', 'fft']);

/** How many kernels a function is in its case where there are more than results, and why. */
const MORE: Readonly<Record<string, readonly [kernels: number, why: string]>> = {
  ...Object.fromEntries(
    ['cumsum', 'cumprod', 'logcumsumexp', 'cummax', 'cummin'].map((scan) => [scan, [3, 'log₂ of 5 elements']]),
  ),
  ...Object.fromEntries(
    [
      'embedding',
      'indexSelect',
      'indexAdd',
      'scatter',
      'scatterAdd',
      'scatterReduce',
      'maxUnpool1d',
      'maxUnpool2d',
      'maxUnpool3d',
    ].map((op) => [op, [2, 'places are made of indices once for all rows']]),
  ),
  ...Object.fromEntries(
    ['atSet', 'atAdd', 'atMultiply', 'atMin', 'atMax'].map((op) => [
      op,
      [3, 'the places of a list, what goes there, x'],
    ]),
  ),
  argsort: [2, 'an axis that is not the last is turned'],
  median: [2, 'a sort, and the choice'],
  kthvalue: [3, 'a sort, and two choices'],
  quantile: [3, 'a sort, and two choices'],
  unique: [10, 'a sort, and what is counted at once'],
  histogram: [4, 'two extremes, places, counts'],
  bilinear: [2, 'two contractions'],
  affineGrid: [3, 'the grid, and the contraction'],
  gridSample: [7, 'places, masks and weights are the same for all channels'],
  adaptiveAvgPool2d: [2, 'one axis after the other'],
  adaptiveAvgPool3d: [2, 'one axis after the other'],
  crossEntropy: [2, 'a mean of sums'],
  nllLoss: [2, 'a mean of sums'],
};

describe('kernels', () => {
  const cases = firstCases().filter(({ file }) => !ALGORITHMS.has(file));
  it.each(cases.map((c) => [c.case.op, c] as const))('%s', (op, { call, case: c }) => {
    const inputs = c.inputs.map(({ dtype, shape, data }) =>
      tensor(data, { shape, dtype: dtype === 'float' ? 'float32' : dtype }),
    );
    const count = withEngine('wasm', () =>
      kernelsOf(() => {
        const made = call.free(inputs, c.attrs);
        realize(...(made instanceof Tensor ? [made] : made));
      }),
    );
    expect(count, MORE[op]?.[1]).toBeLessThanOrEqual(MORE[op]?.[0] ?? c.outputs.length);
  });
});
