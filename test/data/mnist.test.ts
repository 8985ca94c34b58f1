/** Finding MNIST: where it is looked for, in which order, what damage is an error, and what is said about it. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ArgumentError, FileError } from '../../src/base/errors.js';
import { loadImages } from '../../src/data/load-images.js';
import { findMnist, loadMnist } from '../../src/data/mnist.js';
import { describeSource } from '../../src/data/source.js';
import { gzip, idx, writeMnistLike } from './idx-files.js';

const real = process.env.CHAINRULE_DATA;
let folder = '';
let cache = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-mnist-'));
  cache = join(folder, 'xdg', 'chainrule', 'mnist');
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'xdg'));
  vi.stubEnv('CHAINRULE_DATA', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const offline = { download: false } as const;

describe('a folder that is named', () => {
  test('plain and packed files, both spellings of their names', async () => {
    await writeMnistLike(folder);
    const { train, test: held, source } = await loadMnist({ folder });
    expect([train.count, train.height, train.width, held.count]).toEqual([6, 28, 28, 3]);
    expect([...train.labels]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(train.images.length).toBe(6 * 784);
    expect(train.images[784]).toBe(784 % 251);
    expect(describeSource(source)).toBe(`MNIST, found in ${folder}`);
  });

  test('its subfolder mnist', async () => {
    await writeMnistLike(join(folder, 'mnist'));
    expect((await loadMnist({ folder })).source.where).toBe(join(folder, 'mnist'));
  });

  const images = 'train-images-idx3-ubyte.gz';
  const labels = 'train-labels-idx1-ubyte';
  test.each<[string, Record<string, Uint8Array | null>, RegExp]>([
    ['a missing file', { [labels]: null }, /lacks train-labels-idx1-ubyte/],
    ['a truncated file', { [labels]: idx([6]).slice(0, -2) }, /train-labels-idx1-ubyte" is cut off/],
    ['a truncated packed file', { [images]: gzip(idx([6, 28, 28])).slice(0, -20) }, /train-images.* cut off/],
    ['labels and images of different number', { [labels]: idx([5]) }, /6 images need as many labels.*\[5\]/],
    ['images of another size', { [images]: gzip(idx([6, 27, 28])) }, /\[n, 28, 28\], found \[6, 27, 28\]/],
    ['no images at all', { [images]: gzip(idx([0, 28, 28])), [labels]: idx([0]) }, /found \[0, 28, 28\]/],
    ['labels where images should be', { [images]: gzip(idx([6])) }, /found \[6\]/],
    ['a label that is no digit', { [labels]: idx([6], () => 10) }, /label 10 \(number 0\) is no digit/],
  ])('refuses %s', async (_, changes, message) => {
    await writeMnistLike(folder, changes);
    await expect(loadMnist({ folder })).rejects.toThrow(FileError);
    await expect(loadMnist({ folder })).rejects.toThrow(message);
    // Falling back to other data would hide the damage.
    await expect(loadImages('auto', { folder })).rejects.toThrow(message);
  });

  test('refuses a folder that is missing, is a file, or holds something else', async () => {
    await writeFile(join(folder, 'file'), 'x');
    await expect(loadMnist({ folder: join(folder, 'no') })).rejects.toThrow(/there is no folder/);
    await expect(loadMnist({ folder: join(folder, 'file') })).rejects.toThrow(/is a file; the folder/);
    await expect(loadMnist({ folder })).rejects.toThrow(/does not hold MNIST: expected train-images-idx3-ubyte/);
  });
});

describe('without a name', () => {
  test.each(['mnist', '.'])('CHAINRULE_DATA/%s, before the cache', async (below) => {
    vi.stubEnv('CHAINRULE_DATA', join(folder, 'data'));
    await writeMnistLike(join(folder, 'data', below));
    await writeMnistLike(cache);
    expect((await loadMnist(offline)).source.where).toBe(join(folder, 'data', below));
  });

  test('the cache', async () => {
    await writeMnistLike(cache);
    const { source } = await loadMnist(offline);
    expect(describeSource(source)).toBe(`MNIST, found in ${cache} (CHAINRULE_DATA is not set)`);
  });

  test('a damaged cache is a note, and a download would replace it', async () => {
    await writeMnistLike(cache, { 'train-labels-idx1-ubyte': null });
    const { notes } = { notes: [], ...(await findMnist(offline)) };
    expect(notes.join('; ')).toMatch(
      /CHAINRULE_DATA is not set; the cache is damaged: .* lacks .*; no download was wanted/,
    );
  });

  test('nowhere: an error that says what was tried', async () => {
    vi.stubEnv('CHAINRULE_DATA', join(folder, 'data'));
    await expect(loadMnist(offline)).rejects.toThrow(
      /not found \(not in CHAINRULE_DATA=.*; not in the cache .*; no download/,
    );
  });
});

describe('the download', () => {
  let server: Server;
  let mirror = '';
  const files = new Map<string, Uint8Array>();
  beforeEach(async () => {
    files.clear();
    server = createServer((request, response) => {
      const bytes = files.get(request.url ?? '');
      if (bytes) response.end(bytes);
      else response.writeHead(404).end();
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const address = server.address();
    mirror = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}/` : '';
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('other contents than expected are refused, and nothing is kept', async () => {
    files.set('/train-images-idx3-ubyte.gz', gzip(idx([6, 28, 28])));
    await expect(loadMnist({ mirrors: [mirror] })).rejects.toThrow(
      /is not the file expected: its checksum is [0-9a-f]{64}/,
    );
    await expect(readdir(cache)).rejects.toThrow(/ENOENT/);
  });

  test('no mirror answers: the built-in digits, and the reasons', async () => {
    const closed = mirror.replace(/:\d+/, ':9');
    const { train, source } = await loadImages('auto', { mirrors: [mirror, closed] });
    expect(train.count).toBe(10_000);
    const line = describeSource(source);
    expect(line).toMatch(/^built-in digits, generated with seed 0 \(MNIST was not found; CHAINRULE_DATA is not set; /);
    expect(line).toMatch(
      /train-images-idx3-ubyte.gz from \S+: the server answered 404; cannot download train-images\S+ from \S+:9: /,
    );
  });

  test('the real files are checked and kept', async ({ skip }) => {
    if (!real) skip('CHAINRULE_DATA is not set: no real MNIST to serve');
    const source = join(real ?? '', 'mnist');
    for (const name of await readdir(source)) files.set(`/${name}`, await readFile(join(source, name)));
    const first = await loadMnist({ mirrors: [`${mirror}none/`, mirror] });
    expect([first.train.count, first.test.count]).toEqual([60_000, 10_000]);
    expect(describeSource(first.source)).toMatch(
      /^MNIST, downloaded from 127\.0\.0\.1:\d+ \(.*404; kept in .*mnist\)$/,
    );
    const second = await loadMnist(offline);
    expect(second.source.where).toBe(cache);
    expect(Buffer.compare(second.test.images, first.test.images)).toBe(0);

    // A cache that cannot be written loses the copy, not the data.
    await rm(join(folder, 'xdg'), { recursive: true });
    await writeFile(join(folder, 'xdg'), 'in the way');
    expect(describeSource((await loadMnist({ mirrors: [mirror] })).source)).toMatch(/not kept: cannot write/);
  });
});

describe('loadImages', () => {
  test('digits on demand, even where MNIST is', async () => {
    await mkdir(cache, { recursive: true });
    await writeMnistLike(cache);
    const { source } = await loadImages('digits', { seed: 3 });
    expect(describeSource(source)).toBe('built-in digits, generated with seed 3');
    expect((await loadImages('auto', offline)).source.dataset).toBe('mnist');
  });

  test('refuses a name that is none', async () => {
    // As it may come from a command line.
    const name: string = 'cifar';
    await expect(loadImages(name as 'auto')).rejects.toThrow(ArgumentError);
  });
});

test('the real MNIST', async ({ skip }) => {
  if (!real) skip('CHAINRULE_DATA is not set: the real MNIST is not read');
  const { train, test: held } = await loadMnist({ folder: real ?? '' });
  expect([train.count, held.count]).toEqual([60_000, 10_000]);
  expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  expect([...held.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  // The mean level that the literature quotes: 0.1307 of white.
  const mean = train.images.reduce((sum, level) => sum + level, 0) / train.images.length / 255;
  expect(mean).toBeCloseTo(0.1307, 4);
});
