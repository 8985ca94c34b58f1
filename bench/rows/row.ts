/**
 * What a row of the benchmark is: its sizes, its inputs, and the chainrule program that is measured. Peers get the same
 * sizes and inputs as files and have the same model written in their own terms, in `peers/`.
 */
import type { Tensor } from 'chainrule';

/** The numbers that say how large a row is, by name. */
export type Sizes = Readonly<Record<string, number>>;

/** An array that every contestant starts from. */
export interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  /** Normal with mean 0; uniform in [0, 1); one value; or whole numbers from 0 up to `below`. */
  readonly values:
    | { readonly normal: number }
    | { readonly uniform: true }
    | { readonly all: number }
    | { readonly below: number };
  /** Whether the row's step changes it. */
  readonly trained?: true;
}

export type Inputs = Readonly<Record<string, Tensor>>;

/**
 * One step of a row, which may be done again and again. It gives what it computes, the loss of a training step, else the
 * results, and reads nothing.
 */
export type Program = () => Tensor[];

export interface Row {
  readonly id: string;
  /** What a step does, in one line. */
  readonly what: string;
  /** The sizes that are measured. */
  readonly sizes: Sizes;
  /** Small ones of the same form, for the tests. */
  readonly tiny: Sizes;
  readonly inputs: (sizes: Sizes) => readonly Input[];
  readonly program: (inputs: Inputs, sizes: Sizes) => Program;
  /** Floating-point operations of one step where the field counts them: products and sums of a matrix product. */
  readonly flops?: (sizes: Sizes) => number;
  /** The largest relative error that counts as agreeing with float64. */
  readonly tolerance: number;
}

/** Steps from which errors of a row are told: parameters that change show whether the update is right. */
export const stepsChecked = (row: Row): number => (row.inputs(row.tiny).some(({ trained }) => trained) ? 3 : 1);
