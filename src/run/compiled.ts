/**
 * An engine that compiles: requests become plans, plans are cached by the structure of the request, and running one fills
 * in what differs.
 */
import { current } from '../base/settings.js';
import { sizeOf } from '../base/shape.js';
import { trace, tracing } from '../base/trace.js';
import type { Buffer, Location, Machine, PlannedKernel, PlanSpec, Prepared } from '../device/machine.js';
import { fuse, type Graph, type Kernel } from '../fuse/index.js';
import { Storage } from '../ir/storage.js';
import { verifyProgram } from '../ir/verify.js';
import { isSpelled, type Lowered, lower, priceOf } from '../lower/index.js';
import type { Request } from './collect.js';
import { type KernelFacts, kernelFacts } from './kernel-facts.js';
import { type Engine, keepable, type Prepared as PreparedWork, type Work } from './performs.js';
import { timed, timing } from './profile.js';

/** Most plans kept; the least recently used one goes first. */
const PLANS = 512;

/** How to answer one shape of request. */
interface Plan {
  readonly key: Int32Array;
  readonly prepared: Prepared;
  readonly kernels: readonly KernelFacts[];
  /** Places whose nodes get the results, in the order of the results. */
  readonly results: readonly number[];
  /** Storages that roots show: inputs, which are copied before the plan can overwrite them. */
  readonly copied: readonly number[];
  /** Roots that show another place's value: which of the results, or of the copies behind them. */
  readonly shown: readonly { readonly root: number; readonly from: number }[];
  /** Whether it has been dropped from the cache, and the device has given back what it held. */
  released: boolean;
}

/** Runs a plan: in one call, or kernel by kernel when times are wanted. */
function runPlan({ prepared, kernels }: Plan, storages: readonly Storage[], numbers: Float64Array): Storage[] {
  if (!timing()) return prepared.run(storages, numbers);
  const times = { start: new Float64Array(kernels.length), ms: new Float64Array(kernels.length) };
  const start = performance.now();
  const results = prepared.run(storages, numbers, times);
  timed({ kernels, times, start, end: performance.now() });
  return results;
}

/** A plan, with who writes into what. */
class PlanWork implements Work {
  constructor(
    private readonly plan: Plan,
    private readonly written: readonly { readonly at: number; readonly by: string }[],
  ) {}

  get valid(): boolean {
    return !this.plan.released;
  }

  run(storages: readonly Storage[], numbers: Float64Array): readonly Storage[] {
    const { plan } = this;
    const copies = plan.copied.map((i) => copyOf(storages[i]!));
    const results = runPlan(plan, storages, numbers);
    // The writes have been done by the plan.
    for (const { at, by } of this.written) {
      const storage = storages[at]!;
      storage.version++;
      storage.overwrittenBy = by;
    }
    if (tracing()) trace('run', 'plan', { kernels: plan.kernels.length });
    const made = results.length;
    for (const { from } of plan.shown) results.push(from < made ? results[from]! : copies[from - made]!);
    return results;
  }
}

const sameKey = (a: Int32Array, b: Int32Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

export class CompiledEngine implements Engine {
  readonly name: string;
  readonly threads: number;
  readonly readsAtOnce = true;
  private readonly plans = new Map<number, Plan[]>();
  private count = 0;

  constructor(private readonly machine: Machine) {
    this.name = machine.name;
    this.threads = machine.threads;
  }

  describe(): string {
    return this.machine.describe();
  }

  prepare(request: Request): PreparedWork {
    const plan = this.planFor(request);
    const nodes = plan.results.map((at) => request.nodes[at]!);
    for (const { root } of plan.shown) nodes.push(request.nodes[root]!);
    const written = request.writes.map(({ by }, i) => ({ at: request.writeStorage[i]!, by }));
    return { nodes, work: new PlanWork(plan, written) };
  }

  private planFor(request: Request): Plan {
    const bucket = this.plans.get(request.hash) ?? [];
    // Used last: to the end of the line.
    this.plans.delete(request.hash);
    this.plans.set(request.hash, bucket);
    const known = bucket.find((p) => sameKey(p.key, request.key));
    if (known) return known;
    const plan = this.build(request);
    bucket.push(plan);
    if (++this.count > PLANS) this.forgetOldest();
    return plan;
  }

  private forgetOldest(): void {
    const [hash, plans] = this.plans.entries().next().value!;
    for (const p of plans) {
      p.prepared.release();
      p.released = true;
    }
    this.count -= plans.length;
    this.plans.delete(hash);
  }

  private lower(kernel: Kernel, graph: Graph, home: (at: number) => string): { lowered: Lowered; small: boolean } {
    const { small, target } = this.machine;
    // A kernel's price is at least its number of elements.
    if (small && sizeOf(kernel.cluster.rows) * sizeOf(kernel.cluster.cols) <= small.price) {
      const plain = lower(kernel, graph, small.target, home);
      if (priceOf(plain.program) <= small.price) return { lowered: plain, small: true };
    }
    const lowered = lower(kernel, graph, target, home);
    // A record that the target's language lacks.
    if (small && !isSpelled(lowered.program, target)) {
      return { lowered: lower(kernel, graph, small.target, home), small: true };
    }
    return { lowered, small: false };
  }

  private build(request: Request): Plan {
    const storageOf = new Map(request.inputs.map((at, i) => [at, request.inputStorage[i]!]));
    const place = new Map<Storage, number>(request.storages.map((s, i) => [s, i]));
    const fused = fuse({
      nodes: request.nodes,
      results: request.roots.map((r) => r.at),
      targets: request.writes.map((w) => ({ at: w.value.at, target: place.get(w.storage)! })),
      storageOf,
      keep: (node) => request.keep && keepable(node),
    });
    const { graph, schedule, arena, kept } = fused;
    const resultOf = new Map(kept.map((at, i) => [at, i]));
    const locationOf = (at: number): Location => {
      const storage = storageOf.get(at) ?? schedule.inPlace.get(at);
      if (storage !== undefined) return { in: 'storage', index: storage };
      const result = resultOf.get(at);
      if (result !== undefined) return { in: 'result', index: result };
      const offset = arena.offsets.get(at);
      if (offset === undefined) throw new Error(`internal: "${graph.nodes[at]!.op.name}" at ${at} has no memory`);
      return { in: 'arena', offset };
    };
    const home = (at: number): string => {
      const l = locationOf(at);
      return l.in === 'arena' ? `arena ${at}` : `${l.in} ${l.index}`;
    };
    const numberSlot = new Map(request.numbers.map((at, i) => [at, i]));
    let bytes = arena.bytes;
    const kernels = schedule.kernels.map((kernel): PlannedKernel => {
      const { lowered, small } = this.lower(kernel, graph, home);
      // Scratch lies behind the arena and belongs to one kernel at a time.
      let scratch = arena.bytes;
      const buffers = lowered.buffers.map((b): Buffer => {
        if (b.kind === 'value') return { ...locationOf(b.at), start: b.start };
        const location: Buffer = { in: 'arena', offset: scratch, start: 0 };
        scratch += b.perThread ? b.bytes * this.threads : b.bytes;
        bytes = Math.max(bytes, scratch);
        return location;
      });
      return { program: lowered.program, buffers, numbers: lowered.numbers.map((at) => numberSlot.get(at)!), small };
    });
    const typed = (at: number): { dtype: Storage['dtype']; length: number } => {
      const { dtype, shape } = graph.nodes[at]!;
      return { dtype, length: sizeOf(shape) };
    };
    const spec: PlanSpec = {
      kernels,
      storages: request.storages.map(({ dtype, length }) => ({ dtype, length })),
      results: kept.map(typed),
      written: [...new Set(schedule.inPlace.values())],
      copies: schedule.copies.map(({ at, target }) => ({ from: locationOf(at), storage: target })),
      arenaBytes: bytes,
    };
    const showing = request.roots
      .map((r) => ({ root: r.at, real: graph.real[r.at]! }))
      .filter(({ root, real }) => root !== real || graph.input[real]);
    const copied = [...new Set(showing.flatMap(({ real }) => storageOf.get(real) ?? []))];
    const shown = showing.map(({ root, real }) => {
      const storage = storageOf.get(real);
      return { root, from: storage === undefined ? resultOf.get(real)! : kept.length + copied.indexOf(storage) };
    });
    if (current.verify) for (const k of kernels) verifyProgram(k.program);
    if (tracing()) trace('run', 'build', { kernels: kernels.map((k) => k.program), arenaBytes: bytes, fused });
    const facts = kernels.map(({ program }, i) => kernelFacts(fused, i, program));
    const prepared = this.machine.prepare(spec);
    return { key: request.key, prepared, kernels: facts, results: kept, copied, shown, released: false };
  }
}

const copyOf = (storage: Storage): Storage => new Storage(storage.dtype, storage.length, storage.read().slice());
