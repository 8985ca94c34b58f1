/**
 * Scalar programs: what one kernel computes for one element, and the loops around it. `fuse/` and `lower/` build them,
 * `emit/` spells them. Nothing here knows an op by name or a target at all.
 *
 * An expression of `lanes` > 1 holds that many neighbouring elements. Index arithmetic stays in {@link Index}, a
 * small algebra of its own, until it is emitted.
 */
import type { DType, TypedArray } from '../base/dtype.js';
import type { ElementwiseOp, Typed } from './op.js';

/** A loop variable: a whole number from 0 up to, not including, `size`. */
export interface LoopVar {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  /**
   * Given where the size is dynamic: an argument of the kernel and no part of it, so that a batch of another size runs the same code. The sizes
   * that may occur are the multiples of this number, 0 among them.
   */
  readonly unit?: number;
}

/** A whole number that follows from loop variables: Σ coefficient · atom + constant, in canonical order. */
export interface Index {
  readonly key: string;
  readonly terms: readonly { readonly atom: Atom; readonly by: number }[];
  readonly constant: number;
  /** Bounds, both included. */
  readonly min: number;
  readonly max: number;
  /** How far beyond its bounds it may lie at other dynamic sizes: what is simplified must hold there too. */
  readonly slack: number;
}
interface Bounded {
  readonly key: string;
  readonly min: number;
  readonly max: number;
  readonly slack: number;
}
interface Division extends Bounded {
  readonly kind: 'div' | 'mod';
  readonly of: Index;
  readonly by: number;
  /** Whether `by` follows from a dynamic size. */
  readonly dynamic?: boolean;
}
export type Atom =
  | (Bounded & { readonly kind: 'var'; readonly v: LoopVar })
  | Division
  /** A value read at run time (int32), known to lie in min … max. */
  | (Bounded & { readonly kind: 'value'; readonly expr: Expr });

/** lo ≤ index < hi */
export interface Guard {
  readonly index: Index;
  readonly lo: number;
  readonly hi: number;
  /** Whether `hi` follows from a dynamic size: it is tested whatever the bounds of the index say. */
  readonly dynamic?: boolean;
}

interface Valued {
  readonly dtype: DType;
  /** 1, or the number of neighbouring elements that it holds. */
  readonly lanes: number;
}
export interface OpExpr extends Valued {
  readonly e: 'op';
  readonly op: ElementwiseOp;
  readonly attrs: unknown;
  readonly args: readonly Expr[];
}
/** A number known when the kernel is compiled (bools are 0 and 1). */
export interface ConstantExpr extends Valued {
  readonly e: 'constant';
  readonly value: number;
}
/** A number argument of the kernel. */
export interface NumberExpr extends Valued {
  readonly e: 'number';
  readonly slot: number;
}
/**
 * An element of buffer argument `slot`. With `lanes` > 1 lane i reads `index` with `along` advanced by i.
 * Where a guard does not hold nothing is read and the value is 0.
 */
export interface LoadExpr extends Valued {
  readonly e: 'load';
  readonly slot: number;
  readonly index: Index;
  readonly guards: readonly Guard[];
  readonly along: LoopVar | null;
}
/** The int32 value of an index; with `lanes` > 1 lane i has `along` advanced by i. */
export interface PositionExpr extends Valued {
  readonly e: 'position';
  readonly index: Index;
  readonly along: LoopVar | null;
}
/** Whether all guards hold, as a bool; lanes as for {@link PositionExpr}. */
export interface GuardExpr extends Valued {
  readonly e: 'guard';
  readonly guards: readonly Guard[];
  readonly along: LoopVar | null;
}
export interface LocalExpr extends Valued {
  readonly e: 'local';
  readonly local: Local;
}
/** All lanes hold the one element of `of`. */
export interface SplatExpr extends Valued {
  readonly e: 'splat';
  readonly of: Expr;
}
/** One lane of a vector. */
export interface LaneExpr extends Valued {
  readonly e: 'lane';
  readonly of: Expr;
  readonly lane: number;
}
export type Expr =
  | OpExpr
  | ConstantExpr
  | NumberExpr
  | LoadExpr
  | PositionExpr
  | GuardExpr
  | LocalExpr
  | SplatExpr
  | LaneExpr;

/** A named value inside a kernel, set once or many times. */
export interface Local extends Valued {
  readonly id: number;
  readonly name: string;
}

export type Stmt =
  /**
   * `v` runs from `from` (default 0) in steps of `step` (default 1) while v + step ≤ `to` (default: the size of v). The trips of a
   * `parallel` loop are independent and are shared out among the threads; what lies in no parallel loop is done by the first thread alone.
   */
  | {
      readonly s: 'for';
      readonly parallel?: boolean;
      readonly v: LoopVar;
      readonly from?: number;
      readonly to?: number;
      readonly step?: number;
      readonly body: readonly Stmt[];
    }
  /** Declares (the first time) and sets a local. */
  | { readonly s: 'set'; readonly local: Local; readonly value: Expr }
  /** Writes `value` (all its lanes, at neighbouring places) to buffer argument `slot` where the guards hold. Bools are stored as 0 and 1. */
  | {
      readonly s: 'store';
      readonly slot: number;
      readonly dtype: DType;
      readonly index: Index;
      readonly value: Expr;
      readonly guards: readonly Guard[];
    }
  /** Runs `then` where the guards hold. */
  | { readonly s: 'if'; readonly guards: readonly Guard[]; readonly then: readonly Stmt[] }
  /** All threads wait for each other. Stands only between the outermost statements. */
  | { readonly s: 'barrier' }
  /** Reports to the plan's status word, unless it already holds a report, that check number `check` failed on `value` (int32), when `failed` (bool). */
  | { readonly s: 'report'; readonly check: number; readonly failed: Expr; readonly value: Expr }
  /**
   * Has a routine fill the last of `wholes` from the others. Stands only between the outermost statements, alone between two barriers.
   * Calls with the same text do the same.
   */
  | {
      readonly s: 'call';
      readonly text: string;
      readonly wholes: readonly Whole[];
      readonly run: (arrays: readonly TypedArray[]) => void;
    };

/** All of a buffer argument. */
export interface Whole extends Typed {
  readonly slot: number;
}

/**
 * The numbers of a program that are arguments of its code: bounds of dynamic loops, and what multiplies or divides the variables of outer loops,
 * where it costs nothing that a number is not known. Programs that differ in these alone share their code.
 */
export interface Sizes {
  readonly values: readonly number[];
  /** Which of the values these are, by loop; `from` is null where it is 0. */
  readonly bounds: ReadonlyMap<Stmt, { readonly from: number | null; readonly to: number }>;
  /** By `key of the atom * number`. */
  readonly factors: ReadonlyMap<string, number>;
  /** By key of the atom. */
  readonly divisors: ReadonlyMap<string, number>;
  readonly limits: ReadonlyMap<Guard, number>;
}

/** One compiled unit: buffers and numbers in, buffers out. */
export interface Program {
  readonly name: string;
  /** Element type of each buffer argument. */
  readonly buffers: readonly DType[];
  /** For buffers of which each thread has its own: how many bytes lie between them, by slot. */
  readonly perThread?: ReadonlyMap<number, number>;
  /** dtype of each number argument: float32, float64 or int32. */
  readonly numbers: readonly DType[];
  readonly sizes?: Sizes;
  readonly body: readonly Stmt[];
}

/** How a record writes its expansion. Constants take the dtype of the value they stand beside. */
export interface ExprBuilder {
  op(op: ElementwiseOp, ...args: Expr[]): Expr;
  /** `op` with attributes and a result dtype that differs from its first argument's. */
  typed(op: ElementwiseOp, dtype: DType, attrs: unknown, ...args: Expr[]): Expr;
  constant(value: number, dtype: DType, lanes?: number): Expr;
}
