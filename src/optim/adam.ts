/**
 * Adam, and AdamW with its decoupled weight decay.
 */
import type { Tensor } from '../tensor/index.js';
import { checkNumber, hyper, Optimizer, type Slots, type Update } from './optimizer.js';

/** Options of {@link Adam} and {@link AdamW}. */
export interface AdamOptions {
  /** 0.001 unless told. */
  lr?: number;
  /** How much of the running means of the gradient and of its square is kept; [0.9, 0.999] unless told. */
  betas?: readonly [number, number];
  /** Keeps the division away from 0; 1e-8 unless told. */
  eps?: number;
  /** 0 unless told; 0.01 for AdamW. */
  weightDecay?: number;
}

/**
 * Steps scaled by running means of the gradient and of its square. Kingma and Ba, "Adam: A Method for Stochastic
 * Optimization" (2015). Weight decay is added to the gradient.
 */
export class Adam extends Optimizer {
  /** What it was made with, with the defaults filled in. */
  protected readonly options: Required<Omit<AdamOptions, 'lr'>>;

  constructor(parameters: Iterable<Tensor>, options: AdamOptions = {}) {
    const { lr = 0.001, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    super(parameters, lr, ['mean', 'square']);
    checkNumber('betas[0]', betas[0], 0, 1);
    checkNumber('betas[1]', betas[1], 0, 1);
    checkNumber('eps', eps);
    checkNumber('weightDecay', weightDecay);
    this.options = { betas, eps, weightDecay };
  }

  protected update(parameter: Tensor, gradient: Tensor, slots: Slots, step: () => number): Update {
    const { weightDecay } = this.options;
    const g = weightDecay === 0 ? gradient : gradient.add(parameter.mul(hyper(() => weightDecay, gradient)));
    return this.move(parameter, g, slots, step);
  }

  /** The parameter after Adam's step along `g`. */
  protected move(parameter: Tensor, g: Tensor, slots: Slots, step: () => number): Update {
    const {
      betas: [beta1, beta2],
      eps,
    } = this.options;
    const mean = slots.mean!.mul(hyper(() => beta1, g)).add(g.mul(hyper(() => 1 - beta1, g)));
    const square = slots.square!.mul(hyper(() => beta2, g)).add(g.square().mul(hyper(() => 1 - beta2, g)));
    // Both means start at 0; dividing by what they lack yet makes them unbiased.
    const size = hyper(() => this.lr / (1 - beta1 ** step()), g);
    const root = square.sqrt().mul(hyper(() => 1 / Math.sqrt(1 - beta2 ** step()), g));
    return { value: parameter.sub(mean.mul(size).div(root.add(hyper(() => eps, g)))), slots: { mean, square } };
  }
}

/**
 * Adam whose weight decay shrinks the parameter itself. Loshchilov and Hutter, "Decoupled Weight Decay Regularization"
 * (2019).
 */
export class AdamW extends Adam {
  constructor(parameters: Iterable<Tensor>, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0.01, ...options });
  }

  protected override update(parameter: Tensor, gradient: Tensor, slots: Slots, step: () => number): Update {
    const shrunk = parameter.mul(hyper(() => 1 - this.lr * this.options.weightDecay, parameter));
    return this.move(shrunk, gradient, slots, step);
  }
}
