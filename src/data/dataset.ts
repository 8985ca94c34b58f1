/**
 * Data sets: examples by number, handed out in batches.
 */
import { allocate, type DType, isFloat, type TypedArray } from '../base/dtype.js';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../base/errors.js';
import { showShape, sizeOf } from '../base/shape.js';
import { asTensor, type TensorData, tensor } from '../tensor/create.js';
import { Tensor } from '../tensor/tensor.js';

/** What a loader draws from. Any object of this form will do. */
export interface Dataset<Batch = [Tensor, Tensor]> {
  /** How many examples there are. */
  readonly length: number;
  /** The examples with these numbers, in this order, stacked along a first axis. `indices` is only lent. */
  batch(indices: Int32Array): Batch;
}

/** Values kept as they are stored and converted batch by batch: 60,000 images take 47 MB as bytes, 188 as floats. */
export interface Column {
  /** One value per element of `shape`, row-major; borrowed. */
  readonly data: TypedArray;
  /** [examples, …shape of one]. */
  readonly shape: readonly number[];
  /** What the batches have: a float, or int32 for uint8 data. Default: the data's own, or float32 with `scale`. */
  readonly dtype?: DType;
  /** What each value is multiplied by; makes a float. 1/255 brings bytes into 0 … 1. */
  readonly scale?: number;
}

/** One part of the examples: a tensor, or what makes one, or a {@link Column}. The first axis counts the examples. */
export type ColumnData = Tensor | TensorData | Column;

/** A column ready to gather from. */
interface Gathered {
  readonly data: TypedArray;
  readonly sample: readonly number[];
  /** Elements of one example. */
  readonly size: number;
  readonly dtype: DType;
  readonly scale: number;
}

/** Inputs and targets in memory: example i is `inputs[i]` with `targets[i]`. */
export class TensorDataset implements Dataset {
  readonly length: number;
  private readonly inputs: Gathered;
  private readonly targets: Gathered;

  /**
   * Tensors, arrays and nested arrays are copied, the data of a {@link Column} are borrowed.
   * @throws ShapeError for ragged or empty data, or inputs and targets of different length; DTypeError for a
   * conversion that could lose values.
   */
  constructor(inputs: ColumnData, targets: ColumnData) {
    const [x, count] = prepare(inputs, 'the inputs');
    const [t, labels] = prepare(targets, 'the targets');
    if (count !== labels) {
      throw new ShapeError(`there are ${count} inputs and ${labels} targets: each input needs one target`);
    }
    this.length = count;
    this.inputs = x;
    this.targets = t;
  }

  /** @throws IndexError for a number that no example has. */
  batch(indices: Int32Array): [Tensor, Tensor] {
    for (const i of indices) {
      if (i < 0 || i >= this.length) throw new IndexError(`there is no example ${i}: expected 0 … ${this.length - 1}`);
    }
    return [gather(this.inputs, indices), gather(this.targets, indices)];
  }
}

function isColumn(value: ColumnData): value is Column {
  return (
    typeof value === 'object' && value !== null && 'data' in value && 'shape' in value && !(value instanceof Tensor)
  );
}

function prepare(value: ColumnData, what: string): [Gathered, count: number] {
  if (!isColumn(value)) {
    const whole = value instanceof Tensor ? value : tensor(value);
    return prepareColumn(whole.typedArray(), whole.dtype, { shape: whole.shape }, what);
  }
  return prepareColumn(value.data, dtypeOf(value.data), value, what);
}

function prepareColumn(
  data: TypedArray,
  stored: DType,
  options: Omit<Column, 'data'>,
  what: string,
): [Gathered, count: number] {
  const { shape, scale = 1 } = options;
  const [count, ...sample] = shape;
  if (count === undefined) throw new ShapeError(`${what} are a single number; the first axis must count the examples`);
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(`${what}: shape ${showShape(shape)} needs ${sizeOf(shape)} values, got ${data.length}`);
  }
  if (data.length === 0) throw new ShapeError(`${what} are empty: shape ${showShape(shape)}`);
  if (!Number.isFinite(scale)) throw new ArgumentError(`${what}: the scale must be a finite number, got ${scale}`);
  const dtype = options.dtype ?? (scale === 1 || isFloat(stored) ? stored : 'float32');
  const exact = dtype === stored || (dtype === 'int32' && !isFloat(stored));
  if (!isFloat(dtype) && (!exact || scale !== 1)) {
    const scaled = scale === 1 ? '' : ` times ${scale}`;
    throw new DTypeError(`${what}: ${stored} values${scaled} do not fit ${dtype}; use a float`);
  }
  return [{ data, sample, size: sizeOf(sample), dtype, scale }, count];
}

function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'uint8';
  throw new DTypeError('data must be a Float32Array, Float64Array, Int32Array or Uint8Array');
}

/** Always into a new array: the batch before may still wait in a graph. */
function gather({ data, sample, size, dtype, scale }: Gathered, indices: Int32Array): Tensor {
  const out = allocate(dtype, indices.length * size);
  if (size === 1) indices.forEach((i, at) => void (out[at] = data[i]!));
  // Copying converts, and scaling in place afterwards is faster than a loop that does both.
  else indices.forEach((i, row) => out.set(data.subarray(i * size, (i + 1) * size), row * size));
  if (scale !== 1) for (let at = 0; at < out.length; at++) out[at]! *= scale;
  return asTensor(out, { dtype, shape: [indices.length, ...sample] });
}
