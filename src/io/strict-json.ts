/**
 * JSON whose objects come as Maps and may not name a key twice.
 *
 * `JSON.parse` keeps the last of two equal keys without a word, and a key `__proto__` is easily misread further on;
 * a file header from a stranger must not get by with either.
 */
import { FileError } from '../base/errors.js';

export type StrictJson = null | boolean | number | string | StrictJson[] | Map<string, StrictJson>;

/** Deeper nesting than any honest header has; it bounds the recursion. */
const MOST_DEPTH = 32;

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const WORDS: Record<string, boolean | null> = { true: true, false: false, null: null };

/** @throws FileError, saying at which character, when `text` is no JSON or names a key twice in one object. */
export function parseStrictJson(text: string): StrictJson {
  let at = 0;

  const fail = (problem: string): never => {
    throw new FileError(`${problem} at character ${at}`);
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const symbol = (wanted: string): boolean => {
    match(SPACE);
    if (text[at] !== wanted) return false;
    at++;
    return true;
  };
  const expect = (wanted: string): void => {
    if (!symbol(wanted))
      fail(at < text.length ? `expected "${wanted}"` : `the text ends where "${wanted}" was expected,`);
  };
  const string = (): string => {
    match(SPACE);
    const quoted = match(STRING) ?? fail('expected a string in double quotes');
    return JSON.parse(quoted) as string;
  };
  const object = (depth: number): Map<string, StrictJson> => {
    const entries = new Map<string, StrictJson>();
    if (symbol('}')) return entries;
    do {
      const key = string();
      if (entries.has(key)) fail(`the key ${JSON.stringify(key)} stands twice`);
      expect(':');
      entries.set(key, value(depth));
    } while (symbol(','));
    expect('}');
    return entries;
  };
  const array = (depth: number): StrictJson[] => {
    const items: StrictJson[] = [];
    if (symbol(']')) return items;
    do items.push(value(depth));
    while (symbol(','));
    expect(']');
    return items;
  };
  const value = (depth: number): StrictJson => {
    if (depth > MOST_DEPTH) fail(`nested more than ${MOST_DEPTH} deep`);
    if (symbol('{')) return object(depth + 1);
    if (symbol('[')) return array(depth + 1);
    if (text[at] === '"') return string();
    const word = match(WORD);
    if (word !== undefined) return WORDS[word] ?? null;
    return Number(match(NUMBER) ?? fail('expected a value'));
  };

  const result = value(0);
  match(SPACE);
  if (at < text.length) fail('unexpected text after the value');
  return result;
}
