/**
 * The tests: `npm test` runs `*.test.ts`; `npm run test:full` (`--mode full`) runs the long sweeps, `*.full.test.ts`.
 * Both import the library by its public names as well as by file, without a build.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

/** Files that measure the memory of processes, which others would disturb. */
const ALONE = 'test/run/memory';

export default defineConfig(({ mode }) => {
  const full = mode === 'full';
  const ending = full ? '.full.test.ts' : '.test.ts';
  // Projects do not inherit it: they are read in a mode of their own.
  const testTimeout = full ? 600_000 : 60_000;
  const long = full ? [] : ['test/**/*.full.test.ts'];
  return {
    resolve: {
      alias: [
        { find: /^chainrule$/, replacement: source('index.ts') },
        { find: /^chainrule\/(\w+)$/, replacement: source('$1/index.ts') },
      ],
    },
    test: {
      // The memory tests measure after a collection.
      execArgv: ['--expose-gc'],
      // Every stage of the compiler is checked against its rules. Test files run side by side, so each keeps to one thread;
      // test/run/threads.test.ts has its own. The short tests spare the C compiler its last efforts.
      env: { CHAINRULE_VERIFY: '1', CHAINRULE_THREADS: '1', ...(full ? {} : { CHAINRULE_CFLAGS: '-O1' }) },
      projects: [
        {
          extends: true,
          test: {
            name: 'side by side',
            testTimeout,
            include: [`test/**/*${ending}`],
            exclude: [...long, `${ALONE}*`],
            // As many files at a time as there are processors.
            maxWorkers: '100%',
          },
        },
        {
          extends: true,
          test: {
            name: 'alone',
            testTimeout,
            include: [`${ALONE}${ending}`],
            exclude: long,
            // After all others.
            fileParallelism: false,
          },
        },
      ],
    },
  };
});
