/** The machine that a run is measured on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** What of a machine bears on speed, in words. */
export type Machine = Readonly<
  Record<'processor' | 'cores' | 'caches' | 'memory' | 'system' | 'node' | 'compiler' | 'reference' | 'load', string>
>;

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '');

/** As Linux tells them; nothing elsewhere. */
function caches(): string {
  const folder = (i: number): string => `/sys/devices/system/cpu/cpu0/cache/index${i}`;
  const found: string[] = [];
  for (let i = 0; existsSync(folder(i)); i++) {
    const [level, kind, size] = ['level', 'type', 'size'].map((name) => read(`${folder(i)}/${name}`));
    found.push(`L${level}${kind === 'Unified' ? '' : kind!.charAt(0).toLowerCase()} ${size}`);
  }
  return found.join(', ') || 'unknown';
}

function compiler(): string {
  try {
    return execFileSync(process.env.CC ?? 'cc', ['--version'], { encoding: 'utf8' }).split('\n')[0]!;
  } catch {
    return 'none';
  }
}

function instructions(): string {
  const flags = /^flags\s*:(.*)$/m.exec(read('/proc/cpuinfo'))?.[1]?.split(' ') ?? [];
  const wide = ['avx2', 'fma', 'avx512f', 'avx512_vnni', 'amx_tile'].filter((name) => flags.includes(name));
  return wide.length > 0 ? ` (${wide.join(', ')})` : '';
}

/** @param reference who computed in float64 what the others are compared with */
export function describeMachine(reference: string): Machine {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(read('/etc/os-release'))?.[1];
  return {
    processor: `${cpus()[0]?.model ?? 'unknown'}${instructions()}`,
    cores: String(cpus().length),
    caches: caches(),
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${system ?? type()}, ${type()} ${release()}`,
    node: process.version,
    compiler: compiler(),
    reference,
    load: `${loadavg()[0]!.toFixed(2)} when the run began`,
  };
}
