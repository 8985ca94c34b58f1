/**
 * The order of the kernels, where each value lives, and which values are written straight into the memory they are for.
 */
import { bytesOf } from '../base/dtype.js';
import { sizeOf } from '../base/shape.js';
import type { Index } from '../ir/expr.js';
import type { Graph } from '../ir/graph.js';
import { linear } from '../ir/index-algebra.js';
import { Expressions } from '../rules/expressions.js';
import { SYMBOLS, varIndex } from '../rules/index-algebra.js';
import type { Cluster } from './cluster.js';
import { domainVars, pullReads } from './cluster.js';
import { Puller } from './pull.js';

/** What a kernel touches: places it loads from memory, places it stores, and whether it makes checks. */
export interface Kernel {
  readonly cluster: Cluster;
  readonly loads: ReadonlySet<number>;
  /** In order. */
  stores: number[];
  readonly checks: boolean;
  /** Per loaded place, the elements it loads, when each load has the index of the element being stored; else null. */
  readonly pointwise: ReadonlySet<number>;
}

/** Pulls every member once to see what the kernel loads, and how. */
export function kernelOf(graph: Graph, named: readonly boolean[], cluster: Cluster): Kernel {
  const loads = new Set<number>();
  const scattered = new Set<number>();
  const inside = new Set(cluster.members.map((m) => m.at));
  // A routine may refuse its values.
  let checks = cluster.members[0]!.role === 'routine';
  // With one loop, a load at the very element that is stored may read memory which the store overwrites.
  const oneLoop = !cluster.settled || cluster.contraction;
  for (const member of cluster.members) {
    const isContraction = graph.nodes[member.at]!.op.kind === 'contract';
    const index = domainVars(member.domain, isContraction ? member.colAxes : null).map(varIndex);
    const e = new Expressions();
    const seen: { at: number; index: readonly Index[] }[] = [];
    const puller = new Puller(graph, e, {
      slot: (at) => (graph.input[at] || (named[at] && !inside.has(at)) ? at : null),
      number: (at) => at,
      supply: (at, where) => {
        if (at === member.at) return null;
        const memory = graph.input[at] || (named[at] && !inside.has(at));
        const fold = inside.has(at) && cluster.members.some((m) => m.at === at && m.role === 'fold');
        if (!memory && !fold) return null;
        if (memory) seen.push({ at, index: where });
        return e.load(at, graph.nodes[at]!.dtype, linear(where, graph.nodes[at]!.shape, SYMBOLS), []);
      },
    });
    pullReads(puller, graph, member, index);
    if (puller.checks.size > 0) checks = true;
    // An update writes each element after all its readings of that very element.
    const written = member.role === 'map' ? index : member.role === 'update' ? puller.target(member.at, index) : null;
    const here = written && linear(written, graph.nodes[member.at]!.shape, SYMBOLS).key;
    for (const { at, index: where } of seen) {
      loads.add(at);
      const same = linear(where, graph.nodes[at]!.shape, SYMBOLS).key === here;
      if (!same || !oneLoop) scattered.add(at);
    }
  }
  const pointwise = new Set([...loads].filter((at) => !scattered.has(at)));
  return { cluster, loads, stores: [], checks, pointwise };
}

/** A value to be written into storage `target`. */
export interface Target {
  readonly at: number;
  readonly target: number;
}

export interface Schedule {
  readonly kernels: readonly Kernel[];
  /** Kernels before this one write no storage; between lie the checks. */
  readonly firstWriter: number;
  /** Places written straight into a storage. */
  readonly inPlace: ReadonlyMap<number, number>;
  /** Values copied into storages when everything else is done. */
  readonly copies: readonly Target[];
}

/**
 * Orders the kernels. A kernel writes in place when every other reader of the old value, and every check, can come before it
 * and its own reads are of the very element it writes; otherwise the value is computed aside and copied at the end.
 */
export function schedule(
  kernels: readonly Kernel[],
  targets: readonly Target[],
  storageOf: ReadonlyMap<number, number>,
  results: ReadonlySet<number>,
): Schedule {
  const before = new Map<Kernel, Set<Kernel>>();
  const maker = new Map<Cluster, Kernel>(kernels.map((k) => [k.cluster, k]));
  for (const k of kernels) before.set(k, new Set([...k.cluster.reads].flatMap((c) => maker.get(c) ?? [])));
  const depends = (from: Kernel, to: Kernel): boolean => {
    const seen = new Set<Kernel>([from]);
    const stack = [from];
    while (stack.length > 0) {
      for (const p of before.get(stack.pop()!)!) {
        if (p === to) return true;
        if (!seen.has(p)) {
          seen.add(p);
          stack.push(p);
        }
      }
    }
    return false;
  };

  const inPlace = new Map<number, number>();
  const copies: Target[] = [];
  const writers = new Set<Kernel>();
  const times = new Map<number, number>();
  for (const { at } of targets) times.set(at, (times.get(at) ?? 0) + 1);
  for (const { at, target } of targets) {
    const writer = kernels.find((k) => k.stores.includes(at));
    const readsOld = (k: Kernel): boolean => [...k.loads].some((l) => storageOf.get(l) === target);
    const fits =
      writer !== undefined &&
      !writer.checks &&
      !results.has(at) &&
      times.get(at) === 1 &&
      [...writer.loads].every((l) => storageOf.get(l) !== target || writer.pointwise.has(l));
    const first = fits ? kernels.filter((k) => k !== writer && (k.checks || readsOld(k))) : [];
    if (!fits || first.some((k) => depends(k, writer))) {
      copies.push({ at, target });
      continue;
    }
    for (const k of first) before.get(writer)!.add(k);
    inPlace.set(at, target);
    writers.add(writer);
  }

  // Kernels in order of their members, but those that write storage as late as can be.
  const order: Kernel[] = [];
  const waiting = new Map([...before].map(([k, set]) => [k, set.size]));
  const after = new Map<Kernel, Kernel[]>();
  for (const [k, set] of before) for (const p of set) after.set(p, [...(after.get(p) ?? []), k]);
  const isWriterOrAfter = new Set<Kernel>();
  const ready = kernels.filter((k) => waiting.get(k) === 0);
  const late: Kernel[] = [];
  let firstWriter = -1;
  while (ready.length > 0 || late.length > 0) {
    let k = ready.shift();
    if (k && writers.has(k)) {
      late.push(k);
      continue;
    }
    if (!k) {
      k = late.shift()!;
      if (firstWriter < 0) firstWriter = order.length;
      isWriterOrAfter.add(k);
    }
    order.push(k);
    for (const n of after.get(k) ?? []) {
      waiting.set(n, waiting.get(n)! - 1);
      if (waiting.get(n) === 0) ready.push(n);
    }
  }
  return { kernels: order, firstWriter: firstWriter < 0 ? order.length : firstWriter, inPlace, copies };
}

/** Where values lie in one block of memory, and how large it has to be. */
export interface Arena {
  readonly offsets: ReadonlyMap<number, number>;
  readonly bytes: number;
}

/** Every value starts on a line of the cache. */
const ALIGN = 64;
/** So many values are compared pair by pair. */
const PAIRWISE = 2000;

/** A value of so many bytes, and the kernels between which it lives. */
interface Span {
  readonly at: number;
  readonly birth: number;
  readonly death: number;
  readonly bytes: number;
  offset: number;
}

/** Lays values out so that those which live at the same time do not overlap. */
export function layOut(
  graph: Graph,
  kernels: readonly Kernel[],
  places: Iterable<number>,
  forever: ReadonlySet<number>,
): Arena {
  const births = new Map<number, number>();
  const deaths = new Map<number, number>();
  kernels.forEach((k, i) => {
    for (const at of k.stores) {
      if (!births.has(at)) births.set(at, i);
    }
    for (const at of k.loads) deaths.set(at, i);
  });
  const spans = [...places].map((at): Span => {
    const birth = births.get(at) ?? -1;
    const death = Math.max(birth, deaths.get(at) ?? birth);
    const node = graph.nodes[at]!;
    const bytes = Math.max(ALIGN, Math.ceil((sizeOf(node.shape) * bytesOf(node.dtype)) / ALIGN) * ALIGN);
    return { at, birth, death: forever.has(at) ? Infinity : death, bytes, offset: 0 };
  });
  const bytes = spans.length <= PAIRWISE ? largestFirst(spans) : inOrder(spans);
  return { offsets: new Map(spans.map((s) => [s.at, s.offset])), bytes };
}

/** The largest first, each at the lowest place that none of those living beside it takes. Returns the bytes needed. */
function largestFirst(spans: Span[]): number {
  spans.sort((a, b) => b.bytes - a.bytes || a.at - b.at);
  const placed: Span[] = [];
  let bytes = 0;
  for (const span of spans) {
    const rivals = placed
      .filter((p) => p.birth <= span.death && span.birth <= p.death)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const r of rivals) {
      if (offset + span.bytes <= r.offset) break;
      offset = Math.max(offset, r.offset + r.bytes);
    }
    span.offset = offset;
    placed.push(span);
    bytes = Math.max(bytes, offset + span.bytes);
  }
  return bytes;
}

/** In order of birth, each in the lowest hole that is wide enough: packs less tightly, but in time that grows with the number of values. */
function inOrder(spans: Span[]): number {
  spans.sort((a, b) => a.birth - b.birth || a.at - b.at);
  const byDeath = [...spans].sort((a, b) => a.death - b.death);
  const holes = [{ from: 0, to: Infinity }];
  const release = ({ offset, bytes }: Span): void => {
    let low = 0;
    for (let high = holes.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (holes[middle]!.from < offset) low = middle + 1;
      else high = middle;
    }
    holes.splice(low, 0, { from: offset, to: offset + bytes });
    for (const i of [low, low - 1]) {
      if (holes[i]?.to === holes[i + 1]?.from) holes.splice(i, 2, { from: holes[i]!.from, to: holes[i + 1]!.to });
    }
  };
  let dead = 0;
  let bytes = 0;
  for (const span of spans) {
    while (byDeath[dead]!.death < span.birth) release(byDeath[dead++]!);
    const at = holes.findIndex(({ from, to }) => to - from >= span.bytes);
    const hole = holes[at]!;
    span.offset = hole.from;
    if (hole.to - hole.from === span.bytes) holes.splice(at, 1);
    else holes[at] = { from: hole.from + span.bytes, to: hole.to };
    bytes = Math.max(bytes, span.offset + span.bytes);
  }
  return bytes;
}
