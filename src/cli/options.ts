/**
 * The options of every command: one row each, from which parsing, checking and `help` follow.
 */
import { UsageError } from './usage-error.js';

export const DATASETS = ['mnist', 'digits'] as const;
export type DatasetName = (typeof DATASETS)[number];
/** By the library's own autograd, or by the layers of the lessons. */
export const NETS = ['autograd', 'scratch'] as const;
export type NetKind = (typeof NETS)[number];

/** Turns the text after an option into its value, or refuses it. */
type Reader<T> = (text: string, option: string) => T;

/** An option with a value: `--epochs N`. */
interface ValueOption<T> {
  kind: 'value';
  /** What stands for the value in `help`. */
  placeholder: string;
  help: string;
  read: Reader<T>;
  /** What a bare option means, without a value after it. */
  bare?: string;
}

/** An option that is there or not: `--stack`. */
interface Flag {
  kind: 'flag';
  help: string;
}

export type Option = ValueOption<unknown> | Flag;
export type OptionTable = Readonly<Record<string, Option>>;

/** What {@link parseOptions} makes of a table: flags are booleans, values are what their reader gives. */
export type OptionValues<Table extends OptionTable> = {
  [Name in keyof Table]: Table[Name] extends ValueOption<infer T> ? T | undefined : boolean;
};

const value = <T>(placeholder: string, help: string, read: Reader<T>, bare?: string): ValueOption<T> => ({
  kind: 'value',
  placeholder,
  help,
  read,
  bare,
});
const flag = (help: string): Flag => ({ kind: 'flag', help });

/** A number as people write it; '' and '0x10' are none. */
const numberOf = (text: string): number => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN);

const wholeNumber =
  (from: number, what: string, to?: number): Reader<number> =>
  (text, option) => {
    const number = numberOf(text);
    if (Number.isSafeInteger(number) && number >= from && number <= (to ?? number)) return number;
    const range = to === undefined ? `from ${from} up` : `from ${from} to ${to}`;
    throw new UsageError(`${option} is ${what}: a whole number ${range}, got "${text}"`);
  };

const positiveNumber =
  (what: string): Reader<number> =>
  (text, option) => {
    const number = numberOf(text);
    if (Number.isFinite(number) && number > 0) return number;
    throw new UsageError(`${option} is ${what}: a number above 0, got "${text}"`);
  };

const oneOf =
  <T extends string>(...names: readonly T[]): Reader<T> =>
  (text, option) => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    throw new UsageError(`${option} is one of ${names.join(', ')}, got "${text}"`);
  };

const anyText: Reader<string> = (text, option) => {
  if (text !== '') return text;
  throw new UsageError(`${option} needs a value, got an empty one`);
};

/** A name becomes a folder below `--runs`, so it must not lead out of it. */
const runName: Reader<string> = (text, option) => {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(text)) return text;
  throw new UsageError(`${option} is the name of a run: letters, digits, ".", "_" and "-", got "${text}"`);
};

const COMMON = {
  stack: flag('with an error, also print where in the program it arose'),
  help: flag('print this help'),
} as const;

export const TRAIN_OPTIONS = {
  dataset: value(
    'NAME',
    'mnist or digits (drawn by the library); default: mnist where it is found',
    oneOf(...DATASETS),
  ),
  data: value('DIR', 'the folder with the MNIST files', anyText),
  epochs: value(
    'N',
    'passes over the training examples; default 20',
    wholeNumber(1, 'a number of passes over the data'),
  ),
  'batch-size': value('N', 'examples a step; default 100', wholeNumber(1, 'the number of examples a step')),
  lr: value('X', 'learning rate of SGD; default 0.1', positiveNumber('the learning rate')),
  hidden: value('N', 'units of the hidden layer; default 50', wholeNumber(1, 'the number of hidden units')),
  seed: value('N', 'of the initial weights and the order of examples; default 42', wholeNumber(0, 'the seed')),
  patience: value(
    'N',
    'epochs without a better held-out loss before stopping; default 5',
    wholeNumber(1, 'a number of epochs'),
  ),
  net: value('KIND', 'autograd, or scratch: the layers of the lessons; default autograd', oneOf(...NETS)),
  engine: value('NAME', 'which engine computes; default: the fastest here', anyText),
  threads: value('N', 'threads the engine may use; default: one a core', wholeNumber(1, 'a number of threads', 1024)),
  'train-size': value(
    'N',
    'use only so many training images, held-out ones included',
    wholeNumber(2, 'a number of images'),
  ),
  'test-size': value('N', 'use only so many test images', wholeNumber(1, 'a number of images')),
  name: value('NAME', 'of the run; default: the data and a number, as digits-1', runName),
  runs: value('DIR', 'the folder of all runs; default runs', anyText),
  resume: value('[NAME]', 'go on with a run, the latest where none is named', runName, 'latest'),
  json: value('FILE', 'also write the result as one JSON object', anyText),
  'no-color': flag('no colours; the variable NO_COLOR does the same'),
  ...COMMON,
} as const satisfies OptionTable;

export const DOCTOR_OPTIONS = {
  json: flag('print one JSON object instead'),
  engine: value('NAME', 'ask about this engine', anyText),
  threads: value('N', 'as if so many threads were allowed', wholeNumber(1, 'a number of threads', 1024)),
  ...COMMON,
} as const satisfies OptionTable;

export type TrainOptions = OptionValues<typeof TRAIN_OPTIONS>;
export type DoctorOptions = OptionValues<typeof DOCTOR_OPTIONS>;
