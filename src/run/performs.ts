/**
 * What an engine is to the rest of the program: it performs requests.
 */
import type { Node } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import type { Request } from './collect.js';

/** How an engine answers a request. The same work answers it again on other storages and numbers. */
export interface Work {
  /** Whether the engine can still do it: its caches are bounded. */
  readonly valid: boolean;
  /**
   * Does everything the request wants, checks it, and only then performs its writes. When it throws, nothing has been
   * changed. Takes the storages and numbers in the order of the request, and returns the values of {@link Prepared.nodes}.
   */
  run(storages: readonly Storage[], numbers: Float64Array): readonly Storage[];
}

export interface Prepared {
  readonly work: Work;
  /** The nodes of the request whose values the work brings forth. */
  readonly nodes: readonly Node[];
}

export interface Engine {
  readonly name: string;
  /** One line: what it runs on here. */
  describe(): string;
  /** How many threads it uses. */
  readonly threads: number;
  /** Whether values can be read without waiting for an event. */
  readonly readsAtOnce: boolean;
  prepare(request: Request): Prepared;
}

/** Whether a value computed on the way is kept, so that a backward pass which may follow need not compute it again. */
export const keepable = (node: Node): boolean => node.needsGrad && !node.released && node.storage === null;
