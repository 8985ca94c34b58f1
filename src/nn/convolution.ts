/**
 * Layers that slide a kernel over sequences, images and volumes.
 */
import { ArgumentError } from '../base/errors.js';
import {
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type TransposedConvolutionOptions,
} from '../tensor/images.js';
import type { PerAxis, Tensor } from '../tensor/index.js';
import * as init from './init.js';
import { checkSize, type LinearOptions, optionsText } from './layer-options.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** Options of {@link Conv1d}, {@link Conv2d} and {@link Conv3d}. */
export interface ConvOptions extends ConvolutionOptions, LinearOptions {}
/** Options of {@link ConvTranspose1d}, {@link ConvTranspose2d} and {@link ConvTranspose3d}. */
export interface ConvTransposeOptions extends TransposedConvolutionOptions, LinearOptions {}

/**
 * What the layers share: parameters, which start uniform within ±1/√(inputs of one output), as PyTorch's do; of a transposed
 * convolution the weight's axes are exchanged, and so PyTorch counts its outputs.
 */
abstract class Convolution<Options extends ConvOptions | ConvTransposeOptions> extends Module {
  /** The kernels. */
  readonly weight: Parameter;
  /** One number for each output channel; null without a bias. */
  readonly bias: Parameter | null;
  /** The size of a window along each spatial axis. */
  protected readonly kernelSize: readonly number[];

  constructor(
    name: string,
    rank: number,
    /** Channels of the input. */
    readonly inChannels: number,
    /** Channels of the result. */
    readonly outChannels: number,
    kernelSize: PerAxis,
    /** How the windows lie. */
    protected readonly options: Options,
    transposed = false,
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
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [first, second / groups, ...this.kernelSize];
    this.weight = new Parameter(init.kaimingUniform(shape, { dtype, generator }));
    this.weight.name = 'weight';
    const bound = 1 / Math.sqrt(init.fanIn(shape));
    this.bias = bias
      ? new Parameter(init.uniform([outChannels], { low: -bound, high: bound, dtype, generator }))
      : null;
    if (this.bias) this.bias.name = 'bias';
  }

  protected override describe(): string {
    return `${this.inChannels}, ${this.outChannels}, [${this.kernelSize.join(', ')}]${optionsText(this.options)}`;
  }
}

/** {@link conv1d} of x [batch, inChannels, length] with a weight [outChannels, inChannels / groups, kernel] and a bias [outChannels]. */
export class Conv1d extends Convolution<ConvOptions> {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super('Conv1d', 1, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.options);
  }
}

/** {@link conv2d} of x [batch, inChannels, height, width] with a weight [outChannels, inChannels / groups, …kernel] and a bias [outChannels]. */
export class Conv2d extends Convolution<ConvOptions> {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super('Conv2d', 2, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.options);
  }
}

/** {@link conv3d} of x [batch, inChannels, depth, height, width] with a weight [outChannels, inChannels / groups, …kernel] and a bias [outChannels]. */
export class Conv3d extends Convolution<ConvOptions> {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super('Conv3d', 3, inChannels, outChannels, kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    return conv3d(x, this.weight, this.bias, this.options);
  }
}

/** {@link convTranspose1d} of x [batch, inChannels, length] with a weight [inChannels, outChannels / groups, kernel] and a bias [outChannels]. */
export class ConvTranspose1d extends Convolution<ConvTransposeOptions> {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super('ConvTranspose1d', 1, inChannels, outChannels, kernelSize, options, true);
  }

  forward(x: Tensor): Tensor {
    return convTranspose1d(x, this.weight, this.bias, this.options);
  }
}

/** {@link convTranspose2d} of x [batch, inChannels, height, width] with a weight [inChannels, outChannels / groups, …kernel] and a bias [outChannels]. */
export class ConvTranspose2d extends Convolution<ConvTransposeOptions> {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super('ConvTranspose2d', 2, inChannels, outChannels, kernelSize, options, true);
  }

  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.bias, this.options);
  }
}

/** {@link convTranspose3d} of x [batch, inChannels, depth, height, width] with a weight [inChannels, outChannels / groups, …kernel] and a bias [outChannels]. */
export class ConvTranspose3d extends Convolution<ConvTransposeOptions> {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super('ConvTranspose3d', 3, inChannels, outChannels, kernelSize, options, true);
  }

  forward(x: Tensor): Tensor {
    return convTranspose3d(x, this.weight, this.bias, this.options);
  }
}
