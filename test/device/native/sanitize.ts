/**
 * Kernels under AddressSanitizer and UndefinedBehaviorSanitizer: one program of C that runs what was noted down, with every buffer in
 * memory of exactly its size (`harness.c`).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesOf } from '../../../src/base/dtype.js';
import { type Compiler, findCompiler } from '../../../src/device/native/compiler.js';
import { findNode } from '../../../src/device/native/node.js';
import { WALKER } from '../../../src/device/native/walker.js';
import { type CKernel, emitC, named } from '../../../src/emit/c/kernel.js';
import { type NamedKernel, unitOf } from '../../../src/emit/c/unit.js';
import { phasesOf } from '../../../src/ir/phases.js';
import type { Block, KernelRun } from './recorder.js';

/** The compiler of the native machine, or the reason why there is none. */
export function compilerHere(): Compiler | string {
  const node = findNode();
  return typeof node === 'string' ? node : findCompiler(node);
}

/** Kernels are as the machine compiles them but for the optimisation, which costs most of the time; its instructions are the same. */
const NOT_HERE = new Set(['-O3', '-shared', '-fPIC']);
const SANITIZERS = ['-O1', '-g1', '-fsanitize=address,undefined,float-cast-overflow', '-fno-sanitize-recover=all'];
/** Accesses are checked by calls, which are compiled sooner than checks in line. */
const BY_CALLS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^gcc/, ['--param', 'asan-instrumentation-with-call-threshold=0']],
  [/^/, ['-mllvm', '-asan-instrumentation-with-call-threshold=0']],
];
/** Characters of kernels in one file of C: enough that its head costs little, few enough that all processors have something to do. */
const UNIT = 100_000;

/** How many kernels there were, and how the program ended: what it printed; for one that did wrong, where, and the kernel. */
export interface Verdict {
  readonly kernels: number;
  readonly code: number | null;
  readonly said: string;
}

/** The different kernels of the runs, by text. */
class Table {
  readonly kernels: NamedKernel[] = [];
  private readonly places = new Map<string, number>();

  placeOf(kernel: CKernel): number {
    let place = this.places.get(kernel.text);
    if (place === undefined) {
      place = this.kernels.push({ name: `k${this.kernels.length}`, kernel }) - 1;
      this.places.set(kernel.text, place);
    }
    return place;
  }
}

/** Bytes that the harness reads. */
class Script {
  private readonly parts: Uint8Array[] = [];

  doubles(...values: readonly number[]): void {
    this.parts.push(new Uint8Array(Float64Array.from(values).buffer));
  }

  block({ bytes, content, perThread }: Block, element: number): void {
    this.doubles(bytes, content ? 1 : perThread ? 2 : 0, element);
    if (!content) return;
    const padded = new Uint8Array(Math.ceil(bytes / 8) * 8);
    padded.set(new Uint8Array(content.buffer, content.byteOffset, bytes));
    this.parts.push(padded);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.parts);
  }
}

function write(runs: readonly KernelRun[], table: Table): Uint8Array {
  const script = new Script();
  script.doubles(runs.length);
  for (const { blocks, calls } of runs) {
    const parts = calls.flatMap((call) => phasesOf(call.program).map((phase) => ({ call, kernel: emitC(phase) })));
    const cells = parts.reduce((sum, { call }) => sum + call.buffers.length + call.numbers.length, 0);
    script.doubles(blocks.length, parts.length, cells);
    const elements = new Array<number>(blocks.length).fill(1);
    for (const { program, buffers } of calls) {
      buffers.forEach(({ block }, i) => {
        elements[block] = bytesOf(program.buffers[i]!);
      });
    }
    blocks.forEach((block, i) => script.block(block, elements[i]!));
    for (const { call, kernel } of parts) {
      script.doubles(table.placeOf(kernel), call.buffers.length + call.numbers.length);
      for (const { block, skip } of call.buffers) script.doubles(block, skip);
      for (const value of call.numbers) script.doubles(-1, value);
    }
  }
  return script.bytes();
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}
/** Runs a command; others can run at the same time. */
function ended(command: readonly string[], cwd: string): Promise<Ended> {
  const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' };
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        said += text.toString();
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}

/** Files of C, those that take longest first. */
function unitsOf(kernels: readonly NamedKernel[]): string[] {
  const groups: NamedKernel[][] = [];
  let room = 0;
  for (const k of [...kernels].sort((a, b) => b.kernel.text.length - a.kernel.text.length)) {
    if (room <= 0) {
      groups.push([]);
      room = UNIT;
    }
    groups.at(-1)!.push(k);
    room -= k.kernel.text.length;
  }
  return groups.map(unitOf);
}

/** The table that `harness.c` calls kernels by. */
function tableOf(kernels: readonly NamedKernel[]): string {
  const type = '(const double *, int *, int, int)';
  const declared = kernels.map(({ name }) => `void ${name}${type};\n`).join('');
  return `${declared}void (*const kernels[])${type} = {${kernels.map(({ name }) => name).join(', ')}};\n`;
}

/** Compiles the kernels of all runs with sanitizers, so many files at a time, and runs them. @throws Error when the compiler fails */
export async function sanitize(compiler: Compiler, runs: readonly KernelRun[], jobs: number): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-sanitize-'));
  const byCalls = BY_CALLS.find(([version]) => version.test(compiler.version))![1];
  const command = [...compiler.command.filter((arg) => !NOT_HERE.has(arg)), ...SANITIZERS, ...byCalls];
  const compile = async (args: readonly string[]): Promise<void> => {
    const { code, said } = await ended([...command, ...args], folder);
    if (code !== 0) throw new Error(`the C compiler failed with sanitizers: ${said.slice(0, 2000)}`);
  };
  try {
    const table = new Table();
    writeFileSync(join(folder, 'script'), write(runs, table));
    const { kernels } = table;
    const units = [...unitsOf(kernels), unitOf([{ name: 'walk', kernel: WALKER }]), tableOf(kernels)];
    units.forEach((text, i) => writeFileSync(join(folder, `${i}.c`), text));
    const sources = [...units.map((_, i) => `${i}.c`), fileURLToPath(new URL('harness.c', import.meta.url))];
    const waiting = sources.map((source, i) => ['-c', source, '-o', `${i}.o`]);
    const work = async (): Promise<void> => {
      for (let args = waiting.shift(); args; args = waiting.shift()) await compile(args);
    };
    await Promise.all(Array.from({ length: jobs }, work));
    await compile([...sources.map((_, i) => `${i}.o`), '-o', 'harness', '-lm', '-ldl']);
    const { code, said } = await ended([join(folder, 'harness'), 'script'], folder);
    const guilty = kernels.find(({ name }) => said.includes(` in ${name}_body `));
    return { kernels: kernels.length, code, said: guilty ? said + named(guilty.kernel, guilty.name) : said };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
