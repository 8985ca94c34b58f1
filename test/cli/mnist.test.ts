// The main job with its defaults on the real MNIST, where CHAINRULE_DATA says that it is.
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { command, readJsonFile, temporaryFolder } from './command.js';

const data = process.env.CHAINRULE_DATA;
const folder = temporaryFolder();
afterAll(() => folder.remove());

it.skipIf(!data)(
  `reaches 97 % on MNIST with the defaults${data ? '' : ' (skipped: CHAINRULE_DATA is not set)'}`,
  async () => {
    const json = join(folder.path, 'result.json');
    const { code, out } = await command('--dataset', 'mnist', '--runs', join(folder.path, 'runs'), '--json', json);
    expect(code).toBe(0);
    expect(out).toContain('55,000 images to learn from, 5,000 held out, 10,000 to test');
    expect(readJsonFile(json).testAccuracy).toBeGreaterThanOrEqual(0.97);
  },
  180_000,
);
