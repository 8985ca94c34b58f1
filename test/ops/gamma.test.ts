/**
 * lgamma, the polygamma functions and erfinv: float64 against mpmath, float32 expansions against float64, and the points where they
 * are infinite or undefined.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ElementwiseOp } from '../../src/ir/op.js';
import { erfinv, lgamma, polygamma } from '../../src/ops/gamma.js';
import { compileExpansion, expansionOf, float32Of } from './float32-expansion.js';

const table: Record<string, readonly (readonly [number, number])[]> = JSON.parse(
  readFileSync(new URL('../fixtures/gamma.json', import.meta.url), 'utf8'),
);

interface Case {
  readonly name: string;
  readonly scalar: (x: number) => number;
  readonly float32: (fused: boolean) => (x: number) => number;
  /** Largest errors of float32 in units of the last place, of the value or of 1 where that is more: above 0, and below. */
  readonly bounds: readonly [number, number];
}

const caseOf = <A>(name: string, op: ElementwiseOp<A>, attrs: A, bounds: Case['bounds']): Case => ({
  name,
  scalar: (x) => op.scalar([x], 'float64', attrs),
  float32: (fused) => {
    const plain = { ...op, expand: (x, d, _, e) => op.expand!(x, d, attrs, e) } as ElementwiseOp;
    const run = compileExpansion(expansionOf(plain, 'float32')!, fused);
    return (x) => run(x, 0);
  },
  bounds,
});

const CASES: readonly Case[] = [
  caseOf('lgamma', lgamma, undefined, [3.25, 16]),
  caseOf('erfinv', erfinv, undefined, [2.75, 2.75]),
  // Below 0 two large numbers may leave a small one; their errors stay.
  caseOf('polygamma 0', polygamma, { order: 0 }, [3, 24]),
  caseOf('polygamma 1', polygamma, { order: 1 }, [3.25, 8]),
  caseOf('polygamma 2', polygamma, { order: 2 }, [4.25, 10]),
  caseOf('polygamma 3', polygamma, { order: 3 }, [6.5, 14]),
];

/** Distance in units of the last place of `exact`, or of 1 where that is larger, for numbers of so many bits. */
function ulps(exact: number, value: number, bits: number, largest: number): number {
  if (Object.is(exact, value) || exact === value) return 0;
  const size = Math.min(Math.max(1, Math.abs(exact)), largest);
  const [a, b] = [exact, value].map((x) => Math.max(-largest, Math.min(largest, x)));
  return Math.abs(a! - b!) / 2 ** (Math.floor(Math.log2(size)) - bits);
}

describe.each(CASES)('$name', ({ name, scalar, float32, bounds }) => {
  it('of float64 is within 5 units in the last place', () => {
    for (const [x, exact] of table[name]!)
      expect(ulps(exact, scalar(x), 52, Number.MAX_VALUE), `at ${x}: ${scalar(x)}, not ${exact}`).toBeLessThanOrEqual(
        5,
      );
  });

  it.each([true, false])('of float32 keeps its bounds, mulAdd fused: %s', (fused) => {
    const run = float32(fused);
    const [above, below] = bounds;
    const worst = [0, 0];
    const visit = (x: number): void => {
      const [exact, value] = [scalar(x), run(x)];
      if (Number.isNaN(exact) || Number.isNaN(value)) {
        expect([x, value]).toEqual([x, exact]);
        return;
      }
      const side = x < 0 ? 1 : 0;
      worst[side] = Math.max(worst[side]!, ulps(exact, value, 23, 2 ** 128));
    };
    for (let pattern = 1; pattern < 0x7f800000; pattern += 100_003) visit(float32Of(pattern));
    for (let i = 1; i < 12_000; i++) for (const s of [1, -1]) visit(Math.fround(s * i * 0.00100013));
    expect(worst[0]).toBeLessThanOrEqual(above);
    expect(worst[1]).toBeLessThanOrEqual(below);
  });
});

describe('at poles, zeros and infinities', () => {
  const ways = (name: string): ((x: number) => number)[] => {
    const found = CASES.find((c) => c.name === name)!;
    return [found.scalar, found.float32(true), found.float32(false)];
  };
  it.each([
    [
      'lgamma',
      [
        [0, Infinity],
        [-0, Infinity],
        [-3, Infinity],
        [-(2 ** 24), Infinity],
        [1, 0],
        [2, 0],
        [Infinity, Infinity],
        [-Infinity, Infinity],
        [NaN, NaN],
      ],
    ],
    [
      'polygamma 0',
      [
        [0, -Infinity],
        [-0, Infinity],
        [-1, NaN],
        [-(2 ** 24), NaN],
        [Infinity, Infinity],
        [NaN, NaN],
      ],
    ],
    [
      'polygamma 1',
      [
        [0, Infinity],
        [-0, Infinity],
        [-1, Infinity],
        [Infinity, 0],
        [NaN, NaN],
      ],
    ],
    [
      'polygamma 2',
      [
        [0, -Infinity],
        [-0, Infinity],
        [-1, NaN],
        [NaN, NaN],
      ],
    ],
    [
      'erfinv',
      [
        [0, 0],
        [-0, -0],
        [1, Infinity],
        [-1, -Infinity],
        [1.5, NaN],
        [-2, NaN],
        [NaN, NaN],
      ],
    ],
  ] as const)('%s', (name, points) => {
    for (const f of ways(name)) for (const [x, y] of points) expect([x, f(x)]).toEqual([x, y]);
  });

  it('lgamma is right beside its zeros, of float32 too', () => {
    for (const f of ways('lgamma')) {
      for (const by of [2 ** -20, -(2 ** -20)]) {
        expect(f(1 + by) / by).toBeCloseTo(-0.5772156649, 5);
        expect(f(2 + by) / by).toBeCloseTo(0.4227843351, 5);
      }
    }
  });
});
