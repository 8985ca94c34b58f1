/**
 * Bundles of the library for browsers, and their sizes. A bundler may not meet a module of Node, nor need a package:
 * either fails the build, as it would fail a user's.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** The most that the package root may weigh, minified and compressed. */
export const CEILING = 100 * 1024;

const FOR_BROWSERS = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'silent',
} satisfies BuildOptions;

/** Sources take part as the manifest has their built files take part: those that it names for browsers stand in for others. */
const browserSources = (folder: string): Plugin => ({
  name: 'browser sources',
  setup: ({ onLoad }) => {
    const manifest: { browser?: Record<string, string> } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const sourceOf = (built: string): string =>
      resolve(folder, built.replace('./dist/modules/', 'src/').replace(/\.js$/, '.ts'));
    const instead = new Map(Object.entries(manifest.browser ?? {}).map(([from, to]) => [sourceOf(from), sourceOf(to)]));
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const other = instead.get(path);
      return other === undefined ? null : { contents: `export * from ${JSON.stringify(other)}`, resolveDir: folder };
    });
  },
});

/**
 * Minified and gzipped bytes of a module that says `text`. Imports are resolved from `folder`, the names in `alias`
 * first. @throws BuildFailure naming what a browser's bundler could not resolve.
 */
export async function bundledSize(text: string, folder: string, alias: Record<string, string> = {}): Promise<number> {
  const { outputFiles } = await build({
    ...FOR_BROWSERS,
    alias,
    plugins: [browserSources(folder)],
    minify: true,
    write: false,
    stdin: { contents: text, resolveDir: folder, loader: 'ts' },
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

/** Bundles each of `entries` (name → file) into `outFolder`. */
export async function bundleFiles(entries: Record<string, string>, outFolder: string): Promise<void> {
  await build({ ...FOR_BROWSERS, entryPoints: entries, outdir: outFolder });
}
