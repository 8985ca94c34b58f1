/**
 * The memory of a realised value. Graph nodes own none; they point at a Storage.
 *
 * Its home is an ordinary typed array, which the garbage collector sees. A device may hold the current
 * bytes elsewhere (`cell`) and brings them home when they are read.
 */
import { allocate, bytesOf, type DType, type TypedArray } from '../base/dtype.js';

/** A device's own copy of a storage's bytes. */
export interface Cell {
  /** Brings the bytes home: afterwards the home array is current. */
  fetch(storage: Storage): void;
  /** Forgets the copy: the home array has been changed, or the storage is given up. */
  drop(storage: Storage): void;
}

export class Storage {
  /** How often the bytes have been overwritten in place. A pending node remembers the version that it means. */
  version = 0;
  /** What overwrote it last, in words for an error. */
  overwrittenBy = '';
  /** How many plans have read it: a device keeps its own copy from the second on. */
  reads = 0;
  cell: Cell | null = null;
  private home: TypedArray | null;

  constructor(
    readonly dtype: DType,
    readonly length: number,
    home: TypedArray | null = null,
  ) {
    this.home = home;
  }

  get bytes(): number {
    return this.length * bytesOf(this.dtype);
  }

  /** The current elements, to read. Do not write: use {@link overwrite}. */
  read(): TypedArray {
    this.cell?.fetch(this);
    return this.homeArray();
  }

  /** The home array, current or not: for the device that is about to fill it. */
  homeArray(): TypedArray {
    this.home ??= allocate(this.dtype, this.length);
    return this.home;
  }

  /** Replaces all elements and moves to the next version. */
  overwrite(values: TypedArray, by: string): void {
    this.cell?.drop(this);
    this.homeArray().set(values);
    this.version++;
    this.overwrittenBy = by;
  }
}
