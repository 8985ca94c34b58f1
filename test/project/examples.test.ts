/**
 * The examples in doc comments run as they stand there: a statement that is followed by `// value` has that value.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as func from '../../src/func/index.js';
import * as chainrule from '../../src/index.js';
import * as random from '../../src/random/index.js';
import * as special from '../../src/special/index.js';

const root = new URL('../../src/', import.meta.url);
const SCOPE: Record<string, unknown> = { ...chainrule, ...func, ...special, ...random };

interface Example {
  readonly title: string;
  readonly code: string;
}

/** The examples of a file, by the function that they stand before. */
function examplesOf(path: string): Example[] {
  const text = readFileSync(new URL(path, root), 'utf8');
  return [
    ...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*?@example(?:(?!\*\/)[\s\S])*?)\*\/\s*export (?:function|const) (\w+)/g),
  ].map(([, comment, name]) => {
    const lines = comment!.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    const code = lines.slice(lines.indexOf('@example') + 1);
    const end = code.findIndex((line) => line.startsWith('@'));
    return { title: `${path}: ${name}`, code: code.slice(0, end < 0 ? undefined : end).join('\n') };
  });
}

const examples = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .flatMap(examplesOf);

describe('examples in doc comments', () => {
  it('are found, and every function of these entries has one', () => {
    const shown = new Set(examples.map(({ title }) => title.split(' ')[1]));
    for (const entry of [func, special, random])
      expect(Object.keys(entry).filter((name) => !shown.has(name))).toEqual([]);
  });

  it.each(examples.map((example) => [example.title, example] as const))('%s', (_, { code }) => {
    let checked = 0;
    const same = (value: unknown, wanted: unknown): void => {
      checked++;
      expect(value).toEqual(wanted);
    };
    const checking = code.replace(/^(?!const |\/\/)(.+); \/\/ (.+)$/gm, 'same($1, $2);');
    const { code: plain } = transformSync(checking, { loader: 'ts', target: 'es2022' });
    new Function('same', ...Object.keys(SCOPE), plain)(same, ...Object.values(SCOPE));
    expect(checked, 'an example shows a value').toBeGreaterThan(0);
  });
});
