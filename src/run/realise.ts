/**
 * Realising: from "this value is wanted" to the value in memory.
 */
import { GraphError } from '../base/errors.js';
import { trace, tracing } from '../base/trace.js';
import type { Node } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import { collect, type Write } from './collect.js';
import { engine } from './engine.js';

interface Queued extends Write {
  /** Called when the write could not be done, so that its owner shows the old value again. */
  readonly undo: () => void;
}
let queue: Queued[] = [];

/**
 * Queues a write of `value` (of the storage's dtype and size) into `storage`; the next realise performs it, before
 * anything that was asked for later. `by` says what writes, for errors: `optimizer.step()`. Afterwards the storage is one
 * version on, and `value` itself shows it. If the realise throws, the storage is as it was, the write is gone, and `undo` is called.
 */
export function queueWrite(storage: Storage, value: Node, by: string, undo: () => void = () => {}): void {
  queue.push({ storage, value, by, undo });
}

/** Computes the values of `nodes`, and performs the queued writes, in one plan. */
export function realise(nodes: readonly Node[]): void {
  const roots: Node[] = [];
  for (const node of nodes) {
    if (node.current() === null) roots.push(node);
  }
  if (roots.length === 0 && queue.length === 0) return;
  const queued = queue;
  queue = [];
  // Of several writes to one memory only the last one stays; what came between is read from the graph.
  const last = new Map<Storage, Queued>();
  for (const write of queued) last.set(write.storage, write);
  const writes = [...last.values()];
  const wanted = roots.filter((node) => !writes.some((write) => write.value === node));
  try {
    const request = collect(wanted, writes);
    if (tracing()) trace('run', 'realise', { request });
    const results = engine().perform(request);
    for (let i = 0; i < results.nodes.length; i++) results.nodes[i]!.attach(results.storages[i]!);
  } catch (error) {
    // What was asked for cannot be had; writes that could still be done stay in line.
    if (error instanceof GraphError && canCollect(writes)) queue = [...queued, ...queue];
    else for (const write of queued.reverse()) write.undo();
    throw error;
  }
  for (const { storage, value } of writes) if (value.storage === null) value.attach(storage);
  for (const node of wanted) forget(node);
  for (const { value } of writes) forget(value);
}

/** Whether all sources of the writes are there. */
function canCollect(writes: readonly Write[]): boolean {
  try {
    collect([], writes);
    return true;
  } catch {
    return false;
  }
}

/** A realised node that no gradient needs is a leaf from now on. */
function forget(node: Node): void {
  if (!node.needsGrad && node.src.length > 0 && !node.released) node.src = [];
}

/** Whether writes wait to be performed. */
export const writesPending = (): boolean => queue.length > 0;
