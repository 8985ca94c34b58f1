/** The built-in digits: the same on every machine, legible in shape, and refused where the request is senseless. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.js';
import { generateDigits } from '../../src/data/digits.js';
import { GLYPHS } from '../../src/data/glyphs.js';
import type { LabelledImages } from '../../src/data/images.js';
import { Canvas } from '../../src/data/pen.js';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Share of `test` whose nearest class mean of `train` is its own. */
function nearestMeanAccuracy(train: LabelledImages, test: LabelledImages): number {
  const pixels = train.height * train.width;
  const means = Array.from({ length: 10 }, () => new Float64Array(pixels));
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < train.count; i++) {
    const label = train.labels[i]!;
    counts[label]!++;
    for (let p = 0; p < pixels; p++) means[label]![p]! += train.images[i * pixels + p]!;
  }
  let right = 0;
  for (let i = 0; i < test.count; i++) {
    const distances = means.map((mean, label) => {
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += (mean[p]! / counts[label]! - test.images[i * pixels + p]!) ** 2;
      return sum;
    });
    if (distances.indexOf(Math.min(...distances)) === test.labels[i]) right++;
  }
  return right / test.count;
}

describe('generateDigits', () => {
  const { train, test: held } = generateDigits({ train: 1500, test: 300, seed: 0 });

  test('shapes, labels, levels', () => {
    expect([train.count, train.height, train.width, train.images.length]).toEqual([1500, 28, 28, 1500 * 784]);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.labels) counts[label]!++;
    for (const count of counts) expect(count).toBeGreaterThan(105);
    expect(Math.max(...train.images.subarray(0, 784))).toBeGreaterThan(100);
  });

  test('the same images on every machine', () => {
    expect([hash(train.images), hash(train.labels), hash(held.images), hash(held.labels)]).toMatchInlineSnapshot(`
      [
        "38ebf153176bb4e3",
        "d77cb3f592d97820",
        "0f2ef8c3d8b08960",
        "e01a47739a01902a",
      ]
    `);
  });

  test('fewer are the first of more; the parts and other seeds differ', () => {
    const fewer = generateDigits({ train: 20, test: 20, seed: 0 });
    expect(fewer.train.images).toEqual(train.images.slice(0, 20 * 784));
    expect(hash(fewer.test.images)).not.toBe(hash(fewer.train.images));
    expect(hash(generateDigits({ train: 20, test: 0, seed: 1 }).train.images)).not.toBe(hash(fewer.train.images));
  });

  test('every image has its digit’s ink, away from the border', () => {
    const pixels = 784;
    for (let i = 0; i < train.count; i++) {
      const image = train.images.subarray(i * pixels, (i + 1) * pixels);
      const dark = image.filter((level) => level > 120).length;
      expect(dark).toBeGreaterThan(10);
      expect(dark).toBeLessThan(260);
      const corners = [0, 27, 27 * 28, 783].map((at) => image[at]!);
      expect(Math.max(...corners)).toBeLessThan(120);
    }
  });

  test('the classes are learnable and not trivial: class means alone tell most apart, not all', () => {
    const accuracy = nearestMeanAccuracy(train, held);
    expect(accuracy).toBeGreaterThan(0.6);
    expect(accuracy).toBeLessThan(0.92);
  });

  test.each([{ train: -1 }, { test: 1.5 }, { train: Number.NaN }, { train: 1e9 }, { seed: -3 }])(
    'refuses %o',
    (options) => {
      expect(() => generateDigits(options)).toThrow(ArgumentError);
    },
  );
});

test('every glyph stays in its box and has whole points', () => {
  expect(GLYPHS.length).toBe(10);
  for (const { kind, points } of GLYPHS.flat(2)) {
    expect(points.length % 2).toBe(0);
    expect(points.length).toBeGreaterThanOrEqual(kind === 'curve' ? 6 : 4);
    for (const v of points) expect(v >= 0 && v <= 1).toBe(true);
  }
});

describe('Canvas', () => {
  test('the level falls with the distance to the line', () => {
    const canvas = new Canvas(7, 5);
    canvas.pen(1, 2, 100);
    canvas.line(2.5, 2.5, 4.5, 2.5);
    // Full at distance 0, half at 1, nothing at 2.
    expect([...canvas.levels.slice(14, 21)]).toEqual([0, 50, 100, 100, 100, 50, 0]);
    expect([...canvas.levels.slice(7, 14)].map(Math.round)).toEqual([0, 29, 50, 50, 50, 29, 0]);
    expect([...canvas.levels.slice(0, 7)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('crossing lines do not add up, a point is a dot, and what is outside is cut off', () => {
    const canvas = new Canvas(3, 3);
    canvas.pen(0.5, 1, 100);
    canvas.line(1.5, -9, 1.5, 9);
    canvas.line(-9, 1.5, 9, 1.5);
    expect([...canvas.levels]).toEqual([0, 100, 0, 100, 100, 100, 0, 100, 0]);
    canvas.clear();
    canvas.line(0.5, 0.5, 0.5, 0.5);
    expect([...canvas.levels]).toEqual([100, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
