/**
 * Layers that slide over images and sequences.
 */
import { ArgumentError } from '../base/errors.js';
import {
  type AvgPoolOptions,
  adaptiveAvgPool2d,
  avgPool2d,
  type ConvolutionOptions,
  conv1d,
  conv2d,
  type MaxPoolOptions,
  maxPool2d,
  type PerAxis,
  type Tensor,
} from '../tensor/index.js';
import * as init from './init.js';
import { checkSize, type LinearOptions } from './layers.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

export interface ConvOptions extends ConvolutionOptions, LinearOptions {}

/** Options as they are written: those that were given. */
const shown = (options: object): string =>
  Object.entries(options)
    .filter(([name, value]) => value !== undefined && name !== 'generator' && name !== 'dtype')
    .map(([name, value]) => `, ${name}: ${JSON.stringify(value)}`)
    .join('');

/** What Conv1d and Conv2d share: parameters, which start uniform within ±1/√(inputs of one output), as PyTorch's do. */
abstract class Convolution extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  protected readonly kernelSize: readonly number[];

  constructor(
    name: string,
    rank: number,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: PerAxis,
    protected readonly options: ConvOptions,
  ) {
    super();
    checkSize(name, 'the number of input channels', inChannels);
    checkSize(name, 'the number of output channels', outChannels);
    this.kernelSize = typeof kernelSize === 'number' ? new Array<number>(rank).fill(kernelSize) : [...kernelSize];
    if (this.kernelSize.length !== rank)
      throw new ArgumentError(
        `${name}: the kernel has ${rank} ${rank === 1 ? 'axis' : 'axes'}, got [${this.kernelSize}]`,
      );
    for (const n of this.kernelSize) checkSize(name, 'the size of the kernel', n);
    const { groups = 1, bias = true, dtype, generator } = options;
    checkSize(name, 'groups', groups);
    if (inChannels % groups !== 0 || outChannels % groups !== 0)
      throw new ArgumentError(
        `${name}: ${inChannels} input and ${outChannels} output channels cannot both be divided into ${groups} groups`,
      );
    const shape = [outChannels, inChannels / groups, ...this.kernelSize];
    this.weight = new Parameter(init.kaimingUniform(shape, { dtype, generator }));
    this.weight.name = 'weight';
    const bound = 1 / Math.sqrt(init.fanIn(shape));
    this.bias = bias
      ? new Parameter(init.uniform([outChannels], { low: -bound, high: bound, dtype, generator }))
      : null;
    if (this.bias) this.bias.name = 'bias';
  }

  protected override describe(): string {
    return `${this.inChannels}, ${this.outChannels}, [${this.kernelSize.join(', ')}]${shown(this.options)}`;
  }
}

/** {@link conv1d} of x [batch, inChannels, length] with a weight [outChannels, inChannels / groups, kernel] and a bias [outChannels]. */
export class Conv1d extends Convolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super('Conv1d', 1, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.options);
  }
}

/**
 * {@link conv2d} of x [batch, inChannels, height, width] with a weight [outChannels, inChannels / groups, kernel height, kernel width] and
 * a bias [outChannels].
 */
export class Conv2d extends Convolution {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super('Conv2d', 2, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.options);
  }
}

/** The largest element of every window: {@link maxPool2d}. */
export class MaxPool2d extends Module {
  constructor(
    readonly kernelSize: PerAxis,
    private readonly options: MaxPoolOptions = {},
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }

  protected override describe(): string {
    return `${JSON.stringify(this.kernelSize)}${shown(this.options)}`;
  }
}

/** The mean of every window: {@link avgPool2d}. */
export class AvgPool2d extends Module {
  constructor(
    readonly kernelSize: PerAxis,
    private readonly options: AvgPoolOptions = {},
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }

  protected override describe(): string {
    return `${JSON.stringify(this.kernelSize)}${shown(this.options)}`;
  }
}

/** An image averaged to a given size: {@link adaptiveAvgPool2d}. */
export class AdaptiveAvgPool2d extends Module {
  constructor(readonly size: PerAxis) {
    super();
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.size);
  }

  protected override describe(): string {
    return JSON.stringify(this.size);
  }
}
