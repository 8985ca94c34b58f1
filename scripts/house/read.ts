/** Reads the project's files for the house rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { House } from './rules.js';
import { readSource } from './source.js';

/** Folders that hold what was installed, built or written by a run. */
const NOT_OURS = new Set(['node_modules', 'dist', '.git', 'runs', 'coverage', '.venv']);
/** What `npm run docs` makes. */
const REFERENCE = join('docs', 'api');
const TEXT = /\.(?:[cm]?[jt]s|json|md|ya?ml|sh|py|html|css|svg)$|(?:^|\/)(?:run|LICENSE|\.\w+)$/;

function* filesOf(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (path.endsWith(REFERENCE)) continue;
    if (entry.isDirectory()) yield* filesOf(path);
    else if (entry.isFile()) yield path;
  }
}

/** Makes a house of files given as text: what {@link readHouse} does with a folder. */
export function houseOf(texts: ReadonlyMap<string, string>): House {
  const ours = [...texts].filter(([path]) => path.startsWith('src/') && path.endsWith('.ts'));
  return { texts, sources: new Map(ours.map(([path, text]) => [path, readSource(path, text)])) };
}

/** The project in the folder `root`. */
export function readHouse(root: string): House {
  const texts = new Map<string, string>();
  for (const file of filesOf(root)) {
    const path = relative(root, file).split(sep).join('/');
    if (TEXT.test(path)) texts.set(path, readFileSync(file, 'utf8'));
  }
  return houseOf(texts);
}
