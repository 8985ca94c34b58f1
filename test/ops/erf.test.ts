/** erf and erfc in float64 against values by mpmath (`test/fixtures/make_erf.py`). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { erfcFloat64, erfFloat64 } from '../../src/ops/erf.js';

const VALUES: readonly (readonly [number, number, number, number])[] = JSON.parse(
  readFileSync(new URL('../fixtures/erf.json', import.meta.url), 'utf8'),
);

const pattern = new BigInt64Array(1);
const asNumber = new Float64Array(pattern.buffer);
/** How many float64 numbers a positive number is away from 0. */
const placeOf = (x: number): bigint => {
  asNumber[0] = x;
  return pattern[0]!;
};

test('is the nearest float64 or its neighbour', () => {
  expect(VALUES.length).toBeGreaterThan(100);
  for (const [x, expected] of VALUES) {
    const distance = placeOf(erfFloat64(x)) - placeOf(expected);
    expect(distance >= -1n && distance <= 1n, `erf(${x}) is ${erfFloat64(x)}, not ${expected}`).toBe(true);
  }
});

test('erfc is within two float64 of the nearest, on either side and in the tail', () => {
  for (const [x, , right, left] of VALUES) {
    for (const [at, expected] of [
      [x, right],
      [-x, left],
    ] as const) {
      const distance = placeOf(erfcFloat64(at)) - placeOf(expected);
      expect(distance >= -2n && distance <= 2n, `erfc(${at}) is ${erfcFloat64(at)}, not ${expected}`).toBe(true);
    }
  }
  expect([erfcFloat64(-40), erfcFloat64(40), erfcFloat64(-Infinity), erfcFloat64(Infinity)]).toEqual([2, 0, 2, 0]);
  expect(erfcFloat64(Number.NaN)).toBeNaN();
});

test('is odd to the last bit', () => {
  for (const [x] of VALUES) expect(erfFloat64(-x)).toBe(-erfFloat64(x));
  expect(erfFloat64(0)).toBe(0);
  expect(erfFloat64(-0)).toBe(-0);
});

test('ends at ±1 and passes NaN on', () => {
  for (const x of [6, 30, 1e308, Infinity]) {
    expect(erfFloat64(x)).toBe(1);
    expect(erfFloat64(-x)).toBe(-1);
  }
  expect(erfFloat64(Number.NaN)).toBeNaN();
});
