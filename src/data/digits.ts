/**
 * Digits drawn by the library: for when there is no MNIST, and for tests that need learnable images.
 *
 * Each image is one of the glyphs, bent, slanted, turned, scaled and shifted at random, drawn with a soft round pen of
 * random width and darkness, and sprinkled with noise. Image i depends on the seed and on i alone. Only operations
 * whose results the language fixes to the last bit are used (+ − × ÷ and square roots), so every machine draws
 * the same images.
 */
import { ArgumentError } from '../base/errors.js';
import { checkSeed, Draws, type Purpose } from './draws.js';
import { GLYPHS, type Stroke } from './glyphs.js';
import type { ImageSplit, LabelledImages } from './images.js';
import { Canvas } from './pen.js';

const SIDE = 28;
/** Straight pieces per span of a curve. */
const PIECES = 4;

/** Widths of the random variations. Tuned so that a network of 50 hidden units errs on a few per cent. */
const SPREAD = {
  /** Most that a point of the glyph's box moves, as a part of the box. */
  bend: 0.1,
  /** Sideways shift from top to bottom, as a part of the height. */
  slant: 0.3,
  /** Tangent of half the largest angle: 0.1 is 11.4°. */
  turn: 0.1,
  /** Width and height of the box, in pixels. */
  width: [13, 18],
  height: [17, 22],
  /** Shift of the middle, in pixels either way. */
  shift: 1.5,
  /** Radius of the pen, and the width of its soft edge, in pixels. */
  radius: [0.7, 1.8],
  edge: [1, 2.2],
  ink: [180, 255],
  /** Largest size of the noise, in grey levels either way. */
  noise: 60,
} as const;

/** Options of {@link generateDigits}. */
export interface DigitsOptions {
  /** Images to learn from; default 10,000. */
  train?: number;
  /** Images to test on; default 2,000. */
  test?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * Draws a data set of digits, 28 × 28 grey, every digit about equally often. The same seed gives the same images on
 * every machine; fewer images are the first of more.
 * @throws ArgumentError for a count or a seed that is no whole number from 0 up.
 */
export function generateDigits(options: DigitsOptions = {}): ImageSplit {
  const { train = 10_000, test = 2_000, seed = 0 } = options;
  checkSeed(seed);
  checkCount(train);
  checkCount(test);
  return { train: draw(train, seed, 'trainDigits'), test: draw(test, seed, 'testDigits') };
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > 1_000_000) {
    throw new ArgumentError(`the number of digits must be a whole number from 0 to 1,000,000, got ${String(count)}`);
  }
}

function draw(count: number, seed: number, purpose: Purpose): LabelledImages {
  const images = new Uint8Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  const canvas = new Canvas(SIDE, SIDE);
  for (let i = 0; i < count; i++) {
    const draws = new Draws(seed, purpose, i);
    labels[i] = drawDigit(canvas, draws);
    addNoise(canvas, draws, images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
  }
  return { images, labels, count, height: SIDE, width: SIDE };
}

/** Draws a digit of the stream's choice and returns which. */
function drawDigit(canvas: Canvas, draws: Draws): number {
  const digit = draws.below(10);
  const ways = GLYPHS[digit]!;
  const glyph = ways[draws.below(ways.length)]!;
  const place = placement(draws);
  canvas.clear();
  canvas.pen(draws.between(...SPREAD.radius), draws.between(...SPREAD.edge), draws.between(...SPREAD.ink));
  for (const stroke of glyph) drawStroke(canvas, stroke, place);
  return digit;
}

type Point = readonly [x: number, y: number];

/** From the glyph's box to pixels. */
function placement(draws: Draws): (x: number, y: number) => Point {
  const either = (most: number): number => draws.between(-most, most);
  // Offsets at the corners of a 3 × 3 lattice, between which they vary bilinearly: strokes that meet still do.
  const bends = Array.from({ length: 18 }, () => either(SPREAD.bend));
  const slant = either(SPREAD.slant);
  // Sine and cosine from the tangent of half the angle need no trigonometry.
  const half = either(SPREAD.turn);
  const cos = (1 - half * half) / (1 + half * half);
  const sin = (2 * half) / (1 + half * half);
  const width = draws.between(...SPREAD.width);
  const height = draws.between(...SPREAD.height);
  const middleX = SIDE / 2 + either(SPREAD.shift);
  const middleY = SIDE / 2 + either(SPREAD.shift);

  const bend = (x: number, y: number, offset: 0 | 1): number => {
    const column = x < 0.5 ? 0 : 1;
    const row = y < 0.5 ? 0 : 1;
    const right = 2 * x - column;
    const down = 2 * y - row;
    const at = (r: number, c: number): number => bends[2 * (3 * r + c) + offset]!;
    const top = at(row, column) * (1 - right) + at(row, column + 1) * right;
    const bottom = at(row + 1, column) * (1 - right) + at(row + 1, column + 1) * right;
    return top * (1 - down) + bottom * down;
  };
  return (x, y) => {
    const v = (y + bend(x, y, 1) - 0.5) * height;
    const u = (x + bend(x, y, 0) - 0.5) * width - slant * v;
    return [middleX + cos * u - sin * v, middleY + sin * u + cos * v];
  };
}

function drawStroke(canvas: Canvas, stroke: Stroke, place: (x: number, y: number) => Point): void {
  const points: Point[] = [];
  for (let i = 0; i < stroke.points.length; i += 2) points.push(place(stroke.points[i]!, stroke.points[i + 1]!));
  const path = stroke.kind === 'curve' ? smooth(points) : points;
  for (let i = 1; i < path.length; i++) {
    const [x0, y0] = path[i - 1]!;
    const [x1, y1] = path[i]!;
    canvas.line(x0, y0, x1, y1);
  }
}

/** Points on the Catmull–Rom curve through `points`; the ends are doubled. */
function smooth(points: readonly Point[]): Point[] {
  const path: Point[] = [points[0]!];
  for (let i = 1; i < points.length; i++) {
    const [bx, by] = points[i - 1]!;
    const [cx, cy] = points[i]!;
    const [ax, ay] = points[i - 2] ?? [bx, by];
    const [dx, dy] = points[i + 1] ?? [cx, cy];
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      path.push([spline(ax, bx, cx, dx, t), spline(ay, by, cy, dy, t)]);
    }
  }
  return path;
}

const spline = (a: number, b: number, c: number, d: number, t: number): number =>
  b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));

/** Writes the canvas to `pixels`, each level moved by uniform noise: four pixels to each word of random bits. */
function addNoise(canvas: Canvas, draws: Draws, pixels: Uint8Array): void {
  const size = (draws.uniform() * SPREAD.noise) / 127.5;
  const { levels } = canvas;
  for (let i = 0; i < pixels.length; i += 4) {
    const word = draws.bits();
    for (let lane = 0; lane < 4; lane++) {
      const level = levels[i + lane]! + size * (((word >>> (8 * lane)) & 255) - 127.5);
      pixels[i + lane] = level <= 0 ? 0 : level >= 255 ? 255 : Math.floor(level + 0.5);
    }
  }
}
