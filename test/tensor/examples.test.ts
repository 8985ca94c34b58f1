/**
 * The examples in the documentation of functions run, and give what they say: each line of an `@example` is an expression, with
 * its value behind `//`, or a statement that the lines after it need.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as fft from '../../src/fft/index.js';
import * as chainrule from '../../src/index.js';
import { Tensor } from '../../src/index.js';
import * as linalg from '../../src/linalg/index.js';

const SOURCES = new URL('../../src/', import.meta.url);
/** The rooms whose functions have examples, and the names that these may use. */
const ROOMS = { tensor: chainrule, linalg: { ...chainrule, ...linalg }, fft: { ...chainrule, ...fft } };

/** The examples of a file of `src/`, by the function that they stand above. */
function examplesOf(path: string): { readonly name: string; readonly lines: readonly string[] }[] {
  const text = readFileSync(new URL(path, SOURCES), 'utf8');
  const found = text.matchAll(/@example\n((?: \* .*\n)+?) \*\/\nexport (?:const|function) (\w+)/g);
  return [...found].map(([, lines, name]) => ({
    name: name!,
    lines: lines!
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^ \* /, '')),
  }));
}

const plain = (value: unknown): unknown =>
  value instanceof Tensor ? value.toArray() : Array.isArray(value) ? value.map(plain) : value;

function evaluate(names: object, statements: readonly string[], expression: string): unknown {
  const code = `${statements.join('\n')}\nreturn (${expression});`;
  return new Function(...Object.keys(names), code)(...Object.values(names));
}

const files = Object.entries(ROOMS).flatMap(([room, names]) =>
  readdirSync(new URL(room, SOURCES))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ path: `${room}/${file}`, names }))
    .filter(({ path }) => examplesOf(path).length > 0),
);

describe.each(files)('$path', ({ path, names }) => {
  it.each(examplesOf(path).map(({ name, lines }) => [name, lines] as const))('%s', (_, lines) => {
    const statements: string[] = [];
    for (const line of lines) {
      const [code, value] = line.split(' // ');
      if (value === undefined) statements.push(code!);
      else expect(plain(evaluate(names, statements, code!)), code).toEqual(evaluate(names, [], value));
    }
    expect(statements.length, 'lines without a value').toBeLessThan(lines.length);
  });
});
