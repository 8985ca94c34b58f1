/**
 * The examples in doc comments run, and give what they say. A line of an `@example` is a statement, or an expression followed by
 * its value in a comment: of a tensor its elements as nested arrays. Examples may name what the package exports, and what the entry of
 * their own room does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as chainrule from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import * as images from '../../src/tensor/images.js';

const src = new URL('../../src/', import.meta.url);
const { exports }: { exports: Record<string, unknown> } = JSON.parse(
  readFileSync(new URL('../package.json', src), 'utf8'),
);

/** What each entry but the root exports, by the name of its room. */
const entries = new Map<string, Record<string, unknown>>();
for (const entry of Object.keys(exports)) {
  const room = entry.replace('./', '');
  if (entry !== '.' && !room.includes('.')) entries.set(room, await import(new URL(`${room}/index.ts`, src).href));
}
entries.set('nn', { nn, ...nn.functional });
entries.set('tensor', images);
// Pictures are of models.
entries.set('viz', { ...nn, ...entries.get('viz') });

interface Example {
  readonly path: string;
  readonly name: string;
  readonly lines: readonly string[];
}

const EXAMPLE = /^ *\* @example\n((?: *\*(?! @|\/).*\n)+)(?: *\* @.*\n)* *\*\/\n(.*)/gm;

/** The examples of a file, each with the name that is declared below it. */
function* examplesOf(path: string): Iterable<Example> {
  const text = readFileSync(new URL(path, src), 'utf8');
  for (const [, body = '', declaration = ''] of text.matchAll(EXAMPLE)) {
    const name = /(?:function|const|class) (\w+)/.exec(declaration)?.[1] ?? declaration.trim();
    const lines = body.trimEnd().split('\n');
    yield { path, name, lines: lines.map((line) => line.replace(/^ *\* ?/, '')).filter((line) => !/^```/.test(line)) };
  }
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
const examples = files.sort().flatMap((path) => [...examplesOf(path)]);

/** Numbers rounded as printed examples are. */
const rounded = (value: unknown): unknown =>
  typeof value === 'number' && Number.isFinite(value)
    ? Number(value.toPrecision(5))
    : Array.isArray(value)
      ? value.map(rounded)
      : value;

const plain = (value: unknown): unknown => rounded(value instanceof chainrule.Tensor ? value.toArray() : value);

describe('the examples', () => {
  it('are all found', () => {
    const written = files.map((path) => readFileSync(new URL(path, src), 'utf8').split('* @example').length - 1);
    expect(examples).toHaveLength(written.reduce((a, b) => a + b));
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples.map((example) => [example.path, example.name, example] as const))('%s: %s', (path, _, { lines }) => {
    const statements = lines.map((line) => {
      const [, expression, value] = /^(?!const |\/\/)(.*\S) \/\/ (.*)$/.exec(line) ?? [];
      return expression === undefined ? line : `check(() => (${expression.replace(/;$/, '')}), () => (${value}));`;
    });
    expect(statements.some((line) => line.startsWith('check('))).toBe(true);
    const { code } = transformSync(statements.join('\n'), { loader: 'ts', target: 'es2022' });
    const scope: Record<string, unknown> = { ...chainrule, ...entries.get(path.split('/')[0]!) };
    const check = (got: () => unknown, want: () => unknown): void => expect(plain(got())).toEqual(plain(want()));
    new Function('check', ...Object.keys(scope), code)(check, ...Object.values(scope));
  });
});
