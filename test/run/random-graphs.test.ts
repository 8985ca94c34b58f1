/**
 * Random programs over the whole alphabet agree on every engine; the long sweep stands in `random-graphs.full.test.ts`.
 */
import { describe, it } from 'vitest';
import { check, enginesAgree, gradientsAgree } from './random-graphs.js';

describe('random graphs', () => {
  it('of a few steps agree', () => check(enginesAgree, { count: 80, length: 6, seed: 1 }));
  it('of many steps agree', () => check(enginesAgree, { count: 50, length: 18, seed: 2 }));
  it('have the same gradients', () => check(gradientsAgree, { count: 60, length: 10, seed: 3, smooth: true }));
});
