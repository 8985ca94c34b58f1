/**
 * `chainrule/nn`: layers, models and losses.
 */
export { AdaptiveAvgPool2d, AvgPool2d, Conv1d, Conv2d, type ConvOptions, MaxPool2d } from './convolution.js';
export * as functional from './functional.js';
export * as init from './init.js';
export { Dropout, Flatten, Linear, type LinearOptions, ReLU, Sequential, Sigmoid, Tanh } from './layers.js';
export { Module } from './module.js';
export { Buffer, Parameter } from './parameter.js';
