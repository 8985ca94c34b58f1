/**
 * Convolution and pooling. They are public as `nn.functional`: who only needs tensors does not carry them.
 */
export * from './adaptive-pooling.js';
export { type ConvolutionOptions, conv1d, conv2d, conv3d } from './convolution.js';
export * from './pooling.js';
export {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type TransposedConvolutionOptions,
} from './transposed-convolution.js';
