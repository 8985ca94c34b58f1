/**
 * What this machine offers to a program that computes: found out by trying, not by version numbers.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** A WebAssembly module of one function that returns a vector and consists of `body`. */
function moduleOf(body: readonly number[]): Uint8Array<ArrayBuffer> {
  const magicAndVersion = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b]; // one type: no arguments, a v128
  const functions = [3, 2, 1, 0];
  const code = [10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b];
  return Uint8Array.from([...magicAndVersion, ...types, ...functions, ...code]);
}

const ZERO_VECTOR = [0x41, 0, 0xfd, 0x0f]; // i32.const 0; i8x16.splat
const SIMD = moduleOf([...ZERO_VECTOR, 0xfd, 0x62]); // i8x16.popcnt
const RELAXED_SIMD = moduleOf([...ZERO_VECTOR, ...ZERO_VECTOR, 0xfd, 0x80, 0x02]); // i8x16.relaxed_swizzle

/** Whether memory can be shared between threads here. */
function hasSharedMemory(): boolean {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

/** A C compiler: the command that starts it, and what it calls itself. */
export interface Compiler {
  command: string;
  version: string;
}

/** The first of `$CC`, cc, gcc and clang that answers. */
function findCompiler(): Compiler | null {
  for (const command of [process.env.CC, 'cc', 'gcc', 'clang']) {
    if (!command) continue;
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 5000 });
    if (status === 0) return { command, version: stdout.split('\n')[0]?.trim() ?? '' };
  }
  return null;
}

/** The version of koffi, the bridge to compiled C, or null where it cannot be loaded. */
async function koffiVersion(): Promise<string | null> {
  const name: string = 'koffi'; // A string to the compiler: the package is optional, its types need not be there.
  try {
    const loaded: unknown = await import(name);
    const koffi = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded;
    const hasVersion = typeof koffi === 'object' && koffi !== null && 'version' in koffi;
    return hasVersion ? String(koffi.version) : 'of unknown version';
  } catch {
    return null;
  }
}

export interface Machine {
  node: string;
  platform: string;
  cores: number;
  simd: boolean;
  relaxedSimd: boolean;
  sharedMemory: boolean;
  compiler: Compiler | null;
  koffi: string | null;
}

/** Looks at the machine; runs a compiler for its version, so it takes some milliseconds. */
export async function inspectMachine(): Promise<Machine> {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    simd: WebAssembly.validate(SIMD),
    relaxedSimd: WebAssembly.validate(RELAXED_SIMD),
    sharedMemory: hasSharedMemory(),
    compiler: findCompiler(),
    koffi: await koffiVersion(),
  };
}
