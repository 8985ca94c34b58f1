/** `npm run bench`: measures the rows for chainrule and for the peers that are there, and tells. It installs nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildContestants } from './build.js';
import { type Contestant, chainruleOn, PEERS, processesOf, reference } from './contestants.js';
import { describeMachine } from './machine.js';
import { measureRow } from './measure.js';
import { type BenchOptions, HELP, parseOptions, STARTUP, UsageError } from './options.js';
import { jsonOf, type MeasuredRow, markdown, rowText } from './report.js';
import { ROWS } from './rows/index.js';
import { measureStartup } from './startup.js';

const tell = (text: string): void => console.error(text);

interface Field {
  readonly contestants: readonly Contestant[];
  /** Peers that are missing, and rows that peers leave out. */
  readonly absent: readonly string[];
}

function fieldOf({ rows, engines, threads, peers }: BenchOptions): Field {
  const contestants = engines.flatMap((engine) => threads.map((n) => chainruleOn(engine, n)));
  const absent: string[] = [];
  for (const peer of PEERS) {
    if (!peers.includes(peer.who)) continue;
    const missing = peer.missing();
    if (missing !== undefined) {
      absent.push(`${peer.who} is not installed: ${missing}`);
      continue;
    }
    contestants.push(...processesOf(peer, threads));
    const without = rows.filter((row) => row !== STARTUP && !(peer.rows?.includes(row) ?? true));
    if (without.length > 0) absent.push(`${peer.who} takes no part in ${without.join(', ')}: ${peer.otherwise}`);
  }
  return { contestants, absent };
}

async function measured(
  id: string,
  folder: string,
  field: Field,
  { seconds, engines, threads }: BenchOptions,
): Promise<MeasuredRow> {
  const settings = { seconds, reference: reference(), tell };
  if (id === STARTUP) return measureStartup(folder, engines, threads, settings);
  const row = ROWS.find((one) => one.id === id)!;
  const contestants = field.contestants.filter(({ rows }) => rows?.includes(id) ?? true);
  const results = await measureRow(row, contestants, folder, settings);
  return { row: id, what: row.what, flops: row.flops?.(row.sizes), results };
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return console.log(HELP);
  const field = fieldOf(options);
  for (const text of field.absent) tell(text);
  const { who, engine } = reference();
  const machine = describeMachine(`${who} (${engine}) in float64`);
  const inNode = field.contestants.flatMap(({ command: [program, script] }) =>
    program === process.execPath ? [basename(script!, '.js')] : [],
  );
  await buildContestants([...new Set(['startup', 'chainrule', ...inNode])]);
  const root = mkdtempSync(join(tmpdir(), 'chainrule-bench-'));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const rows: MeasuredRow[] = [];
  for (const id of options.rows) {
    const folder = join(root, id);
    const row = await measured(id, folder, field, options);
    // Inputs and results of large rows take hundreds of megabytes.
    rmSync(folder, { recursive: true, force: true });
    console.log(`${rowText(row)}\n`);
    rows.push(row);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(jsonOf(machine, rows), null, 2)}\n`);
    if (options.markdown !== undefined) writeFileSync(options.markdown, markdown(machine, rows, field.absent));
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}
