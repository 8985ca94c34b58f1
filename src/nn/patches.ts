/**
 * Images as columns of patches, and back; channels as finer pixels, and back. All of it index arithmetic.
 */

import { floatOf } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { type PerAxis, permute, reshape, Tensor } from '../tensor/index.js';
import { castNode, nodeOf, reshapeNode, showKind } from '../tensor/operands.js';
import { type Border, batched, bordered, expectFit, perAxis, type Sliding, slid, unslid } from '../tensor/spatial.js';
import { Module } from './module.js';

/** Options of {@link unfold} and {@link fold}. */
export interface PatchOptions {
  /** How far neighbouring patches lie apart. 1 unless told. */
  stride?: PerAxis;
  /** Zeros on both sides of each spatial axis. 0 unless told. */
  padding?: PerAxis;
  /** How far neighbouring elements of a patch lie apart. 1 unless told. */
  dilation?: PerAxis;
}

const RANK = 2;

function slidingOf(
  op: string,
  kernel: PerAxis,
  options: PatchOptions,
): Sliding & { readonly borders: readonly Border[] } {
  return {
    size: perAxis(op, 'the kernel', kernel, RANK, 1),
    stride: perAxis(op, 'the stride', options.stride ?? 1, RANK, 1),
    dilation: perAxis(op, 'the dilation', options.dilation ?? 1, RANK, 1),
    borders: perAxis(op, 'the padding', options.padding ?? 0, RANK, 0).map((n) => [n, n]),
  };
}

/**
 * The patches of x [batch, channels, height, width] as columns: [batch, channels · kernel height · kernel width, patches]. Without a
 * batch axis the result has none. (Windows along one axis of any tensor are `tensor.unfold`.)
 * @throws ShapeError when no patch fits, ArgumentError for options out of range
 * @example
 * unfold(tensor([[[1, 2, 3], [4, 5, 6]]]), 2) // [[1, 2], [2, 3], [4, 5], [5, 6]]
 */
export function unfold(x: Tensor, kernel: PerAxis, options: PatchOptions = {}): Tensor {
  const given = nodeOf('unfold', x);
  const image = batched('unfold', given, RANK);
  const sliding = slidingOf('unfold', kernel, options);
  expectFit('unfold', image.shape, sliding.size, sliding.dilation, sliding.borders);
  const windows = slid(bordered(image, sliding.borders), sliding);
  const [count = 0, channels = 0, rows = 0, columns = 0] = windows.shape;
  const turned = apply(ops.permute, [windows], { axes: [0, 1, 4, 5, 2, 3] });
  const patches = reshapeNode(turned, internShape([count, channels * sizeOf(sliding.size), rows * columns]));
  return new Tensor(
    given.shape.length === image.shape.length ? patches : reshapeNode(patches, internShape(patches.shape.slice(1))),
  );
}

/**
 * Columns of patches [batch, channels · kernel height · kernel width, patches] added up to an image of `size` [height, width], of shape
 * [batch, channels, height, width]. The adjoint of {@link unfold}: where patches overlap their elements add up. Whole numbers are computed in
 * float32.
 * @throws ShapeError when the columns are not the patches of such an image, ArgumentError for options out of range
 * @example
 * fold(ones([4, 2]), [2, 3], 2) // [[[1, 2, 1], [1, 2, 1]]]
 */
export function fold(x: Tensor, size: PerAxis, kernel: PerAxis, options: PatchOptions = {}): Tensor {
  const given = nodeOf('fold', x);
  const image = perAxis('fold', 'the size', size, RANK, 1);
  const sliding = slidingOf('fold', kernel, options);
  expectFit('fold', image, sliding.size, sliding.dilation, sliding.borders);
  const places = image.map((n, i) =>
    ops.positions(n + 2 * sliding.borders[i]![0], sliding.size[i]!, sliding.stride[i]!, sliding.dilation[i]!),
  );
  const [rows, patches] = [given.shape.at(-2) ?? 0, sizeOf(places)];
  if (
    given.shape.length < 2 ||
    given.shape.length > 3 ||
    given.shape.at(-1) !== patches ||
    rows % sizeOf(sliding.size) !== 0
  )
    throw new ShapeError(
      `fold: the input has shape ${showShape(given.shape)}; an image of ${showShape(image)} has ${patches} such patches: expected ` +
        `[batch, channels · ${sizeOf(sliding.size)}, ${patches}], or that without a batch`,
    );
  const channels = rows / sizeOf(sliding.size);
  const count = given.shape.length === 3 ? given.shape[0]! : 1;
  const split = reshapeNode(
    castNode(given, floatOf(given.dtype)),
    internShape([count, channels, ...sliding.size, ...places]),
  );
  const windows = apply(ops.permute, [split], { axes: [0, 1, 4, 5, 2, 3] });
  const y: Node = unslid(windows, internShape([count, channels, ...image]), sliding.borders, sliding);
  return new Tensor(given.shape.length === 3 ? y : reshapeNode(y, internShape(y.shape.slice(1))));
}

/** @throws ArgumentError unless the factor is a whole number from 1 up, ShapeError unless x has the three axes of an image */
function expectImage(op: string, { shape }: Tensor, factor: number): void {
  if (!Number.isInteger(factor) || factor < 1)
    throw new ArgumentError(`${op}: the factor must be a whole number from 1 up, got ${showKind(factor)}`);
  if (shape.length < 3) throw new ShapeError(`${op}: expected [..., channels, height, width], got ${showShape(shape)}`);
}

/**
 * Channels as finer pixels: [..., channels · f², height, width] to [..., channels, height · f, width · f]. Shi et al., "Real-Time Single Image and
 * Video Super-Resolution" (2016).
 * @throws ShapeError unless the channels can be divided by f²
 * @example
 * pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2) // [[[1, 2], [3, 4]]]
 */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  expectImage('pixelShuffle', x, factor);
  const batch = x.shape.slice(0, -3);
  const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
  if (channels % (factor * factor) !== 0)
    throw new ShapeError(`pixelShuffle: ${channels} channels cannot be divided by ${factor}² = ${factor * factor}`);
  const split = reshape(x, [...batch, channels / (factor * factor), factor, factor, height, width]);
  const turned = permute(split, [...batch.keys(), ...[0, 3, 1, 4, 2].map((axis) => batch.length + axis)]);
  return reshape(turned, [...batch, channels / (factor * factor), height * factor, width * factor]);
}

/**
 * The reverse of {@link pixelShuffle}: [..., channels, height · f, width · f] to [..., channels · f², height, width].
 * @throws ShapeError unless height and width can be divided by f
 * @example
 * pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2) // [[[1]], [[2]], [[3]], [[4]]]
 */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  expectImage('pixelUnshuffle', x, factor);
  const batch = x.shape.slice(0, -3);
  const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
  if (height % factor !== 0 || width % factor !== 0)
    throw new ShapeError(`pixelUnshuffle: an image of ${height} × ${width} cannot be divided by ${factor}`);
  const split = reshape(x, [...batch, channels, height / factor, factor, width / factor, factor]);
  const turned = permute(split, [...batch.keys(), ...[0, 2, 4, 1, 3].map((axis) => batch.length + axis)]);
  return reshape(turned, [...batch, channels * factor * factor, height / factor, width / factor]);
}

/** Options as they are written. */
const shown = (...values: unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

/** {@link unfold} as a layer. */
export class Unfold extends Module {
  constructor(
    /** The size of a patch: a number, or [height, width]. */
    readonly kernelSize: PerAxis,
    private readonly options: PatchOptions = {},
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return unfold(x, this.kernelSize, this.options);
  }

  protected override describe(): string {
    return shown(this.kernelSize, this.options);
  }
}

/** {@link fold} as a layer. */
export class Fold extends Module {
  constructor(
    /** The size of the image: a number, or [height, width]. */
    readonly outputSize: PerAxis,
    /** The size of a patch: a number, or [height, width]. */
    readonly kernelSize: PerAxis,
    private readonly options: PatchOptions = {},
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return fold(x, this.outputSize, this.kernelSize, this.options);
  }

  protected override describe(): string {
    return shown(this.outputSize, this.kernelSize, this.options);
  }
}

/** {@link pixelShuffle} as a layer. */
export class PixelShuffle extends Module {
  constructor(
    /** How many times finer the pixels become. */
    readonly upscaleFactor: number,
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }

  protected override describe(): string {
    return String(this.upscaleFactor);
  }
}

/** {@link pixelUnshuffle} as a layer. */
export class PixelUnshuffle extends Module {
  constructor(
    /** How many times coarser the pixels become. */
    readonly downscaleFactor: number,
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  protected override describe(): string {
    return String(this.downscaleFactor);
  }
}
