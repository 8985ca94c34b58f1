/**
 * Stochastic gradient descent.
 */
import { ArgumentError } from '../base/errors.js';
import type { Tensor } from '../tensor/index.js';
import { checkNumber, hyper, Optimizer, type Slots, type Update } from './optimizer.js';
import { updateSlices } from './slices.js';

/** Options of {@link SGD}. */
export interface SGDOptions {
  /** How far a step goes. */
  lr: number;
  /** How much of the last direction is kept; 0 unless told. */
  momentum?: number;
  /** This times the parameter is added to its gradient; 0 unless told. */
  weightDecay?: number;
  /** Look ahead along the momentum (Nesterov). */
  nesterov?: boolean;
  /** Go up instead of down. */
  maximize?: boolean;
}

/**
 * p ← p − lr·v with v ← momentum·v + g, as PyTorch has it (Sutskever et al. (2013) put lr into v). Without momentum v
 * is the gradient g itself; with Nesterov's variant p moves along g + momentum·v.
 */
export class SGD extends Optimizer {
  private readonly options: Required<Omit<SGDOptions, 'lr'>>;

  constructor(parameters: Iterable<Tensor>, options: SGDOptions) {
    const { lr, momentum = 0, weightDecay = 0, nesterov = false, maximize = false } = options;
    super(parameters, lr, momentum === 0 ? [] : ['momentum']);
    updateSlices();
    checkNumber('momentum', momentum);
    checkNumber('weightDecay', weightDecay);
    if (nesterov && momentum === 0)
      throw new ArgumentError('nesterov looks ahead along the momentum, which is 0: give a momentum');
    this.options = { momentum, weightDecay, nesterov, maximize };
  }

  protected update(parameter: Tensor, gradient: Tensor, slots: Slots): Update {
    const { momentum, weightDecay, nesterov, maximize } = this.options;
    let g = maximize ? gradient.neg() : gradient;
    if (weightDecay !== 0) g = g.add(parameter.mul(hyper(() => weightDecay, g)));
    const lr = hyper(() => this.lr, g);
    if (!slots.momentum) return { value: parameter.sub(g.mul(lr)) };
    const keep = hyper(() => momentum, g);
    const v = slots.momentum.mul(keep).add(g);
    const direction = nesterov ? g.add(v.mul(keep)) : v;
    return { value: parameter.sub(direction.mul(lr)), slots: { momentum: v } };
  }
}
