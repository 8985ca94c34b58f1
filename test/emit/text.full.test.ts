import { expect, it } from 'vitest';
import { missing } from './compiled.js';
import { expectSameInC, expectSameInJs, seedsFrom } from './text.js';

it('there is a C compiler to test with', () => {
  expect(missing).toBeNull();
});

it.each([1, 4, 8, 16])('many random programs of %i lanes do in C what the interpreter does', (width) => {
  for (let first = 1000; first < 1600; first += 100) expectSameInC(seedsFrom(first, 100), width);
});

it('many random programs do in JavaScript what the interpreter does', () => {
  for (const seed of seedsFrom(1000, 4000)) expectSameInJs(seed);
});
