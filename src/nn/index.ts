/**
 * `chainrule/nn`: layers, models and losses.
 *
 * @module chainrule/nn
 */
export { Bilinear } from './bilinear.js';
export * from './convolution.js';
export { Embedding, type EmbeddingOptions } from './embedding.js';
export * as functional from './functional.js';
export * as init from './init.js';
export { type InterpolateOptions, type InterpolationMode, Upsample } from './interpolate.js';
export type { LinearOptions } from './layer-options.js';
export { Dropout, Flatten, Linear, ReLU, Sequential, Sigmoid, Tanh } from './layers.js';
export { Module } from './module.js';
export { BatchNorm1d, BatchNorm2d, type BatchNormLayerOptions, LayerNorm, type NormOptions } from './normalization.js';
export { Buffer, Parameter } from './parameter.js';
export { Fold, PixelShuffle, PixelUnshuffle, Unfold } from './patches.js';
export * from './pooling.js';
