/**
 * A plan on the WebAssembly machine: a table of entries in linear memory, filled in for each run and walked in one call.
 */
import { bytesOf, type DType } from '../../base/dtype.js';
import { ENTRY } from '../../emit/wasm/walk.js';
import { Storage } from '../../ir/storage.js';
import type { KernelTimes, Location, PlanSpec, Prepared } from '../machine.js';
import type { Kernel, WasmMachine } from './machine.js';

/** Results up to this size go home at once. */
const SMALL = 4096;
/** A plan that runs fewer statements than this stays on the caller's thread. */
const WORTH_SHARING = 30_000;

export class WasmPlan implements Prepared {
  /** The table of entries, and behind it the argument blocks. */
  private readonly block: number;
  /** How many entries there are, and whether it is worth sharing them out among threads. */
  private readonly count: number;
  private readonly share: boolean;
  private readonly addresses: { readonly cell: number; readonly location: Location; readonly skip: number }[] = [];
  private readonly numbers: { readonly cell: number; readonly dtype: DType; readonly from: number }[] = [];

  constructor(
    private readonly machine: WasmMachine,
    private readonly spec: PlanSpec,
    private readonly kernels: readonly Kernel[],
  ) {
    const parts = kernels.flatMap((k) => k.parts);
    this.count = parts.length;
    this.share = parts.reduce((sum, p) => sum + (p.alone ? 0 : p.work), 0) >= WORTH_SHARING;
    let bytes = parts.length * ENTRY.bytes;
    const starts = kernels.map(({ layout }) => {
      const start = bytes;
      bytes += layout.bytes;
      return start;
    });
    this.block = machine.allocator.allocate(bytes);
    const words = new Int32Array(machine.memory.buffer);
    let at = this.block;
    kernels.forEach(({ parts: own, layout }, i) => {
      const start = this.block + starts[i]!;
      const planned = spec.kernels[i]!;
      for (const { code, alone } of own) {
        words[(at + ENTRY.kernel) >> 2] = code.entry;
        words[(at + ENTRY.args) >> 2] = start;
        words[(at + ENTRY.alone) >> 2] = Number(alone);
        at += ENTRY.bytes;
      }
      words[(start + layout.status) >> 2] = machine.statusAddress;
      planned.program.sizes?.values.forEach((size, s) => {
        words[(start + layout.sizes[s]!) >> 2] = size;
      });
      planned.buffers.forEach((location, b) => {
        const skip = location.start * bytesOf(planned.program.buffers[b]!);
        this.addresses.push({ cell: start + layout.buffers[b]!, location, skip });
      });
      planned.numbers.forEach((from, n) => {
        this.numbers.push({ cell: start + layout.numbers[n]!, dtype: planned.program.numbers[n]!, from });
      });
    });
  }

  run(storages: readonly Storage[], numbers: ArrayLike<number>, times?: KernelTimes): Storage[] {
    const { machine, spec } = this;
    const { allocator } = machine;
    const passing: number[] = [];
    const temporary = (bytes: number): number => {
      const offset = allocator.allocate(bytes);
      passing.push(offset);
      return offset;
    };
    const written = new Set([...spec.written, ...spec.copies.map((c) => c.storage)]);
    try {
      let inUse = spec.arenaBytes;
      const bases = storages.map((storage, i) => {
        inUse += storage.bytes;
        if (written.has(i) || machine.holds(storage) || ++storage.reads > 1) return machine.blockOf(storage).offset;
        const offset = temporary(storage.bytes);
        machine.view(storage.dtype, offset, storage.length).set(storage.read());
        return offset;
      });
      const results = spec.results.map(({ dtype, length }) => {
        const bytes = length * bytesOf(dtype);
        inUse += bytes;
        return { small: bytes <= SMALL, offset: temporary(bytes) };
      });
      const arena = machine.arenaFor(spec.arenaBytes);
      const address = (l: Location): number =>
        l.in === 'storage' ? bases[l.index]! : l.in === 'arena' ? arena + l.offset : results[l.index]!.offset;
      // A copy of what is itself overwritten takes the old value.
      const aside = spec.copies.map(({ from, storage }) => {
        if (from.in !== 'storage' || !written.has(from.index)) return null;
        const { bytes } = storages[storage]!;
        const offset = temporary(bytes);
        new Uint8Array(machine.memory.buffer).copyWithin(offset, bases[from.index]!, bases[from.index]! + bytes);
        return offset;
      });
      this.fill(address, numbers);
      if (times) this.executeTimed(times);
      else machine.execute(this.block, this.count, this.share);

      for (const [i, { from, storage }] of spec.copies.entries()) {
        const at = aside[i] ?? address(from);
        new Uint8Array(machine.memory.buffer).copyWithin(bases[storage]!, at, at + storages[storage]!.bytes);
      }
      for (const i of written) {
        const block = machine.blockOf(storages[i]!);
        block.dirty = true;
      }
      const out = results.map(({ small, offset }, i) => {
        const { dtype, length } = spec.results[i]!;
        if (small) return new Storage(dtype, length, machine.view(dtype, offset, length).slice());
        const storage = new Storage(dtype, length);
        passing.splice(passing.indexOf(offset), 1);
        machine.adopt(storage, offset).dirty = true;
        return storage;
      });
      machine.trim(inUse);
      return out;
    } finally {
      for (const offset of passing) allocator.release(offset);
    }
  }

  /** Runs kernel by kernel and takes the time of each. */
  private executeTimed(times: KernelTimes): void {
    let at = this.block;
    this.kernels.forEach(({ parts }, i) => {
      const start = performance.now();
      this.machine.execute(at, parts.length, this.share);
      times.start[i] = start;
      times.ms[i] = performance.now() - start;
      at += parts.length * ENTRY.bytes;
    });
  }

  /** Writes the addresses and numbers of this run into the argument blocks. */
  private fill(address: (l: Location) => number, numbers: ArrayLike<number>): void {
    const { buffer } = this.machine.memory;
    const words = new Int32Array(buffer);
    for (const { cell, location, skip } of this.addresses) words[cell >> 2] = address(location) + skip;
    if (this.numbers.length === 0) return;
    const floats = new Float32Array(buffer);
    const doubles = new Float64Array(buffer);
    for (const { cell, dtype, from } of this.numbers) {
      const value = numbers[from]!;
      if (dtype === 'float32') floats[cell >> 2] = value;
      else if (dtype === 'float64') doubles[cell >> 3] = value;
      else words[cell >> 2] = value;
    }
  }

  release(): void {
    for (const kernel of this.kernels) kernel.plans--;
    this.machine.allocator.release(this.block);
  }
}
