/**
 * Layers that pool windows of sequences, images and volumes.
 */

import {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from '../tensor/images.js';
import type { PerAxis, Tensor } from '../tensor/index.js';
import { optionsText } from './layer-options.js';
import { Module } from './module.js';

/** A pooling of windows of one size. */
abstract class Pool<Options extends MaxPoolOptions | AvgPoolOptions> extends Module {
  constructor(
    /** The size of a window: a number, or one for each spatial axis. */
    readonly kernelSize: PerAxis,
    /** How the windows lie. */
    protected readonly options?: Options,
  ) {
    super();
  }

  protected override describe(): string {
    return `${JSON.stringify(this.kernelSize)}${optionsText(this.options ?? {})}`;
  }
}

/** A pooling to a result of one size. */
abstract class AdaptivePool extends Module {
  constructor(
    /** The size of the result: a number, or one for each spatial axis. */
    readonly size: PerAxis,
  ) {
    super();
  }

  protected override describe(): string {
    return JSON.stringify(this.size);
  }
}

/** The largest element of every window: {@link maxPool1d}. */
export class MaxPool1d extends Pool<MaxPoolOptions> {
  forward(x: Tensor): Tensor {
    return maxPool1d(x, this.kernelSize, this.options);
  }
}

/** The largest element of every window: {@link maxPool2d}. */
export class MaxPool2d extends Pool<MaxPoolOptions> {
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

/** The largest element of every window: {@link maxPool3d}. */
export class MaxPool3d extends Pool<MaxPoolOptions> {
  forward(x: Tensor): Tensor {
    return maxPool3d(x, this.kernelSize, this.options);
  }
}

/** The mean of every window: {@link avgPool1d}. */
export class AvgPool1d extends Pool<AvgPoolOptions> {
  forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernelSize, this.options);
  }
}

/** The mean of every window: {@link avgPool2d}. */
export class AvgPool2d extends Pool<AvgPoolOptions> {
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/** The mean of every window: {@link avgPool3d}. */
export class AvgPool3d extends Pool<AvgPoolOptions> {
  forward(x: Tensor): Tensor {
    return avgPool3d(x, this.kernelSize, this.options);
  }
}

/** A sequence averaged, to a given size: {@link adaptiveAvgPool1d}. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.size);
  }
}

/** An image averaged, to a given size: {@link adaptiveAvgPool2d}. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.size);
  }
}

/** A volume averaged, to a given size: {@link adaptiveAvgPool3d}. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.size);
  }
}

/** A sequence brought down to its largest elements, to a given size: {@link adaptiveMaxPool1d}. */
export class AdaptiveMaxPool1d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool1d(x, this.size);
  }
}

/** An image brought down to its largest elements, to a given size: {@link adaptiveMaxPool2d}. */
export class AdaptiveMaxPool2d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.size);
  }
}

/** A volume brought down to its largest elements, to a given size: {@link adaptiveMaxPool3d}. */
export class AdaptiveMaxPool3d extends AdaptivePool {
  forward(x: Tensor): Tensor {
    return adaptiveMaxPool3d(x, this.size);
  }
}
