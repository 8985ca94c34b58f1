/** What was measured, as a table for the terminal, as Markdown and as JSON. */
import { verdicts } from './bars.js';
import type { Machine } from './machine.js';

/** One contestant in one mode. */
export interface Result {
  /** `chainrule` or the peer. */
  readonly who: string;
  readonly version: string;
  readonly engine: string;
  readonly threads: number;
  readonly mode: string;
  readonly medianMs: number;
  /** Of the results, against float64. */
  readonly relativeError: number;
}

export interface MeasuredRow {
  readonly row: string;
  readonly what: string;
  /** Of one step, where they are counted. */
  readonly flops?: number;
  readonly results: readonly Result[];
}

const HEAD = ['who', 'version', 'engine', 'threads', 'mode', 'ms', '× best peer', 'relative error'];

/** The results of a row, the fastest first. The ratio says how many times as fast as the fastest peer one is. */
function cells({ results, flops }: MeasuredRow): string[][] {
  const peers = results.filter(({ who }) => who !== 'chainrule').map(({ medianMs }) => medianMs);
  const best = Math.min(...peers);
  const lines = results
    .toSorted((a, b) => a.medianMs - b.medianMs)
    .map((r) => [
      r.who,
      r.version,
      r.engine,
      String(r.threads),
      r.mode,
      r.medianMs.toPrecision(4),
      peers.length > 0 ? (best / r.medianMs).toFixed(2) : '–',
      r.relativeError.toExponential(1),
      ...(flops === undefined ? [] : [(flops / r.medianMs / 1e6).toFixed(1)]),
    ]);
  return [[...HEAD, ...(flops === undefined ? [] : ['GFLOP/s'])], ...lines];
}

/** A row for the terminal: columns one below the other, then its bars. */
export function rowText(measured: MeasuredRow): string {
  const lines = cells(measured);
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const table = lines.map((line) => `  ${line.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
  const bars = verdicts(measured.row, measured.results).map(
    ({ bar, reached, met }) => `  ${met ? 'met   ' : 'MISSED'} ${bar}: ${reached}`,
  );
  return [`${measured.row}: ${measured.what}`, ...table, ...bars].join('\n');
}

function rowMarkdown(measured: MeasuredRow): string {
  const [head, ...lines] = cells(measured);
  const asLine = (line: readonly string[]): string => `| ${line.join(' | ')} |`;
  const bars = verdicts(measured.row, measured.results).map(
    ({ bar, reached, met }) => `- ${met ? 'met' : '**missed**'}: ${bar}: ${reached}`,
  );
  const table = [asLine(head!), asLine(head!.map(() => '---')), ...lines.map(asLine)];
  return [`## \`${measured.row}\``, '', `${measured.what}.`, '', ...table, '', ...bars].join('\n').trimEnd();
}

/** The whole run, with the machine it ran on and who did not take part. */
export function markdown(machine: Machine, rows: readonly MeasuredRow[], absent: readonly string[]): string {
  const about = Object.entries(machine).map(([what, text]) => `| ${what} | ${text} |`);
  return `${[
    '# Results of `npm run bench`',
    '',
    'Medians in milliseconds; all contestants of a row took turns in one run. The relative error is the one against float64.',
    '',
    ['| machine | |', '| --- | --- |', ...about].join('\n'),
    ...(absent.length === 0 ? [] : ['', ['Left out:', '', ...absent.map((text) => `- ${text}`)].join('\n')]),
    ...rows.flatMap((row) => ['', rowMarkdown(row)]),
  ].join('\n')}\n`;
}

/** What `--json` writes. */
export const jsonOf = (machine: Machine, rows: readonly MeasuredRow[]) => ({
  machine,
  rows: rows.map(({ row, results }) => ({ row, results })),
});
