/** Headers that lie are refused, each with its reason, before anything is taken for their tensors. */
import { describe, expect, test } from 'vitest';
import { FileError } from '../../src/base/errors.js';
import { encodeHeader, headerLength, parseHeader } from '../../src/io/safetensors-header.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const prefix = (length: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
};
const entry = (dtype: string, shape: string, begin: number, end: number): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('headerLength', () => {
  test.each([
    ['nothing', new Uint8Array(0), 0, /too short/],
    ['seven bytes', new Uint8Array(7), 7, /too short/],
    ['more than the file has', prefix(100n), 50, /cut off: the header claims 100 bytes, and only 42 follow/],
    ['more than 100 MB', prefix(100_000_001n), 2 ** 40, /at most 100000000/],
    ['2^64 - 1', prefix(2n ** 64n - 1n), 1000, /at most/],
  ])('refuses %s', (_, bytes, size, message) => {
    expect(() => headerLength(bytes, size)).toThrow(FileError);
    expect(() => headerLength(bytes, size)).toThrow(message);
  });

  test('takes the largest header that is allowed', () => {
    expect(headerLength(prefix(100_000_000n), 2 ** 40)).toBe(100_000_000);
  });
});

describe('parseHeader', () => {
  const good = entry('F32', '[2]', 0, 8);
  test.each<[string, string, number, RegExp]>([
    ['no JSON', 'garbage!', 0, /no JSON object/],
    ['a list', '[]', 0, /no JSON object/],
    ['space before the object', ' {}', 0, /no JSON object/],
    ['half a header', `{"a":${good}`, 8, /the text ends/],
    ['a name twice', `{"a":${good},"a":${good}}`, 8, /"a" stands twice/],
    ['__proto__ as a name', `{"__proto__":${good}}`, 8, /__proto__/],
    ['__proto__ in the metadata', '{"__metadata__":{"__proto__":"x"}}', 0, /__proto__/],
    ['metadata that are no strings', '{"__metadata__":{"epoch":3}}', 0, /strings only.*"epoch"/],
    ['metadata that are no object', '{"__metadata__":"x"}', 0, /object of strings/],
    ['an entry that is no object', '{"a":3}', 0, /must be an object/],
    ['an unknown key', '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}', 4, /unknown key "x"/],
    ['no dtype', '{"a":{"shape":[],"data_offsets":[0,4]}}', 4, /dtype is missing/],
    ['a dtype that is not read', `{"a":${entry('BF16', '[2]', 0, 4)}}`, 4, /BF16.*F32, F64, I32, U8, BOOL, I64/],
    ['a dtype named like an object member', `{"a":${entry('constructor', '[2]', 0, 4)}}`, 4, /constructor/],
    ['a fractional size', `{"a":${entry('F32', '[1.5]', 0, 6)}}`, 6, /whole numbers/],
    ['a negative size', `{"a":${entry('F32', '[-2]', 0, 8)}}`, 8, /whole numbers/],
    ['a size as text', `{"a":${entry('F32', '["2"]', 0, 8)}}`, 8, /whole numbers/],
    ['a size past 2^53', `{"a":${entry('U8', '[9007199254740993]', 0, 1)}}`, 1, /whole numbers/],
    [
      'sizes whose product is too large',
      `{"a":${entry('U8', '[65536,65536,65536,65536,65536]', 0, 0)}}`,
      0,
      /more elements/,
    ],
    ['no offsets', '{"a":{"dtype":"F32","shape":[2]}}', 8, /data_offsets/],
    ['three offsets', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}', 8, /data_offsets/],
    ['offsets the wrong way round', `{"a":${entry('F32', '[2]', 8, 0)}}`, 8, /begin ≤ end/],
    ['a span that is not the shape', `{"a":${entry('F32', '[3]', 0, 8)}}`, 8, /takes 12 bytes.*span 8/],
    ['an end outside the data', `{"a":${good}}`, 4, /ends at byte 8 .* only 4/],
    ['a gap at the beginning', `{"a":${entry('F32', '[2]', 4, 12)}}`, 12, /gap.*byte 4.*expected 0/],
    ['a gap between', `{"a":${good},"b":${entry('U8', '[1]', 9, 10)}}`, 10, /"b" leaves a gap/],
    ['an overlap', `{"a":${good},"b":${entry('U8', '[4]', 4, 8)}}`, 8, /"b" overlaps/],
    ['the same bytes twice', `{"a":${good},"b":${good}}`, 8, /overlaps/],
    ['bytes that are nobody’s', `{"a":${good}}`, 9, /take 8 bytes.*9 bytes/],
  ])('refuses %s', (_, json, dataBytes, message) => {
    expect(() => parseHeader(encode(json), dataBytes)).toThrow(FileError);
    expect(() => parseHeader(encode(json), dataBytes)).toThrow(message);
  });

  test('refuses text that is not UTF-8', () => {
    expect(() => parseHeader(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 0)).toThrow(/UTF-8/);
  });

  test('takes entries in any order, empty tensors between, and spaces behind', () => {
    const json = `{"b":${entry('U8', '[1]', 8, 9)},"e":${entry('F64', '[0,9]', 8, 8)},"a":${good}}   `;
    const { entries, metadata } = parseHeader(encode(json), 9);
    expect(entries.map((e) => [e.name, e.begin, e.bytes])).toEqual([
      ['b', 8, 1],
      ['e', 8, 0],
      ['a', 0, 8],
    ]);
    expect(metadata).toEqual({});
  });
});

describe('encodeHeader', () => {
  test('is read back, aligned to eight bytes', () => {
    const tensors = [
      { name: 'w', dtype: 'float64' as const, shape: [2, 3] },
      { name: '0', dtype: 'float32' as const, shape: [] },
      { name: 'constructor', dtype: 'bool' as const, shape: [5] },
    ];
    const bytes = encodeHeader(tensors, { by: 'me "quoted"' });
    expect(bytes.length % 8).toBe(0);
    const { entries, metadata } = parseHeader(bytes.subarray(8, 8 + headerLength(bytes, bytes.length)), 57);
    expect(entries.map(({ name, dtype, shape, begin }) => ({ name, dtype, shape, begin }))).toEqual([
      { ...tensors[0], begin: 0 },
      { ...tensors[1], begin: 48 },
      { ...tensors[2], begin: 52 },
    ]);
    expect(metadata).toEqual({ by: 'me "quoted"' });
  });

  test.each(['__metadata__', '__proto__'])('refuses a tensor named %s', (name) => {
    expect(() => encodeHeader([{ name, dtype: 'bool', shape: [] }])).toThrow(/may not be named/);
  });
});
