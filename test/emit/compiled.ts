/**
 * Programs as C: compiled all at once, for a compiler takes its time, and run on copies of the buffers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { type TypedArray, viewOf } from '../../src/base/dtype.js';
import { findCompiler } from '../../src/device/native/compiler.js';
import { KernelStore } from '../../src/device/native/kernels.js';
import { findLoader } from '../../src/device/native/library.js';
import { findNode } from '../../src/device/native/node.js';
import { ENTRY, WALKER } from '../../src/device/native/walker.js';
import { emitC } from '../../src/emit/c/kernel.js';
import { targetFor } from '../../src/emit/c/target.js';
import type { Program } from '../../src/ir/expr.js';
import { phasesOf } from '../../src/ir/phases.js';
import { isSpelled } from '../../src/lower/index.js';
import type { Report } from './evaluate.js';

export interface CCase {
  readonly program: Program;
  readonly buffers: readonly TypedArray[];
  readonly numbers: readonly number[];
}
export interface CResult {
  readonly buffers: readonly TypedArray[];
  readonly report: Report | null;
}

/** Bytes around each buffer that nobody may write. */
const FENCE = 64;
const FILL = 0xa5;

/** What compiles and loads C here, with little optimisation (half the time of -O1) so that tests are quick; or the reason why nothing does. */
function toolchain() {
  const node = findNode();
  if (typeof node === 'string') return node;
  const loader = findLoader(node);
  if (typeof loader === 'string') return loader;
  const compiler = findCompiler(node);
  if (typeof compiler === 'string') return compiler;
  const command = compiler.command.map((arg) => (arg === '-O3' ? '-Og' : arg));
  const identity = `${compiler.identity} -Og`;
  return {
    loader,
    store(folder: string): KernelStore {
      const jobs = node.system.availableParallelism();
      return new KernelStore(node, { ...compiler, command, identity }, loader, jobs, folder);
    },
  };
}
const tools = toolchain();
/** Why C cannot be tested here; null where it can. */
export const missing: string | null = typeof tools === 'string' ? tools : null;

/** Runs each program on copies of its buffers. @throws Error when one writes beside them */
export function runC(cases: readonly CCase[], threads = 1): CResult[] {
  if (typeof tools === 'string') throw new Error(tools);
  const { loader } = tools;
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-emit-'));
  try {
    const phases = cases.map((c) => phasesOf(c.program).map(emitC));
    const loaded = tools.store(folder).load([...phases.flat(), WALKER]);
    const walker = loaded.at(-1)!;
    const walk = walker.library.walk(walker.name);
    const team = walk(0, 0, 0, 0, threads);
    const status = new Int32Array(2);
    let next = 0;
    return cases.map(({ program, buffers, numbers }, i) => {
      const fenced = buffers.map((b, slot) => {
        const memory = new Uint8Array(b.byteLength + 2 * FENCE).fill(FILL);
        // Aligned for one element, and for nothing larger.
        const start = FENCE - b.BYTES_PER_ELEMENT;
        const view = viewOf(program.buffers[slot]!, memory.buffer, start, b.length);
        view.set(b);
        return { memory, view };
      });
      const count = phases[i]!.length;
      const table = new Float64Array(ENTRY * count + buffers.length + numbers.length);
      const address = loader.addressOf(table);
      for (let p = 0; p < count; p++) table.set([loaded[next++]!.address, address + 8 * ENTRY * count], ENTRY * p);
      table.set([...fenced.map((f) => loader.addressOf(f.view)), ...numbers], ENTRY * count);
      status.fill(0);
      walk(team, address, count, loader.addressOf(status), threads);
      for (const { memory, view } of fenced) {
        const fence = [...memory.subarray(0, view.byteOffset), ...memory.subarray(view.byteOffset + view.byteLength)];
        if (fence.some((byte) => byte !== FILL)) throw new Error(`${program.name} writes beside a buffer`);
      }
      const report = status[0] === 0 ? null : { check: status[0]! - 1, value: status[1]! };
      return { buffers: fenced.map((f) => f.view), report };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const TARGET = targetFor('');

interface Pending extends CCase {
  readonly test: string;
  readonly meaning: CResult;
}
const pending: Pending[] = [];

/** Has C run the program as well, together with all others of the file when its tests are over, and compared to the last bit. */
export function alsoInC(given: CCase, meaning: CResult): void {
  if (missing === null && isSpelled(given.program, TARGET)) {
    const copies = given.buffers.map((x) => x.slice());
    pending.push({ ...given, buffers: copies, test: expect.getState().currentTestName ?? '', meaning });
  }
}

/** To be called once in a file whose tests use {@link alsoInC}. */
export function checkCAtTheEnd(): void {
  afterAll(() => {
    if (pending.length === 0) return;
    runC(pending).forEach(({ buffers, report }, i) => {
      const { test, meaning } = pending[i]!;
      expect(buffers, `in C: ${test}`).toEqual(meaning.buffers);
      expect(report, `in C: ${test}`).toEqual(meaning.report);
    });
  }, 120_000);
}
