import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KernelCache } from '../../../src/device/native/cache.js';
import { findNode } from '../../../src/device/native/node.js';
import { compiledDuring, compute, copyOf, EXPECTED, folder, machineIn, missing } from './support.js';

const here = describe.skipIf(missing !== null);
const libraries = (path: string): string[] => readdirSync(path).filter((name) => name.endsWith('.so'));
const checksumOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 32);

/** Every file has the checksum that its name says, and nothing else is there. */
function expectWhole(path: string): void {
  for (const name of readdirSync(path)) expect(name).toMatch(/^[0-9a-f]{40}-[0-9a-f]{32}\.so$/);
  for (const name of libraries(path)) expect(name).toContain(`-${checksumOf(join(path, name))}.so`);
}

here(`the cache of kernels${missing ? ` (not here: ${missing})` : ''}`, () => {
  it('is filled once: another machine finds everything in it', () => {
    const path = folder();
    expect(compiledDuring(() => expect(compute(machineIn(path))).toEqual(EXPECTED))).toBeGreaterThan(1);
    expectWhole(path);
    expect(compiledDuring(() => expect(compute(machineIn(path))).toEqual(EXPECTED))).toBe(0);
  });

  it.each<[string, (path: string) => void]>([
    ['cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, 3000))],
    ['empty', (path) => writeFileSync(path, '')],
    [
      'changed in one byte',
      (path) => {
        const bytes = readFileSync(path);
        bytes[5000]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
  ])('files that are %s are compiled again', (_, damage) => {
    const path = folder();
    compute(machineIn(path));
    const damaged = copyOf(path);
    for (const name of libraries(damaged)) damage(join(damaged, name));
    expect(compiledDuring(() => expect(compute(machineIn(damaged))).toEqual(EXPECTED))).toBeGreaterThan(1);
    expectWhole(damaged);
  });

  it('files that are whole and yet no libraries are compiled again', () => {
    const path = folder();
    compute(machineIn(path));
    const wrong = folder();
    const text = 'no library';
    const checksum = createHash('sha256').update(text).digest('hex').slice(0, 32);
    for (const name of libraries(path)) writeFileSync(join(wrong, `${name.split('-')[0]}-${checksum}.so`), text);
    expect(compute(machineIn(wrong))).toEqual(EXPECTED);
    expectWhole(wrong);
  });

  it('a folder that cannot be written is replaced by a temporary one', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect(compute(machineIn(join(file, 'kernels')))).toEqual(EXPECTED);
  });

  it('what killed processes left is removed after an hour', () => {
    const path = folder();
    const [old, young] = ['work-old', 'work-new'].map((name) => join(path, name));
    for (const work of [old!, young!]) mkdirSync(work);
    const before = new Date(Date.now() - 2 * 3600 * 1000);
    utimesSync(old!, before, before);
    compute(machineIn(path));
    expect([existsSync(old!), existsSync(young!)]).toEqual([false, true]);
  });

  it('is bounded: the least recently used files go', () => {
    const node = findNode();
    if (typeof node === 'string') throw new Error(node);
    const path = folder();
    const names = Array.from({ length: 10 }, (_, i) => `${i}`.padStart(40, '0'));
    names.forEach((name, i) => {
      const file = join(path, `${name}-00.so`);
      writeFileSync(file, new Uint8Array(1000));
      const then = new Date(Date.now() - (20 - i) * 60_000);
      utimesSync(file, then, then);
    });
    const cache = new KernelCache(node, path, 8000);
    const work = cache.workFolder();
    writeFileSync(join(work, '0.so'), new Uint8Array(500));
    cache.add(['f'.repeat(40)], join(work, '0.so'));
    const left = libraries(path).sort();
    const bytes = left.reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
    expect(bytes).toBeLessThanOrEqual(6000);
    expect(left.at(-1)).toContain('ffff');
    expect(left.some((name) => name.startsWith(names[9]!))).toBe(true);
    expect(left.some((name) => name.startsWith(names[0]!))).toBe(false);
  });
});

const TSX = createRequire(import.meta.url).resolve('tsx');
const SCRIPT = fileURLToPath(new URL('process.ts', import.meta.url));
const start = (path: string) =>
  spawn(process.execPath, ['--import', TSX, SCRIPT, path], { stdio: ['ignore', 'pipe', 'inherit'] });

here('processes', () => {
  it('that start at once share the cache without harm', async () => {
    const path = folder();
    const said = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<{ out: string; code: number | null }>((resolve) => {
            let out = '';
            const child = start(path);
            child.stdout.on('data', (data: Buffer) => {
              out += data.toString();
            });
            child.on('close', (code) => resolve({ out, code }));
          }),
      ),
    );
    expect(said).toEqual(new Array(3).fill({ out: `${JSON.stringify(EXPECTED)}\n`, code: 0 }));
    expectWhole(path);
    expect(compiledDuring(() => expect(compute(machineIn(path))).toEqual(EXPECTED))).toBe(0);
  });

  it('that are killed while they compile leave a cache that works', async () => {
    const path = folder();
    const child = start(path);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!readdirSync(path).some((name) => name.startsWith('work-'))) return;
        clearInterval(timer);
        child.on('close', () => resolve());
        child.kill('SIGKILL');
      }, 1);
    });
    expect(compute(machineIn(path))).toEqual(EXPECTED);
    for (const name of libraries(path)) expect(name).toContain(checksumOf(join(path, name)));
  });

  it('without a C compiler in their path use the next engine, and say why', () => {
    const text = `import { engineInfo } from ${JSON.stringify(new URL('../../../src/index.ts', import.meta.url).href)};
      console.log(JSON.stringify(engineInfo()));`;
    const out = execFileSync(process.execPath, ['--import', TSX, '--input-type=module', '-e', text], {
      env: { PATH: '/nowhere' },
      encoding: 'utf8',
    });
    const { name, why } = JSON.parse(out);
    expect(name).toBe('wasm');
    expect(why).toContain('native: no C compiler');
  });
});
