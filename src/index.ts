/**
 * The package root, `chainrule`: tensors, their functions and their derivatives; errors and settings.
 *
 * @module chainrule
 */
export type { DType, TypedArray } from './base/dtype.js';
export * from './base/errors.js';
export { type Settings, settings } from './base/settings.js';
export type { Shape } from './base/shape.js';
export { engineInfo } from './run/engine.js';
export { type ChromeEvent, type ChromeTrace, type KernelProfile, type Profile, profile } from './run/profile.js';
export * from './tensor/index.js';
