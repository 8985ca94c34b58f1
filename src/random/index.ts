/**
 * `chainrule/random`: draws from distributions.
 *
 * @module chainrule/random
 */
export { type CategoricalOptions, categorical, poisson } from './discrete.js';
export { beta, gamma } from './gamma.js';
export { exponential, laplace, normal, truncatedNormal, uniform } from './location.js';
export type { DrawOptions } from './parameters.js';
