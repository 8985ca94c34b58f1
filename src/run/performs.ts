/**
 * What an engine is to the rest of the program: it performs requests.
 */
import type { Node } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import type { Request } from './collect.js';

/** The values a request brought forth: `storages[i]` is the value of `nodes[i]`. */
export interface Results {
  readonly nodes: readonly Node[];
  readonly storages: readonly Storage[];
}

export interface Engine {
  readonly name: string;
  /** One line: what it runs on here. */
  describe(): string;
  /** How many threads it uses. */
  readonly threads: number;
  /**
   * Computes everything the request wants, checks it, and only then performs its writes. When it throws, nothing has
   * been changed.
   */
  perform(request: Request): Results;
}

/** Whether a value computed on the way is kept, so that a backward pass which may follow need not compute it again. */
export const keepable = (node: Node): boolean => node.needsGrad && !node.released && node.storage === null;
