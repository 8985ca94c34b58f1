/**
 * `npm run docs`: builds the API reference into `docs/api/`, with the pages beside it: the names of PyTorch and NumPy, and the table of
 * engines. Ends with an error on any warning.
 *
 * What builds it, TypeDoc, reads with a TypeScript older than the project's, so it is a package of its own, installed here when it is not
 * there or not the one of its lockfile.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entriesOf } from './ci/entries.js';
import { enginesPage } from './engines/page.js';
import { readSource } from './house/source.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const TOOLS = 'scripts/docs';
const OUT = 'docs/api';

function run(command: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** When a file was written; 0 if there is none. */
const written = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** What an entry is for: the first sentence of the comment that opens its file, without its own name. */
function purposeOf(entry: string): string {
  const path = `src${entry.replace('chainrule', '')}/index.ts`;
  const [sentence = ''] =
    /^.*?\.(?= |$)/.exec(readSource(path, readFileSync(path, 'utf8')).opening.replace(/\s+/g, ' ')) ?? [];
  const [, before = '', after = ''] = /^(.*?)[,:]? ?`[\w/]+`[,:]? ?(.*)$/.exec(sentence) ?? [];
  const purpose = after.length > 1 ? after : `${before}.`;
  return purpose[0]!.toUpperCase() + purpose.slice(1);
}

/** The page that a reader sees first. */
function frontPage(): string {
  const entries = entriesOf(readFileSync('package.json', 'utf8'));
  const rows = entries.map((entry) => `| {@link "${entry}" | \`${entry}\`} | ${purposeOf(entry)} |`);
  return `Deep learning in TypeScript: define-by-run, compiled, at home in Node and the browser.

Every function of a tensor is also its method: \`add(x, y)\` is \`x.add(y)\`. Functions are grouped by subject on the page of their module.
Names are PyTorch's in camelCase; options stand in a trailing object.

| import from | |
| --- | --- |
${rows.join('\n')}

## Elsewhere

- [Coming from PyTorch and NumPy](names.md): what each function there is called here, and what is missing.
- [Engines and records](engines.md): which engine computes what at which dtype, and which derivatives there are.
`;
}

/** A page whose first heading is its title. */
const titled = (page: string): string => page.replace(/^# (.+)\n/, '---\ntitle: $1\n---\n$&');

const lock = `${TOOLS}/package-lock.json`;
if (written(`${TOOLS}/node_modules/.package-lock.json`) < written(lock)) run('npm', 'ci', '--prefix', TOOLS);
run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', TOOLS);

const pages = mkdtempSync(join(tmpdir(), 'chainrule-docs-'));
try {
  writeFileSync(join(pages, 'front.md'), frontPage());
  writeFileSync(join(pages, 'names.md'), titled(readFileSync('docs/coming-from-pytorch-and-numpy.md', 'utf8')));
  writeFileSync(join(pages, 'engines.md'), titled(enginesPage()));
  run(process.execPath, '--import', 'tsx', `${TOOLS}/reference.ts`, pages, OUT);
} finally {
  rmSync(pages, { recursive: true });
}
console.log(`open ${OUT}/index.html`);
