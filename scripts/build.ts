/**
 * `npm run build`: makes the script of the pages of graphs, and compiles `src/` into an empty `dist/`: types beside the entries, a file for
 * each source in `dist/modules/`, of which bundlers take what a page needs, and for Node the same in a few files, since it takes most of a
 * millisecond to load one.
 * `--if-stale` does so only when something that the build reads is younger than the last one.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { writePageScript } from './page-script.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Its age is the age of the build; it is written last, so a build that was interrupted counts as none. */
const STAMP = 'dist/.built';
const COMMAND = 'dist/cli/main.js';
const MODULES = 'dist/modules';
const INPUTS = ['src', 'scripts/build.ts', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** When the youngest of `path` and, for a folder, all it holds was changed. A file taken away changes its folder. */
function changed(path: string): number {
  const own = statSync(path);
  const inside = own.isDirectory() ? readdirSync(path).map((name) => changed(`${path}/${name}`)) : [];
  return Math.max(own.mtimeMs, ...inside);
}

const fresh = (): boolean => existsSync(STAMP) && INPUTS.every((path) => changed(path) < statSync(STAMP).mtimeMs);

/** The entries and the command from the modules; what several of them need is in files that they share. */
function joinForNode(): void {
  const { exports }: { exports: Record<string, string | { readonly default: string }> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  const entries = Object.values(exports).flatMap((to) => (typeof to === 'string' ? [] : [to.default]));
  buildSync({
    entryPoints: [...entries, COMMAND.replace('dist', MODULES)],
    outbase: MODULES,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
}

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
  joinForNode();
  // So that `npx chainrule` runs it from a clone; npm does the same for who installs the package.
  chmodSync(COMMAND, 0o755);
  writeFileSync(STAMP, '');
  return 0;
}

if (!process.argv.includes('--if-stale') || !fresh()) process.exitCode = await build();
