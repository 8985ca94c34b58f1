/**
 * Images read at places that are data, as spatial transformers do: Jaderberg et al., "Spatial Transformer Networks" (2015).
 */
import { floatOf, isFloat, promote } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { internShape, showShape, sizeOf, stridesOf } from '../base/shape.js';
import { apply } from '../ir/node.js';
import * as ops from '../ops/index.js';
import {
  arange,
  clamp,
  einsum,
  floor,
  meshgrid,
  ones,
  remainder,
  round,
  stack,
  Tensor,
  to,
  where,
} from '../tensor/index.js';
import { showKind } from '../tensor/operands.js';

/** Where −1 and 1 lie in an image. */
export interface AlignOptions {
  /** Whether −1 and 1 are the centres of the first and the last elements, instead of the outer edges. No unless told. */
  alignCorners?: boolean;
}

/** Options of {@link gridSample}. */
export interface GridSampleOptions extends AlignOptions {
  /** `bilinear` (in three dimensions trilinear) weighs the nearest elements, `nearest` takes one. `bilinear` unless told. */
  mode?: 'bilinear' | 'nearest';
  /** What is read outside: 0, the nearest element of the `border`, or the image mirrored at its border. `zeros` unless told. */
  paddingMode?: 'zeros' | 'border' | 'reflection';
}

const MODES: readonly unknown[] = ['bilinear', 'nearest'];
const PADDING_MODES: readonly unknown[] = ['zeros', 'border', 'reflection'];

/** x mirrored at both ends until it lies between them. */
function reflected(x: Tensor, low: number, high: number): Tensor {
  const span = high - low;
  if (span === 0) return x.mul(0);
  const beyond = x.sub(low).abs();
  const turns = floor(beyond.div(span)).detach();
  const past = beyond.sub(turns.mul(span));
  return where(remainder(turns, 2).eq(0), past, past.mul(-1).add(span)).add(low);
}

/** Where along an axis of `size` elements a coordinate from −1 to 1 lies, in elements. */
function located(coordinate: Tensor, size: number, alignCorners: boolean, paddingMode: string): Tensor {
  const place = alignCorners ? coordinate.add(1).mul((size - 1) / 2) : coordinate.add(1).mul(size).sub(1).mul(0.5);
  if (paddingMode === 'zeros') return place;
  const edge = alignCorners ? 0 : 0.5;
  return clamp(paddingMode === 'border' ? place : reflected(place, -edge, size - 1 + edge), 0, size - 1);
}

/** @throws ShapeError, DTypeError, ArgumentError unless image, grid and options fit each other */
function expectGrid(x: Tensor, grid: Tensor, mode: unknown, paddingMode: unknown): void {
  if (!MODES.includes(mode))
    throw new ArgumentError(`gridSample: mode is 'bilinear' or 'nearest', got ${showKind(mode)}`);
  if (!PADDING_MODES.includes(paddingMode))
    throw new ArgumentError(
      `gridSample: paddingMode is 'zeros', 'border' or 'reflection', got ${showKind(paddingMode)}`,
    );
  if (!isFloat(grid.dtype))
    throw new DTypeError(
      `gridSample: the grid must be float32 or float64, got ${grid.dtype}: convert it with .to('float32')`,
    );
  const rank = x.ndim - 2;
  if ((rank !== 2 && rank !== 3) || grid.ndim !== x.ndim || grid.shape[0] !== x.shape[0] || grid.shape.at(-1) !== rank)
    throw new ShapeError(
      `gridSample: an input of shape ${showShape(x.shape)} and a grid of ${showShape(grid.shape)}; expected [batch, channels, height, width] ` +
        'and [batch, …, 2], or [batch, channels, depth, height, width] and [batch, …, 3]',
    );
  if (x.shape.slice(2).includes(0))
    throw new ShapeError(`gridSample: the input of shape ${showShape(x.shape)} has no elements to read`);
}

/**
 * x [batch, channels, height, width] read at the places of a grid [batch, rows, columns, 2]: [batch, channels, rows, columns]. Each
 * place is (x, y), from (−1, −1) in the upper left corner to (1, 1); of a volume, whose grid is [batch, …, 3], it is (x, y, z).
 * Gradients go to x and, unless the mode is `nearest`, to the grid.
 * @throws ShapeError when x and grid do not fit each other, ArgumentError for unknown modes
 * @example
 * gridSample(tensor([[[[1, 3]]]]), tensor([[[[0, 0], [-0.5, 0]]]])) // [[[[2, 1]]]]
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false } = options;
  expectGrid(x, grid, mode, paddingMode);
  const [count = 0, channels = 0, ...spatial] = x.shape;
  const values = to(x, promote(floatOf(x.dtype), grid.dtype));
  const sizes = grid.shape.slice(1, -1);
  const rank = spatial.length;
  // Two elements along each axis make up a value: each axis of taps is one of size 2 in front.
  const taps = mode === 'bilinear' ? spatial.map(() => 2) : [];
  const shape = internShape([...taps, count, ...sizes]);
  const strides = stridesOf(spatial);
  const along = (axis: number): Tensor => new Tensor(ops.iotaNode(shape, axis));

  let index = along(taps.length).mul(sizeOf(spatial));
  let weight: Tensor | null = null;
  const outside: Tensor[] = [];
  spatial.forEach((size, axis) => {
    // The last coordinate of a grid is that of the first axis.
    const place = located(
      grid.slice(...grid.shape.slice(0, -1).map(() => null), rank - 1 - axis),
      size,
      alignCorners,
      paddingMode,
    );
    const first = (mode === 'nearest' ? round(place) : floor(place)).detach();
    const tap = taps.length > 0 ? along(axis) : null;
    const at = tap ? first.add(tap.to(place.dtype)) : first;
    index = index.add(
      clamp(at, 0, size - 1)
        .to('int32')
        .mul(strides[axis]!),
    );
    if (paddingMode === 'zeros') outside.push(at.lt(0).logicalOr(at.gt(size - 1)));
    if (!tap) return;
    const past = place.sub(first);
    const own = where(tap.eq(0), past.mul(-1).add(1), past);
    weight = weight ? weight.mul(own) : own;
  });
  const flat = values.permute([1, 0, ...spatial.map((_, i) => 2 + i)]).reshape(channels, count * sizeOf(spatial));
  let taken = new Tensor(apply(ops.gather, [flat.node, index.node], { axis: 1 }));
  for (const beyond of outside) taken = where(beyond, 0, taken);
  if (weight) taken = taken.mul(weight).sum(taps.map((_, i) => 1 + i));
  return taken.permute([1, 0, ...sizes.map((_, i) => 2 + i)]);
}

/**
 * The grid of {@link gridSample} in which every place is moved by an affine map: theta [batch, 2, 3] for images of `size` [batch, channels,
 * height, width], theta [batch, 3, 4] for volumes.
 * @throws ShapeError when theta and the size do not fit each other
 * @example
 * affineGrid(tensor([[[1, 0, 0], [0, 1, 0]]]), [1, 1, 1, 2]) // [[[[-0.5, 0], [0.5, 0]]]]
 */
export function affineGrid(theta: Tensor, size: readonly number[], options: AlignOptions = {}): Tensor {
  const { alignCorners = false } = options;
  const spatial = size.slice(2);
  const rank = spatial.length;
  if (
    (rank !== 2 && rank !== 3) ||
    theta.ndim !== 3 ||
    theta.shape[0] !== size[0] ||
    theta.shape[1] !== rank ||
    theta.shape[2] !== rank + 1
  )
    throw new ShapeError(
      `affineGrid: theta has shape ${showShape(theta.shape)}, the size is ${showShape(size)}; expected [batch, 2, 3] for [batch, channels, ` +
        'height, width], or [batch, 3, 4] for [batch, channels, depth, height, width]',
    );
  const dtype = floatOf(theta.dtype);
  const axes = spatial.map((n) =>
    arange(n, { dtype })
      .mul(2)
      .add(1 - n)
      .div(alignCorners ? Math.max(n - 1, 1) : n),
  );
  const base = stack([...meshgrid(axes).reverse(), ones(spatial, { dtype })], rank);
  return einsum('...j,nij->n...i', base, theta);
}
