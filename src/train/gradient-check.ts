/**
 * Checks gradients by measuring slopes: the definition of the derivative against the chain rule.
 *
 * `gradcheck` differentiates with respect to every element of small inputs. Here the parameters of a whole network are
 * checked, at elements drawn at random, for a loss that is measured on a batch.
 */
import { allocate } from '../base/dtype.js';
import { ArgumentError, DTypeError } from '../base/errors.js';
import { type Generator, noGrad, randperm, type Tensor, tensor } from '../tensor/index.js';

/** Options of {@link checkGradients}. */
export interface GradientCheckOptions {
  /** Elements to check of each parameter; default 50, or all there are. */
  samples?: number;
  /** Draws the elements; the default generator unless told. */
  generator?: Generator;
  /** How far a parameter is moved to either side; default 1e-5. */
  step?: number;
  /** The largest relative error that passes; default 1e-5. */
  tolerance?: number;
}

/** The element of a parameter where the two gradients differ most. */
export interface WorstElement {
  /** Its place in the parameter, row by row. */
  index: number;
  /** What backpropagation gave. */
  backprop: number;
  /** (loss(w + step) − loss(w − step)) / (2·step) */
  numerical: number;
  /** |backprop − numerical| over the larger of both, and at least 1 % of the parameter's largest gradient. */
  relativeError: number;
}

/** What {@link checkGradients} found for one parameter. */
export interface GradientCheckResult {
  /** The parameter. */
  name: string;
  /** Its shape. */
  shape: readonly number[];
  /** How many elements were checked. */
  checked: number;
  /** The element where the two gradients differ most. */
  worst: WorstElement;
  /** Whether that element is within the tolerance. */
  passed: boolean;
}

/**
 * The bound below which an element's gradient counts as small: the rounding of the loss then hides the slope, so
 * its error is measured against 1 % of the largest gradient of the parameter instead.
 */
const SMALL = 0.01;

/**
 * Compares `gradients` with central differences of `loss`.
 *
 * Where a ReLU bends between the two points, the slope measured is a mixture of both sides; such an element is measured
 * again with a tenth and a hundredth of the step. A wrong gradient stays wrong there.
 *
 * @param parameters float64, by name; they are moved and put back
 * @param loss the loss for the parameters as they are at the call
 * @param gradients what is to be checked, by the parameters' names
 */
export function checkGradients(
  parameters: Readonly<Record<string, Tensor>>,
  loss: () => number,
  gradients: Readonly<Record<string, Tensor>>,
  options: GradientCheckOptions = {},
): GradientCheckResult[] {
  // All gradients are read before the first parameter moves: they may not be computed yet.
  const pairs = Object.entries(parameters).map(([name, parameter]) => {
    const gradient = gradients[name];
    if (gradient === undefined) throw new ArgumentError(`there is no gradient for the parameter "${name}"`);
    if (parameter.dtype !== 'float64') {
      throw new DTypeError(`"${name}" is ${parameter.dtype}: differences of a loss need float64 to mean anything`);
    }
    return { name, parameter, exact: Float64Array.from(gradient.typedArray()) };
  });
  return pairs.map(({ name, parameter, exact }) => checkParameter(name, parameter, loss, exact, options));
}

function checkParameter(
  name: string,
  parameter: Tensor,
  loss: () => number,
  exact: Float64Array,
  options: GradientCheckOptions,
): GradientCheckResult {
  const { samples = 50, generator, step = 1e-5, tolerance = 1e-5 } = options;
  const floor = SMALL * exact.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const slope = slopes(parameter, loss);
  const measure = (index: number, by: number): WorstElement => {
    const backprop = exact[index]!;
    const numerical = slope(index, by);
    const scale = Math.max(Math.abs(backprop), Math.abs(numerical), floor);
    const relativeError = backprop === numerical ? 0 : Math.abs(backprop - numerical) / scale;
    return { index, backprop, numerical, relativeError };
  };
  let worst: WorstElement | undefined;
  const chosen = randperm(parameter.size, { generator }).typedArray().slice(0, samples);
  for (const index of chosen) {
    let element = measure(index, step);
    for (const finer of [step / 10, step / 100])
      if (!(element.relativeError <= tolerance)) element = measure(index, finer);
    // The negated form lets NaN win: it must not pass.
    if (worst === undefined || !(element.relativeError <= worst.relativeError)) worst = element;
  }
  if (worst === undefined) throw new ArgumentError(`the parameter "${name}" has no elements to check`);
  return { name, shape: parameter.shape, checked: chosen.length, worst, passed: worst.relativeError <= tolerance };
}

/** Measures the slope of `loss` along one element of `parameter`, which it puts back. */
function slopes(parameter: Tensor, loss: () => number): (index: number, step: number) => number {
  const original = parameter.typedArray();
  const lossAt = (index: number, value: number): number => {
    const moved = allocate('float64', original.length);
    moved.set(original);
    moved[index] = value;
    put(parameter, moved);
    return loss();
  };
  return (index, step) => {
    const value = original[index]!;
    try {
      // The distance as rounded, not as asked for: it is what the loss sees.
      const high = value + step;
      const low = value - step;
      return (lossAt(index, high) - lossAt(index, low)) / (high - low);
    } finally {
      put(parameter, original);
    }
  };
}

function put(parameter: Tensor, values: ReturnType<Tensor['typedArray']>): void {
  noGrad(() => parameter.assign(tensor(values, { shape: parameter.shape, dtype: parameter.dtype })));
}
