/**
 * Realising: from "this value is wanted" to the value in memory.
 */
import { GraphError } from '../base/errors.js';
import { trace, tracing } from '../base/trace.js';
import type { Node } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import { capturing } from './capture.js';
import { collect, type Request, type Write } from './collect.js';
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
    const older = capturing()?.olderThan(wanted, writes) ?? [];
    if (older.length > 0) perform(collect(older, []), false);
    perform(collect(wanted, writes), true);
  } catch (error) {
    // What was asked for cannot be had; writes that could still be done stay in line.
    if (error instanceof GraphError && canCollect(writes)) queue = [...queued, ...queue];
    else for (const write of queued.reverse()) write.undo();
    throw error;
  }
  for (const { storage, value } of writes) if (value.storage === null) value.attach(storage);
  // What is captured is done again from its history.
  if (capturing()) return;
  for (const node of wanted) forget(node);
  for (const { value } of writes) forget(value);
}

/** Performs a request and attaches what it brings forth; with `note`, a capture notes it down. */
function perform(request: Request, note: boolean): void {
  if (tracing()) trace('run', 'realise', { request });
  const { nodes, work } = engine().prepare(request);
  const numbers = new Float64Array(request.numbers.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = request.nodes[request.numbers[i]!]!.value;
  const storages = work.run(request.storages, numbers);
  for (let i = 0; i < nodes.length; i++) nodes[i]!.attach(storages[i]!);
  if (note) capturing()?.performed(request, work, storages);
}

/** Computes `nodes` by themselves: no queued write is performed, and no capture notes it down. */
export function realiseApart(nodes: readonly Node[]): void {
  const wanted = nodes.filter((node) => node.current() === null);
  if (wanted.length > 0) perform(collect(wanted, []), false);
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
