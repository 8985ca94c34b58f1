// `chainrule doctor`, `help` and `--version`.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { command } from './command.js';

describe('doctor', () => {
  it('tells what the machine offers, in aligned lines', async () => {
    const { code, out } = await command('doctor');
    expect(code).toBe(0);
    for (const name of ['Node', 'cores', 'SIMD', 'relaxed SIMD', 'threads', 'C compiler', 'koffi', 'engine']) {
      expect(out).toMatch(new RegExp(`^[✓✗ ] ${name}  +\\S`, 'm'));
    }
    const starts = out
      .trimEnd()
      .split('\n')
      .map((line) => line.search(/(?<=^.{2,14} {2})\S/));
    expect(new Set(starts).size).toBe(1);
    expect(out).toContain(process.version);
  });

  it('tells it to programs', async () => {
    const { code, out } = await command('doctor', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      node: process.version,
      cores: expect.any(Number),
      simd: true,
      relaxedSimd: expect.any(Boolean),
      sharedMemory: true,
      engine: { name: expect.any(String), why: expect.any(String), threads: expect.any(Number) },
    });
  });
});

describe('the small commands', () => {
  it('print the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await command('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('print help', async () => {
    expect((await command('help')).out).toContain('chainrule doctor');
    expect((await command('train', '--help')).out).toContain('--batch-size N');
    expect((await command('help', 'doctor')).out).toContain('--json');
  });
});
