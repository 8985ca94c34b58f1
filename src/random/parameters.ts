/**
 * What the draws share: parameters that broadcast, and the shape, dtype and generator that follow from them and the options.
 */
import { checkDType, type DType, floatOf, isFloat, promote } from '../base/dtype.js';
import { ArgumentError, DTypeError, GraphError, ShapeError } from '../base/errors.js';
import { broadcastShapes, internShape, SCALAR, type Shape, sameShape, showShape } from '../base/shape.js';
import { isRecording } from '../ir/node.js';
import { full } from '../tensor/create.js';
import { type Bits, bitsOf } from '../tensor/drawing.js';
import { to } from '../tensor/elementwise.js';
import type { TensorLike } from '../tensor/operands.js';
import { nodeOf, showKind } from '../tensor/operands.js';
import type { RandomOptions } from '../tensor/random.js';
import { expand } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';

/** Where the numbers come from and go to. */
export interface DrawOptions extends RandomOptions {
  /** The shape of the result, to which the parameters broadcast; without it, what the parameters broadcast to. */
  shape?: readonly number[];
}

/** A call with its parameters in the dtype of the result. */
export interface Call {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly values: readonly TensorLike[];
  /** A parameter at every place of the result. */
  everywhere(parameter: TensorLike): Tensor;
  /** Bits for another draw, of the result's shape with `rounds` as one more axis at its end, if it is given. */
  bits(rounds?: number): Bits;
}

/**
 * @throws ArgumentError for a parameter that is neither a tensor nor a finite number, DTypeError for a dtype that is no float,
 * ShapeError where the parameters do not broadcast to the shape
 */
export function callOf(op: string, parameters: Readonly<Record<string, TensorLike>>, options: DrawOptions): Call {
  let dtype: DType | null = null;
  let together: Shape = SCALAR;
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value === 'number') {
      if (Number.isNaN(value))
        throw new ArgumentError(`${op}: ${name} must be a number or a tensor, got ${showKind(value)}`);
      continue;
    }
    const node = nodeOf(op, value);
    const own = floatOf(node.dtype);
    dtype = dtype === null ? own : promote(dtype, own);
    together = broadcastShapes(together, node.shape, op);
  }
  const wanted = checkDType(options.dtype ?? dtype ?? 'float32');
  if (!isFloat(wanted))
    throw new DTypeError(`${op}: gives floats, got dtype ${wanted}; convert the result with .to(…)`);
  const shape = options.shape === undefined ? together : internShape(options.shape);
  if (!sameShape(broadcastShapes(together, shape, op), shape))
    throw new ShapeError(`${op}: parameters of shape ${showShape(together)} do not broadcast to ${showShape(shape)}`);
  return {
    shape,
    dtype: wanted,
    values: Object.values(parameters).map((v) => (typeof v === 'number' ? v : to(v, wanted))),
    everywhere: (value) =>
      typeof value === 'number' ? full(shape, value, { dtype: wanted }) : expand(value, [...shape]),
    bits: (rounds) => bitsOf(rounds === undefined ? shape : internShape([...shape, rounds]), options.generator),
  };
}

/** @throws ArgumentError for a plain number that is not above 0; a tensor's elements that are not give NaN */
export function expectPositive(op: string, name: string, value: TensorLike): void {
  if (typeof value === 'number' && !(value > 0))
    throw new ArgumentError(`${op}: ${name} must be above 0, got ${showKind(value)}`);
}

/** @throws GraphError for a parameter that wants a gradient which the draw does not have */
export function expectConstant(op: string, name: string, value: TensorLike): void {
  if (typeof value !== 'number' && value.requiresGrad && isRecording())
    throw new GraphError(
      `${op}: the result has no gradient with respect to ${name}, which requires one: pass its detach(), or draw inside noGrad(…)`,
    );
}
