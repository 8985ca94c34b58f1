/**
 * The code of the READMEs runs, in Node, as it stands there.
 */
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as chainrule from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import * as optim from '../../src/optim/index.js';
import * as scratch from '../../src/scratch/index.js';

const MODULES: Record<string, unknown> = {
  chainrule,
  'chainrule/nn': nn,
  'chainrule/optim': optim,
  'chainrule/scratch': scratch,
};
const root = new URL('../../', import.meta.url);

/** The TypeScript blocks of a page. */
const blocksOf = (page: string): string[] =>
  [...readFileSync(new URL(page, root), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);

/** Runs a block and returns what it prints, a list of arguments per call. */
async function printed(block: string): Promise<unknown[][]> {
  const { code } = transformSync(block, { loader: 'ts', format: 'cjs' });
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const load = (name: string): unknown => {
    if (!(name in MODULES)) throw new Error(`the page imports ${name}`);
    return MODULES[name];
  };
  await new Function('require', 'module', 'exports', code)(load, { exports: {} }, {});
  return log.mock.calls;
}

afterEach(() => {
  vi.restoreAllMocks();
});

for (const page of ['README.md', 'README.ko.md']) {
  describe(page, () => {
    const blocks = blocksOf(page);

    it('shows the derivative of the first example', async () => {
      const [[value]] = (await printed(blocks[0]!)) as [[number]];
      expect(value).toBeCloseTo(3.297442541400256, 14);
    });

    it('trains a network', async () => {
      const lines = (await printed(blocks[1]!)) as [number, number][];
      expect(lines.map(([step]) => step)).toEqual([0, 5, 10, 15]);
      expect(lines.at(-1)![1]).toBeLessThan(lines[0]![1]);
    });

    it('ends with the apples', async () => {
      const [[price, dApple, dAppleNum, dTax]] = (await printed(blocks.at(-1)!)) as [[number, number, number, number]];
      expect(price).toBeCloseTo(220);
      expect(dApple).toBeCloseTo(2.2);
      expect(dAppleNum).toBeCloseTo(110);
      expect(dTax).toBe(200);
    });
  });
}

describe('README.md', () => {
  const blocks = blocksOf('README.md');

  it('differentiates twice', async () => {
    expect(await printed(blocks[2]!)).toEqual([[[6, 12, 18]]]);
  });

  it("checks a derivative of the user's own", async () => {
    expect(await printed(blocks[3]!)).toEqual([]);
  });

  it('compiles a step and profiles it', async () => {
    const [[table]] = (await printed(blocks[4]!)) as [[string]];
    expect(table).toMatch(/^1 plans in [\d.]+ ms/);
    expect(table).toContain('contraction');
  });
});
