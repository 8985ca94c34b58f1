/** The float32 expansions at every 251st bit pattern. */
import { describe, expect, test } from 'vitest';
import { atan2 } from '../../src/ops/circular.js';
import {
  ATAN2_BOUND,
  BOUNDS,
  everyFloat32,
  POW,
  POW_BOUND,
  pairsForAtan2,
  pairsForPow,
  SMOOTH,
  UNARY,
  worstOf,
} from './transcendental.sweep.js';

describe.each([false, true])('with mulAdd fused: %s', (fused) => {
  test.each(UNARY)('%s', (name) => {
    const worst = worstOf(SMOOTH[name], fused, everyFloat32(251));
    expect(worst.ulps, `at ${worst.at}`).toBeLessThan(BOUNDS[name]);
  });

  test('atan2', () => {
    const worst = worstOf(atan2, fused, pairsForAtan2(4_000_000));
    expect(worst.ulps, `at ${worst.at}`).toBeLessThan(ATAN2_BOUND);
  });

  test('pow', () => {
    const worst = worstOf(POW, fused, pairsForPow(4_000_000));
    expect(worst.ulps, `at ${worst.at}`).toBeLessThan(POW_BOUND);
  });
});
