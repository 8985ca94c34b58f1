/**
 * Compiles the contestants that are TypeScript into `bench/dist/`. They run the library as it was built into `dist/`: what a
 * user gets, not what a loader makes of the sources at run time.
 */
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `chainrule` and `chainrule/x` are the built files; other packages stay where they are. */
const resolved: Plugin = {
  name: 'resolved',
  setup({ onResolve }) {
    onResolve({ filter: /^chainrule(\/\w+)?$/ }, ({ path }) => ({
      path: new URL(`../dist/${path.slice('chainrule'.length)}/index.js`.replace('//', '/'), import.meta.url).href,
      external: true,
    }));
    // Written for bundlers: Node does not find what it imports. It adds to a table that all copies of the package share.
    onResolve({ filter: /register_all_gradients\.js$/ }, ({ path }) => ({ path: here(`node_modules/${path}`) }));
  },
};

/** Where the compiled contestant of this name stands. */
export const compiled = (name: string): string => here(`dist/${name}.js`);

/** Compiles these files of `peers/`. Only what is there: a peer that is not installed cannot be resolved. */
export async function buildContestants(names: readonly string[]): Promise<void> {
  await build({
    entryPoints: names.map((name) => here(`peers/${name}.ts`)),
    outdir: here('dist'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [resolved],
    logLevel: 'warning',
  });
}
