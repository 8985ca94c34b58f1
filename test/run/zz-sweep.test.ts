import { it } from 'vitest';
import { check, enginesAgree, gradientsAgree } from '/work/main/test/run/random-graphs.js';
const S = Number(process.env.SEED ?? 100);
const N = Number(process.env.N ?? 400);
it('a', () => check(enginesAgree, { count: N, length: 6, seed: S }), 6e5);
it('b', () => check(enginesAgree, { count: N, length: 25, seed: S + 1 }), 6e5);
it('c', () => check(gradientsAgree, { count: N, length: 12, seed: S + 2, smooth: true }), 6e5);
