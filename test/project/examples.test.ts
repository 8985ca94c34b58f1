/**
 * The examples in doc comments run, and give what they say. A line of an `@example` is a statement, or an expression followed by
 * its value in a comment: of a tensor its elements as nested arrays.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as chainrule from '../../src/index.js';
import * as nn from '../../src/nn/index.js';

const src = new URL('../../src/', import.meta.url);

/** What examples of a room may name beside its own exports. */
const scopeOf = (path: string): Record<string, unknown> =>
  path.startsWith('nn/') ? { ...chainrule, nn, ...nn.functional } : { ...chainrule, nn };

interface Example {
  readonly path: string;
  readonly name: string;
  readonly lines: readonly string[];
}

/** The examples of a file, each with the name that is declared below it. */
function* examplesOf(path: string): Iterable<Example> {
  const text = readFileSync(new URL(path, src), 'utf8');
  for (const { 1: body, 2: name } of text.matchAll(
    / \* @example\n((?: \*(?! @|\/).*\n)+)(?: \* @.*\n)* \*\/\n.*?(\w+)(?: =|[(:]| \{| extends)/g,
  )) {
    yield {
      path,
      name: name!,
      lines: body!
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^ \* ?/, ''))
        .filter((line) => !line.startsWith('```')),
    };
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
    const written = files.reduce(
      (n, path) => n + readFileSync(new URL(path, src), 'utf8').split('* @example').length - 1,
      0,
    );
    expect(examples).toHaveLength(written);
    expect(written).toBeGreaterThan(0);
  });

  it.each(examples.map((example) => [example.path, example.name, example] as const))('%s: %s', (path, _, { lines }) => {
    const statements = lines.map((line) => {
      const [, expression, value] = /^(.*\S);? \/\/ (.*)$/.exec(line) ?? [];
      return expression === undefined ? line : `check(() => (${expression.replace(/;$/, '')}), () => (${value}));`;
    });
    expect(statements.some((line) => line.startsWith('check('))).toBe(true);
    const { code } = transformSync(statements.join('\n'), { loader: 'ts' });
    const scope = scopeOf(path);
    const check = (got: () => unknown, want: () => unknown): void => expect(plain(got())).toEqual(plain(want()));
    new Function('check', ...Object.keys(scope), code)(check, ...Object.values(scope));
  });
});
