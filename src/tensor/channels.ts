/**
 * What convolutions and transposed convolutions share: the channels of inputs, weights and biases, in groups or not.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { internShape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { broadcastTo, castNode, reshapeNode, showKind } from './operands.js';
import { type Rank, SPATIAL_AXES, unbatched } from './spatial.js';
import { Tensor } from './tensor.js';

/** What the axes are called within contractions; spatial axes count up from the last three. */
export const LABEL = { batch: 0, group: 1, input: 2, output: 3, position: 10, offset: 20, phase: 30 } as const;

/** One label for each spatial axis. */
export const labelsFrom = (first: number, rank: number): number[] => Array.from({ length: rank }, (_, i) => first + i);

/**
 * @param swapped whether the weight's first axis is that of the input channels, as in a transposed convolution
 * @throws ShapeError, ArgumentError unless channels, groups, weight and bias fit each other
 */
export function expectChannels(
  op: string,
  x: Node,
  weight: Node,
  bias: Node | null,
  groups: number,
  rank: Rank,
  swapped: boolean,
): void {
  const [first, second] = swapped ? ['input channels', 'output channels'] : ['output channels', 'input channels'];
  if (weight.shape.length !== rank + 2) {
    const kernel = SPATIAL_AXES[rank].map((axis) => `kernel ${axis}`).join(', ');
    throw new ShapeError(
      `${op}: the weight has shape ${showShape(weight.shape)}; expected [${first}, ${second} / groups, ${kernel}]`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1)
    throw new ArgumentError(`${op}: groups must be a whole number from 1 up, got ${showKind(groups)}`);
  const [whole, part] = [weight.shape[0]!, weight.shape[1]!];
  const [inputs, outputs] = swapped ? [whole, part * groups] : [part * groups, whole];
  const channels = x.shape[1]!;
  if (whole % groups !== 0) throw new ShapeError(`${op}: ${whole} ${first} cannot be divided into ${groups} groups`);
  if (channels !== inputs) {
    throw new ShapeError(
      `${op}: the input ${showShape(x.shape)} has ${channels} channels, the weight ${showShape(weight.shape)} is for ${inputs}` +
        (groups > 1 ? ` (${inputs / groups} in each of ${groups} groups)` : ''),
    );
  }
  if (weight.shape.slice(2).includes(0))
    throw new ShapeError(`${op}: the kernel of shape ${showShape(weight.shape.slice(2))} is empty`);
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
    throw new ShapeError(
      `${op}: the bias has shape ${showShape(bias.shape)}; expected [${outputs}], one for each output channel`,
    );
}

/** `axis` of x as two, the groups and what is in each of them; x itself for a single group. */
export const grouped = (node: Node, axis: number, groups: number): Node => {
  const { shape } = node;
  const sizes = [...shape.slice(0, axis), groups, shape[axis]! / groups, ...shape.slice(axis + 1)];
  return groups === 1 ? node : reshapeNode(node, internShape(sizes));
};

/** y [batch, channels, …spatial] with the bias of each channel, and without a batch axis if the input `from` had none. */
export function finished(y: Node, bias: Node | null, from: Node, rank: Rank): Tensor {
  if (!bias) return new Tensor(unbatched(y, from.shape));
  const column = reshapeNode(
    castNode(bias, y.dtype),
    internShape([bias.shape[0]!, ...new Array<number>(rank).fill(1)]),
  );
  return new Tensor(unbatched(apply(ops.add, [y, broadcastTo(column, y.shape)]), from.shape));
}
