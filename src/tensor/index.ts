/**
 * The user's array and every function of it.
 */
export * from './activations.js';
export * from './arrange.js';
export * from './backprop.js';
export * from './bitwise.js';
export {
  type Checkable,
  GradcheckError,
  type GradcheckOptions,
  type GradcheckReport,
  gradcheck,
  gradgradcheck,
} from './check.js';
export * from './compare.js';
export { compile } from './compile.js';
export * from './counting.js';
export {
  arange,
  asTensor,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  type RangeArguments,
  type TensorData,
  type TensorOptions,
  type TypedData,
  tensor,
  zeros,
  zerosLike,
} from './create.js';
export { defineFunction, FunctionContext, type FunctionDefinition } from './custom.js';
export { type GradientsOf, type GradOptions, grad, valueAndGrad } from './differentiate.js';
export { type CdistOptions, cdist } from './distances.js';
export { einsum } from './einsum.js';
export * from './elementwise.js';
export type { Binary, Unary } from './forms.js';
export { Generator, type GeneratorState, manualSeed } from './generator.js';
export * from './indexing.js';
export * from './joining.js';
export { oneHot } from './labels.js';
export * from './memory.js';
// Also makes the methods part of the published types of Tensor.
export type { Method } from './methods.js';
export * from './multinomial.js';
export type { NestedArray, NestedData } from './nested.js';
export * from './norms.js';
export * from './numeric.js';
export type { TensorLike } from './operands.js';
export type { Indices } from './places.js';
export * from './products.js';
export * from './random.js';
export * from './recording.js';
export * from './reduce.js';
export * from './scan.js';
export * from './scattering.js';
export * from './shape.js';
export * from './slicing.js';
export * from './sorting.js';
export type { PerAxis } from './spatial.js';
export { Tensor } from './tensor.js';
export * from './transcendental.js';
export type { Tree } from './tree.js';
export * from './updates.js';
