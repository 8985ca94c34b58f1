import { describe, expect, it } from 'vitest';
import { allocate, type DType, type TypedArray } from '../../src/base/dtype.js';
import { emitWasm } from '../../src/emit/wasm/module.js';
import type { Expr, Stmt } from '../../src/ir/expr.js';
import { elementwise, expectSame, f32, filled, i32, u8 } from './agree.js';
import * as b from './build.js';
import { checkCAtTheEnd } from './compiled.js';
import { allowRelaxed, PLAIN, runWasm } from './run.js';

checkCAtTheEnd();

describe('ops', () => {
  const SPECIAL = [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    255,
    256.75,
    -3.25,
    1e10,
    -1e10,
    2147483648,
    Infinity,
    -Infinity,
    NaN,
  ];
  const INTEGERS = [0, 1, -1, 2, 255, 256, 300, -300, 2147483647, -2147483648, 77777, 65535, 123456789];

  it.each<[DType, DType]>(
    (['bool', 'uint8', 'int32', 'float32', 'float64'] as const).flatMap((from) =>
      (['bool', 'uint8', 'int32', 'float32', 'float64'] as const).map((to): [DType, DType] => [from, to]),
    ),
  )('casts %s to %s', (from, to) => {
    const values = from === 'bool' ? [0, 1, 1, 0, 1] : from === 'float32' || from === 'float64' ? SPECIAL : INTEGERS;
    const source = filled(allocate(from, values.length), (i) => values[i]!);
    for (const vectors of from === 'float64' || to === 'float64' ? [false] : [false, true]) {
      expectSame(
        elementwise([from], to, values.length, vectors, ([x]) => b.cast(x!, to)),
        [source, allocate(to, values.length)],
      );
    }
  });

  it('casts NaN to 0 as a whole number and to true as a bool', () => {
    const to = (dtype: DType): TypedArray =>
      expectSame(
        elementwise(['float32'], dtype, 4, true, ([x]) => b.cast(x!, dtype)),
        [f32(NaN, Infinity, -Infinity, 3e9), allocate(dtype, 4)],
      )[1]!;
    expect(to('int32')).toEqual(i32(0, 2147483647, -2147483648, 2147483647));
    expect(to('uint8')).toEqual(u8(0, 255, 0, 255));
    expect(to('bool')).toEqual(u8(1, 1, 1, 1));
  });

  const floats: b.OpName[] = [
    'add',
    'sub',
    'mul',
    'div',
    'min',
    'max',
    'neg',
    'abs',
    'sqrt',
    'floor',
    'copysign',
    'madd',
    'pass',
    'cube',
    'hypot',
  ];
  const ints: b.OpName[] = [
    'add',
    'sub',
    'mul',
    'min',
    'max',
    'neg',
    'abs',
    'and',
    'or',
    'xor',
    'andnot',
    'mulHigh',
    'madd',
    'pass',
    'isEven',
  ];
  const bools: b.OpName[] = ['and', 'or', 'xor', 'andnot', 'not', 'eq', 'ne', 'pass', 'isEven'];
  const tests: b.OpName[] = ['lt', 'eq', 'ne', 'isNaN', 'isFinite', 'isEven'];
  const cases: [b.OpName, DType][] = [
    ...[...floats, ...tests].flatMap((name): [b.OpName, DType][] => [
      [name, 'float32'],
      [name, 'float64'],
    ]),
    ...[...ints, 'lt' as const, 'eq' as const, 'ne' as const].map((name): [b.OpName, DType] => [name, 'int32']),
    ...[...ints.filter((n) => n !== 'andnot'), 'lt' as const].map((name): [b.OpName, DType] => [name, 'uint8']),
    ...bools.map((name): [b.OpName, DType] => [name, 'bool']),
  ];
  it.each(cases)('%s of %s', (name, dtype) => {
    const isFloat = dtype === 'float32' || dtype === 'float64';
    const values =
      dtype === 'bool' ? [0, 1] : isFloat ? SPECIAL : INTEGERS.filter((x) => name !== 'madd' || Math.abs(x) < 40000);
    const pairs = values.flatMap((x) => values.map((y): [number, number] => [x, y]));
    const sources = [0, 1].map((side) => filled(allocate(dtype, pairs.length), (i) => pairs[i]![side]!));
    const out: DType = tests.includes(name) ? 'bool' : dtype;
    const { arity } = b.OPS[name];
    for (const vectors of dtype === 'float64' ? [false] : [false, true]) {
      const program = elementwise([dtype, dtype], out, pairs.length, vectors, ([x, y]) =>
        b.typed(name, out, [x!, y!, x!].slice(0, arity)),
      );
      expectSame(program, [...sources, allocate(out, pairs.length)]);
    }
  });

  it.each<b.OpName>(['shl', 'shrS', 'shrU', 'rem'])('%s with constant, splat and separate counts', (name) => {
    const source = filled(new Int32Array(12), (i) => INTEGERS[i]!);
    const counts = filled(new Int32Array(12), (i) => (i % 11) + 1);
    for (const vectors of [false, true]) {
      const counted: ((x: Expr[], lanes: number) => Expr)[] = [
        ([x], lanes) => b.op(name, x!, b.constant(5, 'int32', lanes)),
        ([x], lanes) => b.op(name, x!, lanes === 1 ? b.number(0, 'int32') : b.splat(b.number(0, 'int32'))),
        ([x, y]) => b.op(name, x!, y!),
      ];
      for (const f of counted) {
        const program = { ...elementwise(['int32', 'int32'], 'int32', 12, vectors, f), numbers: ['int32'] as const };
        expectSame(program, [source, counts, new Int32Array(12)], [7]);
      }
    }
  });

  it.each<DType>(['bool', 'uint8', 'int32', 'float32'])('chooses between %s', (dtype) => {
    for (const vectors of [false, true]) {
      const program = elementwise(['bool', dtype, dtype], dtype, 9, vectors, ([c, x, y]) =>
        b.typed('where', dtype, [c!, x!, y!]),
      );
      expectSame(program, [
        filled(new Uint8Array(9), (i) => Number(i % 3 === 0)),
        filled(allocate(dtype, 9), (i) => (dtype === 'bool' ? i % 2 : i)),
        filled(allocate(dtype, 9), (i) => (dtype === 'bool' ? 1 : 100 + i)),
        allocate(dtype, 9),
      ]);
    }
  });

  it('reads bits as the other type', () => {
    for (const vectors of [false, true]) {
      const to = elementwise(['float32'], 'int32', SPECIAL.length, vectors, ([x]) =>
        b.typed('bits', 'int32', [x!], 'int32'),
      );
      const [, out] = expectSame(to, [f32(...SPECIAL), new Int32Array(SPECIAL.length)]);
      expect(out![1]).toBe(-2147483648);
      const back = elementwise(['int32'], 'float32', 3, vectors, ([x]) => b.typed('bits', 'float32', [x!], 'float32'));
      expect(expectSame(back, [i32(0x3f800000, 0x7f800000, 1), new Float32Array(3)])[1]).toEqual(
        f32(1, Infinity, 1.401298464324817e-45),
      );
    }
  });

  it('rounds a·b + c once with relaxed SIMD and twice without', () => {
    allowRelaxed();
    const program = elementwise(['float32', 'float32', 'float32'], 'float32', 4, true, (x) => b.op('madd', ...x));
    const [x, y, z] = [1 + 2 ** -12, 1 + 2 ** -12, -1 - 2 ** -11].map((value) => new Float32Array(4).fill(value));
    const result = (relaxed: boolean): number => {
      const out = new Float32Array(4);
      runWasm(program, [x!, y!, z!, out], [], { relaxed, sharedMemory: false });
      return out[3]!;
    };
    expect(result(false)).toBe(0);
    expect(result(true)).toBe(2 ** -24);
  });

  it('calls what it cannot spell, one import for each op, attributes and dtype', () => {
    const program = elementwise(['float32', 'float32'], 'float32', 7, true, ([x, y]) => {
      const plain = b.typed('hypot', 'float32', [x!, y!]);
      const again = b.typed('hypot', 'float32', [y!, x!]);
      const scaled = b.typed('hypot', 'float32', [plain, again], 2);
      return b.op('add', scaled, b.op('cube', x!));
    });
    const { calls } = emitWasm(program, PLAIN);
    expect(calls.map((c) => 'op' in c && [c.op.name, c.attrs, c.dtype])).toEqual([
      ['hypot', 2, 'float32'],
      ['hypot', undefined, 'float32'],
      ['cube', undefined, 'float32'],
    ]);
    expectSame(program, [f32(1, 2, 3, 4, 5, 6, 7), f32(-1, 0.5, 8, 2, 1, 0, 3), new Float32Array(7)]);
  });

  it('refuses what the rules of programs exclude', () => {
    const emit = (value: Expr): unknown =>
      emitWasm(b.program([value.dtype], [], [b.store(0, b.fixed(0), value)]), PLAIN);
    expect(() => emit(b.constant(1, 'float32', 8))).toThrow('8 lanes of float32');
    expect(() => emit(b.splat(b.constant(1, 'float64')))).toThrow('4 lanes of float64');
    expect(() => emit(b.op('add', b.constant(1), b.constant(1, 'float32', 4)))).toThrow(
      'the sources of add have not all 4 lanes',
    );
    const odd = b.record('odd', 1, ([x]) => x!, { f32: 'oddly' });
    expect(() =>
      emit({ e: 'op', op: odd, attrs: undefined, args: [b.constant(1)], dtype: 'float32', lanes: 1 }),
    ).toThrow('no instruction is called f32.oddly');
    const stored = b.store(0, b.fixed(0), b.constant(1));
    expect(() => emitWasm(b.program(['float64'], [], [{ ...stored, dtype: 'float64' } as Stmt]), PLAIN)).toThrow(
      'a float32 is stored as float64',
    );
  });
});
