/**
 * Compiled code in this process: loading libraries, and the addresses of functions and arrays. The one place that knows koffi.
 */
import type { TypedArray } from '../../base/dtype.js';
import type { Node } from './node.js';

/** See `walker.ts`. */
export type Advise = (address: number, bytes: number) => void;
export type Walk = (team: number, entries: number, count: number, status: number, threads: number) => number;

interface Koffi {
  readonly version: string;
  load(path: string): KoffiLibrary;
  address(of: TypedArray): bigint;
}
interface KoffiLibrary {
  func<F>(name: string, result: string, parameters: readonly string[]): F;
  symbol(name: string): bigint;
  unload(): void;
}

/** A library that has been loaded. */
export interface Library {
  /** The address of a function. @throws Error when the library has none of that name */
  addressOf(name: string): number;
  /** The function that walks a plan's kernels. */
  walk(name: string): Walk;
  /** The function that asks for large pages. */
  advise(name: string): Advise;
  /** Removes the library's code from the process: nobody may call it any more. */
  unload(): void;
}

export interface Loader {
  readonly version: string;
  /** @throws Error when the file is no library for this machine */
  load(path: string): Library;
  /** Where the elements of an array are, which does not change as long as the array lives. */
  addressOf(array: TypedArray): number;
}

/** What loads libraries, or the reason why there is nothing that does. */
export function findLoader(node: Node): Loader | string {
  let koffi: Koffi;
  try {
    koffi = node.require('koffi') as Koffi;
  } catch {
    return 'koffi is not installed, which loads what a C compiler made (npm install koffi)';
  }
  return {
    version: koffi.version,
    addressOf: (array) => Number(koffi.address(array)),
    load(path) {
      const library = koffi.load(path);
      return {
        addressOf: (name) => Number(library.symbol(name)),
        walk: (name) => library.func<Walk>(name, 'double', ['double', 'uintptr_t', 'int32_t', 'uintptr_t', 'int32_t']),
        advise: (name) => library.func<Advise>(name, 'void', ['uintptr_t', 'uintptr_t']),
        unload: () => library.unload(),
      };
    },
  };
}
