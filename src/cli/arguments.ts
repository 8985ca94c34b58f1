/**
 * From the words of the command line to a command and its options, strictly: what is not understood is refused.
 */
import { parseArgs } from 'node:util';
import { nearest } from './nearest.js';
import {
  DOCTOR_OPTIONS,
  type DoctorOptions,
  type OptionTable,
  type OptionValues,
  TRAIN_OPTIONS,
  type TrainOptions,
} from './options.js';
import { UsageError } from './usage-error.js';

export type Command =
  | { name: 'train'; options: TrainOptions }
  | { name: 'doctor'; options: DoctorOptions }
  | { name: 'help'; topic: HelpTopic }
  | { name: 'version' };

export const COMMANDS = ['train', 'doctor', 'help'] as const;
export type HelpTopic = (typeof COMMANDS)[number];

const SHORT: Readonly<Record<string, string>> = { '-h': '--help', '-v': '--version', '-V': '--version' };

function commandOf(word: string): HelpTopic {
  const found = COMMANDS.find((name) => name === word);
  if (found !== undefined) return found;
  const meant = nearest(word, COMMANDS);
  const hint = meant === undefined ? '.' : `: did you mean "${meant}"?`;
  throw new UsageError(`there is no command "${word}"${hint} The commands are ${COMMANDS.join(', ')}`);
}

/** `--resume` may stand alone; `--resume=latest` is then what was meant, in a form that parseArgs takes. */
function completeBareOptions(words: readonly string[], table: OptionTable): string[] {
  return words.map((word, i) => {
    const option = word.startsWith('--') ? table[word.slice(2)] : undefined;
    const next = words[i + 1];
    if (option?.kind !== 'value' || option.bare === undefined) return word;
    return next === undefined || next.startsWith('-') ? `${word}=${option.bare}` : word;
  });
}

function unknownOption(name: string, rawName: string, table: OptionTable, command: string): UsageError {
  const meant = nearest(name, Object.keys(table));
  const hint = meant === undefined ? '.' : `: did you mean --${meant}?`;
  return new UsageError(`${command} has no option ${rawName}${hint} All options: chainrule help ${command}`);
}

/** Reads `words` by the rows of `table`. @throws UsageError for the first that is wrong, with what would be right */
export function parseOptions<Table extends OptionTable>(
  words: readonly string[],
  table: Table,
  command: string,
): OptionValues<Table> {
  // Not parseArgs's own strictness: its messages name no nearest option, and it refuses the value of "--lr -1"
  // as ambiguous before anyone can say what a learning rate is.
  const { tokens } = parseArgs({
    args: completeBareOptions(words, table),
    options: Object.fromEntries(
      Object.entries(table).map(([name, { kind }]) => [
        name,
        { type: kind === 'flag' ? 'boolean' : 'string' } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(table)) values[name] = kind === 'flag' ? false : undefined;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      throw new UsageError(`${command} takes no "${token.value}": options begin with "--", as in --epochs 3`);
    }
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.name, token.rawName, table, command);
    if (option.kind === 'flag') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value, got "${token.value}"`);
      values[token.name] = true;
    } else {
      const missing = token.value === undefined || (token.inlineValue === false && token.value.startsWith('--'));
      if (missing) throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.placeholder}`);
      values[token.name] = option.read(token.value ?? '', token.rawName);
    }
  }
  // Every row of the table has been given its flag, its reader's value or undefined.
  return values as OptionValues<Table>;
}

/** What the words after `chainrule` ask for. @throws UsageError */
export function parseCommandLine(argv: readonly string[]): Command {
  const words = argv.map((word) => SHORT[word] ?? word);
  const first = words[0];
  if (first === '--version') return { name: 'version' };
  if (first === '--help') return { name: 'help', topic: 'help' };
  const isNamed = first !== undefined && !first.startsWith('-');
  const name = isNamed ? commandOf(first) : 'train';
  const rest = isNamed ? words.slice(1) : words;
  if (name === 'help') return { name, topic: rest[0] === undefined ? 'help' : commandOf(rest[0]) };
  if (rest.includes('--help')) return { name: 'help', topic: name };
  return name === 'train'
    ? { name, options: parseOptions(rest, TRAIN_OPTIONS, name) }
    : { name, options: parseOptions(rest, DOCTOR_OPTIONS, name) };
}
