/** The native machine with folders of its own, and a program to try it on. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { listen } from '../../../src/base/trace.js';
import { NativeMachine } from '../../../src/device/native/machine.js';
import { tensor } from '../../../src/index.js';
import { CompiledEngine } from '../../../src/run/compiled.js';
import { withEngine } from '../../../src/run/engine.js';

const first = NativeMachine.make({ threads: 1 });
/** Why the machine cannot be tested here; null where it can. */
export const missing: string | null = typeof first === 'string' ? first : null;

/** A new folder, removed when the test is over. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'chainrule-native-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A copy of a folder: libraries that this process has loaded must not be damaged. */
export function copyOf(path: string): string {
  const copy = folder();
  cpSync(path, copy, { recursive: true });
  return copy;
}

/** A machine that keeps its kernels in `path` and compiles all of them. */
export function machineIn(path: string): NativeMachine {
  const machine = NativeMachine.make({ folder: path, smallPrice: 0, threads: 1 });
  if (typeof machine === 'string') throw new Error(machine);
  return machine;
}

export const EXPECTED = [3, 8, 15, 24];
/** Computes {@link EXPECTED}. */
export const compute = (machine: NativeMachine): unknown =>
  withEngine(new CompiledEngine(machine), () => {
    const x = tensor([1, 2, 3, 4]);
    return x.add(1).square().sub(1).toArray();
  });

/** How many kernels were compiled while `fn` ran. */
export function compiledDuring(fn: () => void): number {
  let count = 0;
  const stop = listen(({ room, what, detail }) => {
    if (room === 'device' && what === 'compile') count += Number(detail.kernels);
  });
  try {
    fn();
  } finally {
    stop();
  }
  return count;
}
