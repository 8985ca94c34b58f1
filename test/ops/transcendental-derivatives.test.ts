/** The derivatives of the transcendental records, first and second, also at the points where formulas break. */
import { describe, expect, test } from 'vitest';
import type { ElementwiseOp } from '../../src/ir/op.js';
import { TRANSCENDENTAL } from '../../src/ops/transcendental.js';
import { derivatives } from './scalar-derivatives.js';

const { exp, expm1, log, log1p, sin, cos, tanh, erf, sigmoid, pow } = TRANSCENDENTAL;
const NAN = Number.NaN;

describe('derivatives', () => {
  const UNARY_CALCULUS: [ElementwiseOp<undefined>, (x: number) => number, (x: number) => number][] = [
    [exp, Math.exp, Math.exp],
    [expm1, Math.exp, Math.exp],
    [log, (x) => 1 / x, (x) => -1 / x ** 2],
    [log1p, (x) => 1 / (1 + x), (x) => -1 / (1 + x) ** 2],
    [sin, Math.cos, (x) => -Math.sin(x)],
    [cos, (x) => -Math.sin(x), (x) => -Math.cos(x)],
    [tanh, (x) => 1 / Math.cosh(x) ** 2, (x) => (-2 * Math.tanh(x)) / Math.cosh(x) ** 2],
    [
      erf,
      (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
      (x) => ((-4 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x),
    ],
    [sigmoid, (x) => 1 / (2 + 2 * Math.cosh(x)), (x) => -Math.sinh(x) / 2 / (1 + Math.cosh(x)) ** 2],
  ];
  const close = (value: number, expected: number): void =>
    expect(Math.abs(value - expected), `${value}, not ${expected}`).toBeLessThanOrEqual(
      1e-13 * Math.max(1, Math.abs(expected)),
    );

  test.each(UNARY_CALCULUS.map(([op, first, second]) => [op.name, op, first, second] as const))(
    '%s, first and second',
    (_, op, first, second) => {
      for (const x of [-2.5, -0.6, 0.001, 0.4, 1, 2.9]) {
        if (op === log && x < 0) continue;
        if (op === log1p && x < -1) continue;
        const found = derivatives(op, x);
        close(found.first[0]!, first(x));
        close(found.second[0]![0]!, second(x));
      }
    },
  );

  test('pow for positive bases, first, second and mixed', () => {
    for (const [a, b] of [
      [0.3, 2.5],
      [2, -1.5],
      [3, 0],
      [1, 4],
      [0.01, 1],
    ] as const) {
      const { first, second } = derivatives(pow, a, b);
      const l = Math.log(a);
      close(first[0]!, b * a ** (b - 1));
      close(first[1]!, a ** b * l);
      close(second[0]![0]!, b * (b - 1) * a ** (b - 2));
      close(second[0]![1]!, a ** (b - 1) * (1 + b * l));
      close(second[1]![0]!, a ** (b - 1) * (1 + b * l));
      close(second[1]![1]!, a ** b * l * l);
    }
  });

  test('pow for negative bases with whole exponents', () => {
    const { value, first, second } = derivatives(pow, -2, 3);
    expect(value).toBe(-8);
    expect(first).toEqual([12, NAN]);
    expect(second[0]![0]).toBe(-12);
  });

  test.each([
    // b, first, second in a
    [0, 0, 0],
    [1, 1, 0],
    [2, 0, 2],
    [3, 0, 0],
    [-1, -Infinity, Infinity],
  ])('pow at a = 0, b = %d', (b, first, second) => {
    const found = derivatives(pow, 0, b);
    expect(found.first[0]).toBeCloseTo(first);
    expect(found.second[0]![0]).toBeCloseTo(second);
    if (b >= 0) expect(found.first[1]! + 0).toBe(0);
  });

  test('0 · ∞ never enters where the exponent is 0', () => {
    for (const a of [0, -0, 1e-320, Infinity, NAN]) {
      const { first } = derivatives(pow, a, 0);
      expect(first[0]! + 0, `at ${a}`).toBe(0);
    }
  });

  test('expm1 and sigmoid keep small derivatives', () => {
    close(derivatives(expm1, -40).first[0]! / Math.exp(-40), 1);
    close(derivatives(sigmoid, -40).first[0]! / Math.exp(-40), 1);
  });
});
