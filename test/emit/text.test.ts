import { expect, it } from 'vitest';
import { emitC } from '../../src/emit/c/kernel.js';
import { unitOf } from '../../src/emit/c/unit.js';
import { emitJs } from '../../src/emit/js/kernel.js';
import * as b from './build.js';
import { missing, runC } from './compiled.js';
import { expectSameInC, expectSameInJs, seedsFrom } from './text.js';

it.skipIf(missing !== null).each([1, 4, 8, 16])(
  `random programs of %i lanes do in C what the interpreter does, to the last bit${missing ? ` (not here: ${missing})` : ''}`,
  (width) => expectSameInC(seedsFrom(0, 8), width),
);

it('random programs do in JavaScript what the interpreter does, to the last bit', () => {
  for (const seed of seedsFrom(0, 300)) expectSameInJs(seed);
});

it('JavaScript kernels report the first failure only', () => {
  const v = b.loopVar('i', 6);
  const x = b.load(0, b.at(v), { dtype: 'int32' });
  const failed = b.typed('lt', 'bool', [b.constant(10, 'int32'), x]);
  const kernel = emitJs(b.program(['int32'], [], [b.loop(v, [{ s: 'report', check: 4, failed, value: x }])]));
  const status = new Int32Array(2);
  kernel([Int32Array.of(1, 2, 10, 9, 8, 7)], [], status);
  expect(status).toEqual(Int32Array.of(0, 0));
  kernel([Int32Array.of(1, 20, 30, 9, 8, 7)], [], status);
  expect(status).toEqual(Int32Array.of(5, 20));
});

it('JavaScript kernels refuse vectors', () => {
  const program = b.program(['float32'], [], [b.store(0, b.fixed(0), b.constant(1, 'float32', 4))]);
  const vector = b.program(['float32'], [], [b.store(0, b.fixed(0), b.splat(b.load(0, b.fixed(1))))]);
  expect(() => emitJs(vector)).toThrow('4 lanes');
  expect(() => emitC(program)).not.toThrow();
});

it.skipIf(missing !== null)('a·b + c is rounded once where the processor can, in every width', () => {
  const madd = b.record('madd', 3, ([x, y, z]) => x! * y! + z!, undefined, 'madd');
  const cases = [1, 4, 8, 16].map((lanes) => {
    const v = b.loopVar('i', lanes);
    const args = [0, 1, 2].map((slot) => b.load(slot, b.at(v), { along: lanes > 1 ? v : undefined, lanes }));
    const value = { e: 'op', op: madd, attrs: undefined, args, dtype: 'float32', lanes } as const;
    const body = b.loop(v, [b.store(3, b.at(v), value)], { step: lanes });
    const buffers = [1 + 2 ** -12, 1 + 2 ** -12, -1 - 2 ** -11, 0].map((x) => new Float32Array(lanes).fill(x));
    return { program: b.program(['float32', 'float32', 'float32', 'float32'], [], [body]), buffers, numbers: [] };
  });
  const results = runC(cases).map((r) => r.buffers[3]![0]);
  // All alike: fused, or on an old processor not.
  expect([0, 2 ** -24]).toContain(results[0]);
  expect(new Set(results).size).toBe(1);
});

it('C is written so that a reader finds the loops', () => {
  const [rows, columns] = [b.loopVar('r', 3), b.loopVar('c', 20)];
  const x = b.load(0, b.plus([rows, 20], [columns, 1]), { along: columns, lanes: 8 });
  const value = b.op('add', x, b.number(0, 'float32', 8));
  const store = b.store(1, b.plus([rows, 20], [columns, 1]), value);
  const inner = b.loop(columns, [store], { to: 16, step: 8 });
  const loops = { ...b.loop(rows, [inner]), parallel: true };
  const text = unitOf([{ name: 'k', kernel: emitC(b.program(['float32', 'float32'], ['float32'], [loops])) }]);
  expect(text.slice(text.indexOf('static __attribute__'))).toMatchInlineSnapshot(`
    "static __attribute__((noinline)) void k_body(f32 *restrict b0, f32 *restrict b1, const f32 n0, i32 *status, const i32 thread, const i32 threads) {
      for (i64 v0 = 0 + 1 * part(3, thread, threads), end = 0 + 1 * part(3, thread + 1, threads); v0 < end; v0 += 1) {
        for (i64 v1 = 0; v1 <= 8; v1 += 8) {
          const f32x8 e1 = *(const f32x8u *)(b0 + 20 * v0 + v1);
          const f32x8 e2 = splat_f32_f32x8(n0);
          const f32x8 e0 = e1 + e2;
          *(f32x8u *)(b1 + 20 * v0 + v1) = e0;
        }
      }
    }
    void k(const double *args, i32 *status, i32 thread, i32 threads) {
      k_body((f32 *)((intptr_t)args[0]), (f32 *)((intptr_t)args[1]), (f32)args[2], status, thread, threads);
    }
    "
  `);
});

it('a record that names no C function is a mistake', () => {
  const odd = b.record('odd', 1, ([x]) => x!, undefined, 'oddly');
  const value = { e: 'op', op: odd, attrs: undefined, args: [b.number(0)], dtype: 'float32', lanes: 1 } as const;
  const program = b.program(['float32'], ['float32'], [b.store(0, b.fixed(0), value)]);
  expect(() => emitC(program)).toThrow('no C function is called oddly');
  const bare = { ...value, op: b.OPS.cube };
  expect(() => emitC({ ...program, body: [b.store(0, b.fixed(0), bare)] })).toThrow('cube of float32 has no spelling');
});
