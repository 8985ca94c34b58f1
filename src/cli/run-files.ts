/**
 * The files of a run. Each takes its place when it is complete, so there is never half of one.
 */
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { saveSafetensors, writeJson, writeText } from '../io/index.js';
import {
  type FitState,
  formatDuration,
  formatPercent,
  makeCheckpoint,
  type ResumableBatches,
  renderReport,
} from '../train/index.js';
import { CLASSES } from './examination.js';
import type { Network } from './network.js';
import { type Outcome, resultOf } from './outcome.js';
import type { RunConfig } from './run-config.js';
import { FILES, type RunFolder } from './run-folder.js';
import { formatCount } from './terminal.js';
import { endLine } from './train-texts.js';

/** Writes the model, and the checkpoint from which `--resume` goes on. */
export async function saveProgress(
  folder: RunFolder,
  network: Network,
  loader: ResumableBatches,
  state: FitState,
  config: RunConfig,
): Promise<void> {
  const { tensors, metadata } = makeCheckpoint(network, loader, state, { run: JSON.stringify(config) });
  await saveSafetensors(join(folder.path, FILES.checkpoint), tensors, metadata);
  // Nothing that changes between two runs of the same numbers (a date, a duration) may enter this file.
  await saveSafetensors(join(folder.path, FILES.model), network.parameters(), {
    format: 'chainrule model',
    net: config.net,
    hidden: String(config.hidden),
  });
}

/** Writes what happened, for programs: how the run was started, how it ended, every epoch, the loss of every step. */
export async function saveHistory(outcome: Outcome): Promise<void> {
  const { folder, config, data, fit } = outcome;
  const { epochs, stepLosses } = fit.state.history.toJSON();
  const rest = {
    name: folder.name,
    config,
    data: data.description,
    ended: fit.reason,
    result: resultOf(outcome),
    epochs,
  };
  // The losses on one line: a line each would bury the rest.
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  const text = `${head},\n  "stepLosses": ${JSON.stringify(stepLosses)}\n}\n`;
  await writeText(join(folder.path, FILES.history), text);
}

/** Writes what happened, for people. */
export async function saveReport(outcome: Outcome, network: Network, graph: string): Promise<void> {
  const { folder, config, data, test, training, fit, totalSeconds } = outcome;
  const { medianStepMs, steps } = resultOf(outcome);
  const parameters = Object.values(network.parameters()).reduce((sum, { size }) => sum + size, 0);
  const { height, width } = data.test;
  const report = renderReport({
    title: `${folder.name}: a two-layer network reads handwritten digits`,
    subtitle: `${capitalised(data.title)}. ${capitalised(endLine(outcome))}.`,
    highlights: [
      ['test accuracy', formatPercent(test.accuracy)],
      ['training accuracy', formatPercent(training.accuracy)],
      ['loss on the training images', training.loss.toFixed(4)],
      ['steps', formatCount(steps)],
      ['a step (median)', medianStepMs === null ? '–' : `${medianStepMs.toFixed(2)} ms`],
      ['in all', formatDuration(totalSeconds)],
    ],
    history: fit.state.history,
    classes: CLASSES,
    confusion: test.confusion,
    imageSize: { height, width },
    firstLayer: { weights: network.firstLayer(), units: config.hidden },
    mistakes: test.mistakes,
    graph,
    facts: [
      ['network', [height * width, config.hidden, CLASSES.length].join(' – ')],
      ['parameters', formatCount(parameters)],
      ['trained by', network.title],
      ['images to learn from', formatCount(data.training.count)],
      ['held-out images', formatCount(data.heldOut.count)],
      ['test images', formatCount(data.test.count)],
      ['batch size', String(config.batchSize)],
      ['learning rate', String(config.lr)],
      ['epochs', `${fit.state.epoch} of at most ${config.epochs}`],
      ['patience', `${config.patience} epochs`],
      ['seed', String(config.seed)],
      ['engine', `${outcome.engine}, ${outcome.threads} thread${outcome.threads === 1 ? '' : 's'}`],
      ['machine', `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${platform()} ${arch()}`],
      ['Node', process.version],
      ['written', `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ],
  });
  await writeText(join(folder.path, FILES.report), report);
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Writes the object that `--json` asks for. @throws FileError */
export const saveResult = (file: string, outcome: Outcome): Promise<void> => writeJson(file, { ...resultOf(outcome) });
