/**
 * One row measured: every contestant first shows that its results agree with float64, then they take turns. So whatever
 * slows the machine for a while slows all of them, and the ratios hold.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { originOf, readOutputs, relativeError } from './agreement.js';
import type { Contestant } from './contestants.js';
import { writeTask } from './inputs.js';
import type { Result } from './report.js';
import type { Row } from './rows/row.js';
import { ContestantError, Running } from './running.js';

/** A contestant's turn lasts about this long, in milliseconds, or one repeat. */
const TURN = 60;
/** Between turns, in milliseconds: threads that spin while they wait go to sleep, and take no core from the next. */
const BETWEEN = 5;
/** Fewest repeats, unless they take {@link LONGEST} times what was asked for. */
const FEWEST = 5;
const LONGEST = 5;

interface Entry {
  readonly running: Running;
  readonly mode: string;
  readonly relativeError: number;
  readonly times: number[];
}

export interface Options {
  /** Measured time of each contestant in each mode, about. */
  readonly seconds: number;
  readonly reference: Contestant;
  /** Tells of what is going on, and of what goes wrong. */
  readonly tell: (text: string) => void;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const nameOf = ({ who, engine, threads }: Contestant): string => `${who}, ${engine}, threads ${threads}`;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Starts a contestant and has it begin in every mode. What fails is told, and left out. */
async function entriesOf(
  contestant: Contestant,
  folder: string,
  errorOf: (outputs: ReturnType<typeof readOutputs>) => number,
  row: Row,
  tell: Options['tell'],
): Promise<{ running: Running; entries: Entry[] } | undefined> {
  const told = (mode: string, error: unknown): void => {
    if (!(error instanceof ContestantError)) throw error;
    tell(`  ${nameOf(contestant)}${mode}: left out of ${row.id}: ${error.message}`);
  };
  let running: Running;
  try {
    running = await Running.start(contestant, folder);
  } catch (error) {
    told('', error);
    return undefined;
  }
  const entries: Entry[] = [];
  for (const mode of running.greeting.modes) {
    try {
      const { files } = await running.ask({ do: 'prepare', mode, into: join(folder, 'output') });
      const relativeError = errorOf(readOutputs(files!));
      if (relativeError <= row.tolerance) entries.push({ running, mode, relativeError, times: [] });
      else
        tell(
          `  ${nameOf(contestant)}, ${mode}: WRONG in ${row.id}: relative error ${relativeError.toExponential(1)}, ` +
            `at most ${row.tolerance} would do`,
        );
    } catch (error) {
      told(`, ${mode}`, error);
    }
  }
  return { running, entries };
}

/** Whether an entry has been measured long enough. */
function enough({ times }: Entry, seconds: number): boolean {
  const total = sum(times) / 1000;
  return total >= LONGEST * seconds || (total >= seconds && times.length >= FEWEST);
}

async function takeTurn({ running, mode, times }: Entry): Promise<void> {
  const expected = times.length > 0 ? median(times) : TURN;
  const repeats = Math.max(1, Math.min(1000, Math.round(TURN / expected)));
  // The first repeat of a turn finds the caches full of another's data; where there are many, it does not count.
  const extra = repeats > 1 || times.length === 0 ? 1 : 0;
  const { ms } = await running.ask({ do: 'run', mode, repeats: repeats + extra });
  times.push(...ms!.slice(extra));
}

/** The results of a row, chainrule's first. */
export async function measureRow(
  row: Row,
  contestants: readonly Contestant[],
  folder: string,
  { seconds, reference, tell }: Options,
): Promise<Result[]> {
  const task = writeTask(row, row.sizes, folder);
  const referring = await Running.start(reference, folder, 'float64');
  const { files } = await referring.ask({
    do: 'prepare',
    mode: referring.greeting.modes[0]!,
    into: join(folder, 'reference'),
  });
  referring.end();
  const expected = readOutputs(files!);
  const origin = originOf(task, folder);

  const started: Running[] = [];
  try {
    const entries: Entry[] = [];
    for (const contestant of contestants) {
      const found = await entriesOf(contestant, folder, (got) => relativeError(got, expected, origin), row, tell);
      if (!found) continue;
      started.push(found.running);
      entries.push(...found.entries);
    }
    for (;;) {
      const waiting = entries.filter((entry) => !enough(entry, seconds));
      if (waiting.length === 0) break;
      for (const entry of waiting) {
        try {
          await takeTurn(entry);
        } catch (error) {
          if (!(error instanceof ContestantError)) throw error;
          tell(`  ${nameOf(entry.running.contestant)}, ${entry.mode}: gave up: ${error.message}`);
          entries.splice(entries.indexOf(entry), 1);
        }
        await pause(BETWEEN);
      }
    }
    return entries.map(({ running: { contestant, greeting }, mode, relativeError, times }) => ({
      who: contestant.who,
      version: greeting.version,
      engine: contestant.engine,
      threads: contestant.threads,
      mode,
      medianMs: median(times),
      relativeError,
    }));
  } finally {
    for (const running of started) running.end();
  }
}
