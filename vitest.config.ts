/**
 * The tests: `npm test` runs `*.test.ts`; `npm run test:full` (`--mode full`) runs the long sweeps, `*.full.test.ts`.
 * Both import the library by its public names as well as by file, without a build.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig(({ mode }) => ({
  resolve: {
    alias: [
      { find: /^chainrule$/, replacement: source('index.ts') },
      { find: /^chainrule\/(\w+)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    include: mode === 'full' ? ['test/**/*.full.test.ts'] : ['test/**/*.test.ts'],
    exclude: mode === 'full' ? [] : ['test/**/*.full.test.ts'],
    testTimeout: mode === 'full' ? 600_000 : 30_000,
    // The memory tests measure after a collection.
    execArgv: ['--expose-gc'],
    // Every stage of the compiler is checked against its rules. Test files run side by side, so each keeps to one thread;
    // test/run/threads.test.ts has its own.
    env: { CHAINRULE_VERIFY: '1', CHAINRULE_THREADS: '1' },
  },
}));
