/**
 * The node of the computational graph, and the one way to make one: {@link apply}.
 *
 * A node says which operation, on which sources, with which attributes, and what shape and dtype come out. It computes
 * nothing. When its value is realised, storage is attached; its history stays until no gradient needs it.
 */
import { type DType, isFloat, rankOf } from '../base/dtype.js';
import { GraphError } from '../base/errors.js';
import { internShape, type Shape, shapeId } from '../base/shape.js';
import { isDifferentiable, type Op } from './op.js';
import type { Storage } from './storage.js';

/** Who wants to hear of the cotangent that reaches a node: a leaf's `.grad`, `retainGrad`, hooks. */
export interface Sink {
  /** May replace the cotangent on its way (gradient hooks). */
  hook(cotangent: Node): Node;
  /** Takes the cotangent of a `backward()` that began at `root`. */
  receive(cotangent: Node, root: Node): void;
}

let serial = 0;

/** How many nodes have been made: the id of the next one. */
export const nodesMade = (): number => serial;

let walks = 0;

/** A number for a new walk over a graph: what {@link Node.mark} holds of nodes that it has met. */
export const newWalk = (): number => ++walks;

export class Node<A = unknown> {
  readonly id = serial++;
  readonly op: Op<A>;
  /** Emptied once nothing needs the history. */
  src: readonly Node[];
  readonly attrs: A;
  readonly shape: Shape;
  readonly dtype: DType;
  /** A small number that stands for op, attributes, shape and dtype together. */
  readonly signature: number;
  /** Whether a gradient flows through here. */
  needsGrad: boolean;
  /** The value, once realised, and the version of the storage that is meant. */
  storage: Storage | null = null;
  version = 0;
  /** The value of a run-time number. */
  value = 0;
  sink: Sink | null = null;
  /** What the user calls it; for pictures and errors. */
  label = '';
  /** `backward()` has gone through here without `retainGraph`. */
  released = false;
  /** Scratch for walks over a graph: which walk came by last, and the place it gave this node. */
  mark = 0;
  at = 0;
  /** Why the value can no longer be had, in a sentence; empty when it can. */
  lost = '';

  constructor(op: Op<A>, src: readonly Node[], attrs: A, shape: Shape, dtype: DType, signature: number) {
    this.op = op;
    this.src = src;
    this.attrs = attrs;
    this.shape = shape;
    this.dtype = dtype;
    this.signature = signature;
    this.needsGrad = false;
  }

  /** Attaches a realised value. */
  attach(storage: Storage): void {
    this.storage = storage;
    this.version = storage.version;
  }

  /** The storage, if the value is there and still the one meant. @throws GraphError when it was overwritten. */
  current(): Storage | null {
    const storage = this.storage;
    if (storage !== null && storage.version !== this.version) {
      throw new GraphError(
        `a pending computation reads ${describe(this)}, which ${storage.overwrittenBy || 'a later write'} has overwritten since: ` +
          `read or realize() the result before that, mark it with keep(), or compute from a clone() of the tensor`,
      );
    }
    return storage;
  }
}

/** A node in a few words: `parameter "weight" float32 [784, 50]`. */
export function describe(node: Node): string {
  const what = node.label ? `${node.op.name} "${node.label}"` : node.op.name;
  return `${what} ${node.dtype} [${node.shape.join(', ')}]`;
}

// Signatures: small numbers for (op, attributes, shape, dtype), so that comparing graphs is comparing integers.
interface Names {
  readonly plain: Map<number, number>;
  readonly keyed: Map<string, number>;
}
const names = new WeakMap<object, Names>();
let signatures = 1;

function signatureOf(op: Op, key: string | undefined, shape: Shape, dtype: DType): number {
  let known = names.get(op);
  if (!known) names.set(op, (known = { plain: new Map(), keyed: new Map() }));
  const typed = shapeId(shape) * 8 + rankOf(dtype);
  if (key === undefined) {
    let s = known.plain.get(typed);
    if (s === undefined) {
      if (known.plain.size > 100_000) known.plain.clear();
      known.plain.set(typed, (s = signatures++));
    }
    return s;
  }
  const text = `${typed}|${key}`;
  let s = known.keyed.get(text);
  if (s === undefined) {
    if (known.keyed.size > 100_000) known.keyed.clear();
    known.keyed.set(text, (s = signatures++));
  }
  return s;
}

let recording = true;

/** Whether operations record a history for gradients. */
export const isRecording = (): boolean => recording;

/** Runs `fn` with recording switched to `on`. */
export function withRecording<T>(on: boolean, fn: () => T): T {
  const before = recording;
  recording = on;
  try {
    return fn();
  } finally {
    recording = before;
  }
}

/** A new node: the sources are checked and the shape and dtype inferred at once; nothing is computed. */
export function apply<A>(op: Op<A>, src: readonly Node[], attrs: A): Node<A>;
export function apply(op: Op<undefined>, src: readonly Node[]): Node<undefined>;
export function apply<A>(op: Op<A>, src: readonly Node[], attrs?: A): Node<A> {
  const a = attrs as A;
  const { shape, dtype } = op.infer(src, a);
  const dims = internShape(shape);
  const node = new Node<A>(op, src, a, dims, dtype, signatureOf(op, op.key?.(a), dims, dtype));
  // Nothing flows through whole numbers and bools, whatever they were made of.
  if (recording && isDifferentiable(op) && isFloat(dtype)) {
    for (let i = 0; i < src.length; i++) {
      if (src[i]!.needsGrad) {
        node.needsGrad = true;
        break;
      }
    }
  }
  return node;
}
