/**
 * The report of a training: one HTML file that needs nothing beside itself.
 */
import type { ConfusionMatrix } from '../confusion.js';
import type { EpochRecord, History } from '../history.js';
import { formatPercent } from '../progress.js';
import { confusedPairs, confusionTable } from './confusion-table.js';
import { bandOf, curves, type Series } from './curves.js';
import { escapeHtml } from './html.js';
import { type FirstLayer, firstLayerGallery, type ImageSize, type Mistake, mistakeGallery } from './images.js';
import { STYLE } from './style.js';

/** What a report shows; a part that is left out has no section. */
export interface ReportContent {
  /** The title of the page. */
  title: string;
  /** One sentence under the title. */
  subtitle: string;
  /** The few numbers that matter most, each with its name; the first stands out. */
  highlights: readonly (readonly [name: string, value: string])[];
  /** What was measured while training. */
  history: History;
  /** The names of the classes, in order. */
  classes: readonly string[];
  /** What was mistaken for what on examples that the training never saw. */
  confusion?: ConfusionMatrix;
  /** The size of an input as an image. */
  imageSize?: ImageSize;
  /** The weights of the first layer, as pictures. */
  firstLayer?: FirstLayer;
  /** The surest mistakes first. */
  mistakes?: readonly Mistake[];
  /** The computational graph as an `<svg>` element, trusted as it is. */
  graph?: string;
  /** Everything else worth keeping about the run. */
  facts: readonly (readonly [name: string, value: string])[];
}

const BAND_STRETCHES = 240;
const MOST_PAIRS = 10;
const MOST_UNITS = 100;

const section = (title: string, text: string, content: string): string =>
  `<section><h2>${escapeHtml(title)}</h2>\n<p>${text}</p>\n${content}\n</section>`;

/** The training's and the held-out series of one measure; the latter only where it was measured. */
function seriesOf(epochs: readonly EpochRecord[], training: keyof EpochRecord, heldOut: keyof EpochRecord): Series[] {
  const pointsOf = (key: keyof EpochRecord) =>
    epochs.flatMap((record) => {
      const y = record[key];
      return y === null ? [] : [{ x: record.epoch, y }];
    });
  const all: Series[] = [
    { name: 'training', style: 'training', points: pointsOf(training), marked: true },
    { name: 'held-out', style: 'held-out', points: pointsOf(heldOut), marked: true },
  ];
  return all.filter(({ points }) => points.length > 0);
}

function curvesSection({ epochs, stepLosses }: History): string {
  const last = epochs.at(-1);
  // Steps are drawn where they happened; after the last full epoch the same pace is assumed.
  const xEnd = last === undefined ? 1 : (stepLosses.length / last.steps) * last.epoch;
  const loss = curves({
    title: 'Loss',
    xLabel: 'epoch',
    yLabel: 'cross entropy (log scale)',
    yScale: 'log',
    format: (y) => String(Number(y.toPrecision(3))),
    series: seriesOf(epochs, 'trainLoss', 'heldOutLoss'),
    band: bandOf(stepLosses, xEnd, BAND_STRETCHES),
  });
  const accuracy = curves({
    title: 'Accuracy',
    xLabel: 'epoch',
    yLabel: 'right answers',
    yScale: 'linear',
    format: (y) => `${Number((100 * y).toFixed(2))} %`,
    series: seriesOf(epochs, 'trainAccuracy', 'heldOutAccuracy'),
    yMax: 1,
  });
  const text =
    'Training values are means over an epoch, taken while the weights were changing; held-out values are measured ' +
    'after it, on examples that the training never saw. Point at a mark to read it.';
  return section('Learning curves', text, `<div class="pair">${loss}${accuracy}</div>`);
}

function confusionSection(confusion: ConfusionMatrix, classes: readonly string[]): string {
  const text =
    `${confusion.total.toLocaleString('en-US')} test examples, ${formatPercent(confusion.accuracy)} of them right. ` +
    'A row is a true class, a column the network’s answer.';
  const pairs = `<div><b>Most confused</b>${confusedPairs(confusion, classes, MOST_PAIRS)}</div>`;
  return section(
    'What is taken for what',
    text,
    `<div class="split">${confusionTable(confusion, classes)}${pairs}</div>`,
  );
}

function imageSections({ imageSize, firstLayer, mistakes = [] }: ReportContent): string[] {
  const sections: string[] = [];
  if (imageSize === undefined) return sections;
  if (mistakes.length > 0) {
    const text =
      'Test images the network was surest about and yet wrong: the true digit, its answer, and the probability it ' +
      'gave that answer.';
    sections.push(section('The surest mistakes', text, mistakeGallery(mistakes, imageSize)));
  }
  if (firstLayer !== undefined) {
    const some = firstLayer.units > MOST_UNITS ? ` (the first ${MOST_UNITS} of ${firstLayer.units} units)` : '';
    const text = `What each hidden unit looks for${some}: ink on orange raises it, ink on blue lowers it.`;
    sections.push(section('First-layer weights', text, firstLayerGallery(firstLayer, imageSize, MOST_UNITS)));
  }
  return sections;
}

/** The report as the text of an HTML file; it refers to nothing outside itself. */
export function renderReport(content: ReportContent): string {
  const tiles = content.highlights.map(
    ([name, value], i) =>
      `<div class="tile${i === 0 ? ' first' : ''}"><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></div>`,
  );
  const facts = content.facts.map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  const graphText =
    'The loss of one batch as a graph: operations and the tensors they join. Backpropagation walks it from the loss ' +
    'back to the parameters.';
  const sections = [
    curvesSection(content.history),
    ...(content.confusion === undefined ? [] : [confusionSection(content.confusion, content.classes)]),
    ...imageSections(content),
    ...(content.graph === undefined
      ? []
      : [section('The graph', graphText, `<div class="picture">${content.graph}</div>`)]),
    section('The run', 'What it takes to do it again.', `<dl class="facts">${facts.join('\n')}</dl>`),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(content.title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body><main>
<h1>${escapeHtml(content.title)}</h1>
<p>${escapeHtml(content.subtitle)}</p>
<div class="tiles">${tiles.join('\n')}</div>
${sections.join('\n')}
<footer>Drawn by chainrule.</footer>
</main></body>
</html>
`;
}
