/**
 * Thousands of random programs, from a new seed when `CHAINRULE_SEED` says so; a failure prints the smallest program that fails.
 */
import { describe, it } from 'vitest';
import { check, enginesAgree, gradientsAgree } from './random-graphs.js';

const SEED = Number(process.env.CHAINRULE_SEED ?? 20);

describe('random graphs', () => {
  it('of a few steps agree', () => check(enginesAgree, { count: 2000, length: 6, seed: SEED }));
  it('of many steps agree', () => check(enginesAgree, { count: 1500, length: 25, seed: SEED + 1 }));
  it('of very many steps agree', () => check(enginesAgree, { count: 150, length: 120, seed: SEED + 2 }));
  it('have the same gradients', () => check(gradientsAgree, { count: 1500, length: 14, seed: SEED + 3, smooth: true }));
});
