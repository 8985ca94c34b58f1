/**
 * Few rows with long folds are folded in parts: nearer to the exact sum than one after the other, and alike for any number of threads.
 */
import { describe, expect, it } from 'vitest';
import { Generator, rand, realize, type Tensor } from '../../src/index.js';
import { engineNames, unavailable, withEngine } from '../../src/run/engine.js';

const SIZES = [[1 << 17], [(1 << 17) + 77], [3, 90_001], [2, 5, 40_000]] as const;

describe.each(engineNames().filter((name) => name !== 'interpret' && unavailable(name) === null))('on %s', (engine) => {
  it.each(SIZES.map((s) => [s]))('folds of %j', (shape) => {
    withEngine(engine, () => {
      const x = rand([...shape], { generator: new Generator(5) });
      const axes = shape.length === 3 ? [1, 2] : [-1];
      const y = (t: Tensor): Tensor[] => [t.sum(axes), t.max(axes), t.sub(0.5).square().sum(axes)];
      realize(x);
      const exact = withEngine('interpret', () => y(x.to('float64')).map((t) => [...t.typedArray()]));
      y(x).forEach((t, i) => {
        const got = [...t.typedArray()];
        got.forEach((value, j) => expect(Math.abs(value / exact[i]![j]! - 1)).toBeLessThan(1e-6));
      });
    });
  });
});
