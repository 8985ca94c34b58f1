/** What the benchmark is told and what it tells: options, the table, bars, JSON. The times in here are made up. */
import { describe, expect, it } from 'vitest';
import { BARS, LIMITS, verdicts } from '../../bench/bars.js';
import { PEERS, processesOf } from '../../bench/contestants.js';
import { describeMachine } from '../../bench/machine.js';
import { median } from '../../bench/measure.js';
import { parseOptions, ROW_NAMES, UsageError } from '../../bench/options.js';
import { jsonOf, type MeasuredRow, markdown, type Result, rowText } from '../../bench/report.js';

const result = (who: string, medianMs: number, changes: Partial<Result> = {}): Result => ({
  ...{ who, version: '1.2', engine: 'native', threads: 2, mode: 'compiled', medianMs, relativeError: 2e-7 },
  ...changes,
});
const measured: MeasuredRow = {
  row: 'matmul-256',
  what: 'a product',
  flops: 2 * 256 ** 3,
  results: [
    result('chainrule', 0.5),
    result('chainrule', 4, { engine: 'wasm', threads: 1 }),
    result('pytorch-1.13', 0.3, { engine: 'aten', mode: 'eager' }),
    result('jax-js', 8, { engine: 'wasm', threads: 1, mode: 'jit' }),
  ],
};

describe('options', () => {
  it('are everything unless told', () => {
    expect(parseOptions([])).toMatchObject({
      rows: ROW_NAMES,
      engines: ['native', 'wasm'],
      threads: [1, 2],
      seconds: 2,
    });
  });

  it('choose, once or in lists', () => {
    const options = parseOptions(['--only', 'gpt,cnn', '--only=startup', '--peers', 'none', '--threads', '2']);
    expect(options).toMatchObject({ rows: ['cnn', 'gpt', 'startup'], peers: [], threads: [2] });
    expect(parseOptions(['--peers', 'jax,pytorch', '--engine', 'wasm'])).toMatchObject({
      peers: ['pytorch', 'jax'],
      engines: ['wasm'],
    });
  });

  it.each([
    [['--only', 'matmul-3'], 'there is no "matmul-3"; there are matmul-256'],
    [['--peers', ''], 'nothing was named'],
    [['--seconds', '0'], 'a number above 0, got "0"'],
    [['--threads', '1.5'], 'a whole number above 0, got "1.5"'],
    [['--fast'], '--fast'],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe('the tables', () => {
  it('speak of rows and peers that there are', () => {
    for (const { rows } of BARS) expect(ROW_NAMES).toEqual(expect.arrayContaining([...rows]));
    for (const { row } of LIMITS) expect(ROW_NAMES).toContain(row);
    const names = PEERS.map(({ who }) => who);
    for (const { than } of BARS) expect(names).toEqual(expect.arrayContaining([...than]));
    for (const { rows = [] } of PEERS) expect(ROW_NAMES).toEqual(expect.arrayContaining([...rows]));
  });

  it('say why a peer leaves rows out', () => {
    for (const { rows, otherwise } of PEERS) expect(otherwise === undefined).toBe(rows === undefined);
  });

  it('start a peer with one thread once', () => {
    const threads = (who: string): number[] =>
      processesOf(PEERS.find((peer) => peer.who === who)!, [1, 2]).map((contestant) => contestant.threads);
    expect(threads('jax-js')).toEqual([1]);
    expect(threads('jax')).toEqual([1, 2]);
  });
});

describe('the report', () => {
  it('has the fastest first, with its ratio to the best peer', () => {
    const lines = rowText(measured).split('\n');
    expect(lines[2]).toMatch(/pytorch-1.13 .* 0\.3000 +1\.00 +2\.0e-7 +111\.8$/);
    expect(lines[3]).toMatch(/chainrule .* 0\.5000 +0\.60 +2\.0e-7 +67\.1$/);
    expect(lines).toHaveLength(8);
  });

  it('tells of bars only where both sides were measured', () => {
    expect(verdicts('matmul-256', measured.results)).toEqual([
      { bar: 'native ≥ 0.85 × pytorch-1.13 and openblas', reached: '0.60 ×', met: false },
      { bar: 'wasm on one thread ≥ 1.6 × jax-js', reached: '2.00 ×', met: true },
    ]);
    expect(
      verdicts('overhead', [result('chainrule', 0.009), result('chainrule', 0.3, { mode: 'define-by-run' })]),
    ).toEqual([
      { bar: 'native, define-by-run ≤ 0.2 ms', reached: '0.3 ms', met: false },
      { bar: 'native, compiled ≤ 0.01 ms', reached: '0.009 ms', met: true },
    ]);
  });

  it('as JSON has exactly these fields', () => {
    const { machine, ...rest } = jsonOf(describeMachine('PyTorch'), [measured]);
    expect(Object.values(machine).every((text) => typeof text === 'string' && text !== '')).toBe(true);
    expect(JSON.parse(JSON.stringify(rest))).toEqual({ rows: [{ row: 'matmul-256', results: measured.results }] });
    expect(Object.keys(measured.results[0]!)).toEqual([
      'who',
      'version',
      'engine',
      'threads',
      'mode',
      'medianMs',
      'relativeError',
    ]);
  });

  it('as Markdown has the machine, who was left out, and a table for each row', () => {
    const text = markdown(describeMachine('PyTorch'), [measured], ['jax is not installed']);
    expect(text).toContain(`| node | ${process.version} |`);
    expect(text).toContain('- jax is not installed');
    expect(text).toContain('## `matmul-256`');
    expect(text).toContain('| pytorch-1.13 | 1.2 | aten | 2 | eager | 0.3000 | 1.00 | 2.0e-7 | 111.8 |');
    expect(text).toContain('- **missed**: native ≥ 0.85 × pytorch-1.13 and openblas: 0.60 ×');
  });
});

describe('the median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
