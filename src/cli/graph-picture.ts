/**
 * The picture of the computational graph for the report.
 */
import { type LabelledImages, sliceImages } from '../data/index.js';
import { toSvg } from '../viz/index.js';
import { batchesOf } from './dataset.js';
import type { Network } from './network.js';

/** So many images make the loss whose graph is drawn; the shapes in the picture show it. */
const BATCH = 2;

/** The graph of the loss of a small batch, as an `<svg>` element. */
export async function graphPicture(network: Network, images: LabelledImages): Promise<string> {
  const [batch] = batchesOf(sliceImages(images, 0, Math.min(BATCH, images.count)), BATCH);
  if (batch === undefined) return '';
  const [inputs, labels] = batch;
  inputs.name = 'images';
  labels.name = 'labels';
  return toSvg(network.drawable(inputs, labels));
}
