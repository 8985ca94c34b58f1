/**
 * Random programs by the emitters of text, against the interpreter.
 */
import { expect } from 'vitest';
import { emitJs } from '../../src/emit/js/kernel.js';
import { runC } from './compiled.js';
import { evaluate } from './evaluate.js';
import { randomCase } from './random-program.js';

/** Runs the programs of some seeds in C, and compares to the last bit. */
export function expectSameInC(seeds: readonly number[], width: number): void {
  const cases = seeds.map((seed) => ({ ...randomCase(seed, { width, calls: false }), numbers: [] }));
  runC(cases).forEach(({ buffers, report }, i) => {
    const meaning = cases[i]!.buffers.map((x) => x.slice());
    const said = evaluate(cases[i]!.program, meaning);
    expect(buffers, `seed ${seeds[i]}, ${width} lanes`).toEqual(meaning);
    expect(report).toEqual(said);
  });
}

/** The same in JavaScript, which has no vectors. */
export function expectSameInJs(seed: number): void {
  const { program, buffers } = randomCase(seed, { width: 1 });
  const meaning = buffers.map((x) => x.slice());
  evaluate(program, meaning);
  const own = buffers.map((x) => x.slice());
  emitJs(program)(own, [], new Int32Array(2));
  expect(own, `seed ${seed}`).toEqual(meaning);
}

export const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
