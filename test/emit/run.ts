/**
 * Compiles a program and runs it in a memory of its own, at the edge of which a wrong address traps.
 */
import { setFlagsFromString } from 'node:v8';
import { bytesOf, type TypedArray, viewOf } from '../../src/base/dtype.js';
import { argumentLayout, emitWasm, type Target } from '../../src/emit/wasm/module.js';
import type { Program } from '../../src/ir/expr.js';
import { alsoInC } from './compiled.js';
import { evaluate, type Report } from './evaluate.js';

export const PLAIN: Target = { relaxed: false, sharedMemory: false };

/** Node 20 has relaxed SIMD behind a flag, newer ones always. */
export const allowRelaxed = (): void => {
  if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
};

const PAGE = 65536;
const align = (n: number): number => Math.ceil(n / 16) * 16;

/** Runs `program` on the buffers, which it changes, and gives the report. `onCall` hears of each call of an imported op. */
export function runWasm(
  program: Program,
  buffers: readonly TypedArray[],
  numbers: readonly number[] = [],
  target: Target = PLAIN,
  onCall: (name: string) => void = () => {},
): Report | null {
  const { bytes, calls } = emitWasm(program, target);
  const layout = argumentLayout(program);
  const size = buffers.reduce((sum, b) => sum + align(b.byteLength), align(layout.bytes) + 16);
  const pages = Math.ceil(size / PAGE);
  const memory = target.sharedMemory
    ? new WebAssembly.Memory({ initial: pages, maximum: PAGE, shared: true })
    : new WebAssembly.Memory({ initial: pages });
  const status = align(layout.bytes);
  const view = new DataView(memory.buffer);
  view.setInt32(layout.status, status, true);
  program.numbers.forEach((dtype, i) => {
    viewOf(dtype, memory.buffer, layout.numbers[i]!, 1)[0] = numbers[i]!;
  });
  // Buffers lie at the end of memory, so that reading past the last one traps.
  let at = pages * PAGE;
  const views = buffers.map((buffer, i) => {
    at -= buffer.byteLength;
    at -= at % bytesOf(program.buffers[i]!);
    view.setInt32(layout.buffers[i]!, at, true);
    const there = viewOf(program.buffers[i]!, memory.buffer, at, buffer.length);
    there.set(buffer);
    return there;
  });
  const imports: Record<string, WebAssembly.ImportValue> = { memory };
  calls.forEach((call, i) => {
    if (!('op' in call)) throw new Error('routines are tested with the machines, which have arrays to give them');
    const { op, dtype, attrs } = call;
    imports[`call${i}`] = (...x: number[]) => {
      onCall(op.name);
      return op.scalar(x, dtype, attrs);
    };
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: imports });
  const { run } = instance.exports;
  if (typeof run !== 'function') throw new Error('the module exports no function run');
  run(0);
  buffers.forEach((buffer, i) => buffer.set(views[i]!));
  const code = view.getInt32(status, true);
  return code === 0 ? null : { check: code - 1, value: view.getInt32(status + 4, true) };
}

/** Runs `program` by both, on copies of the buffers; and in C later, see {@link alsoInC}. */
export function runBoth(
  program: Program,
  buffers: readonly TypedArray[],
  numbers: readonly number[] = [],
  target = PLAIN,
) {
  const wasm = buffers.map((b) => b.slice());
  const meaning = buffers.map((b) => b.slice());
  const reports = { wasm: runWasm(program, wasm, numbers, target), meaning: evaluate(program, meaning, numbers) };
  alsoInC({ program, buffers, numbers }, { buffers: meaning, report: reports.meaning });
  return { wasm, meaning, reports };
}
