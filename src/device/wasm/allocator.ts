/**
 * Blocks of one linear memory: first fit over a list of free ranges, neighbours joined when they come back.
 */
import { DeviceError } from '../../base/errors.js';

const ALIGN = 64;
const PAGE = 65536;

interface Range {
  offset: number;
  bytes: number;
}

export class Allocator {
  /** Free ranges by address. */
  private free: Range[];
  private readonly sizes = new Map<number, number>();
  /** Bytes in blocks that are handed out. */
  used = 0;

  constructor(
    private readonly memory: WebAssembly.Memory,
    reserved: number,
  ) {
    this.free = [{ offset: reserved, bytes: memory.buffer.byteLength - reserved }];
  }

  /** The address of a new block; its contents are unknown. @throws DeviceError when memory is full. */
  allocate(wanted: number): number {
    const bytes = Math.max(ALIGN, Math.ceil(wanted / ALIGN) * ALIGN);
    let at = this.free.findIndex((r) => r.bytes >= bytes);
    if (at < 0) {
      this.grow(bytes);
      at = this.free.findIndex((r) => r.bytes >= bytes);
    }
    const range = this.free[at]!;
    const { offset } = range;
    range.offset += bytes;
    range.bytes -= bytes;
    if (range.bytes === 0) this.free.splice(at, 1);
    this.sizes.set(offset, bytes);
    this.used += bytes;
    return offset;
  }

  release(offset: number): void {
    const bytes = this.sizes.get(offset);
    if (bytes === undefined) throw new Error(`internal: no block at ${offset}`);
    this.sizes.delete(offset);
    this.used -= bytes;
    this.give({ offset, bytes });
  }

  private give(range: Range): void {
    let low = 0;
    let high = this.free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.free[middle]!.offset < range.offset) low = middle + 1;
      else high = middle;
    }
    const before = this.free[low - 1];
    const after = this.free[low];
    const joinsBefore = before !== undefined && before.offset + before.bytes === range.offset;
    const joinsAfter = after !== undefined && range.offset + range.bytes === after.offset;
    if (joinsBefore && joinsAfter) {
      before.bytes += range.bytes + after.bytes;
      this.free.splice(low, 1);
    } else if (joinsBefore) before.bytes += range.bytes;
    else if (joinsAfter) {
      after.offset = range.offset;
      after.bytes += range.bytes;
    } else this.free.splice(low, 0, range);
  }

  /** Makes room for at least `bytes`, an eighth more than there was if that is larger, so that growing is rare. */
  private grow(bytes: number): void {
    const size = this.memory.buffer.byteLength;
    const pages = Math.ceil(bytes / PAGE);
    const generous = Math.max(pages, Math.ceil(size / 8 / PAGE));
    for (const more of [generous, pages]) {
      try {
        this.memory.grow(more);
        this.give({ offset: size, bytes: more * PAGE });
        return;
      } catch {
        // Less may still fit.
      }
    }
    throw new DeviceError(
      `out of memory: ${bytes} more bytes do not fit beside the ${this.used} in use (WebAssembly memory ends at 4 GiB): use smaller batches`,
    );
  }
}
