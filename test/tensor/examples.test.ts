/**
 * The examples in the documentation of functions run, and give what they say: each line of an `@example` is an expression, with
 * its value behind `//`, or a statement that the lines after it need.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as chainrule from '../../src/index.js';
import { Tensor } from '../../src/index.js';

const folder = new URL('../../src/tensor/', import.meta.url);

/** The examples of a file, by the function that they stand above. */
function examplesOf(file: string): { readonly name: string; readonly lines: readonly string[] }[] {
  const text = readFileSync(new URL(file, folder), 'utf8');
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

function evaluate(statements: readonly string[], expression: string): unknown {
  const code = `${statements.join('\n')}\nreturn (${expression});`;
  return new Function(...Object.keys(chainrule), code)(...Object.values(chainrule));
}

const files = readdirSync(folder).filter((file) => examplesOf(file).length > 0);

describe.each(files)('%s', (file) => {
  it.each(examplesOf(file).map(({ name, lines }) => [name, lines] as const))('%s', (_, lines) => {
    const statements: string[] = [];
    for (const line of lines) {
      const [code, value] = line.split(' // ');
      if (value === undefined) statements.push(code!);
      else expect(plain(evaluate(statements, code!)), code).toEqual(evaluate([], value));
    }
    expect(statements.length, 'lines without a value').toBeLessThan(lines.length);
  });
});
