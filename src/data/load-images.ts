/**
 * The data set that the examples train on: MNIST where it can be had, else the built-in digits.
 */
import { ArgumentError } from '../base/errors.js';
import { generateDigits } from './digits.js';
import type { ImageSplit } from './images.js';
import { findMnist, loadMnist, type MnistOptions } from './mnist.js';
import type { DataSource } from './source.js';

/** `auto` takes MNIST if it is found or can be downloaded, else `digits`. */
export type ImageSetName = 'auto' | 'mnist' | 'digits';

/** Options of {@link loadImages}. */
export interface LoadImagesOptions extends MnistOptions {
  /** For the built-in digits; default 0. */
  seed?: number;
}

/** Images to learn from and to test on, and where they are from. */
export interface LoadedImages extends ImageSplit {
  /** Which data these are and why: see `describeSource`. */
  readonly source: DataSource;
}

/** @throws FileError as {@link findMnist}, and for `mnist` when it is nowhere. */
export async function loadImages(name: ImageSetName = 'auto', options: LoadImagesOptions = {}): Promise<LoadedImages> {
  switch (name) {
    case 'mnist':
      return loadMnist(options);
    case 'digits':
      return builtIn(options.seed, []);
    case 'auto': {
      const found = await findMnist(options);
      return found.source ? found : builtIn(options.seed, ['MNIST was not found', ...found.notes]);
    }
    default:
      throw new ArgumentError(`unknown data set "${String(name)}": there are auto, mnist, digits`);
  }
}

const builtIn = (seed = 0, notes: readonly string[]): LoadedImages => ({
  ...generateDigits({ seed }),
  source: { dataset: 'digits', how: 'generated', where: `seed ${seed}`, notes },
});
