/**
 * Transposed convolution: the adjoint of a convolution, which is what its gradient for the input is too. It is a contraction as well, and
 * what windows add up is index arithmetic of it.
 */
import { floatOf, promote } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import { provideWindows } from '../lower/index.js';
import { lowerSliding } from '../lower/sliding.js';
import * as ops from '../ops/index.js';
import { expectChannels, finished, grouped, LABEL, labelsFrom } from './channels.js';
import { castNode, nodeOf, reshapeNode } from './operands.js';
import { type Border, batched, bordered, type PerAxis, perAxis, type Rank, unslid } from './spatial.js';
import type { Tensor } from './tensor.js';

/** Options of transposed convolutions. */
export interface TransposedConvolutionOptions {
  /** How far the kernels of neighbouring elements lie apart: a number, or one for each spatial axis. 1 unless told. */
  stride?: PerAxis;
  /** How many elements of the result are left out on both sides of each spatial axis. 0 unless told. */
  padding?: PerAxis;
  /** How many more elements the result has at the end of each spatial axis; fewer than the stride or the dilation. 0 unless told. */
  outputPadding?: PerAxis;
  /** How far neighbouring elements of the kernel lie apart. 1 unless told. */
  dilation?: PerAxis;
  /** Channels in so many groups, each making its own part of the output channels. 1 unless told. */
  groups?: number;
}

/** A transposed convolution of one rank: the input, the weight, perhaps a bias, options. */
export type TransposedConvolution = (
  x: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  options?: TransposedConvolutionOptions,
) => Tensor;

/**
 * How an axis of a transposed convolution is computed. Elements of the result that lie a stride apart see the same elements of the
 * kernel, so the result is as many results of stride 1, its phases, laid side by side element by element; nothing is multiplied by the
 * zeros between the elements of x. Shi et al., "Is the deconvolution layer the same as a convolutional layer?" (2016).
 */
interface Interleaving {
  readonly phases: number;
  /** Elements of the kernel in each phase. */
  readonly taps: number;
  /** How far the elements of x lie apart in a phase. */
  readonly step: number;
  /** Zeros in front of the kernel. */
  readonly shift: number;
  /** The first element of the result that is kept. */
  readonly start: number;
}

function interleaving(size: number, stride: number, dilation: number, padding: number): Interleaving {
  // The elements of a kernel with gaps do not fall into phases evenly.
  if (dilation > 1) return { phases: 1, taps: size, step: stride, shift: 0, start: padding };
  const taps = Math.ceil(size / stride);
  // Where it costs nothing the result begins with a whole element of every phase, so that what the padding cuts off is never computed.
  const whole = (stride - (padding % stride)) % stride;
  const shift = whole + size <= taps * stride ? whole : 0;
  return { phases: stride, taps, step: 1, shift, start: padding + shift };
}

/** `size` elements of the last axes of x from `start`, with zeros behind its end. */
function partOf(x: Node, start: readonly number[], size: readonly number[]): Node {
  const first = x.shape.length - size.length;
  const longer = bordered(
    x,
    size.map((n, i) => [0, Math.max(0, start[i]! + n - x.shape[first + i]!)]),
  );
  const { shape } = longer;
  if (size.every((n, i) => n === shape[first + i])) return longer;
  return apply(ops.slice, [longer], {
    start: shape.map((_, a) => (a < first ? 0 : start[a - first]!)),
    size: shape.map((n, a) => (a < first ? n : size[a - first]!)),
    step: shape.map(() => 1),
  });
}

/** Phases [..., …phases, …spatial] laid side by side element by element, and of that what the result is. */
function sideBySide(x: Node, axes: readonly Interleaving[], length: readonly number[]): Node {
  const rank = axes.length;
  const from = axes.map(({ start, phases: count }) => Math.floor(start / count));
  const count = axes.map(({ start, phases: n }, i) => Math.ceil((start + length[i]!) / n) - from[i]!);
  const kept = partOf(x, from, count);
  const lead = x.shape.length - 2 * rank;
  const order = [...x.shape.slice(0, lead).keys(), ...axes.flatMap((_, i) => [lead + rank + i, lead + i])];
  const turned = apply(ops.permute, [kept], { axes: order });
  const sides = internShape([...x.shape.slice(0, lead), ...axes.map(({ phases: n }, i) => n * count[i]!)]);
  return partOf(
    reshapeNode(turned, sides),
    axes.map(({ start, phases: n }) => start % n),
    length,
  );
}

/** The transposed convolution of x [batch, (groups,) channels, …spatial] with `length` elements along each spatial axis. */
function interleaved(
  x: Node,
  kernel: Node,
  axes: readonly Interleaving[],
  dilation: readonly number[],
  length: readonly number[],
): Node {
  const rank = axes.length;
  const group = x.shape.length > rank + 2 ? [LABEL.group] : [];
  const split = bordered(
    kernel,
    axes.map(({ phases, taps, shift }, i) => [
      shift,
      taps * phases - shift - kernel.shape[kernel.shape.length - rank + i]!,
    ]),
  );
  // A single tap in each phase: the kernels' copies lie side by side, and there is nothing to add up.
  const apart = axes.every(({ taps, step }) => taps === 1 && step === 1);
  const parts = axes.flatMap(({ phases, taps }) => (apart ? [phases] : [taps, phases]));
  const weight = reshapeNode(split, internShape([...split.shape.slice(0, -rank), ...parts]));
  const [places, phases] = [labelsFrom(LABEL.position, rank), labelsFrom(LABEL.phase, rank)];
  const offsets = apart ? [] : labelsFrom(LABEL.offset, rank);
  // Every element of x times the kernel is a window of the result.
  const windows = apply(ops.contract, [weight, x], {
    a: [...group, LABEL.input, LABEL.output, ...phases.flatMap((phase, i) => [...offsets.slice(i, i + 1), phase])],
    b: [LABEL.batch, ...group, LABEL.input, ...places],
    out: [LABEL.batch, ...group, LABEL.output, ...phases, ...places, ...offsets],
  });
  const outer = windows.shape.slice(0, -rank - offsets.length);
  const size = axes.map(({ taps }) => taps);
  const stride = axes.map(({ step }) => step);
  const reach = stride.map(
    (step, i) => (x.shape[x.shape.length - rank + i]! - 1) * step + (size[i]! - 1) * dilation[i]! + 1,
  );
  const borders = axes.map((): Border => [0, 0]);
  const inPhases = apart
    ? windows
    : unslid(windows, internShape([...outer, ...reach]), borders, { size, stride, dilation });
  return sideBySide(inPhases, axes, length);
}

const transposed =
  (op: string, rank: Rank): TransposedConvolution =>
  (input, kernel, offset = null, options = {}) => {
    provideWindows(lowerSliding);
    const [given, w, bias] = [nodeOf(op, input), nodeOf(op, kernel), offset && nodeOf(op, offset)];
    const { groups = 1 } = options;
    const whole = batched(op, given, rank);
    expectChannels(op, whole, w, bias, groups, rank, true);
    const size = w.shape.slice(2);
    const stride = perAxis(op, 'the stride', options.stride ?? 1, rank, 1);
    const dilation = perAxis(op, 'the dilation', options.dilation ?? 1, rank, 1);
    const padding = perAxis(op, 'the padding', options.padding ?? 0, rank, 0);
    const extra = perAxis(op, 'the output padding', options.outputPadding ?? 0, rank, 0);
    const length = whole.shape.slice(2).map((n, i) => {
      const [step, apart, more] = [stride[i]!, dilation[i]!, extra[i]!];
      if (more >= Math.max(step, apart))
        throw new ArgumentError(
          `${op}: the output padding ${more} must be smaller than the stride ${step} or the dilation ${apart}`,
        );
      const result = (n - 1) * step - 2 * padding[i]! + (size[i]! - 1) * apart + 1 + more;
      if (n > 0 && result > 0) return result;
      throw new ShapeError(
        `${op}: axis ${2 + i} of the input ${showShape(whole.shape)} gives ${result} elements: use less padding, or a larger input`,
      );
    });

    const dtype = floatOf(promote(whole.dtype, w.dtype));
    const [x, factor] = [grouped(castNode(whole, dtype), 1, groups), grouped(castNode(w, dtype), 0, groups)];
    const axes = length.map((_, i) => interleaving(size[i]!, stride[i]!, dilation[i]!, padding[i]!));
    const y = interleaved(x, factor, axes, dilation, length);
    return finished(reshapeNode(y, internShape([whole.shape[0]!, w.shape[1]! * groups, ...length])), bias, given, rank);
  };

/**
 * The transposed convolution of x [batch, channels, length] with weight [channels, outputs / groups, kernel], plus a bias of
 * shape [outputs]: the sum of kernels times elements, a stride apart. It is the gradient of {@link conv1d} for its input, and its result has
 * (length − 1)·stride − 2·padding + (kernel − 1)·dilation + 1 + outputPadding elements per channel. Whole numbers are computed in float32.
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * convTranspose1d(tensor([[1, 2]]), tensor([[[1, 10, 100]]])) // [[1, 12, 120, 200]]
 */
export const convTranspose1d = transposed('convTranspose1d', 1);

/**
 * As {@link convTranspose1d} in two dimensions: x [batch, channels, height, width], weight [channels, outputs / groups, …kernel].
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * convTranspose2d(ones([1, 3, 4, 4]), ones([3, 2, 2, 2]), null, { stride: 2 }).shape // [1, 2, 8, 8]
 */
export const convTranspose2d = transposed('convTranspose2d', 2);

/**
 * As {@link convTranspose1d} in three dimensions: x [batch, channels, depth, height, width], weight [channels, outputs /
 * groups, …kernel].
 * @throws ShapeError when channels, groups or sizes do not fit, ArgumentError for options out of range
 * @example
 * convTranspose3d(ones([3, 2, 2, 2]), ones([3, 1, 2, 2, 2])).shape // [1, 3, 3, 3]
 */
export const convTranspose3d = transposed('convTranspose3d', 3);
