/**
 * The symbolic index algebra says what plain arithmetic says, at every value of the variables; and it simplifies what it should.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Atom, Index, LoopVar } from '../../src/ir/expr.js';
import { type IndexAlgebra, linear, NUMBERS, unravel } from '../../src/ir/index-algebra.js';
import { Expressions } from '../../src/rules/expressions.js';
import {
  constantIndex,
  dependsOn,
  divided,
  divisions,
  loopVar,
  plus,
  remainder,
  SYMBOLS,
  strideAlong,
  substitute,
  times,
  valueIndex,
  varIndex,
} from '../../src/rules/index-algebra.js';

/** An index expression as the user of the algebra writes it. */
type Term =
  | { readonly is: 'variable'; readonly at: number }
  | { readonly is: 'constant'; readonly k: number }
  | { readonly is: 'add'; readonly a: Term; readonly b: Term }
  | { readonly is: 'scale' | 'div' | 'mod'; readonly a: Term; readonly k: number };

const { term } = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.record({ is: fc.constant('variable' as const), at: fc.nat(2) }),
    fc.record({ is: fc.constant('constant' as const), k: fc.integer({ min: -9, max: 9 }) }),
    fc.record({ is: fc.constant('add' as const), a: tie('term'), b: tie('term') }),
    fc.record({ is: fc.constant('add' as const), a: tie('term'), b: tie('term') }),
    fc.record({
      is: fc.constant('scale' as const),
      a: tie('term'),
      k: fc.constantFrom(-4, -1, 0, 1, 2, 3, 4, 6, 8, 12),
    }),
    fc.record({ is: fc.constant('div' as const), a: tie('term'), k: fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 12) }),
    fc.record({ is: fc.constant('mod' as const), a: tie('term'), k: fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 12) }),
  ),
}));
const sizes = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4 }));

function write<I>(t: Term, variables: readonly I[], algebra: IndexAlgebra<I>): I {
  switch (t.is) {
    case 'variable':
      return variables[t.at]!;
    case 'constant':
      return algebra.constant(t.k);
    case 'add':
      return algebra.add(write(t.a, variables, algebra), write(t.b, variables, algebra));
    default:
      return algebra[t.is](write(t.a, variables, algebra), t.k);
  }
}

/** The value of a term; + 0 makes a 0 of −0, which index arithmetic does not have. */
const meaning = (t: Term, values: readonly number[]): number => write(t, values, NUMBERS) + 0;

/** The value of an index, by the meaning of its atoms. */
function valueOf(index: Index, at: ReadonlyMap<LoopVar, number>): number {
  const atom = (a: Atom): number => {
    if (a.kind === 'var') return at.get(a.v)!;
    if (a.kind === 'value') throw new Error('no run-time values here');
    return NUMBERS[a.kind](valueOf(a.of, at), a.by);
  };
  return index.terms.reduce((sum, t) => sum + t.by * atom(t.atom), index.constant) + 0;
}

/** Every choice of values below the sizes. */
function points(of: readonly number[]): number[][] {
  return of.reduce<number[][]>((list, n) => list.flatMap((p) => Array.from({ length: n }, (_, i) => [...p, i])), [[]]);
}

/** Calls `f` with the values of all variables at every point. */
function everywhere(
  vars: readonly LoopVar[],
  f: (values: readonly number[], at: ReadonlyMap<LoopVar, number>) => void,
): void {
  for (const values of points(vars.map((v) => v.size))) f(values, new Map(vars.map((v, i) => [v, values[i]!])));
}

const make = (of: readonly number[]): LoopVar[] => of.map((n, i) => loopVar(`v${i}`, n));

describe('random index expressions', () => {
  it('have the value of plain arithmetic, within their bounds', () => {
    fc.assert(
      fc.property(term, sizes, (t, of) => {
        const vars = make(of);
        const index = write(t, vars.map(varIndex), SYMBOLS);
        everywhere(vars, (values, at) => {
          const want = meaning(t, values);
          expect(valueOf(index, at)).toBe(want);
          expect(index.min).toBeLessThanOrEqual(want);
          expect(index.max).toBeGreaterThanOrEqual(want);
        });
      }),
      { numRuns: 1500, seed: 1 },
    );
  });

  it('with one key have one value', () => {
    fc.assert(
      fc.property(term, term, sizes, (s, t, of) => {
        const vars = make(of);
        const [a, b] = [s, t].map((x) => write(x, vars.map(varIndex), SYMBOLS)) as [Index, Index];
        const sum = (x: Index, y: Index): string => plus(x, y).key;
        // Addition is canonical up to its order.
        expect(plus(plus(a, b), times(b, -1)).key).toBe(plus(plus(b, a), times(b, -1)).key);
        expect(sum(a, b)).toBe(sum(b, a));
        if (a.key !== b.key) return;
        everywhere(vars, (_, at) => expect(valueOf(a, at)).toBe(valueOf(b, at)));
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  it('keep their value when variables are substituted', () => {
    fc.assert(
      fc.property(term, sizes, fc.integer({ min: 1, max: 4 }), (t, of, split) => {
        const vars = make([of[0] * split, of[1], of[2]]);
        const [outer, inner] = [loopVar('outer', of[0]), loopVar('inner', split)];
        const index = write(t, vars.map(varIndex), SYMBOLS);
        const tiled = substitute(index, (v) =>
          v === vars[0] ? plus(times(varIndex(outer), split), varIndex(inner)) : undefined,
        );
        everywhere([outer, inner, vars[1]!, vars[2]!], ([o, i, b, c], at) => {
          expect(valueOf(tiled, at)).toBe(meaning(t, [o! * split + i!, b!, c!]));
        });
        expect(dependsOn(tiled, (v) => v === vars[0])).toBe(false);
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  it('grow by their stride, where they have one', () => {
    fc.assert(
      fc.property(term, sizes, (t, of) => {
        const vars = make(of);
        const [v] = vars as [LoopVar];
        const index = write(t, vars.map(varIndex), SYMBOLS);
        const stride = strideAlong(index, v);
        if (stride === null) {
          expect(dependsOn(index, (w) => w === v)).toBe(true);
          return;
        }
        everywhere(vars, (values, at) => {
          if (values[0]! + 1 < v.size)
            expect(valueOf(index, new Map(at).set(v, values[0]! + 1)) - valueOf(index, at)).toBe(stride + 0);
        });
      }),
      { numRuns: 500, seed: 4 },
    );
  });

  it('survive a reshape there and back', () => {
    const shape = fc.array(fc.constantFrom(1, 2, 3, 4, 5), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shape, shape, (from, through) => {
        const n = from.reduce<number>((a, b) => a * b, 1);
        const other = through.reduce<number>((a, b) => a * b, 1) === n ? through : [n];
        const vars = make(from);
        const index = vars.map(varIndex);
        const there = unravel(linear(index, from, SYMBOLS), other, SYMBOLS);
        const back = unravel(linear(there, other, SYMBOLS), from, SYMBOLS);
        expect(back.map((i) => i.key)).toEqual(index.map((i) => i.key));
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});

describe('known simplifications', () => {
  const i = loopVar('i', 10);
  const j = loopVar('j', 8);
  const k = loopVar('k', 3);
  const [I, J, K] = [i, j, k].map(varIndex) as [Index, Index, Index];
  const sum = (...list: Index[]): Index => list.reduce(plus);

  it.each<[string, Index, Index]>([
    ['(8i + j) / 8 = i', divided(plus(times(I, 8), J), 8), I],
    ['(8i + j) % 8 = j', remainder(plus(times(I, 8), J), 8), J],
    ['(24i + 3j + k) / 3 = 8i + j', divided(sum(times(I, 24), times(J, 3), K), 3), plus(times(I, 8), J)],
    ['(24i + 3j + k) / 24 = i', divided(sum(times(I, 24), times(J, 3), K), 24), I],
    ['((24i + 3j + k) / 3) % 8 = j', remainder(divided(sum(times(I, 24), times(J, 3), K), 3), 8), J],
    ['8(i / 8) + i % 8 = i', plus(times(divided(I, 8), 8), remainder(I, 8)), I],
    ['i % 10 = i', remainder(I, 10), I],
    ['i / 10 = 0', divided(I, 10), constantIndex(0)],
    ['(i + 20) / 10 = 2', divided(plus(I, constantIndex(20)), 10), constantIndex(2)],
    ['(i − 10) / 10 = −1', divided(plus(I, constantIndex(-10)), 10), constantIndex(-1)],
    ['(6i + 3) % 3 = 0', remainder(plus(times(I, 6), constantIndex(3)), 3), constantIndex(0)],
    ['(i / 2) / 3 = i / 6', divided(divided(I, 2), 3), divided(I, 6)],
    ['(i % 6) % 3 = i % 3', remainder(remainder(I, 6), 3), remainder(I, 3)],
    [
      '(4i + 2) / 6 = (2i + 1) / 3',
      divided(plus(times(I, 4), constantIndex(2)), 6),
      divided(plus(times(I, 2), constantIndex(1)), 3),
    ],
    ['i − i = 0', plus(I, times(I, -1)), constantIndex(0)],
    ['a variable of one value is 0', varIndex(loopVar('one', 1)), constantIndex(0)],
  ])('%s', (_, got, want) => {
    expect(got.key).toBe(want.key);
  });

  it('does not simplify what differs', () => {
    // (i % 6) % 4 is no remainder of i alone: i = 9 gives 3, i % 4 gives 1.
    const nested = remainder(remainder(I, 6), 4);
    expect(nested.key).not.toBe(remainder(I, 4).key);
    expect(divided(plus(times(I, 8), times(J, 2)), 8).key).not.toBe(I.key);
  });

  it('counts divisions', () => {
    expect(divisions(plus(times(I, 8), J))).toBe(0);
    expect(divisions(divided(I, 3))).toBe(1);
    expect(divisions(plus(divided(remainder(I, 7), 3), remainder(J, 5)))).toBe(3);
  });

  it('treats a value read at run time as a number of its range', () => {
    const e = new Expressions();
    const read = e.load(0, 'int32', I, []);
    const index = valueIndex(read, '0', 8);
    expect([index.min, index.max]).toEqual([0, 7]);
    expect(divided(plus(times(K, 8), index), 8).key).toBe(K.key);
    expect(
      dependsOn(
        index,
        (v) => v === i,
        () => true,
      ),
    ).toBe(true);
    expect(strideAlong(index, i, () => true)).toBeNull();
  });
});
