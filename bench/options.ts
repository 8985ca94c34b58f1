/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import { ENGINES, PEERS } from './contestants.js';
import { ROWS } from './rows/index.js';

export const HELP = `npm run bench -- [options]

  --only ROW,…      these rows; may be given again (all unless told)
  --engine NAME,…   chainrule's engines: native, wasm (both)
  --threads N,…     numbers of threads (1,2)
  --peers NAME,…    who chainrule is compared with, or none (all that are there)
  --seconds N       measured time for each contestant and mode of a row (2)
  --json FILE       writes the results as JSON
  --markdown FILE   writes them as Markdown, with the machine
  --help`;

/** Bad words on the command line. */
export class UsageError extends Error {}

export interface BenchOptions {
  readonly rows: readonly string[];
  readonly engines: readonly string[];
  readonly threads: readonly number[];
  readonly peers: readonly string[];
  readonly seconds: number;
  readonly json?: string;
  readonly markdown?: string;
  readonly help: boolean;
}

export const STARTUP = 'startup';
export const ROW_NAMES: readonly string[] = [...ROWS.map(({ id }) => id), STARTUP];
const PEER_NAMES = PEERS.map(({ who }) => who);

/** The given ones of `known` in the order of `known`; all when none are given. */
function chosen(option: string, given: readonly string[] | undefined, known: readonly string[]): readonly string[] {
  if (!given) return known;
  const names = given.flatMap((list) => list.split(',')).filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0)
    throw new UsageError(
      `${option}: ${unknown === undefined ? 'nothing was named' : `there is no "${unknown}"`}; there are ${known.join(', ')}`,
    );
  return known.filter((name) => names.includes(name));
}

function positive(option: string, text: string, whole: boolean): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
    throw new UsageError(`${option}: takes a ${whole ? 'whole ' : ''}number above 0, got "${text}"`);
  return value;
}

/** @throws UsageError for what is not an option, or no value of it */
export function parseOptions(args: readonly string[]): BenchOptions {
  const list = { type: 'string', multiple: true } as const;
  const one = { type: 'string' } as const;
  const options = {
    only: list,
    engine: list,
    threads: list,
    peers: list,
    seconds: one,
    json: one,
    markdown: one,
    help: { type: 'boolean' },
  } as const;
  const { values } = ((): ReturnType<typeof parseArgs<{ options: typeof options }>> => {
    try {
      return parseArgs({ args: [...args], options });
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  })();
  const threads = (values.threads ?? ['1,2']).flatMap((text) => text.split(','));
  return {
    rows: chosen('--only', values.only, ROW_NAMES),
    engines: chosen('--engine', values.engine, ENGINES),
    threads: [...new Set(threads.map((text) => positive('--threads', text, true)))],
    peers: values.peers?.join() === 'none' ? [] : chosen('--peers', values.peers, PEER_NAMES),
    seconds: positive('--seconds', values.seconds ?? '2', false),
    json: values.json,
    markdown: values.markdown,
    help: values.help ?? false,
  };
}
