/** Host random numbers: fixed by seed, purpose and place, and even. */
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.js';
import { Draws } from '../../src/data/draws.js';

const first = (draws: Draws): number[] => Array.from({ length: 8 }, () => draws.bits());

describe('Draws', () => {
  test('the same place gives the same numbers; another seed, purpose or place others', () => {
    const base = first(new Draws(7, 'testDigits', 3));
    expect(first(new Draws(7, 'testDigits', 3))).toEqual(base);
    for (const other of [
      new Draws(8, 'testDigits', 3),
      new Draws(7 + 2 ** 32, 'testDigits', 3),
      new Draws(7, 'trainDigits', 3),
      new Draws(7, 'testDigits', 4),
    ]) {
      expect(first(other).filter((word) => base.includes(word))).toEqual([]);
    }
  });

  test('below is even, and never reaches n', () => {
    const draws = new Draws(1, 'testDigits', 0);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 14_000; i++) counts[draws.below(7)]!++;
    // Standard deviation 41; this far off once in 10^6 seeds.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(220);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => new Draws(seed, 'testDigits', 0)).toThrow(ArgumentError);
  });
});
