/**
 * The folders of runs: making one, finding one again, and the files in it.
 */
import { access, constants, mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FileError } from '../base/errors.js';
import { fileError } from '../data/files.js';
import { UsageError } from './usage-error.js';

export const FILES = {
  model: 'model.safetensors',
  history: 'history.json',
  report: 'report.html',
  checkpoint: 'checkpoint.safetensors',
} as const;

/** Where runs are kept unless `--runs` says otherwise. */
export const RUNS = 'runs';

/** One run's folder. */
export interface RunFolder {
  name: string;
  path: string;
  /** Whether it was there before. */
  resumed: boolean;
}

/** The names of the folders in `runs`; none where it does not exist. @throws FileError when it cannot be read */
async function namesIn(runs: string): Promise<string[]> {
  try {
    const entries = await readdir(runs, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw fileError('read', runs, error);
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Makes the folder of a new run; without a name it gets a number after `prefix`. @throws FileError, UsageError */
export async function createRunFolder(runs: string, name: string | undefined, prefix: string): Promise<RunFolder> {
  const taken = await namesIn(runs);
  const numbers = taken.map((other) => (other.startsWith(`${prefix}-`) ? Number(other.slice(prefix.length + 1)) : 0));
  const chosen = name ?? `${prefix}-${1 + Math.max(0, ...numbers.filter(Number.isInteger))}`;
  const path = join(runs, chosen);
  try {
    await mkdir(runs, { recursive: true });
    // Not recursive: of two processes that chose one name, the second must fail.
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !taken.includes(chosen)) throw fileError('write', path, error);
    const remedy = `go on with it by --resume ${chosen}, or choose another --name`;
    throw new UsageError(`there is a run "${chosen}" in "${runs}" already: ${remedy}`);
  }
  return { name: chosen, path, resumed: false };
}

/** Takes back {@link createRunFolder} when nothing was written to it. */
export async function removeIfEmpty(folder: RunFolder): Promise<void> {
  // What fails here does so for a reason that is no news: the folder holds files, or was never made.
  if (!folder.resumed) await rmdir(folder.path).catch(() => undefined);
}

/** The folder of the run `name` in `runs`, or of the one saved last for `latest`. @throws FileError, UsageError */
export async function findRunFolder(runs: string, name: string): Promise<RunFolder> {
  const saved: { name: string; time: number }[] = [];
  for (const candidate of await namesIn(runs)) {
    const info = await stat(join(runs, candidate, FILES.checkpoint)).catch(() => null);
    if (info !== null) saved.push({ name: candidate, time: info.mtimeMs });
  }
  saved.sort((a, b) => b.time - a.time);
  const found = name === 'latest' ? saved[0] : saved.find((run) => run.name === name);
  if (found === undefined) {
    const there = saved.length > 0 ? `there are ${saved.map((run) => run.name).join(', ')}` : 'there is none';
    const wanted = name === 'latest' ? 'no run to resume' : `no run "${name}" to resume`;
    throw new UsageError(`${wanted} in "${runs}": ${there} with a ${FILES.checkpoint}`);
  }
  const path = join(runs, found.name);
  await refuseUnwritable(path);
  return { name: found.name, path, resumed: true };
}

async function refuseUnwritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw fileError('write', folder, error);
  }
}

/** Finds out before a long training, not after it, that a file could not be written. @throws FileError */
export async function checkWritable(file: string): Promise<void> {
  await refuseUnwritable(dirname(resolve(file)));
  const info = await stat(file).catch(() => null);
  if (info?.isDirectory()) throw new FileError(`cannot write "${file}": it is a folder, not a file`);
}
