/**
 * The module that runs a plan in one call: it walks a table of kernels and stops when a check has failed.
 *
 * `walk(entries, count, status)`: `entries` is the address of `count` pairs of int32, the number of a kernel in the
 * function table and the address of its argument block; `status` that of the status word. Returns how many kernels ran to their end without a report.
 */
import { unsigned } from './encode.js';

const I32 = 0x7f;
const FUNCREF = 0x70;
const VOID = 0x40;

const text = (s: string): number[] => [s.length, ...new TextEncoder().encode(s)];
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (k: number): number[] => [0x41, k];
const load = (offset: number): number[] => [0x28, 2, offset];
const ADD = 0x6a;

/** The bytes of the module, which imports `env.memory` and the function table `env.kernels`. */
export function emitWalk(sharedMemory: boolean): Uint8Array<ArrayBuffer> {
  const [entries, count, status, done] = [0, 1, 2, 3];
  const body = [
    1,
    1,
    I32, // one more local: how many are done
    0x02,
    VOID,
    0x03,
    VOID,
    ...get(done),
    ...get(count),
    0x4f,
    0x0d,
    1, // done ≥ count: leave
    ...get(entries),
    ...load(4),
    ...get(entries),
    ...load(0),
    0x11,
    0,
    0, // call kernels[entry](arguments)
    ...get(status),
    ...load(0),
    0x0d,
    1, // a report: leave
    ...get(entries),
    ...constant(8),
    ADD,
    ...set(entries),
    ...get(done),
    ...constant(1),
    ADD,
    ...set(done),
    0x0c,
    0,
    0x0b,
    0x0b,
    ...get(done),
    0x0b,
  ];
  const limits = sharedMemory ? [0x03, 1, ...unsigned(65536)] : [0x00, 1];
  return Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [2, 0x60, 1, I32, 0, 0x60, 3, I32, I32, I32, 1, I32]),
    ...section(2, [
      2,
      ...text('env'),
      ...text('memory'),
      0x02,
      ...limits,
      ...text('env'),
      ...text('kernels'),
      0x01,
      FUNCREF,
      0x00,
      0,
    ]),
    ...section(3, [1, 1]),
    ...section(7, [1, ...text('walk'), 0x00, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}
