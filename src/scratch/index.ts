/**
 * `chainrule/scratch`: the by-hand world of the lessons. Everything here applies the chain rule in the open, where it
 * can be read and drawn; the library proper does the same for you.
 *
 * @module chainrule/scratch
 */
export { Relu, Sigmoid } from './activation.js';
export { Affine } from './affine.js';
export { AddLayer, DivLayer, ExpLayer, LogLayer, MulLayer } from './arithmetic.js';
export { Add, add, Exp, exp, Mul, mul, Square, square } from './functions.js';
export { type Flow, Layer } from './layer.js';
export { numericalDiff, numericalGradient } from './numerical.js';
export { show } from './show.js';
export { Sketch } from './sketch.js';
export { SoftmaxWithLoss } from './softmax-with-loss.js';
export { TwoLayerNet, type TwoLayerNetOptions, type TwoLayerParams } from './two-layer-net.js';
export type { Value } from './value.js';
export { type DataVariable, Function, Variable, type VariableConstructor } from './variable.js';
