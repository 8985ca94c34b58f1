import { describe, expect, it } from 'vitest';
import { allocate, type DType } from '../../src/base/dtype.js';
import { argumentLayout } from '../../src/emit/wasm/module.js';
import { elementwise, expectSame, f32, filled, i32, u8 } from './agree.js';
import * as b from './build.js';
import { checkCAtTheEnd } from './compiled.js';

checkCAtTheEnd();

describe('argumentLayout', () => {
  it('gives buffers words, numbers cells of 8 bytes, and the status a word at the end', () => {
    expect(argumentLayout({ buffers: ['float32', 'uint8', 'bool'], numbers: ['float64', 'int32'] })).toEqual({
      buffers: [0, 4, 8],
      sizes: [],
      numbers: [16, 24],
      status: 32,
      bytes: 40,
    });
    expect(argumentLayout({ buffers: [], numbers: [] })).toEqual({
      buffers: [],
      sizes: [],
      numbers: [],
      status: 0,
      bytes: 8,
    });
  });
});

describe('loops, loads and stores', () => {
  it('runs vectors and the tail', () => {
    const program = elementwise(['float32', 'float32'], 'float32', 11, true, ([x, y]) =>
      b.op('add', b.op('mul', x!, y!), x!),
    );
    const [, , out] = expectSame(program, [
      filled(new Float32Array(11), (i) => i + 0.5),
      filled(new Float32Array(11), (i) => 3 - i),
      new Float32Array(11),
    ]);
    expect(out![0]).toBe(2);
    expect(out![10]).toBe(10.5 * -7 + 10.5);
  });

  it.each<[DType, number]>([
    ['bool', 4],
    ['bool', 1],
    ['uint8', 4],
    ['uint8', 1],
    ['int32', 4],
    ['int32', 1],
    ['float32', 4],
    ['float32', 1],
    ['float64', 1],
  ])('loads and stores %s by %i', (dtype, lanes) => {
    const program = elementwise([dtype], dtype, 10, lanes === 4, ([x]) => x!);
    const values = filled(allocate(dtype, 10), (i) =>
      dtype === 'bool' ? i % 2 : i * 25 + (dtype === 'int32' ? -100000 : 0),
    );
    const [, out] = expectSame(program, [values, allocate(dtype, 10)]);
    expect(out).toEqual(values);
  });

  it.each<DType>(['bool', 'uint8', 'int32', 'float32'])('reads %s at strides 0, 2 and −1', (dtype) => {
    const n = 8;
    const v = b.loopVar('i', n);
    const source = filled(allocate(dtype, 2 * n), (i) => (dtype === 'bool' ? Number(i % 3 === 0) : i * 11));
    const body = [b.fixed(5), b.at(v, 2), b.plus([v, -1], n - 1)].map((at, i) =>
      b.store(1 + i, b.at(v), b.load(0, at, { dtype, along: v })),
    );
    const outs = expectSame(b.program([dtype, dtype, dtype, dtype], [], [b.loop(v, body, { step: 4 })]), [
      source,
      ...[1, 2, 3].map(() => allocate(dtype, n)),
    ]);
    expect(outs[3]![0]).toBe(source[n - 1]);
  });

  it('emits no loop that never runs, and runs one of a single trip', () => {
    const v = b.loopVar('i', 3);
    const w = b.loopVar('j', 7);
    const program = b.program(
      ['float32'],
      [],
      [
        b.loop(v, [b.store(0, b.at(v), b.constant(1))], { step: 4 }),
        b.loop(w, [b.store(0, b.at(w), b.constant(2))], { from: 6 }),
      ],
    );
    expect(expectSame(program, [new Float32Array(7)])[0]).toEqual(f32(0, 0, 0, 0, 0, 0, 2));
  });

  it('reads numbers of all types', () => {
    const program = b.program(
      ['float32', 'float64', 'int32', 'float32'],
      ['float32', 'float64', 'int32'],
      [
        b.store(0, b.fixed(0), b.number(0)),
        b.store(1, b.fixed(0), b.number(1, 'float64')),
        b.store(2, b.fixed(0), b.number(2, 'int32')),
        b.store(3, b.fixed(0), b.number(0, 'float32', 4)),
      ],
    );
    const out = expectSame(program, [f32(0), new Float64Array(1), i32(0), new Float32Array(4)], [1.5, Math.PI, -7]);
    expect(out).toEqual([f32(1.5), Float64Array.of(Math.PI), i32(-7), f32(1.5, 1.5, 1.5, 1.5)]);
  });

  it('writes positions, lanes and splats', () => {
    const v = b.loopVar('i', 8);
    const vector = b.load(0, b.at(v), { along: v });
    const program = b.program(
      ['float32', 'int32', 'float32', 'bool', 'int32'],
      [],
      [
        b.loop(
          v,
          [
            b.store(1, b.at(v), b.position(b.at(v, 3, -2), v)),
            b.store(2, b.at(v), b.splat(b.lane(vector, 2))),
            b.store(3, b.at(v), b.splat(b.lane(b.typed('lt', 'bool', [vector, b.constant(4, 'float32', 4)]), 1))),
            b.store(4, b.at(v), b.position(b.quotient('div', b.at(v), 3), v)),
          ],
          { step: 4 },
        ),
      ],
    );
    const out = expectSame(program, [
      f32(0, 1, 2, 3, 4, 5, 6, 7),
      new Int32Array(8),
      new Float32Array(8),
      new Uint8Array(8),
      new Int32Array(8),
    ]);
    expect(out[2]).toEqual(f32(2, 2, 2, 2, 6, 6, 6, 6));
    expect(out[3]).toEqual(u8(1, 1, 1, 1, 0, 0, 0, 0));
    expect(out[4]).toEqual(i32(0, 0, 0, 1, 1, 1, 2, 2));
  });

  it('runs in shared memory', () => {
    const program = elementwise(['int32'], 'int32', 5, true, ([x]) => b.op('add', x!, x!));
    expect(
      expectSame(program, [i32(1, 2, 3, 4, 5), new Int32Array(5)], [], { relaxed: false, sharedMemory: true })[1],
    ).toEqual(i32(2, 4, 6, 8, 10));
  });
});
