// The report: images that decoders accept, axes with round numbers, and a page that needs nothing beside itself.
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/base/errors.js';
import { ConfusionMatrix } from '../../src/train/confusion.js';
import { History } from '../../src/train/history.js';
import { bandOf, curves, logTicks, ticks } from '../../src/train/report/curves.js';
import { type ReportContent, renderReport } from '../../src/train/report/page.js';
import { encodePng, type PngChannels } from '../../src/train/report/png.js';

/** The pixels of a PNG without filters, by Node's own zlib (which checks the Adler sum). */
function decode(png: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const dataLength = view.getUint32(33);
  expect(new TextDecoder().decode(png.subarray(37, 41))).toBe('IDAT');
  const rows = inflateSync(png.subarray(41, 41 + dataLength));
  const stride = rows.length / height;
  const pixels = Uint8Array.from(rows).filter((_, i) => i % stride !== 0);
  return { width, height, pixels };
}

describe('encodePng', () => {
  it('holds the pixels it was given', () => {
    const channels = fc.constantFrom<PngChannels>(1, 4);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        channels,
        fc.integer(),
        (w, h, c, seed) => {
          const pixels = Uint8Array.from(
            { length: w * h * c },
            (_, i) => (Math.imul(i + seed, 2654435761) >>> 13) & 255,
          );
          expect(decode(encodePng(w, h, c, pixels))).toEqual({ width: w, height: h, pixels });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('goes over several stored blocks', () => {
    const pixels = Uint8Array.from({ length: 4 * 200 * 150 }, (_, i) => i % 251);
    expect(decode(encodePng(200, 150, 4, pixels)).pixels).toEqual(pixels);
  });

  it('has the check sums of the format', () => {
    // An empty IEND chunk is the same in every file; its sum is known.
    expect(Array.from(encodePng(1, 1, 1, Uint8Array.of(7)).slice(-12))).toEqual([
      0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ]);
  });

  it('refuses a wrong number of bytes', () => {
    expect(() => encodePng(2, 2, 1, new Uint8Array(3))).toThrow(ArgumentError);
  });
});

describe('axes', () => {
  it('have round numbers', () => {
    expect(ticks(0, 20, 10)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    expect(ticks(0.923, 1, 7)).toEqual([0.94, 0.96, 0.98, 1]);
    expect(logTicks(0.04, 2.4)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
    expect(logTicks(1e-6, 1)).toEqual([0.000001, 0.00001, 0.0001, 0.001, 0.01, 0.1, 1]);
  });

  it('stand equal values and single points', () => {
    expect(ticks(3, 3, 5)).toEqual([3]);
    for (const yScale of ['linear', 'log'] as const) {
      const svg = curves({
        title: 'Loss',
        xLabel: 'epoch',
        yLabel: 'loss',
        yScale,
        format: String,
        series: [{ name: 'training', style: 'training', points: [{ x: 1, y: 0.5 }], marked: true }],
      });
      expect(svg).not.toContain('NaN');
      expect(svg).not.toContain('Infinity');
    }
  });

  it('leaves a gap where a value is no number', () => {
    const svg = curves({
      title: 'Loss',
      xLabel: 'epoch',
      yLabel: 'loss',
      yScale: 'log',
      format: String,
      series: [
        {
          name: 'training',
          style: 'training',
          points: [1, 0.5, NaN, 0.25, Infinity, 0].map((y, x) => ({ x, y })),
          marked: true,
        },
      ],
    });
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg.match(/class="line training" d="M[^ML]*[ \d.]*L[^ML]*M/)).not.toBeNull();
  });

  it('summarises steps by their lowest and highest', () => {
    expect(bandOf([1, 3, 2, 8], 2, 2)).toEqual([
      { x: 0.5, low: 1, high: 3 },
      { x: 1.5, low: 2, high: 8 },
    ]);
    expect(bandOf([], 1, 10)).toEqual([]);
    expect(bandOf([4], 1, 10)).toEqual([{ x: 0.5, low: 4, high: 4 }]);
  });
});

describe('renderReport', () => {
  const confusion = new ConfusionMatrix(2);
  for (const [actual, predicted] of [
    [0, 0],
    [1, 1],
    [1, 0],
  ] as const)
    confusion.add(actual, predicted);
  const content: ReportContent = {
    title: 'run <1> & "more"',
    subtitle: 'two epochs',
    highlights: [['test accuracy', '66.67 %']],
    history: History.from(
      [1, 2].map((epoch) => ({
        epoch,
        steps: 3 * epoch,
        trainLoss: 1 / epoch,
        trainAccuracy: 0.5,
        heldOutLoss: 1.1 / epoch,
        heldOutAccuracy: 0.4,
        seconds: 1,
      })),
      [2, 1.5, 1, 0.7, 0.6, 0.5],
    ),
    classes: ['0', '1'],
    confusion,
    imageSize: { width: 2, height: 1 },
    firstLayer: { weights: Float32Array.of(1, -1, 0.5, 0), units: 2 },
    mistakes: [{ pixels: Float32Array.of(0, 1), actual: '1', predicted: '0', confidence: 0.875 }],
    graph: '<svg><title>a graph</title></svg>',
    facts: [['seed', '<0>']],
  };

  it('shows every part', () => {
    const page = renderReport(content);
    for (const heading of [
      'Learning curves',
      'What is taken for what',
      'The surest mistakes',
      'First-layer weights',
      'The graph',
      'The run',
    ]) {
      expect(page).toContain(`<h2>${heading}</h2>`);
    }
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(3);
    expect(page).toContain('held-out, epoch 2: 0.55');
    expect(page).toContain('1 → <b>0</b> <small>88 %</small>');
    expect(page).toContain('<svg><title>a graph</title></svg>');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('refers to nothing outside itself, and runs no script', () => {
    const page = renderReport(content);
    expect(page).not.toMatch(/https?:|<script|@import|url\(/);
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(addresses.every((address) => address.startsWith('data:'))).toBe(true);
  });

  it('escapes what it is told', () => {
    const page = renderReport(content);
    expect(page).toContain('run &lt;1&gt; &amp; &quot;more&quot;');
    expect(page).toContain('<dd>&lt;0&gt;</dd>');
  });

  it('does without the parts it is not given, even before the first epoch', () => {
    const page = renderReport({
      title: 'empty',
      subtitle: '',
      highlights: [],
      history: new History(),
      classes: [],
      facts: [],
    });
    expect(page).not.toContain('What is taken for what');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});
