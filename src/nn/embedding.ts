/**
 * Vectors looked up by number.
 */
import type { DType } from '../base/dtype.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import type { Generator, Tensor } from '../tensor/index.js';
import * as init from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/**
 * The rows of a table that the indices name: indices [...], weight [count, size], result [..., size]. The gradient of a row
 * is the sum over all places where it was taken. A step of SGD without momentum and weight decay touches these rows only.
 * @throws IndexError when the value is computed and an index is out of range
 */
export function embedding(indices: Tensor, weight: Tensor): Tensor {
  if (weight.ndim !== 2)
    throw new ShapeError(`embedding: the weight is a table [count, size], got shape ${showShape(weight.shape)}`);
  return weight.index(indices, 0);
}

/** Options of {@link Embedding}. */
export interface EmbeddingOptions {
  /** float32 unless told. */
  dtype?: DType;
  /** Where the first rows come from; the default generator unless told. */
  generator?: Generator;
}

/** {@link embedding} in a table of `count` vectors of `size`, which start standard normal. */
export class Embedding extends Module {
  /** The vectors: [count, size]. */
  readonly weight: Parameter;

  constructor(
    /** How many vectors there are. */
    readonly count: number,
    /** How long each is. */
    readonly size: number,
    options: EmbeddingOptions = {},
  ) {
    super();
    for (const [what, n] of [
      ['the number of vectors', count],
      ['their size', size],
    ] as const) {
      if (!Number.isInteger(n) || n < 1)
        throw new ArgumentError(`Embedding: ${what} must be a whole number from 1 up, got ${String(n)}`);
    }
    this.weight = new Parameter(init.normal([count, size], options));
    this.weight.name = 'weight';
  }

  forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight);
  }

  protected override describe(): string {
    return `${this.count}, ${this.size}`;
  }
}
