/**
 * Labelled grey images, and how they become a data set for training.
 */
import { ArgumentError } from '../base/errors.js';
import { showShape, sizeOf } from '../base/shape.js';
import { TensorDataset } from './dataset.js';

/** Grey images (0 black, 255 white) with a class each. */
export interface LabelledImages {
  /** [count, height, width], row by row. */
  readonly images: Uint8Array;
  /** [count]; for digits 0 to 9. */
  readonly labels: Uint8Array;
  /** How many images there are. */
  readonly count: number;
  /** Their height in pixels. */
  readonly height: number;
  /** Their width in pixels. */
  readonly width: number;
}

/** Images to learn from, and others to test on. */
export interface ImageSplit {
  /** The images to learn from. */
  readonly train: LabelledImages;
  /** The images to test on. */
  readonly test: LabelledImages;
}

/**
 * A data set of (image as float32 in 0 … 1, label as int32).
 * @param options.shape of one image; the default is flat, `[height · width]`. A convolution wants `[1, height, width]`.
 */
export function imageDataset(set: LabelledImages, options: { shape?: readonly number[] } = {}): TensorDataset {
  const { images, labels, count, height, width } = set;
  const shape = options.shape ?? [height * width];
  if (sizeOf(shape) !== height * width) {
    throw new ArgumentError(`shape ${showShape(shape)} does not hold an image of ${height} × ${width} pixels`);
  }
  return new TensorDataset(
    { data: images, shape: [count, ...shape], dtype: 'float32', scale: 1 / 255 },
    { data: labels, shape: [count], dtype: 'int32' },
  );
}

/** The images from `begin` up to `end`, without copying them. */
export function sliceImages(set: LabelledImages, begin: number, end = set.count): LabelledImages {
  if (!Number.isInteger(begin) || !Number.isInteger(end) || begin < 0 || end > set.count || begin > end) {
    throw new ArgumentError(`images ${begin} … ${end} were asked for; there are ${set.count}`);
  }
  const pixels = set.height * set.width;
  return {
    ...set,
    images: set.images.subarray(begin * pixels, end * pixels),
    labels: set.labels.subarray(begin, end),
    count: end - begin,
  };
}
