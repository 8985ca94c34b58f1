/** JSON and text in files. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileError } from '../../src/base/errors.js';
import { readJson, readText, writeJson, writeText } from '../../src/io/files.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-json-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('JSON is read back; NaN becomes null', async () => {
  const path = join(folder, 'runs', 'history.json');
  await writeJson(path, { loss: [0.1, Number.NaN], name: '끝' }, { makeFolder: true });
  expect(await readJson(path)).toEqual({ loss: [0.1, null], name: '끝' });
  expect((await readFile(path, 'utf8')).endsWith('}\n')).toBe(true);
  expect(await readdir(join(folder, 'runs'))).toEqual(['history.json']);
});

test('text is read back', async () => {
  await writeText(join(folder, 't.txt'), 'größe\n');
  expect(await readText(join(folder, 't.txt'))).toBe('größe\n');
});

test('what is no JSON, no text, or not there', async () => {
  const path = join(folder, 'bad.json');
  await writeFile(path, '{"a": [1, 2');
  await expect(readJson(path)).rejects.toThrow(FileError);
  await expect(readJson(path)).rejects.toThrow(/bad\.json" does not hold JSON \(is it cut off\?\)/);
  await writeFile(path, new Uint8Array([0xff, 0xfe]));
  await expect(readText(path)).rejects.toThrow(/not UTF-8/);
  await expect(readJson(join(folder, 'none.json'))).rejects.toThrow(/there is no such file/);
});
