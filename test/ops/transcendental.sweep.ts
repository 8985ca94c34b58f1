/** What the quick and the full sweep over float32 share: the bounds, and walking the bit patterns. */
import type { ElementwiseOp } from '../../src/ir/op.js';
import { CIRCULAR } from '../../src/ops/circular.js';
import { TRANSCENDENTAL } from '../../src/ops/transcendental.js';
import { compileExpansion, expansionOf, float32Of, ulpsFrom } from './float32-expansion.js';

/** The records that have float32 expansions. */
export const SMOOTH = { ...TRANSCENDENTAL, ...CIRCULAR } as const;

/** The largest error of each float32 expansion in ulps, over all values and with mulAdd fused or not. */
export const BOUNDS = {
  exp: 1.25,
  exp2: 1.25,
  expm1: 2,
  log: 1,
  log2: 1.75,
  log10: 2,
  log1p: 1,
  sin: 2.75,
  cos: 2.75,
  tan: 4,
  asin: 2.5,
  acos: 1.5,
  atan: 2.5,
  sinh: 2,
  cosh: 1.75,
  tanh: 2.75,
  asinh: 2,
  acosh: 2.5,
  atanh: 2.25,
  erf: 1.25,
  erfc: 3.5,
  sigmoid: 2.5,
  cbrt: 1.5,
} as const satisfies Partial<Record<keyof typeof SMOOTH, number>>;
export const POW_BOUND = 1.75;
export const ATAN2_BOUND = 3;

export const UNARY = Object.keys(BOUNDS) as (keyof typeof BOUNDS)[];

export interface Worst {
  ulps: number;
  /** Where it was seen. */
  at: readonly number[];
}

/** Compares an expansion with the float64 meaning of `op` at the points that `visit` walks. */
export function worstOf(op: ElementwiseOp, fused: boolean, visit: (at: (x: number, y: number) => void) => void): Worst {
  const run = compileExpansion(expansionOf(op, 'float32')!, fused);
  const given = new Array<number>(op.arity);
  const worst: Worst = { ulps: 0, at: [] };
  visit((x, y) => {
    given[0] = x;
    if (op.arity > 1) given[1] = y;
    const exact = op.scalar(given, 'float64', undefined);
    const value = run(x, y);
    const wrongZero = exact === 0 && !Object.is(exact, value);
    const ulps = wrongZero ? Infinity : ulpsFrom(exact, value);
    if (ulps > worst.ulps) {
      worst.ulps = ulps;
      worst.at = [...given];
    }
  });
  return worst;
}

/** Every `stride`-th bit pattern of float32: for an odd stride all exponents and both signs, evenly. */
export const everyFloat32 = (stride: number) => (at: (x: number, y: number) => void) => {
  for (let pattern = 0; pattern < 2 ** 32; pattern += stride) at(float32Of(pattern), 0);
};

/** Numbers from 0 to 1, the same in every run. */
function draws(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** `count` pairs of any bits, and pairs of like size. */
export const pairsForAtan2 = (count: number) => (at: (x: number, y: number) => void) => {
  const draw = draws();
  for (let i = 0; i < count; i++) {
    at(float32Of(Math.floor(draw() * 2 ** 32)), float32Of(Math.floor(draw() * 2 ** 32)));
    at(Math.fround(4 * draw() - 2), Math.fround(4 * draw() - 2));
  }
};

/** `count` pairs for pow: bases of any size or near 1, with exponents that give all orders of results, and any bits. */
export const pairsForPow = (count: number) => (at: (x: number, y: number) => void) => {
  const draw = draws();
  for (let i = 0; i < count; i++) {
    const anySize = float32Of(Math.floor(draw() * 0x7f800000));
    at(anySize, Math.fround((-152 + 282 * draw()) / Math.log2(anySize)));
    const near1 = Math.fround(0.5 + 1.5 * draw());
    const order = (i % 2 === 0 ? 1 : -1) * (120 + 30 * draw());
    at(near1, Math.fround(order / Math.log2(near1)));
    at(float32Of(Math.floor(draw() * 2 ** 32)), float32Of(Math.floor(draw() * 2 ** 32)));
    at(-anySize, Math.floor(20 * draw()) - 10);
  }
};

export const POW: ElementwiseOp = TRANSCENDENTAL.pow;
