/**
 * Building scalar expressions: sharing, folding, and identities that must not touch NaN, −0 or infinity.
 */
import { describe, expect, it } from 'vitest';
import { allocate, type DType } from '../../src/base/dtype.js';
import type { Expr } from '../../src/ir/expr.js';
import type { ElementwiseOp } from '../../src/ir/op.js';
import * as ops from '../../src/ops/index.js';
import { Expressions, rebuild, varies } from '../../src/rules/expressions.js';
import { loopVar, plus, times, varIndex } from '../../src/rules/index-algebra.js';

const v = loopVar('i', 9);
const load = (e: Expressions, dtype: DType = 'float32', slot = 0): Expr => e.load(slot, dtype, varIndex(v), []);

/** The value of an expression whose only load is `x`. */
function evaluate(e: Expr, x: number): number {
  const cell = allocate(e.dtype, 1);
  if (e.e === 'load') cell[0] = x;
  else if (e.e === 'constant') cell[0] = e.value;
  else if (e.e === 'op')
    cell[0] = e.op.scalar(
      e.args.map((a) => evaluate(a, x)),
      e.args[0]!.dtype,
      e.attrs,
    );
  else throw new Error(`unexpected ${e.e}`);
  return cell[0]!;
}

const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2, 1e-45, 3e38];
const CONSTANTS = [0, -0, 1, -1, 2, 0.5, Infinity, NaN];

describe('identities', () => {
  const binary = [ops.add, ops.sub, ops.mul, ops.div, ops.maximum, ops.minimum, ops.eq, ops.lt, ops.pow];
  it.each(binary.map((op) => [op.name, op] as const))(
    '%s with a constant keeps every bit of the result',
    (_, op: ElementwiseOp) => {
      const result: DType = op === ops.eq || op === ops.lt ? 'bool' : 'float32';
      for (const c of CONSTANTS) {
        for (const swapped of [false, true]) {
          const e = new Expressions();
          const operands = swapped ? [e.constant(c, 'float32'), load(e)] : [load(e), e.constant(c, 'float32')];
          const built = e.typed(op, result, op === ops.pow ? undefined : undefined, ...operands);
          for (const x of SPECIAL) {
            const [a, b] = swapped ? [Math.fround(c), Math.fround(x)] : [Math.fround(x), Math.fround(c)];
            const cell = allocate(result, 1);
            cell[0] = op.scalar([a, b], 'float32', undefined);
            expect(evaluate(built, x), `${op.name}(${a}, ${b})`).toBe(cell[0]);
          }
        }
      }
    },
  );

  it('x · 0 stays, for it is NaN at infinity and −0 below 0', () => {
    const e = new Expressions();
    const built = e.op(ops.mul, load(e), e.constant(0, 'float32'));
    expect(built.e).toBe('op');
  });

  it('x + 0 stays on floats, where −0 + 0 is 0, and goes on whole numbers', () => {
    const e = new Expressions();
    expect(e.op(ops.add, load(e), e.constant(0, 'float32')).e).toBe('op');
    const x = load(e, 'int32', 1);
    expect(e.op(ops.add, x, e.constant(0, 'int32'))).toBe(x);
  });

  it('x − 0, x · 1, x / 1, −(−x) are x', () => {
    const e = new Expressions();
    const x = load(e);
    expect(e.op(ops.sub, x, e.constant(0, 'float32'))).toBe(x);
    expect(e.op(ops.mul, e.constant(1, 'float32'), x)).toBe(x);
    expect(e.op(ops.div, x, e.constant(1, 'float32'))).toBe(x);
    expect(e.op(ops.neg, e.op(ops.neg, x))).toBe(x);
  });

  it('x − (−0) stays: at −0 it is 0', () => {
    const e = new Expressions();
    const x = load(e);
    const built = e.op(ops.sub, x, e.constant(-0, 'float32'));
    expect(evaluate(built, -0)).toBe(-0 - -0);
  });

  it('a choice between equal branches, or under a known condition, is the branch', () => {
    const e = new Expressions();
    const [x, y] = [load(e), load(e, 'float32', 1)];
    const condition = e.typed(ops.lt, 'bool', undefined, x, y);
    expect(e.choose(condition, x, x)).toBe(x);
    expect(e.choose(e.constant(1, 'bool'), x, y)).toBe(x);
    expect(e.choose(e.constant(0, 'bool'), x, y)).toBe(y);
  });
});

describe('folding', () => {
  it('computes in the dtype of the operands', () => {
    const e = new Expressions();
    const third = e.op(ops.div, e.constant(1, 'float32'), e.constant(3, 'float32'));
    expect(third).toMatchObject({ e: 'constant', value: Math.fround(1 / 3) });
    const wrapped = e.op(ops.add, e.constant(2147483647, 'int32'), e.constant(1, 'int32'));
    expect(wrapped).toMatchObject({ e: 'constant', value: -2147483648 });
    expect(e.op(ops.mul, e.constant(200, 'uint8'), e.constant(2, 'uint8'))).toMatchObject({ value: 144 });
    expect(e.op(ops.mul, e.constant(123456789, 'int32'), e.constant(987654321, 'int32'))).toMatchObject({
      value: Math.imul(123456789, 987654321),
    });
  });

  it('keeps 0 and −0 apart', () => {
    const e = new Expressions();
    expect(e.constant(0, 'float32')).not.toBe(e.constant(-0, 'float32'));
    expect(e.op(ops.neg, e.constant(0, 'float32'))).toBe(e.constant(-0, 'float32'));
  });

  it('gives NaN where the operation does', () => {
    const e = new Expressions();
    expect(e.op(ops.mul, e.constant(0, 'float32'), e.constant(Infinity, 'float32'))).toMatchObject({ value: NaN });
  });
});

describe('sharing', () => {
  it('makes equal expressions one object, and different ones not', () => {
    const e = new Expressions();
    const build = (): Expr => e.op(ops.exp, e.op(ops.mul, load(e), e.constant(0.25, 'float32')));
    expect(build()).toBe(build());
    expect(e.op(ops.sub, load(e), e.number(0, 'float32'))).not.toBe(e.op(ops.sub, e.number(0, 'float32'), load(e)));
    const before = e.size;
    build();
    expect(e.size).toBe(before);
  });

  it('keeps casts to different dtypes apart', () => {
    const e = new Expressions();
    const x = load(e);
    const cast = (to: DType): Expr => e.typed(ops.cast, to, { to }, x);
    expect(cast('int32')).not.toBe(cast('uint8'));
    expect(cast('float32')).toBe(x);
  });

  it('keeps loads with different guards apart', () => {
    const e = new Expressions();
    const guard = { index: varIndex(v), lo: 0, hi: 4 };
    expect(e.load(0, 'float32', varIndex(v), [guard])).not.toBe(e.load(0, 'float32', varIndex(v), []));
    expect(e.load(0, 'float32', varIndex(v), [guard])).not.toBe(
      e.load(0, 'float32', varIndex(v), [{ ...guard, hi: 5 }]),
    );
  });

  it('widens a one-lane operand beside a vector', () => {
    const e = new Expressions();
    const x = e.load(0, 'float32', varIndex(v), [], 4, v);
    const built = e.op(ops.add, x, e.number(0, 'float32'));
    expect(built.lanes).toBe(4);
    expect(built.e === 'op' && built.args[1]!.e).toBe('splat');
    expect(e.lane(e.splat(e.number(0, 'float32'), 4), 2)).toBe(e.number(0, 'float32'));
  });

  it('refuses an expression of another builder', () => {
    expect(() => new Expressions().idOf(load(new Expressions()))).toThrow(/another builder/);
  });
});

describe('rebuilding', () => {
  it('substitutes variables in loads, guards and positions, and shares the result', () => {
    const e = new Expressions();
    const w = loopVar('w', 3);
    const x = e.load(0, 'float32', varIndex(v), [{ index: varIndex(v), lo: 0, hi: 5 }]);
    const both = e.op(
      ops.add,
      x,
      e.typed(
        ops.cast,
        'float32',
        { to: 'float32' },
        e.typed(ops.cast, 'float32', { to: 'float32' }, e.position(varIndex(v))),
      ),
    );
    const to = plus(times(varIndex(w), 3), varIndex(w));
    const moved = rebuild(
      both,
      e,
      () => undefined,
      (u) => (u === v ? to : undefined),
    );
    expect(varies(moved, (u) => u === v)).toBe(false);
    expect(varies(moved, (u) => u === w)).toBe(true);
    expect(
      rebuild(
        both,
        e,
        () => undefined,
        (u) => (u === v ? to : undefined),
      ),
    ).toBe(moved);
  });

  it('simplifies what a replacement makes constant', () => {
    const e = new Expressions();
    const x = load(e);
    const sum = e.op(ops.mul, e.op(ops.add, x, e.constant(2, 'float32')), e.constant(3, 'float32'));
    expect(
      rebuild(
        sum,
        e,
        (part) => (part === x ? e.constant(5, 'float32') : undefined),
        () => undefined,
      ),
    ).toMatchObject({ e: 'constant', value: 21 });
  });
});
