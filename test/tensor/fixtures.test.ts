/**
 * The alphabet against numbers made by PyTorch and NumPy (`test/fixtures/make.py`).
 */
import { describe, expect, it } from 'vitest';
import { CALLS } from '../fixtures/calls.js';
import { fixtureTests } from '../fixtures/check.js';
import { difference } from '../fixtures/compare.js';

const FILES = [
  'creation',
  'elementwise',
  'binary',
  'dtypes',
  'reductions',
  'matmul',
  'movement',
  'indexing',
  'activations',
];

fixtureTests(FILES, CALLS);

describe('the comparison', () => {
  it('tells a wrong number, a NaN or an infinity on one side, and a wrong count', () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    expect(difference([1, nan, inf], [1, nan, inf], 'float64', 'exact')).toBeNull();
    for (const [got, want] of [
      [nan, 1],
      [1, nan],
      [inf, 1],
      [1, inf],
      [-inf, inf],
      [1 + 1e-5, 1],
    ] as const) {
      expect(difference([0, got], [0, want], 'float32', 'scaled')).toContain('element 1');
    }
    expect(difference([1], [1, 2], 'int32', 'exact')).toContain('1 elements instead of 2');
  });

  it('allows units in the last place where asked to, and none to what is exact', () => {
    const off = 1 + 2 ** -22;
    expect(difference([off], [1], 'float32', 'ulps')).toBeNull();
    expect(difference([off], [1], 'float64', 'ulps')).not.toBeNull();
    expect(difference([off], [1], 'float32', 'exact')).not.toBeNull();
    expect(difference([off * 1e-6, 1], [1e-6, 1], 'float32', 'scaled')).toBeNull();
  });
});
