/**
 * Curves as inline SVG: axes with labels, one line per series, its colour from the page's style sheet.
 */
import { coordinate, escapeHtml } from './html.js';

export interface Point {
  x: number;
  y: number;
}

export interface Series {
  name: string;
  /** The class in the style sheet that colours it. */
  style: 'training' | 'held-out';
  points: readonly Point[];
  /** Mark every point and name its value when pointed at. */
  marked?: boolean;
}

/** Lowest and highest value over a stretch of x, drawn as an area behind the lines. */
export interface Band {
  x: number;
  low: number;
  high: number;
}

export interface Chart {
  title: string;
  xLabel: string;
  yLabel: string;
  yScale: 'linear' | 'log';
  /** Spells a value of y, on the axis and in a mark's title. */
  format: (y: number) => string;
  series: readonly Series[];
  band?: readonly Band[];
  /** The value y cannot pass, if there is one (1 for an accuracy). */
  yMax?: number;
}

const WIDTH = 560;
const HEIGHT = 320;
const LEFT = 66;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 44;

/** Round numbers (1, 2 or 5 times a power of ten) from `low` to `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((s) => span / s <= count) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** 1, 2 and 5 times every power of ten from `low` to `high`; only the powers where that would crowd. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 4 ? [1] : decades > 0.5 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(3));
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found;
}

interface Axis {
  low: number;
  high: number;
  ticks: number[];
  at(value: number): number;
}

function xAxis(values: number[]): Axis {
  const low = 0;
  const high = Math.max(1, ...values);
  return {
    low,
    high,
    ticks: ticks(low, high, 10).filter(Number.isInteger),
    at: (x) => LEFT + ((WIDTH - LEFT - RIGHT) * (x - low)) / (high - low),
  };
}

function yAxis(chart: Chart, values: number[]): Axis {
  const log = chart.yScale === 'log';
  const scale = log ? Math.log : (y: number): number => y;
  const usable = values.filter((y) => Number.isFinite(y) && (!log || y > 0));
  let low = usable.length > 0 ? Math.min(...usable) : log ? 0.1 : 0;
  let high = usable.length > 0 ? Math.max(...usable) : 1;
  if (log) {
    [low, high] = [low / 1.15, high * 1.15];
  } else {
    const margin = Math.max(0.06 * (high - low), 0.005);
    [low, high] = [low - margin, Math.min(high + margin, chart.yMax ?? Infinity)];
  }
  const height = HEIGHT - TOP - BOTTOM;
  const at = (y: number): number => TOP + height * (1 - (scale(y) - scale(low)) / (scale(high) - scale(low)));
  return { low, high, ticks: log ? logTicks(low, high) : ticks(low, high, 7), at };
}

const path = (points: readonly Point[], x: Axis, y: Axis): string => {
  let pen = 'M';
  let text = '';
  for (const point of points) {
    // A loss that overflowed leaves a gap.
    const y0 = y.at(point.y);
    if (!Number.isFinite(y0)) {
      pen = 'M';
      continue;
    }
    text += `${pen}${coordinate(x.at(point.x))} ${coordinate(y0)}`;
    pen = 'L';
  }
  return text;
};

/** An SVG text; `attributes` place it. */
const label = (style: 'tick' | 'label', text: string, attributes: string): string =>
  `<text class="${style}" ${attributes}>${escapeHtml(text)}</text>`;

function gridOf(chart: Chart, x: Axis, y: Axis): string {
  const bottom = HEIGHT - BOTTOM;
  const right = WIDTH - RIGHT;
  const lines = y.ticks.flatMap((value) => {
    const at = coordinate(y.at(value));
    return [
      `<line class="grid" x1="${LEFT}" x2="${right}" y1="${at}" y2="${at}"/>`,
      label('tick', chart.format(value), `x="${LEFT - 8}" y="${at}" text-anchor="end" dominant-baseline="middle"`),
    ];
  });
  const marks = x.ticks.flatMap((value) => {
    const at = coordinate(x.at(value));
    return [
      `<line class="axis" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 4}"/>`,
      label('tick', String(value), `x="${at}" y="${bottom + 18}" text-anchor="middle"`),
    ];
  });
  const upwards = `translate(12 ${(TOP + bottom) / 2}) rotate(-90)`;
  return [
    ...lines,
    `<line class="axis" x1="${LEFT}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    ...marks,
    label('label', chart.xLabel, `x="${(LEFT + right) / 2}" y="${HEIGHT - 6}" text-anchor="middle"`),
    label('label', chart.yLabel, `transform="${upwards}" text-anchor="middle"`),
  ].join('\n');
}

function seriesOf(series: Series, chart: Chart, x: Axis, y: Axis): string {
  const drawn = `<path class="line ${series.style}" d="${path(series.points, x, y)}"/>`;
  if (series.marked !== true) return drawn;
  const marks = series.points
    .filter((point) => Number.isFinite(y.at(point.y)))
    .map((point) => {
      const place = `cx="${coordinate(x.at(point.x))}" cy="${coordinate(y.at(point.y))}" r="3"`;
      const title = `${series.name}, ${chart.xLabel} ${coordinate(point.x)}: ${chart.format(point.y)}`;
      return `<circle class="mark ${series.style}" ${place}><title>${escapeHtml(title)}</title></circle>`;
    });
  return [drawn, ...marks].join('\n');
}

/** The chart as a figure: its title, a legend, and the SVG. */
export function curves(chart: Chart): string {
  const points = chart.series.flatMap((series) => series.points);
  const band = chart.band ?? [];
  const x = xAxis([...points, ...band].map((point) => point.x));
  const y = yAxis(chart, [...points.map((point) => point.y), ...band.flatMap(({ low, high }) => [low, high])]);
  const outline = [
    ...band.map((stretch) => ({ x: stretch.x, y: stretch.high })),
    ...[...band].reverse().map((stretch) => ({ x: stretch.x, y: stretch.low })),
  ];
  const area = outline.length > 0 ? `<path class="band" d="${path(outline, x, y)}Z"/>` : '';
  const legend = [
    ...chart.series.map(({ name, style }) => `<span class="key ${style}">${escapeHtml(name)}</span>`),
    ...(band.length > 0 ? ['<span class="key band">single steps, lowest to highest</span>'] : []),
  ];
  return `<figure class="chart">
<figcaption><b>${escapeHtml(chart.title)}</b> ${legend.join(' ')}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${chart.title} by ${chart.xLabel}`)}">
${gridOf(chart, x, y)}
${area}
${chart.series.map((series) => seriesOf(series, chart, x, y)).join('\n')}
</svg>
</figure>`;
}

/** Lowest and highest of `values` over at most `count` equal stretches; x runs from 0 to `xEnd`. */
export function bandOf(values: ArrayLike<number>, xEnd: number, count: number): Band[] {
  const stretches = Math.min(count, values.length);
  return Array.from({ length: stretches }, (_, i) => {
    const start = Math.floor((i * values.length) / stretches);
    const end = Math.floor(((i + 1) * values.length) / stretches);
    let low = Infinity;
    let high = -Infinity;
    for (let at = start; at < end; at++) {
      const value = values[at]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return { x: (xEnd * (start + end)) / 2 / values.length, low, high };
  });
}
