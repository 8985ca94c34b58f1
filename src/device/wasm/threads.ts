/**
 * The other threads of the WebAssembly machine. Each has the kernels in a function table of its own, over the shared memory, and waits for
 * commands in it; no message is ever sent, so they serve a caller that never returns to its event loop.
 *
 * A command is a few int32 in shared memory: COUNT goes up when there is a new one. Threads are used as soon as
 * they have reported, and never waited for before that: results do not depend on how many there are.
 */
import { builtin, inNode } from '../builtin.js';

/** Where a command stands, in int32 from the start of the command block. */
const AT = { count: 0, kind: 1, a: 2, b: 3, c: 4, d: 5, e: 6, ready: 7, done: 8 } as const;
export const COMMAND_BYTES = 64;
const KIND = { load: 1, walk: 2 } as const;

/** What a worker runs. It looks for a new command a while, then sleeps. */
const WORKER = `
const begin = ({ memory, walker, commands, own }) => {
  const AT = ${JSON.stringify(AT)};
  const words = new Int32Array(memory.buffer, commands, ${COMMAND_BYTES / 4});
  const kernels = new WebAssembly.Table({ element: 'anyfunc', initial: 256 });
  const { walk } = new WebAssembly.Instance(walker, { env: { memory, kernels } }).exports;
  const load = (address, length, entry) => {
    const bytes = new Uint8Array(memory.buffer, address, length).slice();
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
    while (entry >= kernels.length) kernels.grow(kernels.length);
    kernels.set(entry, run);
  };
  let seen = 0;
  Atomics.add(words, AT.ready, 1);
  Atomics.notify(words, AT.ready);
  for (;;) {
    for (let looks = 0; looks < 20000 && Atomics.load(words, AT.count) === seen; looks++);
    Atomics.wait(words, AT.count, seen);
    seen = Atomics.load(words, AT.count);
    const [a, b, c, d, e] = [words[AT.a], words[AT.b], words[AT.c], words[AT.d], words[AT.e]];
    if (words[AT.kind] === ${KIND.load}) load(a, b, c);
    else walk(a, b, c, own, d, e, 1);
    Atomics.add(words, AT.done, 1);
    Atomics.notify(words, AT.done);
  }
};
`;
const NODE_WORKER = `${WORKER}begin(require('node:worker_threads').workerData);`;
const WEB_WORKER = `${WORKER}onmessage = ({ data }) => begin(data);`;

interface NodeWorkers {
  readonly Worker: new (code: string, options: { eval: true; workerData: unknown }) => { unref(): void };
}

export class Threads {
  private readonly words: Int32Array;
  /** Whether this thread may sleep; a page's may not. */
  readonly maySleep: boolean;
  private readonly workers: number;
  /** Kept so that no one collects them. */
  private readonly alive: unknown[] = [];
  private known = 0;

  /** `commands` is the address of {@link COMMAND_BYTES} of zeroed memory. `threads` counts the caller too. */
  constructor(
    readonly memory: WebAssembly.Memory,
    walker: WebAssembly.Module,
    commands: number,
    threads: number,
  ) {
    this.words = new Int32Array(memory.buffer, commands, COMMAND_BYTES / 4);
    this.workers = threads - 1;
    const node = builtin<NodeWorkers>('node:worker_threads');
    this.maySleep = node !== undefined || typeof document === 'undefined';
    for (let own = 1; own < threads; own++) {
      const data = { memory, walker, commands, own };
      if (node) {
        const worker = new node.Worker(NODE_WORKER, { eval: true, workerData: data });
        worker.unref();
        this.alive.push(worker);
      } else {
        const url = URL.createObjectURL(new Blob([WEB_WORKER], { type: 'text/javascript' }));
        const worker = new Worker(url);
        worker.postMessage(data);
        this.alive.push(worker);
      }
    }
  }

  /** Whether all threads have started. Before that everything is done by the caller. */
  get ready(): boolean {
    return this.workers > 0 && Atomics.load(this.words, AT.ready) === this.workers;
  }

  /** Has every thread put the module at `address` at `entry` of its table. Modules loaded so far are counted by {@link loaded}. */
  load(address: number, length: number, entry: number): void {
    this.command(KIND.load, [address, length, entry, 0, 0]);
    this.wait();
    this.known++;
  }

  get loaded(): number {
    return this.known;
  }

  /** Starts the other threads on a walk; the caller walks along as thread 0 and then calls {@link wait}. */
  walk(entries: number, count: number, status: number, meeting: number): void {
    this.command(KIND.walk, [entries, count, status, this.workers + 1, meeting]);
  }

  private command(kind: number, numbers: readonly number[]): void {
    const { words } = this;
    words[AT.kind] = kind;
    numbers.forEach((n, i) => {
      words[AT.a + i] = n;
    });
    Atomics.store(words, AT.done, 0);
    Atomics.add(words, AT.count, 1);
    Atomics.notify(words, AT.count);
  }

  /** Until every thread has done the command. */
  wait(): void {
    const { words } = this;
    for (;;) {
      const done = Atomics.load(words, AT.done);
      if (done === this.workers) return;
      for (let looks = 0; looks < 1000; looks++) if (Atomics.load(words, AT.done) === this.workers) return;
      if (this.maySleep) Atomics.wait(words, AT.done, done, 1);
    }
  }
}

/** Whether memory can be shared with other threads here: a page has to be isolated from other origins. */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  if (inNode()) return builtin('node:worker_threads') !== undefined;
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  return crossOriginIsolated === true && typeof Worker !== 'undefined';
}

/** How many threads can run side by side here. */
export function cores(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  const os = builtin<{ availableParallelism(): number }>('node:os');
  return os?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}
