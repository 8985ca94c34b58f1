/**
 * What every function of this folder writes into while one kernel is emitted.
 */
import type { DType } from '../../base/dtype.js';
import type { Local, LoopVar, Sizes, Stmt } from '../../ir/expr.js';
import type { ElementwiseOp } from '../../ir/op.js';
import type { Code } from './code.js';
import { type Part, typeOf } from './graph.js';
import type { Memo } from './memo.js';
import type { Test } from './parts.js';

/** What the engine that runs the module can do. */
export interface Target {
  /** Relaxed SIMD: a fused multiply-add. */
  readonly relaxed: boolean;
  /** Memory that threads share. */
  readonly sharedMemory: boolean;
}

/**
 * An op that WebAssembly cannot spell. The module imports it as a function of as many float64 as it has sources, which
 * returns a float64: `(...x) => op.scalar(x, dtype, attrs)`, where `dtype` is that of the first source.
 */
export interface Call {
  readonly op: ElementwiseOp;
  readonly attrs: unknown;
  readonly dtype: DType;
}

/** A routine, which the module imports as a function of the addresses of its arrays. */
export type RoutineCall = Extract<Stmt, { s: 'call' }>;

export interface Emission {
  readonly code: Code;
  readonly memo: Memo;
  readonly target: Target;
  /** The locals of the arguments. */
  readonly buffers: readonly number[];
  readonly numbers: readonly number[];
  readonly numberTypes: readonly DType[];
  /** Which numbers of the program are arguments, and the locals that hold them. */
  readonly sizes: Sizes | undefined;
  readonly sizeLocals: readonly number[];
  /** Which thread this is, and of how many; null where there is one. */
  readonly threads: { readonly own: number; readonly count: number } | null;
  /** The parameter with the address of the argument block, and where in it the address of the status words is. */
  readonly block: number;
  readonly status: number;
  localOfVar(v: LoopVar): number;
  localOf(local: Local): number;
  /** The number of the imported function for an op that has to be called, or for a routine. */
  callOf(call: Call | RoutineCall): number;
  /** Leaves the value of a part on the stack. */
  value(part: Part): void;
  /** Sees to it that the value of a part stands in a local, which holds it to the end of the block. */
  held(part: Part): number;
}

/** Leaves a number of the program on the stack, be it an argument (then `slot` says which) or a constant. */
export function emitSize(k: Emission, slot: number | null | undefined, value: number): void {
  if (typeof slot === 'number') k.code.get(k.sizeLocals[slot]!);
  else k.code.i32(value);
}

/** Leaves on the stack whether all tests hold. @param tests at least one */
export function emitTests(k: Emission, tests: readonly Test[]): void {
  tests.forEach((test, i) => {
    k.value(test);
    if (i > 0) k.code.op('i32.and');
  });
}

/** A value where the tests hold, and another where not: both of the type of `like`. */
export function emitChoice(
  k: Emission,
  tests: readonly Test[],
  like: Part,
  then: () => void,
  otherwise: () => void,
): void {
  if (tests.length === 0) {
    then();
    return;
  }
  emitTests(k, tests);
  k.code.open('if', typeOf(like));
  k.memo.open();
  then();
  k.memo.close();
  k.code.else();
  k.memo.open();
  otherwise();
  k.memo.close();
  k.code.end();
}

/** Statements where the tests hold. */
export function emitWhere(k: Emission, tests: readonly Test[], then: () => void): void {
  if (tests.length === 0) {
    then();
    return;
  }
  emitTests(k, tests);
  k.code.open('if');
  k.memo.open();
  then();
  k.memo.close();
  k.code.end();
}
