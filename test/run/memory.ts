/**
 * Memory over a long synchronous loop of training steps: no event arrives in it, so nothing that waits for a finalizer is freed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect } from 'vitest';
import type { Use } from './memory-loops.js';

/** The ways to train, which stand in `memory-loops.ts`. */
export const LOOPS = [
  'backward, step, read',
  'read, backward, read the gradients, step',
  'evaluation without a step',
  'a running statistic by assign',
] as const;
export type LoopName = (typeof LOOPS)[number];

/** Growth that does not count: what the collector and the just-in-time compiler happen to hold. */
const SLACK: Use = { rss: 0, heapUsed: 512 * 2 ** 10, arrayBuffers: 64 * 2 ** 10, wasm: 0 };

/**
 * Runs `to` steps in one loop, with SGD and with Adam; from step `from` on nothing may have grown by more than 5 %. The process may
 * take `settling` bytes beyond that. The loop has a process of its own, in which V8 compiles and collects on no other threads, and whose
 * young generation has its full size from the start: else V8 takes several megabytes more at some step or other.
 */
export function expectFlat(name: LoopName, from: number, to: number, settling = 0): void {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-memory-'));
  try {
    const outfile = join(folder, 'loops.mjs');
    const entry = fileURLToPath(new URL('memory-loops.ts', import.meta.url));
    buildSync({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' });
    const flags = ['--expose-gc', '--single-threaded', '--min-semi-space-size=16'];
    const printed = execFileSync(process.execPath, [...flags, outfile, name, String(from), String(to)], {
      encoding: 'utf8',
    });
    for (const { optimizer, before, after } of JSON.parse(printed) as {
      optimizer: string;
      before: Use;
      after: Use;
    }[]) {
      for (const key of ['rss', 'heapUsed', 'arrayBuffers', 'wasm'] as const) {
        const grown = after[key] - before[key];
        const what = `${name}, ${optimizer}: ${key} went from ${before[key]} bytes at step ${from} to ${after[key]} at step ${to}`;
        expect(grown, what).toBeLessThanOrEqual(0.05 * before[key] + SLACK[key] + (key === 'rss' ? settling : 0));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
