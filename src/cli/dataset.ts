/**
 * The images of the main job: which data set, and how it is divided.
 */
import { FileError } from '../base/errors.js';
import {
  DataLoader,
  describeSource,
  generateDigits,
  imageDataset,
  type LabelledImages,
  type LoadedImages,
  loadImages,
  sliceImages,
} from '../data/index.js';
import type { DatasetName } from './options.js';
import { UsageError } from './usage-error.js';

export interface DatasetRequest {
  /** Undefined for MNIST where it is found, else the built-in digits. */
  dataset?: DatasetName;
  folder?: string;
  trainSize: number | null;
  testSize: number | null;
}

/** Labelled images in their three roles. */
export interface DigitData {
  dataset: DatasetName;
  /** One line: which data. */
  title: string;
  /** One line: which data, and why, with all that was tried. */
  description: string;
  training: LabelledImages;
  heldOut: LabelledImages;
  test: LabelledImages;
}

/** Of the training images one in twelve is held out: 5,000 of MNIST's 60,000. */
const HELD_OUT_SHARE = 12;

/** The same digits for every run: `--seed` is about the training, not about the data. */
const DIGITS_SEED = 0;

/** The first `size` of `images`. @throws FileError when there are not so many */
function take(images: LabelledImages, size: number | null, option: string): LabelledImages {
  if (size === null) return images;
  if (size > images.count) {
    throw new FileError(`${option} ${size} asks for more images than the data set has: ${images.count}`);
  }
  return sliceImages(images, 0, size);
}

/** Loads and divides the images. @throws UsageError, FileError */
export async function loadDigitData(request: DatasetRequest): Promise<DigitData> {
  const { dataset, folder, trainSize, testSize } = request;
  if (dataset === 'digits' && folder !== undefined) {
    throw new UsageError(
      '--data names a folder with MNIST, but --dataset digits is drawn by the library: give one of the two',
    );
  }
  // Drawn to size: a hundred digits should not cost the drawing of twelve thousand.
  const loaded =
    dataset === 'digits'
      ? drawDigits(trainSize, testSize)
      : await loadImages(dataset ?? 'auto', { folder, seed: DIGITS_SEED });
  const train = take(loaded.train, trainSize, '--train-size');
  const test = take(loaded.test, testSize, '--test-size');
  const heldOut = Math.max(1, Math.round(train.count / HELD_OUT_SHARE));
  return {
    dataset: loaded.source.dataset,
    title: describeSource({ ...loaded.source, notes: [] }),
    description: describeSource(loaded.source),
    training: sliceImages(train, 0, train.count - heldOut),
    heldOut: sliceImages(train, train.count - heldOut),
    test,
  };
}

function drawDigits(train: number | null, test: number | null): LoadedImages {
  const notes = ['asked for by --dataset digits'];
  return {
    ...generateDigits({ train: train ?? undefined, test: test ?? undefined, seed: DIGITS_SEED }),
    source: { dataset: 'digits', how: 'generated', where: `seed ${DIGITS_SEED}`, notes },
  };
}

/** The images as batches: shuffled anew every epoch where a seed is given, else in order. */
export const batchesOf = (images: LabelledImages, batchSize: number, seed?: number): DataLoader =>
  new DataLoader(imageDataset(images), { batchSize, shuffle: seed !== undefined, seed });
