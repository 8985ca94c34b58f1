/**
 * The block of linear memory that holds the current bytes of a storage.
 */
import type { Cell, Storage } from '../../ir/storage.js';
import type { WasmMachine } from './machine.js';

export class Block implements Cell {
  /** Whether the home array is behind. */
  dirty = false;
  /** The number of the plan that used it last. */
  lastPlan = 0;

  constructor(
    private readonly machine: WasmMachine,
    readonly offset: number,
  ) {}

  fetch(storage: Storage): void {
    if (!this.dirty) return;
    storage.homeArray().set(this.machine.view(storage.dtype, this.offset, storage.length));
    this.dirty = false;
  }

  drop(storage: Storage): void {
    this.machine.forget(storage, this);
  }
}
