/**
 * What any operation must tell about itself. The records in `ops/` fill these in; everything else — interpreter,
 * gradient, fuser, emitters, tests — asks the record and never looks at a name.
 */
import type { DType, TypedArray } from '../base/dtype.js';
import type { Shape } from '../base/shape.js';
import type { Expr, ExprBuilder } from './expr.js';
import type { Access, IndexAlgebra } from './index-algebra.js';
import type { Node } from './node.js';

export interface Typed {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * The vector-Jacobian product: from the cotangent of the output to the cotangent of each source, written in
 * differentiable operations. `needs[i]` tells whether source i wants one; null stands for none.
 */
export type Vjp<A> = {
  // A method, so that records of different attributes stand in one table.
  rule(node: Node<A>, cotangent: Node, needs: readonly boolean[]): readonly (Node | null)[];
}['rule'];

export interface Example<A> {
  readonly shapes: readonly (readonly number[])[];
  readonly attrs: A;
  /** Sources that are bools, whatever the others are. */
  readonly bools?: readonly number[];
}

/** What every record has. */
interface Described<A> {
  readonly name: string;
  /** How many sources; null for any number from one up. */
  readonly arity: number | null;
  /** Shape and dtype of the result. @throws ShapeError, DTypeError when the sources do not fit. */
  infer(src: readonly Node[], attrs: A): Typed;
  /** The attributes as text: equal texts mean equal computations. Absent when there are no attributes. */
  key?(attrs: A): string;
  /** Where the tests try it: shapes of the sources, and attributes. An elementwise op without attributes needs none. */
  readonly examples?: readonly Example<A>[];
  /** The sum of two results where it can be had for less than an addition; null where it cannot. */
  sum?(a: Node<A>, b: Node<A>): Node | null;
  /** The derivative, or the reason why there is none. */
  readonly vjp: Vjp<A> | { readonly none: string };
}

/** Whether a gradient flows through a record. */
export const isDifferentiable = ({ vjp }: Pick<Op, 'vjp'>): boolean => typeof vjp !== 'object';

/** Values from outside the graph, or from the index alone. */
export interface LeafOp<A = unknown> extends Described<A> {
  readonly kind: 'leaf';
  /**
   * `storage` waits for memory, `constant` is part of the program, `number` is a run-time argument, `index` follows from the
   * position; `nowhere` only stands for values while a function is looked at, and cannot be computed.
   */
  readonly from: 'storage' | 'constant' | 'number' | 'index' | 'nowhere';
}

/** Where the tests draw inputs for an elementwise op. */
export interface Domain {
  readonly low: number;
  readonly high: number;
  /** Keep at least `margin` away from these points, where the function or its derivative jumps. */
  readonly avoid?: readonly number[];
  readonly margin?: number;
}

/** A spelling by the type of the first operand; uint8 is an i32. */
type ByType = Partial<Record<'f32' | 'f64' | 'i32' | 'bool', string>>;
/** How WebAssembly says an elementwise op; see `emit/wasm`. */
export type WasmSpelling = ByType;

/**
 * How each target language says an elementwise op. In C and JavaScript it is a template, in which {0} stands for the first
 * operand, or in C the name of a function of `emit/c`; one text may stand for all types.
 */
export interface Spellings {
  readonly wasm?: WasmSpelling;
  readonly c?: string | ByType;
  readonly js?: string | ByType;
}

/** One output element from the elements at the same place of each source. All sources have the same shape. */
export interface ElementwiseOp<A = unknown> extends Described<A> {
  readonly kind: 'elementwise';
  readonly arity: number;
  /**
   * The meaning, on numbers (bools are 0 and 1). `dtype` is that of the first source. The result is rounded to the
   * output's dtype by whoever stores it.
   */
  scalar(x: readonly number[], dtype: DType, attrs: A): number;
  /** Domains for the tests, one per source; the default is −3 … 3. */
  readonly domain?: readonly Domain[];
  /** Rough price, in additions. The default is 1. */
  readonly cost?: number;
  /** Whether f(a, b) = f(b, a) to the last bit. */
  readonly commutative?: boolean;
  /** A simpler expression that is equal to the last bit for every input, NaN and −0 included; null if there is none. */
  simplify?(args: readonly Expr[], attrs: A): Expr | null;
  readonly spell?: Spellings;
  /**
   * The op in terms of simpler ones, for a target that cannot spell it at this dtype (the first source's);
   * null where there is none and the target must call {@link scalar}.
   */
  expand?(args: readonly Expr[], dtype: DType, attrs: A, e: ExprBuilder): Expr | null;
  /** For random bits: the source that holds the element's position in its draw. */
  readonly position?: number;
  /** A condition on the value which the plan checks at run time; the op itself passes its first source through. */
  check?(attrs: A): { readonly limit: number; message(value: number): string };
}

/** Shows elements of the sources at other places. */
export interface MovementOp<A = unknown> extends Described<A> {
  readonly kind: 'movement';
  /** Where output element `at` comes from: the first access whose conditions hold, or 0 when none does. */
  read<I>(node: Node<A>, at: readonly I[], algebra: IndexAlgebra<I>): readonly Access<I>[];
  /** The attributes for sources that all have one more axis, of `size`, in front. */
  lead(attrs: A, size: number): A;
}

/** Folds axes to size 1. */
export interface ReduceOp<A = { readonly axes: readonly number[] }> extends Described<A> {
  readonly kind: 'reduce';
  /** The value that changes nothing, which is also the result over no elements. */
  initial(dtype: DType): number;
  readonly combine: ElementwiseOp;
}

/** out[o] = Σ a[…]·b[…] over the labels that `out` lacks. Labels are small numbers; none repeats within an operand. */
export interface ContractAttrs {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly out: readonly number[];
}
export interface ContractOp<A = ContractAttrs> extends Described<A> {
  readonly kind: 'contract';
}

/** What reads or writes at places that are data. */
interface Indexed<A> extends Described<A> {
  axisOf(attrs: A): number;
}

/** Reads at places that are data: out[…, i, …] = x[…, index[i], …]. */
export interface GatherOp<A = unknown> extends Indexed<A> {
  readonly kind: 'gather';
}

/** Folds values into places that are data, in the order of the index: out[…, index[i], …] = combine(out[…, index[i], …], x[…, i, …]). */
export interface ScatterOp<A = unknown> extends Indexed<A>, Pick<ReduceOp, 'initial' | 'combine'> {
  readonly kind: 'scatter';
}

/**
 * Changes slices that are named by data. Sources: values and an index as of a {@link ScatterOp}, a base and a factor of the result's shape.
 * out = base − factor·s where values go, s being 0 plus these values in the order of the index; the base itself elsewhere.
 */
export interface UpdateOp<A = unknown> extends Described<A> {
  readonly kind: 'update';
  axisOf(attrs: A): number;
}

/** The stable order of the elements along the last axis, as places (int32); NaN counts as larger than all. */
export interface SortOp<A = unknown> extends Described<A> {
  readonly kind: 'sort';
  descends(attrs: A): boolean;
}

/**
 * An algorithm as a whole, in plain TypeScript: one that is no program of loops whose bounds are known, such as a
 * factorisation of matrices, or iterations until they converge. Every engine calls it, on one thread, so its bits are the same on all.
 * Another axis in front of all sources is one in front of the result: it works on batches.
 */
export interface RoutineOp<A = unknown> extends Described<A> {
  readonly kind: 'routine';
  /**
   * Fills `out` from the whole sources, which it leaves as they are.
   * @throws ChainruleError for values that it cannot work on; it reaches the user as it is, and nothing has been written in place
   */
  run(src: readonly Value[], out: Value, attrs: A): void;
  /** About how many arithmetic operations it takes; for the profile. */
  flops(src: readonly Typed[], attrs: A): number;
}

export interface AttentionAttrs {
  /** What the products of queries and keys are multiplied with. */
  readonly scale: number;
  /** Whether query i sees only the keys up to i. */
  readonly causal: boolean;
}

/** Attention and what belongs to it. Records of the same sources and attributes are computed by one kernel. */
export interface AttentionOp<A = AttentionAttrs> extends Omit<Described<A>, 'vjp'> {
  readonly kind: 'attention';
  readonly gives: 'out' | 'logSumExp' | 'gradQ' | 'gradK' | 'gradV';
  /** The same value in other records: the meaning. */
  composed(node: Node<A>): Node;
  /** The derivative, or that it is the one of {@link composed}. */
  readonly vjp: Vjp<A> | 'composed';
}

/** The first source, unchanged; the others only stand in the history (user-defined derivatives, pending writes). */
export interface AliasOp<A = unknown> extends Described<A> {
  readonly kind: 'alias';
  /** The attributes in another graph, where `carry` makes functions of its cotangents from those of this graph's. */
  carried?(attrs: A, carry: (backward: Pullback) => Pullback): A;
}

/** From the cotangent of a result to those of what it was made of. */
export type Pullback = (cotangent: Node) => readonly (Node | null)[];

export type Op<A = unknown> =
  | LeafOp<A>
  | ElementwiseOp<A>
  | MovementOp<A>
  | ReduceOp<A>
  | ContractOp<A>
  | GatherOp<A>
  | ScatterOp<A>
  | UpdateOp<A>
  | SortOp<A>
  | RoutineOp<A>
  | AttentionOp<A>
  | AliasOp<A>;

/** An array with its type: what the interpreter passes around. */
export interface Value extends Typed {
  readonly data: TypedArray;
}
