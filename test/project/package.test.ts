/** What the package promises to those who install it and to those who clone it, checked without a build. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundledSize, CEILING } from '../../scripts/ci/bundle.js';
import { ROOMS } from '../../scripts/house/rules.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

interface Manifest {
  readonly sideEffects: boolean;
  readonly type: string;
  readonly bin: Record<string, string>;
  readonly exports: Record<
    string,
    string | { readonly types: string; readonly node: string; readonly default: string }
  >;
  readonly scripts: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}
const manifest: Manifest = JSON.parse(read('package.json'));

/** The entries with code: `.`, `./nn`, … and the files they lead to. */
const entries = Object.entries(manifest.exports).flatMap(([name, to]) =>
  typeof to === 'string' ? [] : [{ name, to }],
);
/** The source that the build turns into `dist/x.js`, for Node, and `dist/modules/x.js`. */
const sourceOf = (built: string): string =>
  built.replace(/^\.\/dist\/(modules\/)?/, 'src/').replace(/\.d\.ts$|\.js$/, '.ts');

describe('package.json', () => {
  it.each(entries)('leads $name to a file of src/ and to its types', ({ to }) => {
    expect(existsSync(`${root}/${sourceOf(to.default)}`)).toBe(true);
    expect([to.types, to.node].map(sourceOf)).toEqual([to.default, to.default].map(sourceOf));
    expect(to.default).toMatch(/^\.\/dist\/modules\//);
  });

  it('has an entry for the root and for every room that users import', () => {
    const users = [
      'linalg',
      'fft',
      'func',
      'special',
      'random',
      'nn',
      'optim',
      'data',
      'train',
      'io',
      'viz',
      'scratch',
    ];
    expect(entries.map(({ name }) => name)).toEqual(['.', ...users.map((room) => `./${room}`)]);
  });

  it('needs no package at run time, and lets bundlers drop what is not used', () => {
    expect({ ...manifest.dependencies, ...manifest.peerDependencies }).toEqual({});
    expect(manifest.sideEffects).toBe(false);
    expect(manifest.type).toBe('module');
  });

  it('has a command that Node runs', () => {
    const command = manifest.bin.chainrule!;
    expect(read(sourceOf(`./${command}`))).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

describe('package-lock.json', () => {
  it('says where no package comes from, so that every registry serves', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved":/);
  });
});

describe('the documents', () => {
  it.each(['README.md', 'README.ko.md'])('%s has the two commands', (path) => {
    expect(read(path)).toContain('npm ci && npm start');
    expect(read(path)).toContain('npm ci && npm test');
  });

  it.each(['README.md', 'README.ko.md', 'ARCHITECTURE.md'])('%s names only scripts that there are', (path) => {
    const named = [...read(path).matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script);
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(named));
  });

  it('ARCHITECTURE.md has the rooms in import order', () => {
    const text = read('ARCHITECTURE.md');
    const places = ROOMS.filter((room) => room !== 'index').map((room) => text.indexOf(`\`${room}/\``));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

describe('bundles for browsers', () => {
  const alias = Object.fromEntries(
    entries.map(({ name, to }) => [name.replace('.', 'chainrule'), `${root}/${sourceOf(to.default)}`]),
  );

  it('chainrule alone stays under its ceiling', async () => {
    const whole = await bundledSize("export * from 'chainrule'", root, alias);
    expect(whole).toBeGreaterThan(1024);
    expect(whole).toBeLessThanOrEqual(CEILING);
  });

  it.each(entries)('$name needs no module of Node and no package', async ({ name }) => {
    const size = await bundledSize(`export * from '${name.replace('.', 'chainrule')}'`, root, alias);
    expect(size).toBeGreaterThan(0);
  });
});
