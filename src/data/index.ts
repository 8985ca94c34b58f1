/**
 * `chainrule/data`: data sets, batches, MNIST and the built-in digits.
 *
 * @module chainrule/data
 */
export { type Column, type ColumnData, type Dataset, TensorDataset } from './dataset.js';
export { type DigitsOptions, generateDigits } from './digits.js';
export { type ImageSplit, imageDataset, type LabelledImages, sliceImages } from './images.js';
export { type ImageSetName, type LoadedImages, type LoadImagesOptions, loadImages } from './load-images.js';
export { DataLoader, type LoaderOptions, type LoaderState } from './loader.js';
export { findMnist, loadMnist, type Mnist, type MnistOptions, type MnistSearch } from './mnist.js';
export { type DataSource, describeSource } from './source.js';
