/**
 * The transcendental records: their float32 expansions against float64 over the whole range of float32, special values,
 * and what they refuse.
 */
import { describe, expect, test } from 'vitest';
import type { DType } from '../../src/base/dtype.js';
import { SCALAR } from '../../src/base/shape.js';
import { apply } from '../../src/ir/node.js';
import type { ElementwiseOp } from '../../src/ir/op.js';
import { constantNode } from '../../src/ops/leaf.js';
import { compileExpansion, constant, expansionOf, float32Of, ulpsFrom, walkExpansion } from './float32-expansion.js';
import {
  ATAN2_BOUND,
  BOUNDS,
  everyFloat32,
  POW,
  POW_BOUND,
  pairsForAtan2,
  pairsForPow,
  SMOOTH,
  UNARY,
  worstOf,
} from './transcendental.sweep.js';

const { exp, expm1, log, log1p, sin, cos, tanh, erf, sigmoid, pow } = SMOOTH;
const RECORDS: readonly ElementwiseOp[] = Object.values(SMOOTH);
const NAN = Number.NaN;
const LARGEST = float32Of(0x7f7fffff);
const SMALLEST = 2 ** -149;

/** The meaning at float64, and the float32 expansion both ways. */
const waysOf = (op: ElementwiseOp): ((...x: number[]) => number)[] => {
  const expansion = expansionOf(op, 'float32')!;
  const [plain, fused] = [compileExpansion(expansion, false), compileExpansion(expansion, true)];
  return [(...x) => Math.fround(op.scalar(x, 'float64', undefined)), (x, y) => plain(x!, y!), (x, y) => fused(x!, y!)];
};

describe('float32 expansions', () => {
  describe.each([false, true])('with mulAdd fused: %s', (fused) => {
    test.each(UNARY)('%s is within its bound over all of float32', (name) => {
      const worst = worstOf(SMOOTH[name], fused, everyFloat32(9973));
      expect(worst.ulps, `at ${worst.at}`).toBeLessThan(BOUNDS[name]);
    });

    test('atan2 is within its bound in all quadrants', () => {
      const worst = worstOf(SMOOTH.atan2, fused, pairsForAtan2(150_000));
      expect(worst.ulps, `at ${worst.at}`).toBeLessThan(ATAN2_BOUND);
    });

    test('pow is within its bound for results of all sizes', () => {
      const worst = worstOf(POW, fused, pairsForPow(150_000));
      expect(worst.ulps, `at ${worst.at}`).toBeLessThan(POW_BOUND);
    });
  });

  test.each(RECORDS.map((op) => [op.name, op] as const))('%s means the same compiled and by its records', (_, op) => {
    const expansion = expansionOf(op, 'float32')!;
    const run = compileExpansion(expansion, true);
    for (let i = 0; i < 400; i++) {
      const given = [float32Of(Math.imul(i, 0x9e3779b9)), float32Of(Math.imul(i, 0x85ebca6b))];
      expect(run(given[0]!, given[1]!), `at ${given}`).toBe(walkExpansion(expansion, given));
    }
  });

  test.each(RECORDS.map((op) => [op.name, op] as const))('%s has the stated cost, and none in float64', (_, op) => {
    expect(expansionOf(op, 'float32')!.operations).toBe(op.cost);
    expect(expansionOf(op, 'float64')).toBeNull();
  });

  test('the ends of exp', () => {
    for (const [x, expected] of [
      // The last argument before overflow, and the last whose result is not 0.
      [float32Of(0x42b17217), float32Of(0x7f7fff84)],
      [float32Of(0x42b17218), Infinity],
      [float32Of(0xc2cff1b4), SMALLEST],
      [float32Of(0xc2cff1b5), 0],
    ] as const) {
      for (const f of waysOf(exp)) expect(ulpsFrom(expected, f(x))).toBeLessThanOrEqual(1);
    }
    for (const f of waysOf(exp)) {
      expect(f(float32Of(0x42b17218))).toBe(Infinity);
      expect(f(float32Of(0xc2cff1b5))).toBe(0);
    }
  });

  test('large arguments of sin and cos', () => {
    // 16367173·2^72 is the float32 nearest to a multiple of π/2: 2^-29 or so away.
    for (const x of [16367173 * 2 ** 72, LARGEST, -LARGEST, 2 ** 100, 1e22]) {
      const at = Math.fround(x);
      for (const f of waysOf(sin)) expect(ulpsFrom(Math.sin(at), f(at))).toBeLessThan(BOUNDS.sin);
      for (const f of waysOf(cos)) expect(ulpsFrom(Math.cos(at), f(at))).toBeLessThan(BOUNDS.cos);
    }
  });

  test('tanh and erf stay within −1 … 1 and reach the ends', () => {
    for (const op of [tanh, erf]) {
      for (const f of waysOf(op)) {
        for (let pattern = 0x3f800000; pattern <= 0x41a00000; pattern += 997) {
          expect(f(float32Of(pattern))).toBeLessThanOrEqual(1);
        }
        for (const x of [9.02, 20, LARGEST]) expect([f(Math.fround(x)), f(Math.fround(-x))]).toEqual([1, -1]);
      }
    }
  });
});

describe('special values', () => {
  const ROWS: [ElementwiseOp, (readonly [number, number])[]][] = [
    [
      exp,
      [
        [0, 1],
        [-0, 1],
        [Infinity, Infinity],
        [-Infinity, 0],
        [LARGEST, Infinity],
        [-LARGEST, 0],
      ],
    ],
    [
      expm1,
      [
        [0, 0],
        [-0, -0],
        [Infinity, Infinity],
        [-Infinity, -1],
        [SMALLEST, SMALLEST],
        [-LARGEST, -1],
      ],
    ],
    [
      log,
      [
        [1, 0],
        [0, -Infinity],
        [-0, -Infinity],
        [-1, NAN],
        [-SMALLEST, NAN],
        [Infinity, Infinity],
        [-Infinity, NAN],
      ],
    ],
    [
      log1p,
      [
        [0, 0],
        [-0, -0],
        [-1, -Infinity],
        [-2, NAN],
        [Infinity, Infinity],
        [-Infinity, NAN],
        [SMALLEST, SMALLEST],
      ],
    ],
    [
      sin,
      [
        [0, 0],
        [-0, -0],
        [Infinity, NAN],
        [-Infinity, NAN],
        [SMALLEST, SMALLEST],
      ],
    ],
    [
      cos,
      [
        [0, 1],
        [-0, 1],
        [Infinity, NAN],
        [-Infinity, NAN],
        [SMALLEST, 1],
      ],
    ],
    [
      tanh,
      [
        [0, 0],
        [-0, -0],
        [Infinity, 1],
        [-Infinity, -1],
        [-SMALLEST, -SMALLEST],
      ],
    ],
    [
      erf,
      [
        [0, 0],
        [-0, -0],
        [Infinity, 1],
        [-Infinity, -1],
        [-SMALLEST, -SMALLEST],
      ],
    ],
    [
      sigmoid,
      [
        [0, 0.5],
        [Infinity, 1],
        [-Infinity, 0],
        [LARGEST, 1],
        [-LARGEST, 0],
      ],
    ],
  ];
  test.each(ROWS.map(([op, rows]) => [op.name, op, rows] as const))('%s', (_, op, rows) => {
    for (const f of waysOf(op)) {
      expect(f(NAN)).toBeNaN();
      for (const [x, expected] of rows) expect(f(x), `${op.name}(${x})`).toBe(expected);
    }
  });

  const ANYTHING = [0, -0, 1, -1, 2, -2.5, 3, SMALLEST, LARGEST, -LARGEST, Infinity, -Infinity, NAN];
  test('pow: a⁰ = 1ᵇ = 1', () => {
    for (const f of waysOf(pow)) for (const x of ANYTHING) expect([f(x, 0), f(x, -0), f(1, x)]).toEqual([1, 1, 1]);
  });

  test.each([
    [-1, Infinity, 1],
    [-1, -Infinity, 1],
    [0, 3, 0],
    [-0, 3, -0],
    [-0, 2, 0],
    [0, -3, Infinity],
    [-0, -3, -Infinity],
    [-0, -2, Infinity],
    [0, 0.5, 0],
    [-0, 0.5, 0],
    [0, Infinity, 0],
    [0, -Infinity, Infinity],
    [Infinity, 2, Infinity],
    [Infinity, -2, 0],
    [Infinity, 1e-30, Infinity],
    [-Infinity, 3, -Infinity],
    [-Infinity, 2, Infinity],
    [-Infinity, -3, -0],
    [-Infinity, -2, 0],
    [-Infinity, 0.5, Infinity],
    [2, Infinity, Infinity],
    [2, -Infinity, 0],
    [0.5, Infinity, 0],
    [-0.5, -Infinity, Infinity],
    [-2, Infinity, Infinity],
    [-8, 1 / 3, NAN],
    [-2, 0.5, NAN],
    [-2, 3, -8],
    [-2, -3, -0.125],
    [-2, 2, 4],
    [-1, 16777215, -1],
    [-1, 16777216, 1],
    [NAN, 2, NAN],
    [2, NAN, NAN],
    [0, NAN, NAN],
    [LARGEST, 2, Infinity],
    [-LARGEST, 3, -Infinity],
    [LARGEST, -2, 0],
    [2, -149, SMALLEST],
    [2, -150, 0],
    [2, 127, 2 ** 127],
    [SMALLEST, 1, SMALLEST],
    [SMALLEST, -1, Infinity],
    [1.5, 1e30, Infinity],
  ])('pow(%d, %d) is %d', (a, b, expected) => {
    for (const f of waysOf(pow)) expect(f(Math.fround(a), Math.fround(b))).toBe(expected);
  });

  test.each([-1, 0.5, 1, 2, 3])('pow to the constant power %d needs no logarithm, at either dtype', (exponent) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const short = expansionOf(pow, dtype, [null, constant(exponent)])!;
      expect(short.operations).toBeLessThan(5);
    }
    const run = compileExpansion(expansionOf(pow, 'float32', [null, constant(exponent)])!, false);
    for (const x of [...ANYTHING, 0.1, 1e20, 1e-20]) {
      expect(
        ulpsFrom(pow.scalar([Math.fround(x), exponent], 'float64', undefined), run(Math.fround(x), 0)),
      ).toBeLessThan(1.5);
    }
  });

  test('float64 keeps its accuracy at the tails', () => {
    expect(sigmoid.scalar([-745], 'float64', undefined)).toBe(Math.exp(-745));
    expect(sigmoid.scalar([-1000], 'float64', undefined)).toBe(0);
    expect(sigmoid.scalar([1000], 'float64', undefined)).toBe(1);
    expect(erf.scalar([1e-300], 'float64', undefined)).toBeCloseTo(1.1283791670955126e-300, 314);
  });
});

test.each(['int32', 'uint8', 'bool'] as DType[])('%s is refused with the remedy', (dtype) => {
  for (const op of RECORDS) {
    const operand = constantNode(1, SCALAR, dtype);
    const operands = new Array(op.arity).fill(operand);
    expect(() => apply(op, operands, undefined)).toThrow(`${op.name} takes float32 or float64, got ${dtype}`);
  }
});
