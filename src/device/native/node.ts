/**
 * The modules of Node that the native machine needs, found while running: nothing here is imported, so that a bundle for
 * the browser neither contains nor misses anything.
 */
import { builtin, inNode } from '../builtin.js';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: Error;
}
interface Stats {
  readonly size: number;
  readonly nlink: number;
  readonly mtimeMs: number;
}
/** The parts of Node's modules that are used, with the types of this use. */
export interface Node {
  readonly children: {
    spawnSync(
      command: string,
      args: readonly string[],
      options: { cwd?: string; input?: string; encoding: 'utf8'; maxBuffer?: number; timeout?: number },
    ): Finished;
  };
  readonly files: {
    mkdirSync(path: string, options: { recursive: boolean; mode: number }): unknown;
    mkdtempSync(prefix: string): string;
    readdirSync(path: string): string[];
    readFileSync(path: string): Uint8Array;
    writeFileSync(path: string, data: string | Uint8Array): void;
    renameSync(from: string, to: string): void;
    linkSync(from: string, to: string): void;
    copyFileSync(from: string, to: string): void;
    rmSync(path: string, options: { recursive?: boolean; force: boolean }): void;
    statSync(path: string): Stats;
    utimesSync(path: string, atime: Date, mtime: Date): void;
  };
  readonly system: {
    tmpdir(): string;
    homedir(): string;
    availableParallelism(): number;
    cpus(): readonly { readonly model: string }[];
  };
  readonly crypto: {
    createHash(algorithm: string): Hash;
  };
  /** Memory that is not filled with zeros, which would touch it. */
  uninitialised(bytes: number): ArrayBuffer;
  readonly require: (name: string) => unknown;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly arch: string;
  onExit(listener: () => void): void;
}
interface Hash {
  update(data: string | Uint8Array): Hash;
  digest(encoding: 'hex'): string;
}

interface Buffers {
  readonly Buffer: { allocUnsafeSlow(bytes: number): { readonly buffer: ArrayBuffer } };
}
interface Process {
  readonly versions: { readonly node: string };
  readonly env: Record<string, string | undefined>;
  readonly platform: string;
  readonly arch: string;
  once(event: string, listener: () => void): unknown;
}

/** Node's modules, or the reason why there are none. */
export function findNode(): Node | string {
  const { process } = globalThis as { process?: Process };
  if (!process || !inNode()) return 'it needs Node';
  const children = builtin<Node['children']>('node:child_process');
  const files = builtin<Node['files']>('node:fs');
  const system = builtin<Node['system']>('node:os');
  const buffers = builtin<Buffers>('node:buffer');
  const crypto = builtin<Node['crypto']>('node:crypto');
  const modules = builtin<{ createRequire(url: string): Node['require'] }>('node:module');
  if (!children || !files || !system || !buffers || !crypto || !modules) {
    return `it needs Node 20.16 or newer, this is ${process.versions.node}`;
  }
  return {
    children,
    files,
    system,
    crypto,
    uninitialised: (bytes) => buffers.Buffer.allocUnsafeSlow(bytes).buffer,
    require: modules.createRequire(import.meta.url),
    environment: process.env,
    platform: process.platform,
    arch: process.arch,
    onExit: (listener) => process.once('exit', listener),
  };
}
