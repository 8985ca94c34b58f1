/**
 * What a device that runs compiled plans offers to `run/`.
 */
import type { DType } from '../base/dtype.js';
import type { Program } from '../ir/expr.js';
import type { Storage } from '../ir/storage.js';
import type { Target } from '../lower/index.js';

/** Where a value lies. */
export type Location =
  /** One of the storages of the request. */
  | { readonly in: 'storage'; readonly index: number }
  /** In the plan's own block, which is reused from run to run. */
  | { readonly in: 'arena'; readonly offset: number }
  /** One of the plan's results, which get memory of their own. */
  | { readonly in: 'result'; readonly index: number };

/** A buffer argument of a kernel: a value from its element `start` on. */
export type Buffer = Location & { readonly start: number };

/** A kernel of a plan: its program, what its buffers are, and which of the plan's numbers its numbers are. */
export interface PlannedKernel {
  readonly program: Program;
  readonly buffers: readonly Buffer[];
  readonly numbers: readonly number[];
  /** Whether it was lowered for the machine's {@link Machine.small small} kernels. */
  readonly small: boolean;
}

/** Everything a device needs to know to run a plan again and again. */
export interface PlanSpec {
  readonly kernels: readonly PlannedKernel[];
  readonly storages: readonly { readonly dtype: DType; readonly length: number }[];
  readonly results: readonly { readonly dtype: DType; readonly length: number }[];
  /** Storages that kernels write in place. */
  readonly written: readonly number[];
  /** What is copied into storages when all kernels have run. */
  readonly copies: readonly { readonly from: Location; readonly storage: number }[];
  readonly arenaBytes: number;
}

/** When each kernel of a plan began, and how long it took, in milliseconds. */
export interface KernelTimes {
  readonly start: Float64Array;
  readonly ms: Float64Array;
}

/** A plan as the device has prepared it. */
export interface Prepared {
  /**
   * Runs the plan and returns the memory of its results. With `times` it runs kernel by kernel and fills them in.
   * @throws IndexError when a run-time check fails; then no storage has been changed
   */
  run(storages: readonly Storage[], numbers: ArrayLike<number>, times?: KernelTimes): Storage[];
  /** Gives back what the device holds for the plan. */
  release(): void;
}

export interface Machine {
  readonly name: string;
  readonly threads: number;
  readonly target: Target;
  /**
   * How kernels are lowered that are too little work for the machine's compiler: those of at most `price`, as `lower/price`
   * counts it, and those with an op that the machine's language lacks. Which kernels these are follows from the kernel alone.
   * Null where all are lowered alike.
   */
  readonly small: { readonly target: Target; readonly price: number } | null;
  describe(): string;
  prepare(spec: PlanSpec): Prepared;
}
