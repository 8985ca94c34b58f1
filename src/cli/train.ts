/**
 * `chainrule train`: a two-layer network learns to read handwritten digits, and everything about it is kept.
 */
import { join } from 'node:path';
import { settings } from '../base/settings.js';
import type { DataLoader } from '../data/index.js';
import { loadSafetensors } from '../io/index.js';
import { engineInfo } from '../run/engine.js';
import {
  type Checkpoint,
  type FitResult,
  type FitState,
  fit,
  ProgressLine,
  restoreCheckpoint,
} from '../train/index.js';
import { AutogradNetwork } from './autograd-network.js';
import { batchesOf, type DigitData, loadDigitData } from './dataset.js';
import { CLASSES, examine, measure } from './examination.js';
import { graphPicture } from './graph-picture.js';
import { catchInterrupts, INTERRUPTED } from './interrupts.js';
import type { Network, NetworkOptions } from './network.js';
import type { NetKind, TrainOptions } from './options.js';
import type { Outcome } from './outcome.js';
import { newRunConfig, parseRunConfig, type RunConfig, resumedRunConfig } from './run-config.js';
import { saveHistory, saveProgress, saveReport, saveResult } from './run-files.js';
import {
  checkWritable,
  createRunFolder,
  FILES,
  findRunFolder,
  RUNS,
  type RunFolder,
  removeIfEmpty,
} from './run-folder.js';
import { ScratchNetwork } from './scratch-network.js';
import { say, type Terminal } from './terminal.js';
import {
  dataLines,
  engineLine,
  epochLine,
  factLine,
  gradientLines,
  resultLines,
  resumeLine,
  summaryLines,
} from './train-texts.js';
import { UsageError } from './usage-error.js';

const EVALUATION_BATCH = 1000;

/** What `--net` chooses from. */
const NETWORKS: Record<NetKind, new (options: NetworkOptions) => Network> = {
  autograd: AutogradNetwork,
  scratch: ScratchNetwork,
};

/** Everything a training needs, ready to begin or to go on. */
interface Run {
  terminal: Terminal;
  config: RunConfig;
  data: DigitData;
  network: Network;
  loader: DataLoader;
}

/** A run on disk that is to go on. */
interface SavedRun {
  folder: RunFolder;
  checkpoint: Checkpoint;
  config: RunConfig;
}

/** Trains as `options` say. @returns the exit code. @throws ChainruleError with a message for the reader */
export async function train(options: TrainOptions, terminal: Terminal): Promise<number> {
  const started = performance.now();
  if (options.resume !== undefined && options.name !== undefined) {
    throw new UsageError('--name names a new run and --resume an old one: give one of the two');
  }
  if (options.json !== undefined) await checkWritable(options.json);
  const { engine, threads, runs = RUNS } = options;
  settings({ ...(engine !== undefined && { engine }), ...(threads !== undefined && { threads }) });
  const used = engineInfo();
  const saved = options.resume === undefined ? null : await openRun(options, runs, options.resume);

  const run = await prepare(options, saved?.config ?? null, terminal);
  introduce(run, used);
  const from = saved === null ? null : resume(run, saved);
  if (from === null) showGradientCheck(run);
  say(terminal);

  const folder = saved?.folder ?? (await createRunFolder(runs, options.name, run.data.dataset));
  const interrupts = catchInterrupts(terminal);
  try {
    const result = await learn(run, folder, from, interrupts.signal);
    const { data, config, network } = run;
    const outcome: Outcome = {
      folder,
      config,
      data,
      engine: used.name,
      threads: used.threads,
      fit: result,
      training: await measure(network, data.training),
      test: await examine(network, data.test),
      totalSeconds: (performance.now() - started) / 1000,
    };
    await saveHistory(outcome);
    await saveReport(outcome, network, await graphPicture(network, data.test));
    if (options.json !== undefined) await saveResult(options.json, outcome);
    for (const line of resultLines(terminal, outcome)) say(terminal, line);
    say(terminal, factLine(terminal, 'saved', `${folder.path}: ${Object.values(FILES).join(', ')}`));
    return result.reason === 'interrupted' ? INTERRUPTED : 0;
  } catch (error) {
    await removeIfEmpty(folder);
    throw error;
  } finally {
    interrupts.release();
  }
}

async function openRun(options: TrainOptions, runs: string, name: string): Promise<SavedRun> {
  const folder = await findRunFolder(runs, name);
  const checkpoint = await loadSafetensors(join(folder.path, FILES.checkpoint));
  const config = resumedRunConfig(options, parseRunConfig(checkpoint.metadata.run), folder.name);
  return { folder, checkpoint, config };
}

/** Loads the data, says which they are, and makes the network and the order of its batches. */
async function prepare(options: TrainOptions, saved: RunConfig | null, terminal: Terminal): Promise<Run> {
  const data = await loadDigitData({
    dataset: saved?.dataset ?? options.dataset,
    folder: options.data,
    trainSize: saved?.trainSize ?? options['train-size'] ?? null,
    testSize: saved?.testSize ?? options['test-size'] ?? null,
  });
  for (const line of dataLines(terminal, data)) say(terminal, line);
  const config = saved ?? newRunConfig(options, data.dataset);
  const { hidden, lr, seed, batchSize } = config;
  const inputs = data.training.height * data.training.width;
  return {
    terminal,
    config,
    data,
    network: new NETWORKS[config.net]({ inputs, hidden, classes: CLASSES.length, lr, seed }),
    loader: batchesOf(data.training, batchSize, seed),
  };
}

/** Says what computes, and what is trained. */
function introduce({ terminal, network, config }: Run, engine: ReturnType<typeof engineInfo>): void {
  say(terminal, engineLine(terminal, engine));
  for (const line of summaryLines(terminal, network, config)) say(terminal, line);
  say(terminal);
}

/** Brings the network and the loader to where the saved run stood, and says where that was. */
function resume({ terminal, network, loader }: Run, { checkpoint, folder }: SavedRun): FitState {
  const from = restoreCheckpoint(checkpoint, network, loader);
  say(terminal, resumeLine(folder.name, from));
  return from;
}

function showGradientCheck({ terminal, config, data, network }: Run): void {
  const [batch] = batchesOf(data.training, config.batchSize);
  if (batch === undefined) return;
  const results = network.checkGradients(...batch);
  for (const line of gradientLines(terminal, results, config.batchSize)) say(terminal, line);
}

/** Trains until the end, saving after every epoch and at Ctrl-C. */
async function learn(run: Run, folder: RunFolder, from: FitState | null, signal: AbortSignal): Promise<FitResult> {
  const { terminal, config, data, network, loader } = run;
  const progress = new ProgressLine(terminal.out, { color: terminal.color });
  try {
    const result = await fit(network, loader, {
      epochs: config.epochs,
      patience: config.patience,
      heldOut: batchesOf(data.heldOut, EVALUATION_BATCH),
      signal,
      from: from ?? undefined,
      onStep: (step) => progress.update(step),
      onEpoch: async (record, state) => {
        progress.clear();
        say(terminal, epochLine(terminal, record, config.epochs));
        await saveProgress(folder, network, loader, state, config);
      },
    });
    if (result.reason === 'interrupted') await saveProgress(folder, network, loader, result.state, config);
    return result;
  } finally {
    progress.clear();
  }
}
