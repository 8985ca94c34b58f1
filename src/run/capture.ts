/**
 * What a function does when it computes, noted down so that it can be done again without the function: the requests it
 * made, the numbers in them that change from call to call, and what else has to happen in between.
 */
import { GraphError } from '../base/errors.js';
import type { Node } from '../ir/node.js';
import { nodesMade } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import type { Request, Write } from './collect.js';
import type { Work } from './performs.js';

/** A request that was performed. */
export interface Performed {
  readonly work: Work;
  /** The storages it read and wrote then, in the order that `work` takes. */
  readonly storages: readonly Storage[];
  /** Which of them it wrote. */
  readonly written: readonly number[];
  /** Its numbers, of which some are asked for again each time. */
  readonly numbers: Float64Array;
  readonly refreshed: readonly { readonly slot: number; readonly refresh: () => number }[];
  /** What it brought forth. */
  readonly results: readonly Storage[];
}

export class Capture {
  /** Nodes with a smaller id were there before. */
  readonly start = nodesMade();
  /** Requests and effects in the order in which they happened. */
  readonly steps: (Performed | (() => void))[] = [];
  private readonly refreshes = new Map<Node, () => number>();

  /** The value of `node`, a run-time number, is `refresh()` in later calls. */
  number(node: Node, refresh: () => number): void {
    this.refreshes.set(node, refresh);
  }

  isRefreshed(node: Node): boolean {
    return this.refreshes.has(node);
  }

  performed(request: Request, work: Work, results: readonly Storage[]): void {
    const numbers = Float64Array.from(request.numbers, (at) => request.nodes[at]!.value);
    const refreshed = request.numbers.flatMap((at, slot) => {
      const refresh = this.refreshes.get(request.nodes[at]!);
      return refresh ? [{ slot, refresh }] : [];
    });
    const { storages, writeStorage } = request;
    this.steps.push({ work, storages, written: writeStorage, numbers, refreshed, results });
  }

  /** Pending values from before the capture on which these depend. They are computed apart, for their graph is not part of the function. */
  olderThan(roots: readonly Node[], writes: readonly Write[]): Node[] {
    const older: Node[] = [];
    const seen = new Set<Node>();
    const stack = [...roots, ...writes.map(({ value }) => value)];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (seen.has(node) || node.storage !== null) continue;
      seen.add(node);
      if (node.id >= this.start) stack.push(...node.src);
      else if (node.op.kind !== 'leaf') older.push(node);
    }
    return older;
  }
}

let active: Capture | null = null;

/** The capture under way, if there is one. */
export const capturing = (): Capture | null => active;

/** Runs `fn` and notes down what it does. */
export function captured<T>(capture: Capture, fn: () => T): T {
  const outer = active;
  active = capture;
  try {
    return fn();
  } finally {
    active = outer;
  }
}

/**
 * Says where a run-time number comes from: a captured function asks for it again at each call, instead of keeping the
 * value of its first one.
 */
export function refreshed(node: Node, refresh: () => number): Node {
  active?.number(node, refresh);
  return node;
}

/** Does something now, and again at each later call of a function that is being captured: counting steps, drawing. */
export function eachCall(effect: () => void): void {
  effect();
  active?.steps.push(effect);
}

/** @throws GraphError inside a function that is being captured: `what` needs a value there, or gives one that would be frozen */
export function refuseInside(what: string, remedy: string): void {
  if (active === null) return;
  throw new GraphError(
    `${what} inside a compiled function: it runs once, to see what it computes, and later calls only compute that again, on other values; ${remedy}`,
  );
}
