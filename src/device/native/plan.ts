/**
 * A plan on the native machine: a table of calls, filled in and walked.
 */
import { bytesOf, type TypedArray, viewOf } from '../../base/dtype.js';
import { IndexError } from '../../base/errors.js';
import { argumentCount } from '../../emit/c/kernel.js';
import type { JsKernel } from '../../emit/js/kernel.js';
import { Storage } from '../../ir/storage.js';
import { checkMessage } from '../../lower/index.js';
import type { KernelTimes, Location, PlanSpec, Prepared } from '../machine.js';
import type { NativeMachine, Part } from './machine.js';
import type { Placed } from './memory.js';
import { ENTRY } from './walker.js';

/** Results up to this size share one buffer, which costs one address to ask for. */
const SMALL = 4096;
const CELL = 8;

/** Kernels that run one after another in one call of C. */
interface Walk {
  readonly kind: 'walk';
  readonly first: number;
  count: number;
  /** Of the parts that threads share, as `ir/phases` counts it. */
  work: number;
}
/** A kernel in JavaScript. */
interface Call {
  readonly kind: 'call';
  readonly kernel: JsKernel;
  readonly at: number;
  /** Views of its buffers; those of storages and results are filled in for each run. */
  readonly buffers: TypedArray[];
  readonly numbers: number[];
}

/** A place in the table to be filled with the address of something. */
interface Patch {
  readonly cell: number;
  readonly index: number;
  /** Bytes from there on. */
  readonly skip: number;
}

export class NativePlan implements Prepared {
  /** An entry for each part of a kernel in C, then the arguments of all these. */
  private readonly table: Float64Array;
  private readonly address: number;
  private readonly steps: (Walk | Call)[] = [];
  /** The same, kernel by kernel. */
  private readonly single: (Walk | Call)[] = [];
  private readonly storageCells: Patch[] = [];
  private readonly resultCells: Patch[] = [];
  private readonly arenaCells: Patch[] = [];
  private readonly numberCells: Patch[] = [];
  private generation = -1;
  /** The storages that the plan changes. */
  private readonly overwritten: ReadonlySet<number>;
  /** Bytes of the buffer of all small results, and where each result is in it; −1 for a large one. */
  private readonly pool: { readonly bytes: number; readonly offsets: readonly number[] };

  constructor(
    private readonly machine: NativeMachine,
    private readonly spec: PlanSpec,
    kernels: readonly (readonly Part[] | JsKernel)[],
    readonly release: () => void,
  ) {
    this.overwritten = new Set([...spec.written, ...spec.copies.map((c) => c.storage)]);
    const entries = kernels.reduce((sum, k) => sum + (typeof k === 'function' ? 0 : k.length), 0);
    const cells = spec.kernels.reduce((sum, { program }) => sum + argumentCount(program), entries * ENTRY);
    this.table = new Float64Array(Math.max(cells, 1));
    this.address = machine.addressOfArray(this.table);
    let entry = 0;
    let cell = entries * ENTRY;
    kernels.forEach((kernel, at) => {
      const { program, buffers, numbers } = spec.kernels[at]!;
      if (typeof kernel === 'function') {
        const call: Call = { kind: 'call', kernel, at, buffers: [], numbers: [] };
        this.steps.push(call);
        this.single.push(call);
        return;
      }
      let step = this.steps.at(-1);
      if (step?.kind !== 'walk') this.steps.push((step = { kind: 'walk', first: entry, count: 0, work: 0 }));
      const shared = kernel.reduce((sum, { alone, work }) => sum + (alone ? 0 : work), 0);
      this.single.push({ kind: 'walk', first: entry, count: kernel.length, work: shared });
      step.work += shared;
      step.count += kernel.length;
      for (const { address, alone } of kernel) {
        this.table.set([address, this.address + cell * CELL, Number(alone)], ENTRY * entry++);
      }
      buffers.forEach((location, i) => {
        const skip = location.start * bytesOf(program.buffers[i]!);
        this.patchesFor(location).push({ cell: cell++, index: indexOf(location), skip });
      });
      for (const from of numbers) this.numberCells.push({ cell: cell++, index: from, skip: 0 });
      for (const size of program.sizes?.values ?? []) this.table[cell++] = size;
    });
    let bytes = 0;
    const offsets = spec.results.map(({ dtype, length }) => {
      const size = length * bytesOf(dtype);
      if (size > SMALL) return -1;
      const offset = bytes;
      bytes += Math.ceil(size / CELL) * CELL;
      return offset;
    });
    this.pool = { bytes, offsets };
  }

  private patchesFor(location: Location): Patch[] {
    if (location.in === 'storage') return this.storageCells;
    return location.in === 'result' ? this.resultCells : this.arenaCells;
  }

  run(storages: readonly Storage[], numbers: ArrayLike<number>, times?: KernelTimes): Storage[] {
    const { machine, spec, table } = this;
    machine.reserve(spec.arenaBytes);
    if (this.generation !== machine.arena.generation) this.moveArena();
    const addresses = storages.map((s) => machine.addressOf(s));
    for (const { cell, index, skip } of this.storageCells) table[cell] = addresses[index]! + skip;
    for (const { cell, index } of this.numberCells) table[cell] = numbers[index]!;
    const results = this.allocate();
    for (const { cell, index, skip } of this.resultCells) table[cell] = results[index]!.address + skip;
    const place = (l: Location): TypedArray | null =>
      l.in === 'storage' ? storages[l.index]!.homeArray() : l.in === 'result' ? results[l.index]!.array : null;

    // A copy of what is itself overwritten takes the old value.
    const old = spec.copies.map(({ from }) =>
      from.in === 'storage' && this.overwritten.has(from.index) ? storages[from.index]!.homeArray().slice() : null,
    );
    machine.status[0] = 0;
    for (const [i, step] of (times ? this.single : this.steps).entries()) {
      const start = times ? performance.now() : 0;
      if (step.kind === 'walk') machine.walk(this.address + step.first * ENTRY * CELL, step.count, step.work);
      else this.call(step, place, numbers);
      if (times) {
        times.start[i] = start;
        times.ms[i] = performance.now() - start;
      }
      if (machine.status[0] !== 0) throw new IndexError(checkMessage(machine.status[0]! - 1, machine.status[1]!));
    }
    for (const [i, { from, storage }] of spec.copies.entries()) {
      const target = storages[storage]!;
      target.homeArray().set(old[i] ?? place(from) ?? this.arenaView(from, target));
    }
    return results.map(({ array }, i) => new Storage(spec.results[i]!.dtype, spec.results[i]!.length, array));
  }

  private call(step: Call, place: (l: Location) => TypedArray | null, numbers: ArrayLike<number>): void {
    const { buffers, numbers: own } = this.spec.kernels[step.at]!;
    buffers.forEach((location, i) => {
      const array = place(location);
      if (array) step.buffers[i] = location.start > 0 ? array.subarray(location.start) : array;
    });
    own.forEach((from, i) => {
      step.numbers[i] = numbers[from]!;
    });
    try {
      step.kernel(step.buffers, step.numbers, this.machine.status);
    } finally {
      // Arrays of a run must not live on in the plan.
      buffers.forEach((location, i) => {
        if (location.in !== 'arena') step.buffers[i] = NOTHING;
      });
    }
  }

  /** Elements in working memory. */
  private arenaView(location: Location, { dtype, length }: Pick<Storage, 'dtype' | 'length'>): TypedArray {
    const { buffer, byteOffset } = this.machine.arena.array;
    if (location.in !== 'arena') throw new Error('internal: not in working memory');
    return viewOf(dtype, buffer, byteOffset + location.offset, length);
  }

  /** Fills in what follows from where working memory is. */
  private moveArena(): void {
    const { array, address, generation } = this.machine.arena;
    this.generation = generation;
    for (const { cell, index, skip } of this.arenaCells) this.table[cell] = address + index + skip;
    for (const step of this.steps) {
      if (step.kind === 'walk') continue;
      const { program, buffers } = this.spec.kernels[step.at]!;
      buffers.forEach((location, i) => {
        const dtype = program.buffers[i]!;
        if (location.in !== 'arena') return;
        const offset = location.offset + location.start * bytesOf(dtype);
        const rest = Math.floor((array.length - offset) / bytesOf(dtype));
        step.buffers[i] = this.arenaView({ in: 'arena', offset }, { dtype, length: rest });
      });
    }
  }

  /** New memory for the results. */
  private allocate(): Placed[] {
    const { machine, spec, pool } = this;
    const shared = new Uint8Array(pool.bytes);
    const start = pool.bytes > 0 && this.resultCells.length > 0 ? machine.addressOfArray(shared) : 0;
    return spec.results.map(({ dtype, length }, i) => {
      const offset = pool.offsets[i]!;
      if (offset >= 0) return { array: viewOf(dtype, shared.buffer, offset, length), address: start + offset };
      return machine.allocate(dtype, length);
    });
  }
}

const NOTHING: TypedArray = new Uint8Array(0);
const indexOf = (l: Location): number => (l.in === 'arena' ? l.offset : l.index);
