/** The row `startup`: a new process, from the import of chainrule to the first trained step of `mlp-small`. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { distance, readOutputs } from './agreement.js';
import { compiled } from './build.js';
import { chainruleOn } from './contestants.js';
import { writeTask } from './inputs.js';
import { median, type Options } from './measure.js';
import type { MeasuredRow, Result } from './report.js';
import { ROWS } from './rows/index.js';
import { Running } from './running.js';

/** New processes for each engine, number of threads and mode. */
const COLD_RUNS = 5;
const WARM_RUNS = 15;

const run = promisify(execFile);

interface Start {
  readonly result: Omit<Result, 'medianMs' | 'relativeError'>;
  readonly environment: Readonly<Record<string, string>>;
  readonly times: number[];
  loss: number;
}

/** One new process. Kernels are cached in the folder `cache`. */
async function begin(start: Start, folder: string, cache: string): Promise<void> {
  const { stdout } = await run(process.execPath, [compiled('startup'), folder], {
    env: { ...process.env, ...start.environment, XDG_CACHE_HOME: cache },
  });
  const { ms, loss } = JSON.parse(stdout);
  start.times.push(ms);
  start.loss = loss;
}

export async function measureStartup(
  folder: string,
  engines: readonly string[],
  threads: readonly number[],
  { reference }: Options,
): Promise<MeasuredRow> {
  const row = ROWS.find(({ id }) => id === 'mlp-small')!;
  writeTask(row, row.sizes, folder);
  const referring = await Running.start(reference, folder, 'float64');
  const { files } = await referring.ask({
    do: 'prepare',
    mode: referring.greeting.modes[0]!,
    into: join(folder, 'reference'),
  });
  referring.end();
  const loss = readOutputs(files!).result[0]!;

  const starts = engines.flatMap((engine) =>
    threads.flatMap((n) =>
      ['cold', 'warm'].map((mode): Start => {
        const { who, environment = {} } = chainruleOn(engine, n);
        const version = environment.BENCH_VERSION!;
        return { result: { who, version, engine, threads: n, mode }, environment, times: [], loss: Number.NaN };
      }),
    ),
  );
  const filled = mkdtempSync(join(folder, 'cache-'));
  for (const start of starts) {
    if (start.result.mode !== 'warm') continue;
    await begin(start, folder, filled);
    start.times.length = 0;
  }
  for (let i = 0; i < WARM_RUNS; i++) {
    for (const start of starts) {
      if (start.result.mode === 'warm') await begin(start, folder, filled);
      else if (i < COLD_RUNS) await begin(start, folder, mkdtempSync(join(folder, 'cache-')));
    }
  }
  const results = starts.map(
    ({ result, times, loss: own }): Result => ({
      ...result,
      medianMs: median(times),
      relativeError: distance([own], [loss]),
    }),
  );
  return { row: 'startup', what: 'import to the first trained step of mlp-small in a new process', results };
}
