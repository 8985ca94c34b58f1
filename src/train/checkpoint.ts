/**
 * Everything it takes to go on with a training, as named tensors and strings: what a safetensors file holds.
 */
import { ChainruleError, FileError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import type { LoaderState } from '../data/index.js';
import { type Tensor, tensor } from '../tensor/index.js';
import type { FitState } from './fit.js';
import { type EpochRecord, History } from './history.js';
import type { Learner } from './learner.js';

/** A training between two steps. */
export interface Checkpoint {
  /** What the learner's `stateDict` gave, and the loss of every step. */
  tensors: Record<string, Tensor>;
  /** The rest, as JSON under the key `training`. */
  metadata: Record<string, string>;
}

/** Batches that can say where they are and go back there; a `DataLoader` can. */
export interface ResumableBatches {
  /** Where it stands. */
  state(): LoaderState;
  /** Goes back to where a state was taken. */
  restore(state: LoaderState): void;
}

const FORMAT = 'chainrule checkpoint 1';
const STEP_LOSSES = 'history.stepLosses';

/** @param about what the caller wants to find again, as strings; the keys `format` and `training` are taken */
export function makeCheckpoint(
  learner: Learner,
  loader: ResumableBatches,
  state: FitState,
  about: Readonly<Record<string, string>> = {},
): Checkpoint {
  const { epoch, current, earlyStopping, history } = state;
  const training = { epoch, current, earlyStopping, loader: loader.state(), epochs: history.epochs };
  return {
    tensors: { ...learner.stateDict(), [STEP_LOSSES]: tensor(history.stepLosses) },
    metadata: { ...about, format: FORMAT, training: JSON.stringify(training) },
  };
}

/**
 * Puts a checkpoint back: the learner gets its tensors, the loader its place, the caller the state for `fit`'s `from`.
 * @throws FileError for a checkpoint that is damaged, of another network, or of other data; the learner is as before
 */
export function restoreCheckpoint(
  { tensors, metadata }: Checkpoint,
  learner: Learner,
  loader: ResumableBatches,
): FitState {
  if (metadata.format !== FORMAT) {
    throw new FileError(
      `this is no checkpoint of a training: its format is "${metadata.format ?? ''}", not "${FORMAT}"`,
    );
  }
  const { [STEP_LOSSES]: stepLosses, ...learned } = tensors;
  const training = parseTraining(metadata.training ?? '');
  const state = readState(training, stepLosses);
  refuseStrangers(learned, learner.stateDict());
  restoreLoader(fieldsOf(training.loader, 'the place in the training data'), loader);
  learner.loadStateDict(learned);
  return state;
}

function restoreLoader(fields: Fields, loader: ResumableBatches): void {
  try {
    loader.restore({
      seed: countOf(fields, 'seed'),
      epoch: countOf(fields, 'epoch'),
      position: countOf(fields, 'position'),
      examples: countOf(fields, 'examples'),
      batchSize: countOf(fields, 'batchSize'),
      shuffle: fields.shuffle === true,
      dropLast: fields.dropLast === true,
    });
  } catch (error) {
    if (!(error instanceof ChainruleError) || error instanceof FileError) throw error;
    throw new FileError(`the checkpoint is of a training on other data: ${error.message}`, { cause: error });
  }
}

/** Compares names and shapes before anything is loaded, so that a checkpoint of another network changes nothing. */
function refuseStrangers(found: Readonly<Record<string, Tensor>>, wanted: Readonly<Record<string, Tensor>>): void {
  for (const [name, { shape, dtype }] of Object.entries(wanted)) {
    const other = found[name];
    if (other === undefined) throw new FileError(`the checkpoint is of another network: it has no "${name}"`);
    if (showShape(other.shape) !== showShape(shape) || other.dtype !== dtype) {
      const [has, needs] = [other, { shape, dtype }].map((t) => `${t.dtype} ${showShape(t.shape)}`);
      throw new FileError(`the checkpoint is of another network: its "${name}" is ${has}, here it is ${needs}`);
    }
  }
  const stray = Object.keys(found).find((name) => !Object.hasOwn(wanted, name));
  if (stray !== undefined)
    throw new FileError(`the checkpoint is of another network: its "${stray}" has no place here`);
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown, what: string): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new FileError(`the checkpoint is damaged: ${what} is missing`);
};

function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number') return value;
  throw new FileError(`the checkpoint is damaged: "${name}" is ${JSON.stringify(value)}, not a number`);
}

function countOf(fields: Fields, name: string): number {
  const value = numberOf(fields, name);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new FileError(`the checkpoint is damaged: "${name}" is ${value}, not a whole number from 0 up`);
}

const numberOrNull = (fields: Fields, name: string): number | null =>
  fields[name] === null ? null : numberOf(fields, name);

function parseTraining(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text), 'the state of its training');
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError('the checkpoint is damaged: the state of its training is no JSON', { cause });
  }
}

function readState(training: Fields, stepLosses: Tensor | undefined): FitState {
  const current = fieldsOf(training.current, 'the epoch under way');
  const stopping = fieldsOf(training.earlyStopping, 'the state of early stopping');
  const epochs = Array.isArray(training.epochs) ? training.epochs.map(readEpoch) : [];
  const state: FitState = {
    epoch: countOf(training, 'epoch'),
    current: {
      steps: countOf(current, 'steps'),
      examples: countOf(current, 'examples'),
      loss: numberOf(current, 'loss'),
      right: countOf(current, 'right'),
      seconds: numberOf(current, 'seconds'),
    },
    earlyStopping: { best: numberOrNull(stopping, 'best'), waited: countOf(stopping, 'waited') },
    history: History.from(epochs, stepLosses?.typedArray() ?? []),
  };
  const steps = (epochs.at(-1)?.steps ?? 0) + state.current.steps;
  if (epochs.length !== state.epoch || state.history.stepLosses.length !== steps) {
    const [counted, held] = [`${state.epoch} epochs and ${steps} steps`, state.history.stepLosses.length];
    throw new FileError(`the checkpoint is damaged: it counts ${counted}, but holds ${epochs.length} and ${held}`);
  }
  return state;
}

function readEpoch(value: unknown): EpochRecord {
  const fields = fieldsOf(value, 'the record of an epoch');
  return {
    epoch: countOf(fields, 'epoch'),
    steps: countOf(fields, 'steps'),
    trainLoss: numberOf(fields, 'trainLoss'),
    trainAccuracy: numberOf(fields, 'trainAccuracy'),
    heldOutLoss: numberOrNull(fields, 'heldOutLoss'),
    heldOutAccuracy: numberOrNull(fields, 'heldOutAccuracy'),
    seconds: numberOf(fields, 'seconds'),
  };
}
