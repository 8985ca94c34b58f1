/**
 * `npm run build`: makes the script of the pages of graphs, and compiles `src/` into an empty `dist/`, as ES modules with their types.
 * `--if-stale` does so only when something that the build reads is younger than the last one.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writePageScript } from './page-script.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Its age is the age of the build; it is written last, so a build that was interrupted counts as none. */
const STAMP = 'dist/.built';
const COMMAND = 'dist/cli/main.js';
const INPUTS = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** When the youngest of `path` and, for a folder, all it holds was changed. A file taken away changes its folder. */
function changed(path: string): number {
  const own = statSync(path);
  const inside = own.isDirectory() ? readdirSync(path).map((name) => changed(`${path}/${name}`)) : [];
  return Math.max(own.mtimeMs, ...inside);
}

const fresh = (): boolean => existsSync(STAMP) && INPUTS.every((path) => changed(path) < statSync(STAMP).mtimeMs);

async function build(): Promise<number> {
  await writePageScript();
  rmSync('dist', { recursive: true, force: true });
  const { status, error } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    {
      stdio: 'inherit',
    },
  );
  if (error) throw error;
  if (status !== 0) return status ?? 1;
  // So that `npx chainrule` runs it from a clone; npm does the same for who installs the package.
  chmodSync(COMMAND, 0o755);
  writeFileSync(STAMP, '');
  return 0;
}

if (!process.argv.includes('--if-stale') || !fresh()) process.exitCode = await build();
