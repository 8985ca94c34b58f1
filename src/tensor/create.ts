/**
 * New tensors: from values of the user's, or filled by a rule.
 */
import { allocate, checkDType, type DType, isFloat, type TypedArray } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { internShape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { wrap } from './methods.js';
import { flatten, type NestedData } from './nested.js';
import { castNode, numberLike, showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** Options of whatever makes a tensor. */
export interface TensorOptions {
  /** The element type; float32 unless told, or what the values call for. */
  dtype?: DType;
  /** Whether `backward()` computes a gradient for it. Only floats can have one. */
  requiresGrad?: boolean;
  /** What errors and pictures call it. */
  name?: string;
}

/** Typed arrays that `tensor` copies; the ones without a dtype of their own become int32. */
export type TypedData = TypedArray | Uint8ClampedArray | Int8Array | Int16Array | Uint16Array;
/** What {@link tensor} takes: a number or bool, nested arrays of them, or a typed array. */
export type TensorData = NestedData | TypedData;

/** A tensor around a new node, as the options want it. */
export function finish(node: Node, { requiresGrad = false, name }: TensorOptions): Tensor {
  const made = wrap(node);
  if (name !== undefined) made.name = name;
  if (requiresGrad) made.requiresGrad = true;
  return made;
}

/** The typed arrays in which elements of a dtype live here. */
const NATIVE: Readonly<Record<string, DType>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  Uint8Array: 'uint8',
};
/** Others, whose elements a dtype can hold. */
const CONVERTIBLE: Readonly<Record<string, DType>> = {
  Uint8ClampedArray: 'uint8',
  Int8Array: 'int32',
  Int16Array: 'int32',
  Uint16Array: 'int32',
};

const LIMITS: Partial<Record<DType, readonly [number, number]>> = { int32: [-2147483648, 2147483647], uint8: [0, 255] };

/** Values in a new array. @throws DTypeError for a value that an integer dtype cannot hold */
function copied(values: ArrayLike<number>, dtype: DType): TypedArray {
  const array = allocate(dtype, values.length);
  const limits = LIMITS[dtype];
  if (isFloat(dtype) || (limits && values.constructor === array.constructor)) array.set(values);
  else {
    for (let i = 0; i < values.length; i++) {
      array[i] = limits ? wholeNumber(values[i]!, i, dtype, limits) : Number(values[i] !== 0);
    }
  }
  return array;
}

function wholeNumber(x: number, i: number, dtype: DType, [low, high]: readonly [number, number]): number {
  if (x >= low && x <= high) return Math.trunc(x);
  throw new DTypeError(
    `tensor: element ${i} is ${x}, which is no ${dtype} (${low} … ${high}): use a float dtype, or clean the data first`,
  );
}

function checkCount(op: string, count: number, shape: readonly number[]): void {
  const expected = sizeOf(internShape(shape));
  if (expected !== count)
    throw new ShapeError(`${op}: ${count} elements do not fill the shape ${showShape(shape)}, which has ${expected}`);
}

/** The dtype of a typed array. @throws DTypeError for one that has none here */
function dtypeOfArray(data: ArrayBufferView): DType {
  const kind = data.constructor.name;
  const dtype = NATIVE[kind] ?? CONVERTIBLE[kind];
  if (!dtype)
    throw new DTypeError(
      `tensor: a ${kind} has no dtype here: copy it into a Float64Array, Float32Array, Int32Array or Uint8Array`,
    );
  return dtype;
}

const isView = (data: unknown): data is TypedData => ArrayBuffer.isView(data);

/**
 * A tensor of these values, which are copied at once. Numbers become float32 unless `dtype` says otherwise, booleans
 * bool, typed arrays what they are. `shape` arranges them in row-major order.
 * @throws ShapeError for ragged nested arrays; it names the place
 */
export function tensor(data: TensorData, options: TensorOptions & { shape?: readonly number[] } = {}): Tensor {
  if ((data as unknown) instanceof Tensor)
    throw new ArgumentError('tensor: this is a tensor already; copy it with clone(), or cut its history with detach()');
  if (typeof data !== 'number' && typeof data !== 'boolean' && !Array.isArray(data) && !isView(data)) {
    throw new ArgumentError(
      `tensor: takes a number, a boolean, nested arrays of them or a typed array, got ${showKind(data)}`,
    );
  }
  const flat = isView(data) ? { values: data, shape: [data.length], dtype: dtypeOfArray(data) } : flatten(data);
  const natural = 'dtype' in flat ? flat.dtype : flat.bool ? 'bool' : 'float32';
  const dtype = options.dtype === undefined ? natural : checkDType(options.dtype);
  const shape = options.shape ?? flat.shape;
  checkCount('tensor', flat.values.length, shape);
  return finish(
    ops.dataNode(new Storage(dtype, flat.values.length, copied(flat.values, dtype)), internShape(shape)),
    options,
  );
}

/**
 * A tensor that borrows a typed array: nothing is copied. The array belongs to the tensor from then on: change it no
 * more, and expect it to be overwritten where the tensor is. Use {@link tensor} unless the copy is too dear. A
 * Uint8Array of 0 and 1 can be borrowed as bool.
 */
export function asTensor(data: TypedArray, options: TensorOptions & { shape?: readonly number[] } = {}): Tensor {
  if (!isView(data))
    throw new ArgumentError(`asTensor: takes a typed array, got ${showKind(data)}; tensor(…) copies other data`);
  const kind = data.constructor.name;
  const own = NATIVE[kind];
  const dtype = options.dtype === undefined ? own : checkDType(options.dtype);
  if (own === undefined || dtype === undefined || (dtype !== own && !(own === 'uint8' && dtype === 'bool'))) {
    throw new DTypeError(
      `asTensor: a ${kind} cannot be borrowed as ${dtype ?? 'a tensor'}; tensor(…, { dtype }) copies and converts`,
    );
  }
  if (dtype === 'bool') {
    const bad = data.find((b) => b > 1);
    if (bad !== undefined) throw new DTypeError(`asTensor: bools are 0 and 1, the array holds ${bad}`);
  }
  const shape = options.shape ?? [data.length];
  checkCount('asTensor', data.length, shape);
  return finish(ops.dataNode(new Storage(dtype, data.length, data), internShape(shape)), options);
}

/** `value` everywhere. @throws DTypeError when the dtype cannot hold it */
export function full(shape: readonly number[], value: number | boolean, options: TensorOptions = {}): Tensor {
  const { dtype = typeof value === 'boolean' ? 'bool' : 'float32' } = options;
  const number = Number(value);
  const to = checkDType(dtype);
  if (to === 'bool' ? number !== 0 && number !== 1 : !isFloat(to) && !Number.isInteger(number)) {
    throw new DTypeError(`full: ${String(value)} is no ${to}: use a float dtype`);
  }
  return finish(numberLike('full', number, internShape(shape), to), options);
}

/** 0 everywhere, or false. */
export const zeros = (shape: readonly number[], options: TensorOptions = {}): Tensor =>
  full(shape, 0, { dtype: 'float32', ...options });

/** 1 everywhere, or true. */
export const ones = (shape: readonly number[], options: TensorOptions = {}): Tensor =>
  full(shape, 1, { dtype: 'float32', ...options });

/** Zeros of the shape and dtype of `x`. */
export const zerosLike = (x: Tensor, options: TensorOptions = {}): Tensor =>
  zeros(x.shape, { dtype: x.dtype, ...options });

/** Ones of the shape and dtype of `x`. */
export const onesLike = (x: Tensor, options: TensorOptions = {}): Tensor =>
  ones(x.shape, { dtype: x.dtype, ...options });

/** `value` in the shape and dtype of `x`. */
export const fullLike = (x: Tensor, value: number | boolean, options: TensorOptions = {}): Tensor =>
  full(x.shape, value, { dtype: x.dtype, ...options });

function finite(op: string, what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ArgumentError(`${op}: ${what} must be a finite number, got ${showKind(value)}`);
}

/** What {@link arange} takes: where to stop; or where to start and to stop; or a step too. */
export type RangeArguments =
  | readonly [stop: number, options?: TensorOptions]
  | readonly [start: number, stop: number, options?: TensorOptions]
  | readonly [start: number, stop: number, step: number, options?: TensorOptions];

/**
 * start, start + step, … up to, not including, stop: `arange(stop)`, `arange(start, stop)`, `arange(start, stop,
 * step)`, each with options. Computed in float64. int32 if all three are whole numbers, else float32, unless the
 * options say otherwise.
 */
export function arange(...args: RangeArguments): Tensor {
  const numbers = args.filter((a): a is number => typeof a === 'number');
  const last = args.at(-1);
  const options: TensorOptions = typeof last === 'object' ? last : {};
  const [start, stop, step = 1] = numbers.length === 1 ? [0, numbers[0]] : numbers;
  const from = finite('arange', 'the start', start);
  const to = finite('arange', 'the stop', stop);
  const by = finite('arange', 'the step', step);
  if (by === 0) throw new ArgumentError('arange: the step is 0, so the range would never end');
  const count = Math.max(0, Math.ceil((to - from) / by));
  const whole = [from, to, by].every(Number.isInteger);
  return series(count, (i) => from + i * by, { dtype: whole ? 'int32' : 'float32', ...options });
}

/** `count` numbers from start to stop, both included, at equal distances. Computed in float64. */
export function linspace(start: number, stop: number, count: number, options: TensorOptions = {}): Tensor {
  const from = finite('linspace', 'the start', start);
  const to = finite('linspace', 'the stop', stop);
  if (!Number.isInteger(count) || count < 0)
    throw new ArgumentError(`linspace: the count must be a whole number from 0 up, got ${showKind(count)}`);
  const by = (to - from) / (count - 1);
  return series(count, (i) => (i === count - 1 && count > 1 ? to : from + (i === 0 ? 0 : i * by)), options);
}

function series(count: number, at: (i: number) => number, options: TensorOptions): Tensor {
  const shape = internShape([count]);
  const dtype = checkDType(options.dtype ?? 'float32');
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = at(i);
  return finish(ops.dataNode(new Storage(dtype, count, copied(values, dtype)), shape), options);
}

/** The identity matrix, n × n, or n × m with ones on the main diagonal. */
export function eye(n: number, m = n, options: TensorOptions = {}): Tensor {
  const shape = internShape([n, m]);
  const diagonal = apply(ops.eq, [ops.iotaNode(shape, 0), ops.iotaNode(shape, 1)]);
  return finish(castNode(diagonal, checkDType(options.dtype ?? 'float32')), options);
}
