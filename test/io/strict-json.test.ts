/** The strict JSON reader agrees with JSON.parse, except where it refuses more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/base/errors.js';
import { parseStrictJson, type StrictJson } from '../../src/io/strict-json.js';

const plain = (value: StrictJson): unknown => {
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([k, v]) => [k, plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

describe('parseStrictJson', () => {
  test('agrees with JSON.parse on what JSON.stringify writes', () => {
    const values = fc.jsonValue({ maxDepth: 5 });
    fc.assert(
      fc.property(values, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(plain(parseStrictJson(text))).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('reads escapes, exponents and spaces', () => {
    expect(plain(parseStrictJson(' { "a\\u00e9\\n" : [ -1.5e+3 , true , null ] } '))).toEqual({
      'aé\n': [-1500, true, null],
    });
  });

  test.each([
    ['a key twice', '{"a":1,"b":2,"a":3}', /"a" stands twice/],
    ['a key twice, spelled differently', '{"a":1,"\\u0061":3}', /"a" stands twice/],
    ['a cut-off object', '{"a":1', /the text ends/],
    ['a cut-off string', '{"a', /double quotes/],
    ['a trailing comma', '[1,]', /expected a value/],
    ['a leading zero', '[01]', /expected "]"/],
    ['a bare word', 'nul', /expected a value/],
    ['text after the value', '{} x', /unexpected text/],
    ['a raw line break in a string', '"a\nb"', /double quotes/],
    ['nothing', '', /expected a value/],
    ['endless nesting', '['.repeat(1_000_000), /deep/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseStrictJson(text)).toThrow(FileError);
    expect(() => parseStrictJson(text)).toThrow(message);
  });
});
