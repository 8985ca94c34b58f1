/**
 * New memory for results, so that its first touch costs little.
 *
 * A page that is touched for the first time costs 2 µs for 4 kB: more than most kernels take to fill it. Large pages cost a fifth of that for the
 * same bytes, but only where they lie whole. So large arrays begin where a large page does, and several of middle size share one buffer.
 */
import { bytesOf, type DType, type TypedArray, viewOf } from '../../base/dtype.js';
import type { Advise, Loader } from './library.js';
import type { Node } from './node.js';

/** A large page. */
const PAGE = 2 << 20;
/** Arrays from this size on have a buffer of their own. */
const OWN = 1 << 20;
/** And from this size on are not moved to a large page: what is lost at the ends is little, and the collector counts the bytes beside them too. */
const UNALIGNED = 32 << 20;
/** Arrays from this size on share a region; smaller ones are left to JavaScript. One that lives on keeps its whole region. */
const MIDDLE = 32 << 10;
/** A region has room for this; as much again as a page is never touched. */
const REGION = 2 * PAGE;
/** Arrays begin at multiples of this. */
const ALIGNMENT = 64;
/**
 * Arrays that are moved to a large page begin at different places of it, these bytes apart: kernels walk through arrays side by side,
 * and what lies a multiple of 4096 bytes apart competes for the same lines of the cache. (4096² layer norm: 10.5 ms, else 14.4.)
 */
const STAGGER = 17 * ALIGNMENT;
const STAGGERS = 4096;

/** Memory that nobody has written. */
interface Space {
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  readonly address: number;
}
/** An array and where its elements are. */
export interface Placed {
  readonly array: TypedArray;
  readonly address: number;
}

export class Memory {
  private region: Space | null = null;
  /** How much of the region is taken. */
  private taken = 0;
  private stagger = 0;

  constructor(
    private readonly node: Node,
    private readonly loader: Loader,
    /** Asks for large pages; null before there is code that can. */
    public advise: Advise | null = null,
  ) {}

  /** An array whose elements may be anything. */
  allocate(dtype: DType, length: number): Placed {
    const bytes = length * bytesOf(dtype);
    if (bytes < MIDDLE) {
      const array = viewOf(dtype, new ArrayBuffer(bytes), 0, length);
      return { array, address: this.loader.addressOf(array) };
    }
    const { buffer, offset, address } = bytes < OWN ? this.shared(bytes) : this.own(bytes);
    return { array: viewOf(dtype, buffer, offset, length), address };
  }

  /** A part of a region. */
  private shared(bytes: number): Space {
    if (!this.region || this.taken + bytes > REGION) {
      this.region = this.own(REGION);
      this.taken = 0;
    }
    const { buffer, offset, address } = this.region;
    const at = this.taken;
    this.taken = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT;
    return { buffer, offset: offset + at, address: address + at };
  }

  /** A part of a buffer with whole large pages. */
  private own(bytes: number): Space {
    const aligned = bytes < UNALIGNED;
    this.stagger = (this.stagger + STAGGER) % STAGGERS;
    const buffer = this.node.uninitialised(aligned ? PAGE + this.stagger + bytes : bytes);
    const first = this.loader.addressOf(new Uint8Array(buffer));
    const offset = aligned ? this.stagger + ((PAGE - (first % PAGE)) % PAGE) : 0;
    this.advise?.(first, buffer.byteLength);
    return { buffer, offset, address: first + offset };
  }
}
