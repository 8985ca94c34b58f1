/**
 * The layers: modules with a `forward`, made of the functions in `functional.ts`.
 */
import { ArgumentError, ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import type { Generator, Tensor } from '../tensor/index.js';
import * as functional from './functional.js';
import * as init from './init.js';
import { checkSize, type LinearOptions } from './layer-options.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** x·Wᵀ + b for x [..., in], W [out, in], b [out]. Both start uniform within ±1/√in, as PyTorch's do. */
export class Linear extends Module {
  /** W, of shape [outFeatures, inFeatures]. */
  readonly weight: Parameter;
  /** b, of shape [outFeatures]; null without a bias. */
  readonly bias: Parameter | null;

  constructor(
    /** Size of the last axis of the input. */
    readonly inFeatures: number,
    /** Size of the last axis of the result. */
    readonly outFeatures: number,
    options: LinearOptions = {},
  ) {
    super();
    checkSize('Linear', 'the number of inputs', inFeatures);
    checkSize('Linear', 'the number of outputs', outFeatures);
    const { bias = true, dtype, generator } = options;
    this.weight = new Parameter(init.kaimingUniform([outFeatures, inFeatures], { dtype, generator }));
    this.weight.name = 'weight';
    const bound = 1 / Math.sqrt(inFeatures);
    this.bias = bias
      ? new Parameter(init.uniform([outFeatures], { low: -bound, high: bound, dtype, generator }))
      : null;
    if (this.bias) this.bias.name = 'bias';
  }

  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(
        `Linear(${this.inFeatures}, ${this.outFeatures}): the input has shape ${showShape(x.shape)}; its last axis must have size ${this.inFeatures}` +
          (x.ndim > 2 ? ' (flatten(1) makes one axis of all but the batch)' : ''),
      );
    }
    return functional.linear(x, this.weight, this.bias);
  }

  protected override describe(): string {
    return `${this.inFeatures}, ${this.outFeatures}${this.bias ? '' : ', bias: false'}`;
  }
}

/** x where x > 0, else 0. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** The axes from `start` to `end` made one; by default all but the batch. */
export class Flatten extends Module {
  constructor(
    /** The first axis of those that become one. */
    readonly start = 1,
    /** The last of them. */
    readonly end = -1,
  ) {
    super();
  }

  forward(x: Tensor): Tensor {
    return x.flatten(this.start, this.end);
  }
}

/** In training, sets elements to 0 with probability p and divides the others by 1 − p; in evaluation does nothing. */
export class Dropout extends Module {
  constructor(
    /** The probability with which an element becomes 0. */
    readonly p = 0.5,
    private readonly options: { generator?: Generator } = {},
  ) {
    super();
    if (!(p >= 0 && p < 1))
      throw new ArgumentError(`Dropout: the probability must be from 0 up to, not including, 1, got ${String(p)}`);
  }

  forward(x: Tensor): Tensor {
    return functional.dropout(x, { p: this.p, training: this.training, generator: this.options.generator });
  }

  protected override describe(): string {
    return String(this.p);
  }
}

/** Modules one after another. Their names are their places: `0.weight`. */
export class Sequential extends Module {
  /** The modules in the order in which they are applied. */
  readonly layers: readonly Module[];

  constructor(...layers: Module[]) {
    super();
    const odd = layers.findIndex((layer) => !(layer instanceof Module));
    if (odd >= 0)
      throw new ArgumentError(
        `Sequential: argument ${odd} is no module; functions such as relu have one, as in new ReLU()`,
      );
    this.layers = layers;
  }

  protected override fields(): Iterable<readonly [string, unknown]> {
    return this.layers.map((layer, i) => [String(i), layer]);
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers) y = layer.forward(y);
    return y;
  }
}
