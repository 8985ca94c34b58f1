/** The speed that rows must reach, a line each: what chainrule's compiled steps are compared with, and by what factor. */
import type { Result } from './report.js';

export interface Bar {
  readonly rows: readonly string[];
  readonly engine: 'native' | 'wasm';
  /** How many times as fast as the fastest of `than`. */
  readonly factor: number;
  readonly than: readonly string[];
  /** With this many threads; the better of all unless told. */
  readonly threads?: number;
}

/** A time that must not be exceeded. */
export interface Limit {
  readonly row: string;
  readonly engine: 'native' | 'wasm';
  readonly ms: number;
  readonly mode: string;
}

const MATMULS = ['matmul-256', 'matmul-512', 'matmul-1024', 'matmul-2048'];
const NORMALISATIONS = ['softmax', 'layernorm', 'softmax-grad', 'layernorm-grad'];
const LARGE = ['mlp-large-sgd', 'mlp-large-adam'];
const NEWEST = ['pytorch'];

export const BARS: readonly Bar[] = [
  { rows: MATMULS, engine: 'native', factor: 0.85, than: ['pytorch-1.13', 'openblas'] },
  { rows: ['mlp-small'], engine: 'native', factor: 4, than: ['pytorch-1.13'] },
  { rows: LARGE, engine: 'native', factor: 1.7, than: ['pytorch-1.13'] },
  { rows: ['cnn', 'lstm', 'embedding'], engine: 'native', factor: 1.5, than: ['pytorch-1.13'] },
  { rows: ['gpt', ...NORMALISATIONS], engine: 'native', factor: 2, than: ['pytorch-1.13'] },
  { rows: ['chain'], engine: 'native', factor: 5, than: ['pytorch-1.13'] },
  { rows: ['mlp-small'], engine: 'native', factor: 1.5, than: NEWEST },
  {
    rows: [...MATMULS, ...LARGE, 'cnn', 'gpt', 'lstm', ...NORMALISATIONS, 'chain', 'embedding'],
    engine: 'native',
    factor: 1,
    than: NEWEST,
  },
  { rows: MATMULS, engine: 'wasm', factor: 1.6, than: ['jax-js'], threads: 1 },
  { rows: MATMULS, engine: 'wasm', factor: 1.6 * 1.7, than: ['jax-js'], threads: 2 },
  { rows: ['mlp-small'], engine: 'wasm', factor: 12, than: ['jax-js', 'tfjs'] },
  { rows: LARGE, engine: 'wasm', factor: 3, than: ['jax-js'] },
  { rows: NORMALISATIONS, engine: 'wasm', factor: 4, than: ['jax-js'] },
  { rows: ['chain'], engine: 'wasm', factor: 5, than: ['tfjs'] },
];

export const LIMITS: readonly Limit[] = [
  { row: 'cnn', engine: 'wasm', ms: 75, mode: 'compiled' },
  { row: 'gpt', engine: 'wasm', ms: 450, mode: 'compiled' },
  { row: 'overhead', engine: 'native', ms: 0.2, mode: 'define-by-run' },
  { row: 'overhead', engine: 'wasm', ms: 0.2, mode: 'define-by-run' },
  { row: 'overhead', engine: 'native', ms: 0.01, mode: 'compiled' },
  { row: 'overhead', engine: 'wasm', ms: 0.01, mode: 'compiled' },
  { row: 'startup', engine: 'native', ms: 2500, mode: 'cold' },
  { row: 'startup', engine: 'native', ms: 300, mode: 'warm' },
  { row: 'startup', engine: 'wasm', ms: 400, mode: 'warm' },
];

/** What a row had to reach and what it did. */
export interface Verdict {
  readonly bar: string;
  readonly reached: string;
  readonly met: boolean;
}

const fastest = (results: readonly Result[]): Result | undefined =>
  results.toSorted((a, b) => a.medianMs - b.medianMs)[0];

/** Of the bars of a row those that can be judged: both sides were measured. */
export function verdicts(row: string, results: readonly Result[]): Verdict[] {
  const ours = results.filter(({ who }) => who === 'chainrule');
  const relative = BARS.filter(({ rows }) => rows.includes(row)).flatMap(({ engine, factor, than, threads }) => {
    const own = fastest(
      ours.filter(
        (r) => r.engine === engine && r.mode === 'compiled' && (threads === undefined || r.threads === threads),
      ),
    );
    const peer = fastest(results.filter(({ who }) => than.includes(who)));
    if (!own || !peer) return [];
    const ratio = peer.medianMs / own.medianMs;
    const on = threads === undefined ? engine : `${engine} on ${threads === 1 ? 'one thread' : `${threads} threads`}`;
    const bar = `${on} ≥ ${Number(factor.toFixed(2))} × ${than.join(' and ')}`;
    return [{ bar, reached: `${ratio.toFixed(2)} ×`, met: ratio >= factor }];
  });
  const absolute = LIMITS.filter((limit) => limit.row === row).flatMap(({ engine, ms, mode }) => {
    const own = fastest(ours.filter((r) => r.engine === engine && r.mode === mode));
    if (!own) return [];
    return [
      {
        bar: `${engine}, ${mode} ≤ ${ms} ms`,
        reached: `${Number(own.medianMs.toPrecision(3))} ms`,
        met: own.medianMs <= ms,
      },
    ];
  });
  return [...relative, ...absolute];
}
