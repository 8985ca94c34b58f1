/**
 * The table of engines × records has no hole: every record there is, on every engine, at every dtype that it takes. That the engines
 * compute the same is the subject of records.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { enginesPage } from '../../scripts/engines/page.js';
import { ENGINES, engineTable } from '../../scripts/engines/table.js';
import type { Op } from '../../src/ir/op.js';
import { ALPHABET } from '../../src/ops/index.js';

const table = engineTable();
const byName = new Map(table.map((row) => [row.name, row]));
const linalg = new URL('../../src/linalg/', import.meta.url);

describe('the table of engines', () => {
  it('has each record of the alphabet once, but what stands for values that nobody computes', () => {
    const computed = Object.values<Op>(ALPHABET).filter((op) => op.kind !== 'leaf' || op.from !== 'nowhere');
    const own = table.filter(({ kind }) => kind !== 'routine').map(({ name }) => name);
    expect(own.sort()).toEqual(computed.map(({ name }) => name).sort());
  });

  it('has each algorithm of linalg', () => {
    const written = readdirSync(linalg)
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        Array.from(
          readFileSync(new URL(file, linalg), 'utf8').matchAll(/^\s+name: '([^']+)',$| = solver\('([^']+)'\)/gm),
          ([, name, solver]) => name ?? solver,
        ),
      );
    const own = table.filter(({ kind }) => kind === 'routine').map(({ name }) => name);
    expect(own.sort()).toEqual(written.sort());
    expect(written.length).toBeGreaterThan(10);
  });

  it.each(table.map((row) => [row.name, row] as const))('%s runs on each engine at each dtype it takes', (_, row) => {
    expect(row.ways.size).toBeGreaterThan(0);
    for (const [dtype, ways] of row.ways) expect(Object.keys(ways), dtype).toEqual([...ENGINES]);
    // Where one of the floats goes, the other does; bits are of float32 alone.
    if (row.name !== 'bits') expect(row.ways.has('float32')).toBe(row.ways.has('float64'));
    expect(row.first.length * row.second.length * row.batches.length).toBeGreaterThan(0);
  });

  it('tells what is compiled from what is called', () => {
    expect(byName.get('mul')?.ways.get('float32')).toEqual({
      interpret: 'defined',
      wasm: 'compiled',
      native: 'compiled',
      js: 'compiled',
    });
    expect(byName.get('exp')?.ways.get('float64')).toMatchObject({ wasm: 'called', native: 'compiled' });
    expect(byName.get('solve')?.ways.get('float32')).toMatchObject({ wasm: 'called', native: 'javascript' });
  });

  it('becomes a page with a line for each record', () => {
    const lines = enginesPage(table)
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(lines).toHaveLength(table.length);
    const cells = lines[0]!.split(' | ').length;
    for (const line of lines) {
      expect(line.split(' | ')).toHaveLength(cells);
      expect(line).not.toMatch(/\|\s+\|/);
    }
  });
});
