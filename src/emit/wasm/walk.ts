/**
 * The module that runs a plan in one call: all threads walk the plan's table of kernels side by side, with a barrier after each,
 * and stop together when a check has failed.
 */
import { unsigned } from './encode.js';

/** An entry of the table: four int32. */
export const ENTRY = {
  bytes: 16,
  /** The kernel's number in the function table. */
  kernel: 0,
  /** The address of its argument block. */
  args: 4,
  /** 1: the first thread runs it alone. */
  alone: 8,
} as const;

/** What the threads meet at: four int32. */
export const MEETING = {
  bytes: 16,
  /** How many have arrived. */
  arrived: 0,
  /** Counts the meetings; who waits, waits for it to change. */
  round: 4,
  /** Whether to stop here, as the last to arrive has decided for all. */
  stop: 8,
} as const;

/** How often a waiting thread looks before it sleeps: some tens of microseconds. */
const LOOKS = 20_000;

const [I32, FUNCREF, VOID] = [0x7f, 0x70, 0x40];
const text = (s: string): number[] => [s.length, ...new TextEncoder().encode(s)];
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
/** A constant below 2³¹, as signed LEB128. */
const constant = (k: number): number[] => {
  const bytes = unsigned(k);
  return (bytes.at(-1)! & 0x40) === 0 ? [0x41, ...bytes] : [0x41, ...bytes.slice(0, -1), bytes.at(-1)! | 0x80, 0];
};
const load = (offset: number): number[] => [0x28, 2, offset];
const atomic = (code: number, offset: number): number[] => [0xfe, code, 2, offset];
const [NOTIFY, WAIT32, ATOMIC_LOAD, ATOMIC_STORE, ATOMIC_ADD] = [0x00, 0x01, 0x10, 0x17, 0x1e];
const [ADD, SUB, EQ, NE, EQZ, GE_U, OR] = [0x6a, 0x6b, 0x46, 0x47, 0x45, 0x4f, 0x72];
const [BLOCK, LOOP, IF, ELSE, END, BR, BR_IF] = [0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d];

/**
 * The bytes of a module that imports `env.memory` and the function table `env.kernels` and exports
 * `walk(entries, count, status, thread, threads, meeting, sleep)`: the addresses of the table and of the status word, the number of this
 * thread and how many walk, the address of the meeting place, and whether this thread may sleep while it waits (a page's may not).
 */
export function emitWalk(sharedMemory: boolean): Uint8Array<ArrayBuffer> {
  const [entries, count, status, thread, threads, meeting, sleep, done, round, looks] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ] as const;
  // Every thread comes here after every entry. The last one opens the next round.
  const meet = [
    ...get(meeting),
    ...atomic(ATOMIC_LOAD, MEETING.round),
    ...set(round),
    ...get(meeting),
    ...constant(1),
    ...atomic(ATOMIC_ADD, MEETING.arrived),
    ...constant(1),
    ADD,
    ...get(threads),
    EQ,
    IF,
    VOID,
    ...get(meeting),
    ...get(status),
    ...load(0),
    ...constant(0),
    NE,
    ...atomic(ATOMIC_STORE, MEETING.stop),
    ...get(meeting),
    ...constant(0),
    ...atomic(ATOMIC_STORE, MEETING.arrived),
    ...get(meeting),
    ...constant(1),
    ...atomic(ATOMIC_ADD, MEETING.round),
    0x1a,
    ...get(meeting),
    ...constant(0x7fffffff),
    ...atomic(NOTIFY, MEETING.round),
    0x1a,
    ELSE,
    ...constant(LOOKS),
    ...set(looks),
    BLOCK,
    VOID,
    LOOP,
    VOID,
    ...get(meeting),
    ...atomic(ATOMIC_LOAD, MEETING.round),
    ...get(round),
    NE,
    BR_IF,
    1,
    ...get(looks),
    ...constant(1),
    SUB,
    ...tee(looks),
    BR_IF,
    0,
    ...get(sleep),
    IF,
    VOID,
    ...get(meeting),
    ...get(round),
    0x42,
    0x7f,
    ...atomic(WAIT32, MEETING.round),
    0x1a,
    END,
    ...constant(1),
    ...set(looks),
    BR,
    0,
    END,
    END,
    END,
    ...get(meeting),
    ...atomic(ATOMIC_LOAD, MEETING.stop),
    BR_IF,
    2,
  ];
  /** Leaves the walk, from `depth` blocks inside it. */
  const stopAlone = (depth: number): number[] => [...get(status), ...load(0), BR_IF, depth];
  const body = [
    1,
    3,
    I32,
    BLOCK,
    VOID,
    LOOP,
    VOID,
    ...get(done),
    ...get(count),
    GE_U,
    BR_IF,
    1,
    ...get(thread),
    EQZ,
    ...get(entries),
    ...load(ENTRY.alone),
    EQZ,
    OR,
    IF,
    VOID,
    ...get(entries),
    ...load(ENTRY.args),
    ...get(thread),
    ...constant(1),
    ...get(threads),
    ...get(entries),
    ...load(ENTRY.alone),
    0x1b,
    ...get(entries),
    ...load(ENTRY.kernel),
    0x11,
    0,
    0,
    END,
    ...(sharedMemory
      ? [...get(threads), ...constant(1), NE, IF, VOID, ...meet, ELSE, ...stopAlone(2), END]
      : stopAlone(1)),
    ...get(entries),
    ...constant(ENTRY.bytes),
    ADD,
    ...set(entries),
    ...get(done),
    ...constant(1),
    ADD,
    ...set(done),
    BR,
    0,
    END,
    END,
    END,
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
    ...section(1, [2, 0x60, 3, I32, I32, I32, 0, 0x60, 7, I32, I32, I32, I32, I32, I32, I32, 0]),
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
