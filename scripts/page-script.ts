/**
 * Makes `src/viz/page-script.ts` of the folder `src/viz/page/`, with every build. The library carries the script of its
 * pages as text, for where it runs there may be neither files nor a bundler; a test tells when the two differ.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the text stands. */
export const PAGE_SCRIPT_FILE = `${root}src/viz/page-script.ts`;

/** The file with the text in it, made anew. */
export async function pageScriptFile(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}src/viz/page/main.ts`],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
    write: false,
  });
  const text = outputFiles[0]!.text.trim();
  assert(!/<\/script|<!--/i.test(text), 'within a script element this would end it, or begin a comment');
  return `/**
 * The script of a page, made of src/viz/page/ by scripts/page-script.ts: change it there.
 */
export const PAGE_SCRIPT = ${JSON.stringify(text)};
`;
}

export async function writePageScript(): Promise<void> {
  writeFileSync(PAGE_SCRIPT_FILE, await pageScriptFile());
}
