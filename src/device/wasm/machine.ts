/**
 * The WebAssembly machine: one linear memory, kernels as functions in one table, a plan as one call.
 *
 * Values at home are ordinary arrays; a block of linear memory is a cache of one. When the cached blocks exceed their
 * budget, the least recently used ones are copied back. An input that only one plan has read so far gets a block for that run only.
 */
import { type DType, type TypedArray, viewOf } from '../../base/dtype.js';
import { IndexError } from '../../base/errors.js';
import { sizeOf } from '../../base/shape.js';
import { trace, tracing } from '../../base/trace.js';
import { type ArgumentLayout, argumentLayout, emitWasm, type RoutineCall } from '../../emit/wasm/module.js';
import { TARGET } from '../../emit/wasm/target.js';
import { emitWalk } from '../../emit/wasm/walk.js';
import type { Program } from '../../ir/expr.js';
import { phasesOf, workOf } from '../../ir/phases.js';
import { programKey } from '../../ir/program-key.js';
import type { Storage } from '../../ir/storage.js';
import { checkMessage } from '../../lower/index.js';
import type { Machine, PlanSpec, Prepared } from '../machine.js';
import { Allocator } from './allocator.js';
import { Block } from './block.js';
import { hasRelaxed } from './features.js';
import { WasmPlan } from './plan.js';
import { canShare, cores, Threads } from './threads.js';

/** Cached blocks may take this much, or twice what the largest plan needs at once. */
const BUDGET = 256 * 2 ** 20;
/** A block unused by so many plans goes home, where the collector sees that it is dead: inside a synchronous loop nothing else tells. */
const IDLE_PLANS = 32;
/** From this many kernels on, those without a plan are dropped. */
const KERNELS = 4096;
const FIRST_PAGES = 64;
/** Where the two status words, the meeting place of the threads and their commands are. */
const STATUS = 0;
const MEETING_AT = 64;
const COMMANDS = 128;
const RESERVED = 192;
/** The status when a routine has thrown. */
const REFUSED = -1;
/** A part of a plan that runs fewer statements than this stays on the caller's thread. */
const WORTH_A_PART = 1_000;

/** A function in the table. Kernels that differ in their sizes alone share it. */
interface Code {
  readonly key: string;
  /** Its number in the table. */
  readonly entry: number;
  readonly bytes: Uint8Array;
  /** Whether it calls functions of the caller's thread. */
  readonly calls: boolean;
  /** Whether the other threads have it, or will be told of it. */
  told: boolean;
  kernels: number;
}
/** A part of a kernel between two barriers. */
interface Part {
  readonly code: Code;
  readonly work: number;
  /** Only the first thread has it. */
  readonly alone: boolean;
}
export interface Kernel {
  readonly key: string;
  readonly parts: readonly Part[];
  /** How many plans have it. */
  plans: number;
  readonly layout: ArgumentLayout;
}

export class WasmMachine implements Machine {
  readonly name = 'wasm';
  readonly threads: number;
  readonly target = TARGET;
  readonly small = null;
  readonly memory: WebAssembly.Memory;
  /** The address of the words in which kernels report. */
  readonly statusAddress = STATUS;
  readonly allocator: Allocator;
  private readonly relaxed = hasRelaxed();
  private readonly others: Threads | null = null;
  /** Modules that the other threads have not loaded yet. */
  private news: Code[] = [];
  private readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: 256 });
  private readonly kernels = new Map<string, Kernel>();
  private readonly codes = new Map<string, Code>();
  /** Numbers in the table that are free again. */
  private readonly entries: number[] = [];
  private entryCount = 0;
  private readonly walk: (
    entries: number,
    count: number,
    status: number,
    thread: number,
    threads: number,
    meeting: number,
    sleep: number,
  ) => void;
  /** Cached blocks, least recently used first. */
  private readonly cached = new Map<Storage, Block>();
  private cachedBytes = 0;
  private budget = BUDGET;
  private plansRun = 0;
  private arena = { offset: 0, bytes: 0 };
  /** What a routine threw in the last run that one has stopped. */
  private thrown: unknown = null;

  /** @param wanted how many threads at most; 0 for as many as there are cores */
  constructor(wanted: number) {
    this.threads = canShare() ? wanted || cores() : 1;
    const shared = this.threads > 1;
    this.memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: 65536, shared });
    this.allocator = new Allocator(this.memory, RESERVED);
    const walker = new WebAssembly.Module(emitWalk(shared));
    const { exports } = new WebAssembly.Instance(walker, { env: { memory: this.memory, kernels: this.table } });
    this.walk = exports.walk as WasmMachine['walk'];
    if (shared) this.others = new Threads(this.memory, walker, COMMANDS, this.threads);
  }

  /** Whether all its threads have started; until then the caller's does everything, to the same bits. */
  get ready(): boolean {
    return this.threads === 1 || (this.others?.ready ?? false);
  }

  describe(): string {
    return `WebAssembly with SIMD${this.relaxed ? ' and fused multiply-add' : ''}`;
  }

  view(dtype: DType, offset: number, length: number): TypedArray {
    return viewOf(dtype, this.memory.buffer, offset, length);
  }

  forget(storage: Storage, block: Block): void {
    this.cached.delete(storage);
    this.cachedBytes -= storage.bytes;
    this.allocator.release(block.offset);
    storage.cell = null;
  }

  /** The kernel for a program, compiled the first time, with one more plan that has it. */
  private kernel(program: Program): Kernel {
    const key = programKey(program);
    const known = this.kernels.get(key);
    if (known) {
      known.plans++;
      return known;
    }
    if (this.kernels.size >= KERNELS) this.forgetKernels();
    const parts = phasesOf(program).map((phase): Part => {
      const code = this.codeOf(phase);
      code.kernels++;
      const work = workOf(phase);
      // Imported functions live on this thread.
      const alone = code.calls || work < WORTH_A_PART;
      if (this.others && !alone && !code.told) {
        code.told = true;
        this.news.push(code);
      }
      return { code, work, alone };
    });
    const kernel = { key, parts, plans: 1, layout: argumentLayout(program) };
    this.kernels.set(key, kernel);
    return kernel;
  }

  /** The function for a part of a program, compiled the first time. */
  private codeOf(phase: Program): Code {
    const { bytes, calls } = emitWasm(phase, { relaxed: this.relaxed, sharedMemory: this.threads > 1 });
    // The bytes do not say what they call.
    const key = calls.length > 0 ? programKey(phase) : new TextDecoder('latin1').decode(bytes);
    const known = this.codes.get(key);
    if (known) return known;
    const env: Record<string, WebAssembly.ExportValue> = { memory: this.memory };
    calls.forEach((call, i) => {
      env[`call${i}`] = (...x: number[]) =>
        'op' in call ? call.op.scalar(x, call.dtype, call.attrs) : this.call(call, x);
    });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
    const entry = this.entries.pop() ?? this.entryCount++;
    if (entry >= this.table.length) this.table.grow(this.table.length);
    this.table.set(entry, instance.exports.run as () => void);
    if (tracing()) trace('device', 'compile', { name: phase.name, bytes: bytes.length });
    const code: Code = { key, entry, bytes, calls: calls.length > 0, told: false, kernels: 0 };
    this.codes.set(key, code);
    return code;
  }

  /** Calls a routine. What it throws is kept until all threads have stopped, for they would wait for this one. */
  private call({ wholes, run }: RoutineCall, addresses: readonly number[]): void {
    try {
      run(wholes.map(({ dtype, shape }, i) => this.view(dtype, addresses[i]!, sizeOf(shape))));
    } catch (error) {
      this.thrown = error;
      new Int32Array(this.memory.buffer, STATUS, 1)[0] = REFUSED;
    }
  }

  /** Drops the kernels that no plan has any more. */
  private forgetKernels(): void {
    for (const { key, parts, plans } of this.kernels.values()) {
      if (plans > 0) continue;
      for (const { code } of parts) {
        if (--code.kernels > 0) continue;
        this.table.set(code.entry, null);
        this.entries.push(code.entry);
        this.codes.delete(code.key);
      }
      this.kernels.delete(key);
    }
  }

  prepare(spec: PlanSpec): Prepared {
    return new WasmPlan(
      this,
      spec,
      spec.kernels.map((k) => this.kernel(k.program)),
    );
  }

  /** The block that holds the current value of a storage; made now if there is none. */
  blockOf(storage: Storage): Block {
    let block = this.cached.get(storage);
    if (block) {
      // Used again: last in line.
      this.cached.delete(storage);
      this.cached.set(storage, block);
      block.lastPlan = this.plansRun;
      return block;
    }
    // Another engine may hold the current bytes.
    const home = storage.read();
    storage.cell?.drop(storage);
    block = this.adopt(storage, this.allocator.allocate(storage.bytes));
    this.view(storage.dtype, block.offset, storage.length).set(home);
    return block;
  }

  /** Makes the block at `offset` the cache of `storage`. */
  adopt(storage: Storage, offset: number): Block {
    const block = new Block(this, offset);
    block.lastPlan = this.plansRun;
    storage.cell = block;
    this.cached.set(storage, block);
    this.cachedBytes += storage.bytes;
    return block;
  }

  /** Whether a storage's block is there. */
  holds(storage: Storage): boolean {
    return this.cached.has(storage);
  }

  /** A plan has run: brings the least recently used blocks home, the idle ones and those over the budget. What it has just used stays. */
  trim(inUse: number): void {
    this.plansRun++;
    this.budget = Math.max(this.budget, 2 * inUse);
    for (const [storage, block] of this.cached) {
      if (this.cachedBytes <= this.budget && this.plansRun - block.lastPlan <= IDLE_PLANS) return;
      block.fetch(storage);
      block.drop(storage);
    }
  }

  /** The address of the block that all plans share for what lives only while one runs. */
  arenaFor(bytes: number): number {
    if (bytes > this.arena.bytes) {
      if (this.arena.bytes > 0) this.allocator.release(this.arena.offset);
      this.arena = { offset: 0, bytes: 0 };
      this.arena = { offset: this.allocator.allocate(bytes), bytes };
    }
    return this.arena.offset;
  }

  /** Runs the entries of a plan, on all threads if `share` says that it is worth it. @throws IndexError when a check fails. */
  execute(entries: number, count: number, share: boolean): void {
    const status = new Int32Array(this.memory.buffer, STATUS, 2);
    status[0] = 0;
    const others = share && this.others?.ready ? this.others : null;
    if (others) {
      this.tell(others);
      others.walk(entries, count, STATUS, MEETING_AT);
      this.walk(entries, count, STATUS, 0, this.threads, MEETING_AT, others.maySleep ? 1 : 0);
      others.wait();
    } else this.walk(entries, count, STATUS, 0, 1, MEETING_AT, 0);
    if (status[0] === REFUSED) throw this.thrown;
    if (status[0] !== 0) throw new IndexError(checkMessage(status[0]! - 1, status[1]!));
  }

  /** Gives the other threads the kernels they lack. */
  private tell(others: Threads): void {
    for (const { entry, bytes } of this.news) {
      const address = this.allocator.allocate(bytes.length);
      new Uint8Array(this.memory.buffer, address, bytes.length).set(bytes);
      others.load(address, bytes.length, entry);
      this.allocator.release(address);
    }
    this.news = [];
  }
}
