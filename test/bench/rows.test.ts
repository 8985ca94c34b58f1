/** The rows of the benchmark compute what PyTorch computes in float64, plain and compiled. Nothing is timed here. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { distance, originOf, relativeError } from '../../bench/agreement.js';
import { valuesOf, writeTask } from '../../bench/inputs.js';
import { ROWS } from '../../bench/rows/index.js';
import { MODES, runnableOf } from '../../bench/rows/runnable.js';

const expected: Record<string, { result: number[]; trained: number[] }> = JSON.parse(
  readFileSync(new URL('../fixtures/bench.json', import.meta.url), 'utf8'),
);
const root = mkdtempSync(join(tmpdir(), 'chainrule-bench-'));
afterAll(() => rmSync(root, { recursive: true }));

const joined = (arrays: readonly ArrayLike<number>[]): number[] => arrays.flatMap((array) => Array.from(array));

describe.each(ROWS)('$id', (row) => {
  it.each(MODES)('agrees with PyTorch: %s', async (mode) => {
    const folder = join(root, `${row.id}-${mode}`);
    const task = writeTask(row, row.tiny, folder);
    const { step, values, trained } = runnableOf(task, folder, mode, 'float64');
    const results: number[] = [];
    for (let i = 0; i < task.steps; i++) results.push(...joined(await values(await step())));
    const outputs = { result: results, trained: joined(await trained()) };
    expect(relativeError(outputs, expected[row.id]!, originOf(task, folder))).toBeLessThan(1e-6);
  });
});

describe('the inputs', () => {
  it('are the same at each run, and others at another place', () => {
    const input = { name: 'x', shape: [20, 50], values: { normal: 2 } } as const;
    expect(valuesOf(input, 1)).toEqual(valuesOf(input, 1));
    expect(valuesOf(input, 1)).not.toEqual(valuesOf(input, 2));
  });

  it('are spread as they say', () => {
    const moments = (values: ArrayLike<number>): [number, number] => {
      const all = Array.from(values);
      const mean = all.reduce((a, b) => a + b, 0) / all.length;
      return [mean, Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length)];
    };
    const of = (values: Parameters<typeof valuesOf>[0]['values']) =>
      valuesOf({ name: 'x', shape: [20_000], values }, 3);
    const [mean, deviation] = moments(of({ normal: 2 }));
    expect(mean).toBeCloseTo(0, 1);
    expect(deviation).toBeCloseTo(2, 1);
    expect(moments(of({ uniform: true }))[0]).toBeCloseTo(0.5, 1);
    expect(new Set(of({ below: 7 }))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });
});

describe('the relative error', () => {
  it('is that of the whole array', () => {
    expect(distance([3, 4.5], [3, 4])).toBeCloseTo(0.1);
    expect(distance([0, 0], [0, 0])).toBe(0);
    expect(distance([1], [1, 2])).toBeNaN();
    expect(distance([Number.NaN, 2], [1, 2])).toBeNaN();
  });

  it('counts what training changed', () => {
    const origin = [100, 100];
    const good = { result: [1], trained: [100.1, 99.9] };
    expect(relativeError(good, good, origin)).toBe(0);
    expect(relativeError({ result: [1], trained: origin }, good, origin)).toBeCloseTo(1);
    expect(relativeError({ result: [2], trained: good.trained }, good, origin)).toBeCloseTo(1);
  });
});
