/**
 * `npx tsx bench/make-fixture.ts` writes `test/fixtures/bench.json`: what every row gives at its tiny sizes, computed by
 * PyTorch in float64.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOutputs } from './agreement.js';
import { reference } from './contestants.js';
import { writeTask } from './inputs.js';
import { ROWS } from './rows/index.js';
import { Running } from './running.js';

const contestant = reference();
if (contestant.who === 'chainrule') throw new Error('PyTorch is not installed, and chainrule is not its own reference');
const root = mkdtempSync(join(tmpdir(), 'chainrule-bench-'));
const digits = (values: ArrayLike<number>): number[] => Array.from(values, (value) => Number(value.toPrecision(10)));
const rows: Record<string, { result: number[]; trained: number[] }> = {};
for (const row of ROWS) {
  const folder = join(root, row.id);
  writeTask(row, row.tiny, folder);
  const running = await Running.start(contestant, folder, 'float64');
  const { files } = await running.ask({ do: 'prepare', mode: 'eager', into: join(folder, 'reference') });
  running.end();
  const { result, trained } = readOutputs(files!);
  rows[row.id] = { result: digits(result), trained: digits(trained) };
}
rmSync(root, { recursive: true });
writeFileSync(new URL('../test/fixtures/bench.json', import.meta.url), `${JSON.stringify(rows)}\n`);
