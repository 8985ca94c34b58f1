/** The float32 expansions at every 251st bit pattern. */
import { describe, expect, test } from 'vitest';
import { TRANSCENDENTAL } from '../../src/ops/transcendental.js';
import { BOUNDS, everyFloat32, POW, POW_BOUND, pairsForPow, UNARY, worstOf } from './transcendental.sweep.js';

describe.each([false, true])('with mulAdd fused: %s', (fused) => {
  test.each(UNARY)('%s', (name) => {
    const worst = worstOf(TRANSCENDENTAL[name], fused, everyFloat32(251));
    expect(worst.ulps, `at ${worst.at}`).toBeLessThan(BOUNDS[name]);
  });

  test('pow', () => {
    const worst = worstOf(POW, fused, pairsForPow(4_000_000));
    expect(worst.ulps, `at ${worst.at}`).toBeLessThan(POW_BOUND);
  });
});
