/**
 * `chainrule/optim`: optimizers.
 *
 * @module chainrule/optim
 */
export { Adam, type AdamOptions, AdamW } from './adam.js';
export { Optimizer, type Slots, type StepOptions, type Update } from './optimizer.js';
export { SGD, type SGDOptions } from './sgd.js';
