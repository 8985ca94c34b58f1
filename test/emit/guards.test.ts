import { describe, expect, it } from 'vitest';
import { allocate, type DType } from '../../src/base/dtype.js';
import type { LoopVar, Program, Stmt } from '../../src/ir/expr.js';
import { expectSame, f32, filled, i32, vectorised } from './agree.js';
import * as b from './build.js';
import { checkCAtTheEnd } from './compiled.js';
import { runBoth } from './run.js';

checkCAtTheEnd();

describe('guards', () => {
  /** x shifted by `by` with zeros moved in: what padding is made of. */
  const shifted = (n: number, by: number, vectors: boolean, dtype: DType = 'float32'): Program => {
    const body = (v: LoopVar, along: LoopVar | undefined): Stmt[] => {
      const from = b.at(v, 1, -by);
      return [b.store(1, b.at(v), b.load(0, from, { dtype, along, guards: [b.guard(from, 0, n)] }))];
    };
    const v = b.loopVar('i', n);
    return b.program([dtype, dtype], [], vectors ? vectorised(n, body) : [b.loop(v, body(v, undefined))]);
  };
  it.each([true, false])('reads nothing where they fail (vectors: %s)', (vectors) => {
    for (const dtype of ['float32', 'uint8', 'bool', 'int32'] as const) {
      for (const by of [0, 1, 3, 4, 6, -2, -5, 13, 20]) {
        const source = filled(allocate(dtype, 13), (i) => (dtype === 'bool' ? Number(i % 3 > 0) : i + 1));
        expectSame(shifted(13, by, vectors, dtype), [source, filled(allocate(dtype, 13), () => 1)]);
      }
    }
  });

  it('may stand on a divided index, negative where they fail', () => {
    // Every third place holds an element: the adjoint of a slice with a step.
    for (const by of [2, 3]) {
      const n = 14;
      const v = b.loopVar('i', n);
      for (const along of [undefined, v]) {
        const from = b.at(v, 1, -4);
        const at = b.quotient('div', from, by);
        const guards = [b.guard(b.quotient('mod', from, by), 0, 1), b.guard(at, 0, 3)];
        const program = b.program(
          ['float32', 'float32', 'bool'],
          [],
          [
            b.loop(
              v,
              [b.store(1, b.at(v), b.load(0, at, { along, guards })), b.store(2, b.at(v), b.whether(guards, along))],
              {
                step: along ? 4 : 1,
              },
            ),
          ],
        );
        const out = expectSame(program, [f32(1, 2, 3), new Float32Array(n), new Uint8Array(n)]);
        expect(out[1]![4 + by]).toBe(2);
      }
    }
  });

  it('give a bool, for scalars and vectors', () => {
    const v = b.loopVar('i', 12);
    const w = b.loopVar('j', 2);
    const guards = [b.guard(b.at(v), 2, 9), b.guard(b.at(v, -1, 10), 0, 6), b.guard(b.at(w), 0, 1)];
    for (const along of [undefined, v]) {
      const body = b.loop(
        v,
        [
          b.store(0, b.plus([w, 12], [v, 1]), b.whether(guards, along)),
          b.store(1, b.plus([w, 12], [v, 1]), b.whether([b.guard(b.at(w), 1, 2)], along)),
          b.store(2, b.plus([w, 12], [v, 1]), b.whether([b.guard(b.at(w), 5, 9)], along)),
          b.store(3, b.plus([w, 12], [v, 1]), b.whether([b.guard(b.at(v), 0, 12)], along)),
        ],
        { step: along ? 4 : 1 },
      );
      const out = expectSame(
        b.program(['bool', 'bool', 'bool', 'bool'], [], [b.loop(w, [body])]),
        [1, 2, 3, 4].map(() => new Uint8Array(24)),
      );
      expect(out[3]).toEqual(new Uint8Array(24).fill(1));
    }
  });

  it('hold back stores and whole blocks', () => {
    const v = b.loopVar('i', 8);
    const program = b.program(
      ['float32', 'float32'],
      [],
      [
        b.loop(v, [
          b.store(0, b.at(v), b.constant(1), [b.guard(b.at(v), 2, 5)]),
          b.when([b.guard(b.at(v), 5, 100)], b.store(0, b.at(v), b.load(1, b.at(v, 1, -5)))),
          b.when([b.guard(b.at(v), 50, 100)], b.store(0, b.at(v), b.constant(9))),
        ]),
      ],
    );
    expect(expectSame(program, [new Float32Array(8), f32(7, 8, 9)])[0]).toEqual(f32(0, 0, 1, 1, 1, 7, 8, 9));
  });
});

describe('indices', () => {
  it.each([2, 3, 4, 5])('divide by %i', (by) => {
    const n = 12;
    const v = b.loopVar('i', n);
    const permuted = [b.quotient('div', b.at(v), by), b.quotient('mod', b.at(v), by)];
    for (const along of [undefined, v]) {
      const body = permuted.map((at, i) => b.store(1 + i, b.at(v), b.load(0, at, { along })));
      const positions = permuted.map((at, i) => b.store(3 + i, b.at(v), b.position(at, along)));
      expectSame(
        b.program(
          ['float32', 'float32', 'float32', 'int32', 'int32'],
          [],
          [b.loop(v, [...body, ...positions], { step: along ? 4 : 1 })],
        ),
        [
          filled(new Float32Array(n), (i) => i * 1.5),
          new Float32Array(n),
          new Float32Array(n),
          new Int32Array(n),
          new Int32Array(n),
        ],
      );
    }
  });

  it('may be read at run time, for each lane', () => {
    const n = 8;
    const v = b.loopVar('i', n);
    for (const along of [undefined, v]) {
      const which = b.op('add', b.load(1, b.at(v), { dtype: 'int32' }), b.constant(1, 'int32'));
      const at = b.runTime(which, 0, 9);
      const program = b.program(
        ['float32', 'int32', 'float32'],
        [],
        [
          b.loop(v, [b.store(2, b.at(v), b.load(0, at, { along, guards: [b.guard(at, 0, 5)] }))], {
            step: along ? 4 : 1,
          }),
        ],
      );
      const out = expectSame(program, [f32(10, 11, 12, 13, 14), i32(3, -1, 8, 0, 2, 2, 4, 1), new Float32Array(n)]);
      expect(out[2]).toEqual(f32(14, 10, 0, 11, 13, 13, 0, 12));
    }
  });

  it('keep their constants exact on both sides of 0', () => {
    const v = b.loopVar('i', 4);
    const w = b.loopVar('j', 3);
    const flipped = b.plus([w, -4], [v, -1], 11);
    const program = b.program(
      ['float32', 'float32', 'float32'],
      [],
      [
        b.loop(w, [
          b.loop(v, [
            b.store(1, b.plus([w, 4], [v, 1]), b.load(0, flipped)),
            b.store(
              2,
              b.plus([w, 4], [v, 1]),
              b.load(0, b.plus([w, 4], [v, 1], -4), { guards: [b.guard(b.at(w), 1, 3)] }),
            ),
          ]),
        ]),
      ],
    );
    const out = expectSame(program, [
      filled(new Float32Array(12), (i) => i),
      new Float32Array(12),
      new Float32Array(12),
    ]);
    expect(out[1]![0]).toBe(11);
    // Without its constant this address lies below 0.
    const step = 20000;
    const far = b.program(
      ['float32', 'float32'],
      [],
      [b.loop(w, [b.store(1, b.at(w), b.load(0, b.at(w, -step, 2 * step)))])],
    );
    const table = filled(new Float32Array(2 * step + 1), (i) => i);
    expect(expectSame(far, [table, new Float32Array(3)])[1]).toEqual(f32(2 * step, step, 0));
  });
});

describe('reports', () => {
  it('keep the first failure, by scalars and by vectors', () => {
    for (const along of [undefined, 'v'] as const) {
      const v = b.loopVar('i', 12);
      const x = b.load(0, b.at(v), { dtype: 'int32', along: along && v });
      const limit = b.constant(10, 'int32', along ? 4 : 1);
      const program = b.program(
        ['int32'],
        [],
        [
          b.loop(v, [{ s: 'report', check: 3, failed: b.typed('lt', 'bool', [limit, x]), value: x }], {
            step: along ? 4 : 1,
          }),
        ],
      );
      const run = (...values: number[]) => runBoth(program, [i32(...values)]).reports;
      expect(run(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10).wasm).toBeNull();
      const { wasm, meaning } = run(0, 1, 2, 3, 4, 99, 6, 17, 8, 12, 10, 10);
      expect(wasm).toEqual({ check: 3, value: 99 });
      expect(wasm).toEqual(meaning);
    }
  });
});
