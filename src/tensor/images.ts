/**
 * Convolution and pooling. They are public as `nn.functional`: who only needs tensors does not carry them.
 */
export * from './adaptive-pooling.js';
export { type Convolution, type ConvolutionOptions, conv1d, conv2d, conv3d } from './convolution.js';
export * from './pooling.js';
export {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type TransposedConvolution,
  type TransposedConvolutionOptions,
} from './transposed-convolution.js';
