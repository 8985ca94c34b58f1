/** Files: whole or not at all, and errors that say what to do. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileError } from '../../src/base/errors.js';
import { cacheFolder, fileError, readBytes, withFile, writeBytes } from '../../src/data/files.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainrule-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

/** Runs without the powers of root, for whom every file is writable; undefined where that cannot be had. */
async function asNobody(work: () => Promise<void>): Promise<boolean> {
  if (process.getuid?.() !== 0) {
    await work();
    return true;
  }
  try {
    process.seteuid?.(65534);
  } catch {
    return false;
  }
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
  return true;
}

describe('writing', () => {
  test('the pieces follow one another, and what stood there is replaced', async () => {
    const path = join(folder, 'a.bin');
    await writeBytes(path, bytes(9, 9, 9, 9, 9, 9, 9));
    await writeBytes(path, [bytes(1, 2), bytes(), bytes(3)]);
    expect(await readBytes(path)).toEqual(bytes(1, 2, 3));
  });

  test('a write that fails leaves the old file and nothing beside it', async () => {
    const inner = join(folder, 'kept');
    await mkdir(inner);
    const path = join(inner, 'b.bin');
    await writeBytes(path, bytes(1));
    const failing: Uint8Array[] = [bytes(2)];
    Object.defineProperty(failing, 1, {
      get: () => {
        throw new Error('no more');
      },
    });
    failing.length = 2;
    await expect(writeBytes(path, failing)).rejects.toThrow(/cannot write .*b\.bin.*no more/);
    expect(await readdir(inner)).toEqual(['b.bin']);
    expect(await readBytes(path)).toEqual(bytes(1));
  });

  test('many at once to one name leave one of them whole', async () => {
    const inner = join(folder, 'race');
    await mkdir(inner);
    const path = join(inner, 'c.bin');
    await Promise.all(Array.from({ length: 8 }, (_, i) => writeBytes(path, new Uint8Array(1000).fill(i))));
    const found = await readFile(path);
    expect(found.length).toBe(1000);
    expect(new Set(found).size).toBe(1);
    expect(await readdir(inner)).toEqual(['c.bin']);
  });

  test('a missing folder is an error, unless it is to be made', async () => {
    const path = join(folder, 'new', 'deep', 'd.bin');
    await expect(writeBytes(path, bytes(1))).rejects.toThrow(/its folder does not exist/);
    await writeBytes(path, bytes(1), { makeFolder: true });
    expect(await readBytes(path)).toEqual(bytes(1));
  });

  test('a folder in the place of the file, a file in the place of the folder', async () => {
    await expect(writeBytes(folder, bytes(1))).rejects.toThrow(/is a folder, not a file/);
    await writeFile(join(folder, 'plain'), 'x');
    const below = join(folder, 'plain', 'e.bin');
    await expect(writeBytes(below, bytes(1))).rejects.toThrow(/part of this path is a file/);
    await expect(writeBytes(below, bytes(1), { makeFolder: true })).rejects.toThrow(/part of this path is a file/);
  });

  test('no permission, for the folder or for the file', async ({ skip }) => {
    const locked = join(folder, 'locked');
    await mkdir(locked);
    await writeFile(join(locked, 'old.bin'), 'old');
    await chmod(join(locked, 'old.bin'), 0o444);
    await chmod(folder, 0o755);
    const ran = await asNobody(async () => {
      await chmod(locked, 0o555).catch(() => undefined);
      await expect(writeBytes(join(locked, 'new.bin'), bytes(1))).rejects.toThrow(/no permission to write there/);
      await expect(writeBytes(join(locked, 'old.bin'), bytes(1))).rejects.toThrow(/no permission to write there/);
    });
    await chmod(locked, 0o755);
    if (!ran) skip('root here, and no way to step down: every file is writable');
    expect(await readdir(locked)).toEqual(['old.bin']);
  });
});

describe('reading', () => {
  test('pieces, and no further than the end', async () => {
    const path = join(folder, 'r.bin');
    await writeFile(path, bytes(1, 2, 3, 4));
    await withFile(path, async (file) => {
      expect(file.size).toBe(4);
      expect(await file.read(1, 2)).toEqual(bytes(2, 3));
      expect(await file.read(4, 0)).toEqual(bytes());
      await expect(file.read(2, 3)).rejects.toThrow(/cut off: it has 4 bytes, 5 are needed/);
    });
  });

  test('what is not there, and what is no file', async () => {
    await expect(readBytes(join(folder, 'nowhere'))).rejects.toThrow(FileError);
    await expect(readBytes(join(folder, 'nowhere'))).rejects.toThrow(/there is no such file/);
    await expect(readBytes(folder)).rejects.toThrow(/is a folder, not a file/);
  });
});

test('a code that is not known keeps the system’s words, and the cause', () => {
  const cause = Object.assign(new Error('EWEIRD: something'), { code: 'EWEIRD' });
  const error = fileError('read', 'x', cause);
  expect(error.message).toBe('cannot read "x": EWEIRD: something');
  expect(error.cause).toBe(cause);
});

test('the cache honours XDG_CACHE_HOME when it is an absolute path', async () => {
  const before = process.env.XDG_CACHE_HOME;
  try {
    process.env.XDG_CACHE_HOME = '/somewhere';
    expect(await cacheFolder('mnist')).toBe(join('/somewhere', 'chainrule', 'mnist'));
    process.env.XDG_CACHE_HOME = 'relative';
    expect(await cacheFolder('mnist')).toMatch(/\.cache.chainrule.mnist$/);
  } finally {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  }
});
