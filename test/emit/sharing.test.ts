/**
 * That parts are computed once where they can be, and again where they must be. An op that WebAssembly calls as an
 * imported function counts how often it is computed.
 */
import { describe, expect, it } from 'vitest';
import type { TypedArray } from '../../src/base/dtype.js';
import { emitWasm } from '../../src/emit/wasm/module.js';
import type { Expr, Program, Stmt } from '../../src/ir/expr.js';
import * as b from './build.js';
import { evaluate } from './evaluate.js';
import { PLAIN, runWasm } from './run.js';

const f32 = (...x: number[]): Float32Array => Float32Array.from(x);
const cube = (x: Expr): Expr => b.op('cube', x);
const add = (x: Expr, y: Expr): Expr => b.op('add', x, y);

/** Runs the program, checks the result against the interpreter's, and counts the calls of `cube`. */
function cubesOf(program: Program, ...buffers: TypedArray[]): number {
  const meaning = buffers.map((x) => x.slice());
  evaluate(program, meaning);
  let calls = 0;
  runWasm(program, buffers, [], PLAIN, () => calls++);
  expect(buffers).toEqual(meaning);
  return calls;
}

describe('sharing', () => {
  it('computes an expression of several uses once', () => {
    const v = b.loopVar('i', 4);
    const shared = cube(b.load(0, b.at(v)));
    const body = [b.store(1, b.at(v), add(shared, shared)), b.store(2, b.at(v), b.op('mul', shared, shared))];
    const program = b.program(['float32', 'float32', 'float32'], [], [b.loop(v, body)]);
    expect(cubesOf(program, f32(1, 2, 3, 4), new Float32Array(4), new Float32Array(4))).toBe(4);
  });

  it('keeps equal addresses and grows by little for each further use', () => {
    const v = b.loopVar('i', 8);
    const w = b.loopVar('j', 8);
    const size = (uses: number): number => {
      const at = (constant: number) => b.plus([v, 8], [w, 1], constant);
      const sum = Array.from({ length: uses }, (_, i) => b.load(0, at(i))).reduce(add);
      return emitWasm(b.program(['float32', 'float32'], [], [b.loop(v, [b.loop(w, [b.store(1, at(0), sum)])])]), PLAIN)
        .bytes.length;
    };
    // local.get, f32.load with an offset of one byte, f32.add
    expect(size(14) - size(10)).toBe(4 * (2 + 3 + 1));
  });

  it('computes again after a local has changed', () => {
    const x = b.local('x', 'float32');
    const shared = cube(b.read(x));
    const program = b.program(
      ['float32'],
      [],
      [
        b.set(x, b.constant(2)),
        b.store(0, b.fixed(0), shared),
        b.store(0, b.fixed(1), shared),
        b.set(x, add(shared, b.constant(1))),
        b.store(0, b.fixed(2), shared),
      ],
    );
    const out = new Float32Array(3);
    expect(cubesOf(program, out)).toBe(2);
    expect(out).toEqual(f32(8, 8, 729));
  });

  it('computes again after a store to the same buffer', () => {
    const shared = cube(b.load(0, b.fixed(0)));
    const other = cube(b.load(1, b.fixed(0)));
    const program = b.program(
      ['float32', 'float32'],
      [],
      [
        b.store(0, b.fixed(1), add(shared, other)),
        b.store(0, b.fixed(0), add(shared, other)),
        b.store(0, b.fixed(2), add(shared, other)),
      ],
    );
    expect(cubesOf(program, f32(2, 0, 0), f32(3))).toBe(4);
  });

  it('takes nothing out of a block that may not have run', () => {
    const v = b.loopVar('i', 6);
    const x = b.local('x', 'float32');
    const shared = cube(b.load(0, b.at(v)));
    const squared = b.op('mul', b.read(x), b.read(x));
    const program = b.program(
      ['float32', 'float32'],
      [],
      [
        b.loop(v, [
          b.set(x, shared),
          b.store(1, b.at(v), squared),
          b.when([b.guard(b.at(v), 3, 6)], b.set(x, b.constant(1)), b.store(1, b.at(v), add(squared, shared))),
          b.store(1, b.at(v), add(add(squared, b.load(1, b.at(v))), shared)),
        ]),
      ],
    );
    expect(cubesOf(program, f32(1, 2, 3, 4, 5, 6), new Float32Array(6))).toBe(6);
    const inner = cube(b.load(0, b.at(v)));
    const late = b.program(
      ['float32', 'float32'],
      [],
      [
        b.loop(v, [
          b.when([b.guard(b.at(v), 3, 6)], b.store(1, b.at(v), inner)),
          b.store(1, b.at(v), add(inner, b.constant(1))),
        ]),
      ],
    );
    expect(cubesOf(late, f32(1, 2, 3, 4, 5, 6), new Float32Array(6))).toBe(9);
  });
});

describe('hoisting', () => {
  const rows = b.loopVar('row', 3);
  const columns = b.loopVar('column', 5);
  const cell = b.plus([rows, 5], [columns, 1]);
  const table = (body: readonly Stmt[]): Stmt => b.loop(rows, [b.loop(columns, body)]);

  it('moves invariant arithmetic and loads before the loop', () => {
    const value = add(cube(b.load(0, b.at(rows))), add(cube(b.load(0, b.fixed(0))), cube(b.load(1, b.at(columns)))));
    const program = b.program(['float32', 'float32', 'float32'], [], [table([b.store(2, cell, value)])]);
    expect(cubesOf(program, f32(1, 2, 3), f32(1, 2, 3, 4, 5), new Float32Array(15))).toBe(1 + 3 + 15);
  });

  it('leaves a load of a buffer that the loop writes', () => {
    const value = add(cube(b.load(0, b.fixed(0))), b.constant(1));
    const program = b.program(['float32'], [], [b.loop(columns, [b.store(0, b.fixed(0), value)], { to: 3 })]);
    const out = f32(1);
    expect(cubesOf(program, out)).toBe(3);
    expect(out[0]).toBe(9 ** 3 + 1);
    // The inner loop may have it moved before itself, the outer one may not.
    const outer = b.loop(rows, [
      b.loop(columns, [b.store(1, cell, cube(b.load(0, b.fixed(0))))]),
      b.store(0, b.fixed(0), b.cast(b.position(b.at(rows)), 'float32')),
    ]);
    expect(cubesOf(b.program(['float32', 'float32'], [], [outer]), f32(5), new Float32Array(15))).toBe(3);
  });

  it('leaves what follows a local that the loop sets', () => {
    const x = b.local('x', 'float32');
    const y = b.local('y', 'float32');
    const program = b.program(
      ['float32'],
      [],
      [
        b.set(x, b.constant(1)),
        b.set(y, b.constant(2)),
        b.loop(columns, [b.set(x, add(cube(b.read(x)), cube(b.read(y))))], { to: 2 }),
        b.store(0, b.fixed(0), b.read(x)),
      ],
    );
    expect(cubesOf(program, f32(0))).toBe(2 + 1);
  });

  it('never reads memory that the program would not have read', () => {
    const far = b.fixed(1 << 24);
    const load = b.load(0, far);
    // Always even, which the bounds of the index do not tell.
    const even = b.quotient('mod', b.at(rows, 2), 4);
    const odd = b.guard(even, 1, 2);
    const body: Stmt[] = [
      b.when([odd], b.store(1, b.at(columns), cube(load))),
      b.store(1, b.at(columns), cube(load), [odd]),
      b.store(1, b.at(columns), b.load(0, far, { guards: [odd] })),
      b.when([odd], b.loop(columns, [b.store(1, b.at(columns), load)])),
    ];
    expect(cubesOf(b.program(['float32', 'float32'], [], [table(body)]), f32(1), new Float32Array(5))).toBe(0);
  });

  it('reads an index from memory only where its load is guarded to be', () => {
    const which = b.load(2, b.fixed(1 << 24), { dtype: 'int32' });
    const at = b.runTime(which, 0, 3);
    const even = b.quotient('mod', b.at(rows, 2), 4);
    const value = b.load(0, at, { guards: [b.guard(even, 1, 2)] });
    const program = b.program(['float32', 'float32', 'int32'], [], [table([b.store(1, b.at(columns), value)])]);
    expect(cubesOf(program, f32(1), new Float32Array(5).fill(1), new Int32Array(1))).toBe(0);
  });

  it('uses a moved address in loops beside each other, with steps and tails', () => {
    const lanes = b.loopVar('k', 11);
    const at = b.plus([rows, 11], [lanes, 1]);
    const value = (along: boolean): Expr => {
      const x = b.load(0, at, along ? { along: lanes } : {});
      return b.op('mul', x, along ? b.splat(cube(b.load(1, b.at(rows)))) : cube(b.load(1, b.at(rows))));
    };
    const program = b.program(
      ['float32', 'float32', 'float32'],
      [],
      [
        b.loop(rows, [
          b.loop(lanes, [b.store(2, at, value(true))], { to: 8, step: 4 }),
          b.loop(lanes, [b.store(2, at, value(false))], { from: 8 }),
        ]),
      ],
    );
    const x = Float32Array.from({ length: 33 }, (_, i) => i - 16);
    expect(cubesOf(program, x, f32(2, 3, 4), new Float32Array(33))).toBe(6);
  });
});
