/**
 * `chainrule/func`: functions made of functions: batches, products with derivatives, whole Jacobians, checkpoints.
 *
 * @module chainrule/func
 */
export type { Randomness } from '../autograd/batch.js';
export { checkpoint } from './checkpoint.js';
export { hessian, type JacobianOptions, jacobian } from './jacobian.js';
export { hvp, jvp, vjp } from './products.js';
export { type VmapOptions, vmap } from './vmap.js';
