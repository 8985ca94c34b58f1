/**
 * Forms that are linear in each of two inputs.
 */
import { ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { einsum, type Tensor } from '../tensor/index.js';
import * as init from './init.js';
import { checkSize, type LinearOptions } from './layer-options.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/**
 * aᵀ·W·b + bias for each output, for a [..., m], b [..., n], weight [outputs, m, n] and bias [outputs]: [..., outputs].
 * @throws ShapeError when sizes do not fit
 * @example
 * bilinear(tensor([1, 2]), tensor([3, 4]), ones([1, 2, 2])) // [21]
 */
export function bilinear(a: Tensor, b: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const [outputs, m, n] = weight.shape;
  if (
    weight.ndim !== 3 ||
    a.shape.at(-1) !== m ||
    b.shape.at(-1) !== n ||
    (bias && (bias.ndim !== 1 || bias.size !== outputs))
  ) {
    throw new ShapeError(
      `bilinear: inputs ${showShape(a.shape)} and ${showShape(b.shape)} with a weight of ${showShape(weight.shape)}` +
        `${bias ? ` and a bias of ${showShape(bias.shape)}` : ''}; expected [..., m], [..., n], [outputs, m, n] and [outputs]`,
    );
  }
  const y = einsum('...m,omn,...n->...o', a, weight, b);
  return bias ? y.add(bias) : y;
}

/** {@link bilinear} with a weight [outFeatures, in1Features, in2Features]; it and the bias start uniform within ±1/√in1Features. */
export class Bilinear extends Module {
  /** Of shape [outFeatures, in1Features, in2Features]. */
  readonly weight: Parameter;
  /** Of shape [outFeatures]; null without a bias. */
  readonly bias: Parameter | null;

  constructor(
    /** Features of the first input. */
    readonly in1Features: number,
    /** Features of the second input. */
    readonly in2Features: number,
    /** Features of the result. */
    readonly outFeatures: number,
    options: LinearOptions = {},
  ) {
    super();
    checkSize('Bilinear', 'the number of first inputs', in1Features);
    checkSize('Bilinear', 'the number of second inputs', in2Features);
    checkSize('Bilinear', 'the number of outputs', outFeatures);
    const { bias = true, ...rest } = options;
    const high = 1 / Math.sqrt(in1Features);
    const drawn = (shape: readonly number[]): Parameter =>
      new Parameter(init.uniform(shape, { low: -high, high, ...rest }));
    this.weight = drawn([outFeatures, in1Features, in2Features]);
    this.weight.name = 'weight';
    this.bias = bias ? drawn([outFeatures]) : null;
    if (this.bias) this.bias.name = 'bias';
  }

  forward(a: Tensor, b: Tensor): Tensor {
    return bilinear(a, b, this.weight, this.bias);
  }

  protected override describe(): string {
    return `${this.in1Features}, ${this.in2Features}, ${this.outFeatures}${this.bias ? '' : ', bias: false'}`;
  }
}
