/**
 * Every lesson runs, its numbers are the right ones, and its pages show its code and what it prints.
 * `npx vitest run test/lessons -u` writes changed code and output into the pages.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

const root = new URL('../../', import.meta.url);
const examples = new URL('examples/lessons/', root);
const pages = new URL('docs/lessons/', root);
const names = readdirSync(examples)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

/** The lines that must be among what each lesson prints: the numbers the lesson is about. */
const EXPECTED: Record<string, readonly string[]> = {
  '01-chain-rule': ['t = 5, z = 25', '∂z/∂t = 10, ∂z/∂x = 10, ∂z/∂y = 10'],
  '02-add-and-multiply': ['the sum passes back 1.3 and 1.3', 'the product passes back 6.5 and 13'],
  '03-two-apples': ['price 220', 'dApple 2.2, dAppleNum 110, dTax 200', 'tax 1 percentage point higher: 2 won more'],
  '04-apples-and-oranges': ['price 715', 'dAppleNum 110, dApple 2.2', 'dOrange 3.3, dOrangeNum 165', 'dTax 650'],
  '05-doughnut-shop': ['price 10140', 'dDoughnut 2.7, dDoughnutNum 1080', 'dCoupon 9600, dDelivery 1'],
  '06-sigmoid-node-by-node': [
    'forward:  1 → -1 → 0.3679 → 1.368 → 0.7311',
    'backward: 1 → -0.5344 → -0.5344 → -0.1966 → 0.1966',
    'y(1 − y) = 0.1966',
    'Sigmoid passes back 0.1966',
  ],
  '07-relu-and-sigmoid': [
    'ReLU forward   [[1, 0], [0, 3]]',
    'mask (x ≤ 0)   [[F, T], [T, F]]',
    'ReLU backward  [[10, 0], [0, 40]]',
  ],
  '08-affine': ['dX [[1,2,0],[3,4,2]]', 'dX [[1, 2, 0], [3, 4, 2]]', 'dW [[13, 18], [17, 24], [21, 30]]', 'db [4, 6]'],
  '09-softmax-with-loss': [
    'loss    1.609',
    'dx      0.3, -0.8, 0.5',
    'y − t   0.3, -0.8, 0.5',
    'layer   loss 1.609, passes back [0.3, -0.8, 0.5]',
  ],
  '10-numerical-gradient': [
    'numericalDiff 3.29744, chain rule 3.29744',
    'gradient of x² + y² at (3, 4): [6, 8], after 4 evaluations',
  ],
  '11-gradient-check': ['W1', 'b1', 'W2', 'b2'].map((name) => `${name}: mean difference below 1e-7`),
  '12-learning': ['after: loss below 0.1: true, accuracy above 0.95: true'],
  '13-variable-and-function': [
    'b.grad = 2.56805, a.grad = 3.29744, x.grad = 3.29744',
    'forward is not implemented by Half',
  ],
  '14-following-links': ['y.creator.input is b: true', '… .creator.input is x: true', 'x.grad = 3.29744'],
  '15-backward-as-a-loop': ['with all its digits:   3.297442541400256'],
  '16-branches': [
    '  the last one wins: 1',
    '  adding:            2',
    '  the last one wins:     32',
    '  adding, but too early: 96',
    '  y.backward():          64',
  ],
};

async function run(name: string): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import(new URL(`${name}.ts`, examples).href);
  return log.mock.calls.map((line) => line.join(' ')).join('\n');
}

/** The page with its first `ts` block holding the code and its first `text` block the output. */
const refreshed = (page: string, code: string, output: string): string =>
  page
    .replace(/```ts\n[\s\S]*?```/, () => `\`\`\`ts\n${code}\`\`\``)
    .replace(/```text\n[\s\S]*?```/, () => `\`\`\`text\n${output.trimEnd()}\n\`\`\``);

afterEach(() => {
  vi.restoreAllMocks();
});

it('there is a lesson for every list of numbers, and a list for every lesson', () => {
  expect(names).toEqual(Object.keys(EXPECTED));
});

describe.each(names)('%s', (name) => {
  it('prints its numbers, and its pages show them', async () => {
    const output = await run(name);
    const lines = output.split('\n');
    for (const line of EXPECTED[name] ?? []) expect(lines).toContain(line);
    const code = readFileSync(new URL(`${name}.ts`, examples), 'utf8');
    for (const file of [`${name}.md`, `${name}.ko.md`]) {
      const url = new URL(file, pages);
      await expect(refreshed(readFileSync(url, 'utf8'), code, output)).toMatchFileSnapshot(fileURLToPath(url));
    }
  });
});

it.each(['README.md', 'README.ko.md'])('%s lists every lesson in order', (file) => {
  const suffix = file.slice('README'.length);
  const listed = [...readFileSync(new URL(file, pages), 'utf8').matchAll(/^\d+\. \[[^\]]*\]\(([^)]*)\)/gm)].map(
    (match) => match[1],
  );
  expect(listed).toEqual(names.map((name) => name + suffix));
});

it('no page points to a page or a picture that is not there', () => {
  const missing: string[] = [];
  for (const file of readdirSync(pages).filter((name) => name.endsWith('.md'))) {
    const links = readFileSync(new URL(file, pages), 'utf8').matchAll(/\]\(([^)#]+)\)/g);
    for (const [, target = ''] of links) {
      if (!/^https?:/.test(target) && !existsSync(new URL(target, pages))) missing.push(`${file}: ${target}`);
    }
  }
  expect(missing).toEqual([]);
});
