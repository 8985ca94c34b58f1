/**
 * What `chainrule train` tells its reader, line by line.
 */
import { dirname } from 'node:path';
import { showShape } from '../base/shape.js';
import type { engineInfo } from '../run/engine.js';
import {
  type EpochRecord,
  type Evaluation,
  type FitState,
  formatDuration,
  formatPercent,
  type GradientCheckResult,
} from '../train/index.js';
import type { DigitData } from './dataset.js';
import { CLASSES } from './examination.js';
import type { Network } from './network.js';
import { median, type Outcome } from './outcome.js';
import type { RunConfig } from './run-config.js';
import { RUNS } from './run-folder.js';
import { alignColumns, formatCount, paint, type Terminal } from './terminal.js';

const MOST_PAIRS = 5;

/** A fact with its name, as the lines at the top show them. */
export const factLine = (terminal: Terminal, name: string, fact: string): string =>
  `${paint(terminal, 'dim', name.padEnd(8))} ${fact}`;

export function dataLines(terminal: Terminal, data: DigitData): string[] {
  const { training, heldOut, test } = data;
  const [learn, held, unseen] = [training, heldOut, test].map(({ count }) => formatCount(count));
  const counts = `${learn} images to learn from, ${held} held out, ${unseen} to test`;
  return [factLine(terminal, 'data', data.description), factLine(terminal, '', counts)];
}

export function engineLine(terminal: Terminal, { name, threads, detail, why }: ReturnType<typeof engineInfo>): string {
  return factLine(terminal, 'engine', `${name}: ${detail}, ${threads} thread${threads === 1 ? '' : 's'} (${why})`);
}

/** The layers with their shapes and how many parameters they have. */
export function summaryLines(terminal: Terminal, network: Network, config: RunConfig): string[] {
  const parameters = network.parameters();
  const sizeOf = (name: string): number => parameters[name]?.size ?? 0;
  const rows = network.layers.map(({ layer, output, parameters: names }) => [
    layer,
    `[${config.batchSize}, ${output}]`,
    names.length === 0 ? '–' : formatCount(names.reduce((sum, name) => sum + sizeOf(name), 0)),
    names.map((name) => `${name} ${showShape(parameters[name]?.shape ?? [])}`).join(', '),
  ]);
  const total = formatCount(Object.keys(parameters).reduce((sum, name) => sum + sizeOf(name), 0));
  const [head = '', ...body] = alignColumns(
    [['layer', 'output', 'parameters', ''], ...rows, ['total', '', total, '']],
    [2],
  );
  return [
    factLine(terminal, 'model', network.title),
    '',
    paint(terminal, 'dim', `  ${head}`),
    ...body.map((line) => `  ${line}`),
  ];
}

/** One line for every parameter: how far backpropagation and measured slopes are apart. */
export function gradientLines(
  terminal: Terminal,
  results: readonly GradientCheckResult[],
  batchSize: number,
): string[] {
  const rows = alignColumns(
    results.map(({ name, shape, checked, worst }) => [
      name,
      showShape(shape),
      `${checked} elements`,
      `worst relative error ${worst.relativeError.toExponential(1)}`,
    ]),
    [2],
  );
  const verdict = (passed: boolean): string =>
    passed ? paint(terminal, 'green', 'passed') : paint(terminal, 'red', 'FAILED');
  const failures = results.filter(({ passed }) => !passed);
  return [
    `gradients in float64, one batch of ${batchSize}: backpropagation against central differences`,
    ...rows.map((row, i) => `  ${row}  ${verdict(results[i]?.passed ?? false)}`),
    ...failures.map(
      ({ name, worst }) =>
        `  ${name} at ${worst.index}: backpropagation ${worst.backprop}, difference ${worst.numerical}`,
    ),
  ];
}

export function epochLine(terminal: Terminal, record: EpochRecord, epochs: number): string {
  const { epoch, trainLoss, trainAccuracy, heldOutLoss, heldOutAccuracy, seconds } = record;
  const measures = (loss: number | null, accuracy: number | null): string =>
    loss === null || accuracy === null
      ? '–'
      : `loss ${loss.toFixed(4)}, accuracy ${formatPercent(accuracy).padStart(7)}`;
  const head = paint(terminal, 'bold', `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`);
  const columns = [
    `${head}  training ${measures(trainLoss, trainAccuracy)}`,
    `held-out ${measures(heldOutLoss, heldOutAccuracy)}`,
    `${seconds.toFixed(1)} s`,
  ];
  return columns.join('   ');
}

/** Where a resumed run goes on. */
export function resumeLine(name: string, { epoch, current, history }: FitState): string {
  const where =
    current.steps > 0 ? `in epoch ${epoch + 1}, after ${current.steps} of its steps` : `after epoch ${epoch}`;
  return `going on with the run "${name}" ${where} (${formatCount(history.stepLosses.length)} steps in all)`;
}

/** Why the training ended. */
export function endLine({ fit, config, folder }: Outcome): string {
  const { epoch, earlyStopping, current } = fit.state;
  switch (fit.reason) {
    case 'done':
      return `all ${epoch} epochs done`;
    case 'no more improvement':
      return (
        `stopped after epoch ${epoch}: the held-out loss has not improved for ${earlyStopping.waited} epochs ` +
        `(its best: ${earlyStopping.best?.toFixed(4)})`
      );
    case 'interrupted': {
      const where = current.steps > 0 ? `in epoch ${epoch + 1}, after step ${current.steps}` : `after epoch ${epoch}`;
      const runs = dirname(folder.path);
      const resume = `--resume ${folder.name}${runs === RUNS ? '' : ` --runs ${runs}`}`;
      return `interrupted ${where} of ${config.epochs} epochs; go on with: chainrule ${resume}`;
    }
  }
}

/** What the trained network can do. */
export function resultLines(terminal: Terminal, outcome: Outcome): string[] {
  const { test, training, fit, totalSeconds } = outcome;
  const pairs = test.confusion
    .mostConfused(MOST_PAIRS)
    .map(({ actual, predicted, count }) => `${CLASSES[actual]} taken for ${CLASSES[predicted]} (${count}×)`);
  const step = median(fit.stepMs);
  const measured = ({ accuracy, examples, loss }: Evaluation): string =>
    `${formatPercent(accuracy)} of ${formatCount(examples)} images (loss ${loss.toFixed(4)})`;
  const pace = step === null ? '' : `; a step ${step.toFixed(2)} ms (median of ${formatCount(fit.stepMs.length)})`;
  return [
    endLine(outcome),
    '',
    factLine(terminal, 'test', paint(terminal, 'bold', measured(test))),
    factLine(terminal, 'training', measured(training)),
    factLine(terminal, 'mistakes', pairs.length === 0 ? 'none' : pairs.join(', ')),
    factLine(terminal, 'time', `${formatDuration(totalSeconds)}${pace}`),
  ];
}
