/** `chainrule/random`: draws from distributions. */
export { categorical, poisson } from './discrete.js';
export { beta, gamma } from './gamma.js';
export { exponential, laplace, normal, truncatedNormal, uniform } from './location.js';
export type { DrawOptions } from './parameters.js';
