/**
 * Every record in C under AddressSanitizer and UndefinedBehaviorSanitizer: no kernel reads or writes outside its arrays, not even with the tail of a
 * vector, and none does what C leaves undefined. The tests of `records.full.test.ts` run again, in a process into which the sanitizers are loaded.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { folder, missing } from './support.js';

const library = (name: string): string =>
  spawnSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout?.trim() ?? '';
const libraries = [library('libasan.so'), library('libubsan.so')];
const why = missing ?? (libraries.every((path) => existsSync(path)) ? null : 'gcc has no sanitizers here');

it.skipIf(why !== null)(`nothing is reported${why === null ? '' : ` (skipped: ${why})`}`, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--mode', 'full', 'test/run/records.full.test.ts'],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      env: {
        ...process.env,
        CC: 'gcc -fsanitize=address,undefined -fno-sanitize-recover=all',
        LD_PRELOAD: libraries.join(' '),
        // Node itself frees little at its end.
        ASAN_OPTIONS: 'detect_leaks=0',
        XDG_CACHE_HOME: folder(),
      },
    },
  );
  expect(`${stdout}${stderr}`).not.toMatch(/AddressSanitizer|runtime error/);
  expect(status, `${stdout}${stderr}`.slice(-4000)).toBe(0);
});
