/**
 * Programs run by both the emitted module and the interpreter, with the same result; and programs made of one expression.
 */
import { expect } from 'vitest';
import type { DType, TypedArray } from '../../src/base/dtype.js';
import type { Expr, LoopVar, Program, Stmt } from '../../src/ir/expr.js';
import * as b from './build.js';
import { PLAIN, runBoth } from './run.js';

export const f32 = (...x: number[]): Float32Array => Float32Array.from(x);
export const i32 = (...x: number[]): Int32Array => Int32Array.from(x);
export const u8 = (...x: number[]): Uint8Array => Uint8Array.from(x);

/** Agreement with the interpreter to the last bit. */
export function expectSame(
  program: Program,
  buffers: readonly TypedArray[],
  numbers: readonly number[] = [],
  target = PLAIN,
): readonly TypedArray[] {
  const { wasm, meaning, reports } = runBoth(program, buffers, numbers, target);
  expect(wasm).toEqual(meaning);
  expect(reports.wasm).toEqual(reports.meaning);
  return wasm;
}

/** A loop over n elements, four at a time, and what is left one at a time. */
export function vectorised(n: number, body: (v: LoopVar, along: LoopVar | undefined) => Stmt[]): Stmt[] {
  const v = b.loopVar('i', n);
  const whole = n - (n % 4);
  return [b.loop(v, body(v, v), { to: whole, step: 4 }), b.loop(v, body(v, undefined), { from: whole })];
}

/** out = f(inputs), elementwise, by vectors or by scalars. */
export function elementwise(
  inputs: readonly DType[],
  out: DType,
  n: number,
  vectors: boolean,
  f: (x: Expr[], lanes: number) => Expr,
): Program {
  const body = (v: LoopVar, along: LoopVar | undefined): Stmt[] => {
    const x = inputs.map((dtype, slot) => b.load(slot, b.at(v), { dtype, along }));
    return [b.store(inputs.length, b.at(v), f(x, along ? 4 : 1))];
  };
  const v = b.loopVar('i', n);
  return b.program([...inputs, out], [], vectors ? vectorised(n, body) : [b.loop(v, body(v, undefined))]);
}

export const filled = <T extends TypedArray>(array: T, f: (i: number) => number): T => {
  for (let i = 0; i < array.length; i++) array[i] = f(i);
  return array;
};
