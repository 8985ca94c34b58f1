/**
 * What a run is: the choices that decide its numbers, settled from the command line, or from the run that is resumed.
 */
import { FileError } from '../base/errors.js';
import { DATASETS, type DatasetName, NETS, type NetKind, type TrainOptions } from './options.js';
import { UsageError } from './usage-error.js';

export interface RunConfig {
  dataset: DatasetName;
  net: NetKind;
  hidden: number;
  batchSize: number;
  lr: number;
  seed: number;
  epochs: number;
  patience: number;
  /** How many training and test images are used; null for all. */
  trainSize: number | null;
  testSize: number | null;
}

const DEFAULTS = { net: 'autograd', hidden: 50, batchSize: 100, lr: 0.1, seed: 42, epochs: 20, patience: 5 } as const;

/** The configuration of a new run; which data set is decided by what is found. */
export function newRunConfig(options: TrainOptions, dataset: DatasetName): RunConfig {
  return {
    dataset,
    net: options.net ?? DEFAULTS.net,
    hidden: options.hidden ?? DEFAULTS.hidden,
    batchSize: options['batch-size'] ?? DEFAULTS.batchSize,
    lr: options.lr ?? DEFAULTS.lr,
    seed: options.seed ?? DEFAULTS.seed,
    epochs: options.epochs ?? DEFAULTS.epochs,
    patience: options.patience ?? DEFAULTS.patience,
    trainSize: options['train-size'] ?? null,
    testSize: options['test-size'] ?? null,
  };
}

/** The options that decide what is learned, and where the configuration keeps them. */
const FIXED = {
  dataset: 'dataset',
  net: 'net',
  hidden: 'hidden',
  'batch-size': 'batchSize',
  lr: 'lr',
  seed: 'seed',
  'train-size': 'trainSize',
  'test-size': 'testSize',
} as const satisfies Partial<Record<keyof TrainOptions, keyof RunConfig>>;

/**
 * The configuration of a run that is resumed: its own, but for when to end.
 * @throws UsageError for an option that would make it another run
 */
export function resumedRunConfig(options: TrainOptions, saved: RunConfig, name: string): RunConfig {
  for (const [option, key] of Object.entries(FIXED) as [keyof typeof FIXED, (typeof FIXED)[keyof typeof FIXED]][]) {
    const asked = options[option];
    if (asked !== undefined && asked !== saved[key]) {
      const made = `the run "${name}" was made with --${option} ${saved[key] ?? '(all)'}`;
      const remedy = 'leave the option out, or start a new run without --resume';
      throw new UsageError(`${made}, so it cannot be resumed with --${option} ${asked}: ${remedy}`);
    }
  }
  return { ...saved, epochs: options.epochs ?? saved.epochs, patience: options.patience ?? saved.patience };
}

/** Reads a configuration back from a checkpoint. @throws FileError when it is damaged */
export function parseRunConfig(text: string | undefined): RunConfig {
  const damaged = (what: string): FileError => new FileError(`the checkpoint is damaged: ${what}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? '');
  } catch {
    throw damaged('it does not say how its run was started');
  }
  const fields = new Map(typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []);
  const number = (name: keyof RunConfig): number => {
    const value: unknown = fields.get(name);
    if (typeof value === 'number' && value >= 0) return value;
    throw damaged(`its ${name} is ${JSON.stringify(value)}`);
  };
  const oneOf = <T extends string>(name: keyof RunConfig, choices: readonly T[]): T => {
    const found = choices.find((choice) => choice === fields.get(name));
    if (found !== undefined) return found;
    throw damaged(`its ${name} is ${JSON.stringify(fields.get(name))}, not one of ${choices.join(', ')}`);
  };
  return {
    dataset: oneOf('dataset', DATASETS),
    net: oneOf('net', NETS),
    hidden: number('hidden'),
    batchSize: number('batchSize'),
    lr: number('lr'),
    seed: number('seed'),
    epochs: number('epochs'),
    patience: number('patience'),
    trainSize: fields.get('trainSize') === null ? null : number('trainSize'),
    testSize: fields.get('testSize') === null ? null : number('testSize'),
  };
}
