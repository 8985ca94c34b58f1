/**
 * Rows of numbers as small pictures: what a hidden unit looks for, and which examples were mistaken.
 */
import { escapeHtml } from './html.js';
import { pngDataUri } from './png.js';

/** One example that the network got wrong. */
export interface Mistake {
  /** `width · height` grey values from 0 (paper) to 1 (ink). */
  pixels: Float32Array;
  /** The name of the true class. */
  actual: string;
  /** The name of the class that the network chose. */
  predicted: string;
  /** The probability the network gave its wrong answer. */
  confidence: number;
}

/** What the first layer multiplies its input with, one image a unit. */
export interface FirstLayer {
  /** `units · width · height` weights, unit by unit. */
  weights: Float32Array;
  /** How many units there are. */
  units: number;
}

/** The size of an image in pixels. */
export interface ImageSize {
  /** Pixels in a row. */
  width: number;
  /** How many rows. */
  height: number;
}

const POSITIVE = [232, 119, 34] as const;
const NEGATIVE = [58, 134, 240] as const;

/** The magnitude below which `fraction` of the values lie: one far-out weight must not bleach all others. */
function magnitudeAt(values: Float32Array, fraction: number): number {
  const sorted = values.map(Math.abs).sort();
  return sorted[Math.floor(fraction * (sorted.length - 1))] ?? 0;
}

/** Orange where a weight is positive, blue where negative, the stronger the larger; 0 shows the page. */
function weightImage(weights: Float32Array, { width, height }: ImageSize, full: number): string {
  const pixels = new Uint8Array(4 * width * height);
  weights.forEach((weight, i) => {
    pixels.set(weight > 0 ? POSITIVE : NEGATIVE, 4 * i);
    pixels[4 * i + 3] = full > 0 ? Math.min(255, Math.round((255 * Math.abs(weight)) / full)) : 0;
  });
  return pngDataUri(width, height, 4, pixels);
}

function inkImage(ink: Float32Array, { width, height }: ImageSize): string {
  const pixels = Uint8Array.from(ink, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  return pngDataUri(width, height, 1, pixels);
}

/** At most `limit` units of the first layer, all on one scale of colours. */
export function firstLayerGallery({ weights, units }: FirstLayer, size: ImageSize, limit: number): string {
  const area = size.width * size.height;
  const full = magnitudeAt(weights, 0.995);
  const images = Array.from({ length: Math.min(units, limit) }, (_, unit) => {
    const source = weightImage(weights.subarray(unit * area, (unit + 1) * area), size, full);
    return `<img src="${source}" alt="weights of unit ${unit}" title="unit ${unit}">`;
  });
  return `<div class="gallery weights">${images.join('\n')}</div>`;
}

/** The mistakes as pictures, each with the true class, the answer, and how sure the network was. */
export function mistakeGallery(mistakes: readonly Mistake[], size: ImageSize): string {
  const figures = mistakes.map(({ pixels, actual, predicted, confidence }) => {
    const answer = `${escapeHtml(actual)} → <b>${escapeHtml(predicted)}</b>`;
    const what = `a ${actual} taken for a ${predicted}`;
    return `<figure><img src="${inkImage(pixels, size)}" alt="${escapeHtml(what)}" title="${escapeHtml(what)}">
<figcaption>${answer} <small>${Math.round(100 * confidence)} %</small></figcaption></figure>`;
  });
  return `<div class="gallery mistakes">${figures.join('\n')}</div>`;
}
