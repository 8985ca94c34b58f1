/**
 * Which parts already stand in a local at the point where code is being written.
 *
 * Scopes follow the blocks of the code: what is computed in a block is forgotten at its end, where control may come from
 * elsewhere. Inside a loop, nothing that the loop changes can be found from before it.
 */

import { intersect, type Tokens } from '../dependence.js';
import type { Code } from './code.js';
import type { ValueType } from './encode.js';
import type { Key } from './graph.js';

interface Held {
  readonly local: number;
  readonly tokens: Tokens;
}
interface Scope {
  readonly held: Map<Key, Held>;
  readonly uses: ReadonlyMap<Key, number>;
  /** What changes from one run of the block to the next. */
  readonly changes: Tokens | null;
}

export class Memo {
  readonly #code: Code;
  readonly #scopes: Scope[] = [];

  constructor(code: Code) {
    this.#code = code;
  }

  /** Begins a block. `changes` is given for the body of a loop; `uses` of the block around are taken when absent. */
  open(uses?: ReadonlyMap<Key, number>, changes: Tokens | null = null): void {
    this.#scopes.push({ held: new Map(), uses: uses ?? this.#scopes.at(-1)?.uses ?? new Map(), changes });
  }

  /** Ends a block; its locals become free. */
  close(): void {
    for (const { local } of this.#scopes.pop()?.held.values() ?? []) this.#code.release(local);
  }

  /** The local that holds the part, if there is one. */
  find(key: Key, tokens: Tokens): number | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const { held, changes } = this.#scopes[i]!;
      const found = held.get(key);
      if (found) return found.local;
      if (changes && intersect(changes, tokens)) return undefined;
    }
    return undefined;
  }

  /** A new local which, once set, holds the part until the end of the block. */
  keep(key: Key, tokens: Tokens, type: ValueType): number {
    const local = this.#code.allocate(type);
    this.#scopes.at(-1)!.held.set(key, { local, tokens });
    return local;
  }

  /** Drops what depends on `token`, which has just changed. */
  forget(token: string): void {
    for (const { held } of this.#scopes) {
      for (const [key, { local, tokens }] of held) {
        if (!tokens.has(token)) continue;
        held.delete(key);
        this.#code.release(local);
      }
    }
  }

  /** How many times the part stands in the statements of the block. */
  uses(key: Key): number {
    return this.#scopes.at(-1)?.uses.get(key) ?? 0;
  }

  /** The changes of the loops around this point, from the outermost to the innermost. */
  loops(): readonly Tokens[] {
    return this.#scopes.flatMap(({ changes }) => changes ?? []);
  }
}
