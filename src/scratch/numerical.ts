/**
 * Derivatives by trying: move the input a little, look how far the output moves.
 * Slow (two evaluations for every single number) and only nearly right, but so simple that it can check backpropagation.
 *
 * The central difference (f(x + ε) − f(x − ε)) / 2ε is wrong by about ε²·f‴/6 (the curve is not a line) plus about
 * δ·f/ε (δ: the rounding of one number), so the best ε is near the cube root of δ.
 */
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { asTensor, noGrad, type Tensor, tensor } from '../tensor/index.js';
import { checkTensor, checkValue, type Value } from './value.js';

/** The step where nothing else is said: near the cube root of the rounding of the dtype. */
export const EPS = { float64: 1e-5, float32: 5e-3 } as const;

/**
 * The derivative of f at x by the central difference (f(x + eps) − f(x − eps)) / (2·eps).
 * @param eps The step, 1e-5 unless told.
 */
export function numericalDiff(f: (x: number) => number, x: number, eps: number = EPS.float64): number {
  if (typeof x !== 'number')
    throw new ArgumentError(`numericalDiff: x must be a number, got ${typeof x}; for a tensor use numericalGradient`);
  checkStep(eps, 'numericalDiff');
  return (asNumber(f(x + eps), 'numericalDiff') - asNumber(f(x - eps), 'numericalDiff')) / (2 * eps);
}

/**
 * The gradient of f at x, one element after the other, by central differences.
 *
 * `x` itself holds the moved values while f runs, so f may read it through its argument or through anything that uses
 * `x` (a network with `x` among its parameters). Afterwards `x` has its old values again, also when f throws. What was
 * computed from `x` before and not read yet has to be read (or `realize()`d) first.
 *
 * @param f Gives a number or a tensor of one element.
 * @param x A float tensor. float64 is recommended: float32 leaves about 3 digits.
 * @param options `eps` is the step: 1e-5 for float64, 5e-3 for float32 unless told.
 * @returns The gradient, in the shape and dtype of x.
 */
export function numericalGradient(f: (x: Tensor) => Value, x: Tensor, { eps }: { eps?: number } = {}): Tensor {
  checkTensor(x, 'numericalGradient', 'x');
  if (x.dtype !== 'float32' && x.dtype !== 'float64') {
    throw new DTypeError(
      `numericalGradient: x must be float64 or float32, got ${x.dtype}: whole numbers cannot move a little`,
    );
  }
  const step = eps ?? EPS[x.dtype];
  checkStep(step, 'numericalGradient');
  return noGrad(() => {
    const original = x.typedArray();
    const gradient = new Float64Array(original.length);
    const at = (i: number, value: number): number => {
      const moved = original.slice();
      moved[i] = value;
      x.assign(tensor(moved, { shape: x.shape, dtype: x.dtype }));
      return asNumber(f(x), 'numericalGradient');
    };
    try {
      original.forEach((value, i) => {
        gradient[i] = (at(i, value + step) - at(i, value - step)) / (2 * step);
      });
    } finally {
      x.assign(tensor(original, { shape: x.shape, dtype: x.dtype }));
    }
    return asTensor(gradient, { shape: x.shape }).to(x.dtype);
  });
}

function checkStep(eps: number, who: string): void {
  if (Number.isFinite(eps) && eps > 0) return;
  throw new ArgumentError(`${who}: eps must be a number above 0, got ${String(eps)}`);
}

function asNumber(value: Value, who: string): number {
  checkValue(value, `${who}: the result of f`);
  if (typeof value === 'number') return value;
  if (value.size === 1) return value.item();
  throw new ShapeError(`${who}: f must give one number, got a tensor of shape ${showShape(value.shape)}`);
}
