/**
 * Checking derivatives: what backpropagation gives against central differences, in float64.
 */
import { gradients } from '../autograd/reverse.js';
import { isFloat } from '../base/dtype.js';
import { ArgumentError, ChainruleError, DTypeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { withRecording } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { asTensor } from './create.js';
import { variableOf } from './differentiate.js';
import { showKind } from './operands.js';
import { realize } from './recording.js';
import { Tensor } from './tensor.js';

/** Options of {@link gradcheck} and {@link gradgradcheck}. */
export interface GradcheckOptions {
  /** How far an input is moved to each side, times max(1, |x|); 1e-5 unless told. */
  eps?: number;
  /** The largest difference that passes, relative to the larger of the two numbers; 1e-5 unless told. */
  rtol?: number;
  /** The largest difference that passes in any case; 1e-7 unless told. */
  atol?: number;
  /** How many elements of each input are checked, spread evenly; all unless told. */
  samples?: number;
}

/** What a check found at its worst element. */
export interface GradcheckReport {
  /** Whether every derivative was within the bounds. */
  readonly ok: boolean;
  /** How many derivatives were compared. */
  readonly checked: number;
  /** Which input, counted from 0. */
  readonly input: number;
  /** Which element of it. */
  readonly index: readonly number[];
  /** What backpropagation gave, for a weighted sum of all outputs. */
  readonly analytic: number;
  /** What central differences gave for the same. */
  readonly numeric: number;
  /** |analytic − numeric| / max(|analytic|, |numeric|), or 0 for equal numbers. */
  readonly relativeError: number;
  /** All of this in a sentence. */
  readonly message: string;
}

/** Thrown by a check that failed. */
export class GradcheckError extends ChainruleError {
  override name = 'GradcheckError';
  constructor(
    /** The worst element. */
    readonly report: GradcheckReport,
  ) {
    super(report.message);
  }
}

/** A function under test: from tensors to one or several. */
export type Checkable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

const outputsOf = (fn: Checkable, inputs: readonly Tensor[]): readonly Tensor[] => {
  const made = fn(...inputs);
  const list: readonly Tensor[] = made instanceof Tensor ? [made] : made;
  const smooth = list.filter((t) => {
    if (!(t instanceof Tensor))
      throw new ArgumentError(`gradcheck: the function must return tensors, got ${showKind(t)}`);
    return isFloat(t.dtype);
  });
  if (smooth.length === 0)
    throw new DTypeError('gradcheck: the function returns no float, so there is nothing to differentiate');
  return smooth;
};

/** Fixed numbers in ±(0.5 … 1.5): a sum with these weights hides no output behind another. */
function weightsLike(x: Tensor, stream: number): Tensor {
  const values = Float64Array.from({ length: x.size }, (_, i) => {
    const [a, b] = ops.philoxWords([i, stream, 0, 0], [0x5eed, 0]);
    return (0.5 + (a >>> 0) / 2 ** 32) * (b & 1 ? 1 : -1);
  });
  return asTensor(values, { shape: x.shape }).to(x.dtype);
}

const weighted = (outputs: readonly Tensor[], weights: readonly Tensor[]): Tensor =>
  outputs.map((y, i) => y.mul(weights[i]!).to('float64').sum()).reduce((a, b) => a.add(b));

function checkInputs(inputs: readonly Tensor[]): Tensor[] {
  if (!Array.isArray(inputs))
    throw new ArgumentError(`gradcheck: the inputs are an array of tensors, got ${showKind(inputs)}`);
  inputs.forEach((x: Tensor, i) => {
    if (!(x instanceof Tensor)) throw new ArgumentError(`gradcheck: input ${i} must be a tensor, got ${showKind(x)}`);
    if (x.dtype === 'float32') {
      throw new DTypeError(
        `gradcheck: input ${i} is float32, whose rounding errors drown the differences: use float64, as in x.to('float64')`,
      );
    }
  });
  return inputs.map((x: Tensor) => {
    const leaf = x.detach();
    if (isFloat(x.dtype)) leaf.requiresGrad = true;
    return leaf;
  });
}

/** Which elements of `size` are checked. */
function placesOf(size: number, samples: number): number[] {
  if (size <= samples) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: samples }, (_, i) => Math.floor(((i + 0.5) * size) / samples));
}

function indexOf(at: number, shape: readonly number[]): number[] {
  let rest = at;
  return [...shape]
    .reverse()
    .map((n) => {
      const i = rest % n;
      rest = Math.floor(rest / n);
      return i;
    })
    .reverse();
}

type Row = Omit<GradcheckReport, 'ok' | 'checked' | 'message'> & { readonly excess: number };

function compare(
  input: number,
  index: readonly number[],
  analytic: number,
  numeric: number,
  atol: number,
  rtol: number,
): Row {
  const difference = Math.abs(analytic - numeric);
  const larger = Math.max(Math.abs(analytic), Math.abs(numeric));
  const same = Object.is(analytic, numeric) || difference === 0;
  const relativeError = same ? 0 : difference / larger;
  // How many times the tolerance; a NaN on one side only is infinitely wrong.
  const ratio = difference / (atol + rtol * larger);
  return { input, index, analytic, numeric, relativeError, excess: same ? 0 : Number.isNaN(ratio) ? Infinity : ratio };
}

/**
 * Compares the gradients of `fn` at `inputs` (float64; others are passed along unchecked) with central differences.
 * @returns the report, when all is well
 * @throws GradcheckError with the report: the worst element, both numbers and the relative error
 */
export function gradcheck(fn: Checkable, inputs: readonly Tensor[], options: GradcheckOptions = {}): GradcheckReport {
  const { eps = 1e-5, rtol = 1e-5, atol = 1e-7, samples = Infinity } = options;
  const leaves = checkInputs(inputs);
  const outputs = withRecording(true, () => outputsOf(fn, leaves));
  const weights = outputs.map((y, i) => weightsLike(y, i));
  const floats = leaves.flatMap((leaf, i) => (isFloat(leaf.dtype) ? [i] : []));
  const found = withRecording(false, () =>
    gradients(
      outputs.map((y) => y.node),
      weights.map((w) => w.node),
      floats.map((i) => leaves[i]!.node),
    ),
  );
  const analytic = floats.map((i, k) => new Tensor(found[k] ?? ops.constantNode(0, leaves[i]!.shape, 'float64')));
  realize(...analytic);
  const at = (moved: Tensor, place: number): number =>
    withRecording(false, () =>
      weighted(
        outputsOf(
          fn,
          leaves.map((leaf, i) => (i === place ? moved : leaf.detach())),
        ),
        weights,
      ).item(),
    );
  const rows = floats.flatMap((input, k) => {
    const leaf = leaves[input]!;
    const values = leaf.typedArray();
    const given = analytic[k]!.typedArray();
    return placesOf(values.length, samples).map((place) => {
      const x = values[place]!;
      const h = eps * Math.max(1, Math.abs(x));
      const value = (moved: number): number => {
        const copy = values.slice();
        copy[place] = moved;
        return at(asTensor(copy, { shape: leaf.shape }), input);
      };
      // Divided by the distance that floating point really moved.
      const numeric = (value(x + h) - value(x - h)) / (x + h - (x - h));
      return compare(input, indexOf(place, leaf.shape), given[place]!, numeric, atol, rtol);
    });
  });
  const report = reportOf(rows, leaves);
  if (!report.ok) throw new GradcheckError(report);
  return report;
}

function reportOf(rows: readonly Row[], leaves: readonly Tensor[]): GradcheckReport {
  const none: Row = { input: 0, index: [], analytic: 0, numeric: 0, relativeError: 0, excess: 0 };
  const worst = rows.reduce((a, b) => (b.excess > a.excess ? b : a), rows[0] ?? none);
  const { excess, ...facts } = worst;
  const ok = excess <= 1;
  const shape = showShape(leaves[worst.input]?.shape ?? []);
  const message =
    `${ok ? 'the gradients agree' : 'the gradients differ'} (${rows.length} compared). Worst: input ${worst.input} of shape ${shape} at ` +
    `[${worst.index.join(', ')}]: backward gives ${worst.analytic}, central differences ${worst.numeric}; relative error ${worst.relativeError.toExponential(2)}`;
  return { ok, checked: rows.length, ...facts, message };
}

/**
 * As {@link gradcheck}, for the second derivatives: checks the gradient of `fn`, taken with fixed weights for the
 * outputs, as a function of inputs and weights.
 */
export function gradgradcheck(
  fn: Checkable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  const leaves = checkInputs(inputs);
  const weights = withRecording(false, () => outputsOf(fn, leaves)).map((y, i) => weightsLike(y, 100 + i));
  const count = leaves.length;
  const first: Checkable = (...all) => {
    return withRecording(true, () => {
      const own = all.slice(0, count).map((x) => (isFloat(x.dtype) ? new Tensor(variableOf(x)) : x));
      const outputs = outputsOf(fn, own);
      const floats = own.filter((x) => isFloat(x.dtype));
      const found = gradients(
        outputs.map((y) => y.node),
        all.slice(count).map((w) => w.node),
        floats.map((x) => x.node),
      );
      return floats.map((x, i) => new Tensor(found[i] ?? ops.constantNode(0, x.shape, x.dtype)));
    });
  };
  return gradcheck(first, [...leaves, ...weights], { rtol: 1e-4, atol: 1e-6, ...options });
}
