/**
 * Images, sequences and volumes brought to another size: along each spatial axis an element of the result is a weighted sum of a few
 * elements of the input, whose places follow from the sizes alone. One axis is done after the other.
 */
import { allocate, type DType, floatOf } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from '../tensor/images.js';
import { type PerAxis, Tensor, to } from '../tensor/index.js';
import { broadcastTo, reshapeNode, showKind } from '../tensor/operands.js';
import { perAxis, type Rank } from '../tensor/spatial.js';
import { Module } from './module.js';

/** How many spatial axes a mode is for; null for any number from 1 to 3. */
const MODES = {
  nearest: null,
  'nearest-exact': null,
  area: null,
  linear: 1,
  bilinear: 2,
  bicubic: 2,
  trilinear: 3,
} as const satisfies Record<InterpolationMode, Rank | null>;

/**
 * `nearest` takes the element whose place, rounded down, is meant, `nearest-exact` the one whose centre is nearest; `linear`, `bilinear`
 * and `trilinear` (for 1, 2 and 3 spatial axes) weigh the two nearest along each axis, `bicubic` four; `area` averages.
 */
export type InterpolationMode = 'nearest' | 'nearest-exact' | 'area' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear';

/** Options of {@link interpolate}. */
export interface InterpolateOptions {
  /** The size of the result: a number, or one for each spatial axis. Either this or `scaleFactor`. */
  size?: PerAxis;
  /** How many times as large the result is, rounded down: a number, or one for each spatial axis. */
  scaleFactor?: number | readonly number[];
  /** `nearest` unless told. */
  mode?: InterpolationMode;
  /** Whether the centres of the first and the last elements stay in place, instead of the outer edges. No unless told. */
  alignCorners?: boolean;
}

/** Where an axis of the result reads, and with which weights: for each tap one list along the axis. */
interface Taps {
  readonly places: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
}

/** The kernel of cubic convolution, with a = −¾. Keys, "Cubic convolution interpolation for digital image processing" (1981). */
const A = -0.75;
const near = (t: number): number => ((A + 2) * t - (A + 3)) * t * t + 1;
const far = (t: number): number => ((A * t - 5 * A) * t + 8 * A) * t - 4 * A;

/** @param step how far neighbours of the result lie apart in the input */
function tapsOf(mode: InterpolationMode, from: number, length: number, step: number, alignCorners: boolean): Taps {
  const all = Array.from({ length }, (_, i) => i);
  const inside = (place: number): number => Math.min(Math.max(place, 0), from - 1);
  if (mode === 'nearest' || mode === 'nearest-exact') {
    const shift = mode === 'nearest' ? 0 : 0.5;
    return { places: [all.map((i) => inside(Math.floor((i + shift) * step)))], weights: [all.map(() => 1)] };
  }
  const centres = all.map((i) =>
    alignCorners ? (length > 1 ? (i * (from - 1)) / (length - 1) : 0) : (i + 0.5) * step - 0.5,
  );
  const cubic = mode === 'bicubic';
  const at = cubic ? centres : centres.map(inside);
  const first = at.map(Math.floor);
  const past = at.map((place, i) => place - first[i]!);
  const weights = cubic
    ? [past.map((t) => far(t + 1)), past.map(near), past.map((t) => near(1 - t)), past.map((t) => far(2 - t))]
    : [past.map((t) => 1 - t), past];
  return { places: weights.map((_, tap) => first.map((place) => inside(place + tap - (cubic ? 1 : 0)))), weights };
}

/** `rows` as a matrix. */
function table(rows: readonly (readonly number[])[], dtype: DType): Node {
  const values = allocate(dtype, rows.length * rows[0]!.length);
  values.set(rows.flat());
  return ops.dataNode(new Storage(dtype, values.length, values), internShape([rows.length, rows[0]!.length]));
}

/** An axis of x read through its taps. */
function resampled(x: Node, axis: number, { places, weights }: Taps): Node {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const length = places[0]!.length;
  const result = internShape([...before, length, ...after]);
  const times = length / x.shape[axis]!;
  const single = places.length === 1;
  // An axis whose elements are repeated equally often, or not at all, is index arithmetic.
  if (single && places[0]!.every((place, i) => place === Math.floor(i / times)) && Number.isInteger(times)) {
    const column = reshapeNode(x, internShape([...before, x.shape[axis]!, 1, ...after]));
    return reshapeNode(broadcastTo(column, internShape([...before, x.shape[axis]!, times, ...after])), result);
  }
  const taken = apply(ops.gather, [x, table(places, 'int32')], { axis });
  if (single) return reshapeNode(taken, result);
  const weight = table(weights, x.dtype);
  const column = reshapeNode(weight, internShape([...weight.shape, ...after.map(() => 1)]));
  const weighted = apply(ops.mul, [taken, broadcastTo(column, taken.shape)]);
  return reshapeNode(apply(ops.sum, [weighted], { axes: [axis] }), result);
}

const AVERAGED = { 1: adaptiveAvgPool1d, 2: adaptiveAvgPool2d, 3: adaptiveAvgPool3d } as const;

const isRank = (n: number): n is Rank => n === 1 || n === 2 || n === 3;

/** @throws ArgumentError unless the factors are numbers above 0, as many as spatial axes */
function factorsOf(factor: number | readonly number[], rank: number): readonly number[] {
  const list = typeof factor === 'number' ? new Array<number>(rank).fill(factor) : factor;
  if (list.length === rank && list.every((f) => f > 0 && Number.isFinite(f))) return list;
  throw new ArgumentError(
    `interpolate: scaleFactor is a number above 0, or one for each of the ${rank} spatial axes, got ${JSON.stringify(factor)}`,
  );
}

/**
 * x [batch, channels, …spatial], of 1 to 3 spatial axes, brought to another size. Modes that weigh compute whole numbers in float32.
 * @throws ShapeError for other numbers of axes or no elements, ArgumentError for options that do not fit each other
 * @example
 * interpolate(tensor([[[1, 2]]]), { scaleFactor: 2 }) // [[[1, 1, 2, 2]]]
 * interpolate(tensor([[[0, 4]]]), { size: 4, mode: 'linear' }) // [[[0, 1, 3, 4]]]
 * interpolate(ones([1, 3, 4, 6]), { size: [8, 9], mode: 'bicubic' }).shape // [1, 3, 8, 9]
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const { size, scaleFactor, mode = 'nearest', alignCorners } = options;
  const { shape } = x;
  const rank = shape.length - 2;
  if (!isRank(rank))
    throw new ShapeError(
      `interpolate: expected [batch, channels, …spatial] with 1 to 3 spatial axes, got ${showShape(shape)}`,
    );
  if (!Object.hasOwn(MODES, mode))
    throw new ArgumentError(`interpolate: mode is one of ${Object.keys(MODES).join(', ')}, got ${showKind(mode)}`);
  if (MODES[mode] !== null && MODES[mode] !== rank)
    throw new ArgumentError(
      `interpolate: mode '${mode}' is for ${MODES[mode]} spatial axes, the input ${showShape(shape)} has ${rank}`,
    );
  if (alignCorners !== undefined && MODES[mode] === null)
    throw new ArgumentError(
      `interpolate: alignCorners is for linear, bilinear, bicubic and trilinear, the mode is '${mode}'`,
    );
  if ((size === undefined) === (scaleFactor === undefined))
    throw new ArgumentError('interpolate: takes either size or scaleFactor');
  const spatial = shape.slice(2);
  if (spatial.includes(0))
    throw new ShapeError(`interpolate: the input of shape ${showShape(shape)} has no elements to read`);
  const factors = scaleFactor === undefined ? null : factorsOf(scaleFactor, rank);
  const lengths = perAxis(
    'interpolate',
    'the size',
    factors?.map((f, i) => Math.floor(f * spatial[i]!)) ?? size ?? [],
    rank,
    1,
  );
  if (mode === 'area') return AVERAGED[rank](x, lengths);
  const weighs = MODES[mode] !== null;
  const values = weighs ? to(x, floatOf(x.dtype)) : x;
  return new Tensor(
    lengths.reduce((node, length, i) => {
      const from = spatial[i]!;
      const step = factors ? 1 / factors[i]! : from / length;
      const same = length === from && (step === 1 || alignCorners === true);
      return same ? node : resampled(node, 2 + i, tapsOf(mode, from, length, step, alignCorners ?? false));
    }, values.node),
  );
}

/** {@link interpolate} as a layer. */
export class Upsample extends Module {
  constructor(private readonly options: InterpolateOptions) {
    super();
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }

  protected override describe(): string {
    return JSON.stringify(this.options);
  }
}
