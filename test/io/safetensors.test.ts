/** safetensors files: what the format's own library wrote is read, what is written is read back, the rest is refused. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArgumentError, FileError } from '../../src/base/errors.js';
import { tensor, zeros } from '../../src/index.js';
import { decodeSafetensors, encodeSafetensors, loadSafetensors, saveSafetensors } from '../../src/io/index.js';

const fixture = fileURLToPath(new URL('../fixtures/mixed.safetensors', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file with one tensor "a". */
const file = (dtype: string, shape: number[], data: Uint8Array, padding = 0): Uint8Array<ArrayBuffer> => {
  const header = `{"a":${JSON.stringify({ dtype, shape, data_offsets: [0, data.length] })}}${' '.repeat(padding)}`;
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  bytes.set(data, 8 + header.length);
  return bytes;
};
const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('a file of the format’s own library', () => {
  test.each([
    ['from disk', () => loadSafetensors(fixture)],
    ['from bytes', async () => decodeSafetensors(await readFile(fixture))],
  ])('is read %s', async (_, read) => {
    const { tensors, metadata } = await read();
    const seen = Object.fromEntries(
      Object.entries(tensors).map(([name, t]) => [name, [t.dtype, t.shape, t.toArray()]]),
    );
    const f = Math.fround;
    expect(seen).toEqual({
      'layer.weight': [
        'float32',
        [2, 3],
        [
          [f(0.1), -2.5, 3],
          [f(1e-30), Infinity, -0],
        ],
      ],
      'layer.bias': ['float64', [3], [1 / 3, -Math.PI, 1e300]],
      steps: ['int32', [], 12345],
      labels: [
        'uint8',
        [2, 2],
        [
          [0, 9],
          [255, 128],
        ],
      ],
      mask: ['bool', [3], tensor([true, false, true]).toArray()],
      big: ['int32', [3], [-(2 ** 31), 2 ** 31 - 1, 0]],
      none: ['float32', [2, 0], [[], []]],
      'größe 끝': ['float32', [1], [7]],
    });
    expect(metadata).toEqual({ format: 'np', note: 'two\nlines' });
  });
});

describe('what is written', () => {
  const model = {
    weight: tensor([
      [1.5, -2],
      [3, 4],
    ]),
    precise: tensor([Math.PI], { dtype: 'float64' }),
    count: tensor(-7, { dtype: 'int32' }),
    pixels: tensor([0, 255], { dtype: 'uint8' }),
    mask: tensor([true, false]),
    none: zeros([0, 3]),
    constructor: tensor([1]),
  };
  const seen = (tensors: Record<string, { dtype: string; shape: readonly number[]; toArray(): unknown }>): object =>
    Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, [t.dtype, t.shape, t.toArray()]]));

  test('is read back, from disk and from bytes, and both are the same bytes', async () => {
    const path = join(folder, 'model.safetensors');
    await saveSafetensors(path, model, { epoch: '3' });
    const loaded = await loadSafetensors(path);
    expect(seen(loaded.tensors)).toEqual(seen(model));
    expect(loaded.metadata).toEqual({ epoch: '3' });
    const bytes = await encodeSafetensors(model, { epoch: '3' });
    expect(bytesOf(await readFile(path))).toEqual(bytes);
    expect(seen(decodeSafetensors(bytes).tensors)).toEqual(seen(model));
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('has the same bytes in whatever order the tensors are given', async () => {
    const { weight, mask, count } = model;
    expect(await encodeSafetensors({ weight, mask, count })).toEqual(await encodeSafetensors({ count, mask, weight }));
  });

  test('nothing at all is a file too', async () => {
    expect(decodeSafetensors(await encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  test('holds the values of the moment of the call', async () => {
    const weight = tensor([1, 2]);
    const promise = encodeSafetensors({ weight });
    weight.assign(tensor([8, 9]));
    expect(decodeSafetensors(await promise).tensors.weight?.toArray()).toEqual([1, 2]);
  });

  test('what cannot be written leaves the old file', async () => {
    const path = join(folder, 'kept.safetensors');
    await saveSafetensors(path, { a: tensor([1]) });
    // As from JavaScript, where no type checker stands in the way.
    const wrongMetadata: Record<string, never> = JSON.parse('{"epoch":3}');
    await expect(saveSafetensors(path, { a: tensor([2]) }, wrongMetadata)).rejects.toThrow(ArgumentError);
    const noTensor: Record<string, never> = JSON.parse('{"a":[1]}');
    await expect(saveSafetensors(path, noTensor)).rejects.toThrow(/"a" is not a tensor/);
    await expect(saveSafetensors(path, { __metadata__: tensor([2]) })).rejects.toThrow(/may not be named/);
    await expect(saveSafetensors(join(folder, 'no', 'x.safetensors'), {})).rejects.toThrow(/its folder does not exist/);
    expect((await loadSafetensors(path)).tensors.a?.toArray()).toEqual([1]);
  });
});

describe('what is read', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('may begin at any byte (%i)', (padding) => {
    const values = new Float64Array([0.5, -1e300]);
    const whole = file('F64', [2], bytesOf(values), padding);
    // The bytes themselves may lie at an odd place, too.
    const shifted = new Uint8Array(whole.length + 1);
    shifted.set(whole, 1);
    expect(decodeSafetensors(shifted.subarray(1)).tensors.a?.toArray()).toEqual([0.5, -1e300]);
  });

  test('does not share memory with the bytes', () => {
    const bytes = file('U8', [1], new Uint8Array([5]));
    const { a } = decodeSafetensors(bytes).tensors;
    bytes.fill(0);
    expect(a?.toArray()).toEqual([5]);
  });

  const cut = file('F32', [2], bytesOf(new Float32Array(2)));
  test.each([
    [
      'an int64 that does not fit',
      file('I64', [2], bytesOf(new BigInt64Array([1n, 2n ** 31n]))),
      /"a".*2147483648 does not fit in int32/,
    ],
    ['a negative one', file('I64', [1], bytesOf(new BigInt64Array([-(2n ** 31n) - 1n]))), /-2147483649/],
    ['a bool that is 2', file('BOOL', [2], new Uint8Array([1, 2])), /BOOL is 0 or 1, found 2/],
    ['float16', file('F16', [1], new Uint8Array(2)), /dtype F16 cannot be read/],
    ['a file cut off in its data', cut.slice(0, -1), /cut off/],
    ['a file cut off in its header', cut.slice(0, 20), /cut off/],
    ['a file cut off in its first bytes', cut.slice(0, 5), /too short/],
    ['an empty file', new Uint8Array(0), /too short/],
    ['bytes behind the data', new Uint8Array([...cut, 0]), /8 bytes.*9 bytes/],
  ])('refuses %s, from bytes and from disk', async (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(FileError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
    const path = join(folder, 'bad.safetensors');
    await writeFile(path, bytes);
    await expect(loadSafetensors(path)).rejects.toThrow(FileError);
    await expect(loadSafetensors(path)).rejects.toThrow(message);
    await expect(loadSafetensors(path)).rejects.toThrow('bad.safetensors');
  });

  test('a claim of terabytes takes no memory', () => {
    const header = '{"a":{"dtype":"F64","shape":[1000000000],"data_offsets":[0,8000000000]}}';
    const bytes = new Uint8Array(8 + header.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeSafetensors(bytes)).toThrow(/ends at byte 8000000000 of the data, which has only 0/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });

  test('a missing file and a folder', async () => {
    await expect(loadSafetensors(join(folder, 'nothing'))).rejects.toThrow(/there is no such file/);
    await expect(loadSafetensors(folder)).rejects.toThrow(/is a folder/);
  });
});
