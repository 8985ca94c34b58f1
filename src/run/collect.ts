/**
 * From the nodes whose values are wanted to the list of everything that has to be computed for them, sources
 * first, and to a key: two requests of equal key run the same plan on other inputs.
 */
import { rankOf } from '../base/dtype.js';
import { GraphError } from '../base/errors.js';
import { shapeId } from '../base/shape.js';
import { describe, type Node, newWalk } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import { keepable } from './performs.js';

/** A value that goes into memory which a tensor already has. */
export interface Write {
  readonly storage: Storage;
  readonly value: Node;
  /** What writes, in words for errors: `optimizer.step()`. */
  readonly by: string;
}

export interface Request {
  /** All nodes, each after its sources. `node.at` is the place in this list until the next walk. */
  readonly nodes: readonly Node[];
  /** Places of the nodes that already have a value. */
  readonly inputs: readonly number[];
  /** Places of the run-time numbers. */
  readonly numbers: readonly number[];
  /** The different storages of inputs and writes. */
  readonly storages: readonly Storage[];
  /** Per input: which of `storages` holds it. */
  readonly inputStorage: readonly number[];
  readonly roots: readonly Node[];
  readonly writes: readonly Write[];
  /** Per write: which of `storages` it goes into. */
  readonly writeStorage: readonly number[];
  /** Whether values that kernels stored on the way are kept, for a backward pass that may follow. */
  readonly keep: boolean;
  readonly key: Int32Array;
  readonly hash: number;
}

class Key {
  private words = new Int32Array(1024);
  private length = 0;
  private hash = 0;

  start(): this {
    this.length = 0;
    this.hash = 0x811c9dc5 | 0;
    return this;
  }

  push(word: number): void {
    if (this.length === this.words.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    this.words[this.length++] = word;
    this.hash = Math.imul(this.hash ^ word, 0x01000193);
    this.hash ^= this.hash >>> 15;
  }

  done(): { key: Int32Array; hash: number } {
    return { key: this.words.slice(0, this.length), hash: this.hash };
  }
}

/** Written anew by each walk, and copied at its end. */
const scratch = new Key();

/** Whether the value of a node has to come from memory: it is there, or it was and is lost. */
const isInput = (node: Node): boolean => node.storage !== null;

export function collect(roots: readonly Node[], writes: readonly Write[]): Request {
  const walk = newWalk();
  const nodes: Node[] = [];
  const inputs: number[] = [];
  const numbers: number[] = [];
  const inputStorage: number[] = [];
  const storages: Storage[] = [];
  const places = new Map<Storage, number>();
  const key = scratch.start();

  const placeOf = (storage: Storage): number => {
    let place = places.get(storage);
    if (place === undefined) {
      place = storages.length;
      places.set(storage, place);
      storages.push(storage);
    }
    return place;
  };

  const finish = (node: Node): void => {
    node.at = nodes.length;
    nodes.push(node);
    if (isInput(node)) {
      const place = placeOf(node.current()!);
      inputs.push(node.at);
      inputStorage.push(place);
      key.push(-1 - (shapeId(node.shape) * 8 + rankOf(node.dtype)));
      key.push(place);
      return;
    }
    if (node.lost) throw new GraphError(node.lost);
    if (node.op.kind === 'leaf' && node.op.from === 'nowhere') throw new GraphError(node.label);
    // Which values a plan keeps is part of it.
    if (keepable(node)) key.push(-4);
    key.push(node.signature);
    if (node.op.kind === 'leaf') {
      if (node.op.from === 'number') numbers.push(node.at);
      return;
    }
    for (let i = 0; i < node.src.length; i++) key.push(node.src[i]!.at);
  };

  // Depth first without recursion. A node on the stack is entered (mark < 0) or not yet seen.
  const stack: Node[] = [];
  const next: number[] = [];
  const visit = (root: Node): void => {
    if (root.mark === walk) return;
    root.mark = walk;
    stack.push(root);
    next.push(0);
    while (stack.length > 0) {
      const top = stack.length - 1;
      const node = stack[top]!;
      const i = next[top]!;
      if (i < node.src.length && !isInput(node)) {
        next[top] = i + 1;
        const s = node.src[i]!;
        if (s.mark !== walk) {
          s.mark = walk;
          stack.push(s);
          next.push(0);
        }
        continue;
      }
      stack.pop();
      next.pop();
      if (node.src.length === 0 && !isInput(node) && node.op.kind !== 'leaf' && !node.lost) {
        throw new GraphError(
          `the value of ${describe(node)} is gone together with its history; mark it with keep() before it is needed`,
        );
      }
      finish(node);
    }
  };
  for (const root of roots) visit(root);
  for (const write of writes) visit(write.value);

  const writeStorage: number[] = [];
  for (const write of writes) {
    const place = placeOf(write.storage);
    writeStorage.push(place);
    key.push(-3);
    key.push(write.value.at);
    key.push(place);
  }
  let keep = false;
  for (const root of roots) {
    key.push(root.at);
    if (root.needsGrad && !root.released) keep = true;
  }
  key.push(keep ? -1 : -2);
  return { nodes, inputs, numbers, storages, inputStorage, roots, writes, writeStorage, keep, ...key.done() };
}
