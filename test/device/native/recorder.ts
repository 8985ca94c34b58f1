/**
 * An engine that notes down which kernels the native machine would run, on which memory, and lets the interpreter compute: so
 * that the kernels can be run elsewhere, under the eyes of sanitizers.
 */
import { bytesOf, type TypedArray } from '../../../src/base/dtype.js';
import { sizeOf } from '../../../src/base/shape.js';
import { fuse } from '../../../src/fuse/index.js';
import type { Program } from '../../../src/ir/expr.js';
import type { Storage } from '../../../src/ir/storage.js';
import { isSpelled, lower, type Target } from '../../../src/lower/index.js';
import { inside, rootsOf } from '../../../src/lower/visit.js';
import type { Request } from '../../../src/run/collect.js';
import { interpreter } from '../../../src/run/interpreter.js';
import { type Engine, keepable, type Prepared } from '../../../src/run/performs.js';

/** A piece of memory by itself. */
export interface Block {
  readonly bytes: number;
  /** What it holds at the beginning; null for anything. */
  readonly content: TypedArray | null;
  /** Whether each thread has one, all of them side by side. */
  readonly perThread: boolean;
}

/** A buffer: a block, from so many bytes on. */
export interface Bound {
  readonly block: number;
  readonly skip: number;
}
export interface KernelCall {
  readonly program: Program;
  readonly buffers: readonly Bound[];
  /** The numbers, then the sizes. */
  readonly numbers: readonly number[];
}
export interface KernelRun {
  readonly blocks: readonly Block[];
  readonly calls: readonly KernelCall[];
}

/** Values and scratch as blocks. */
class Blocks {
  readonly list: Block[] = [];
  private readonly places = new Map<string, number>();

  constructor(private readonly storages: Request['storages']) {
    for (const { dtype, length } of storages) this.add(length * bytesOf(dtype));
  }

  add(bytes: number, perThread = false): number {
    return this.list.push({ bytes, content: null, perThread }) - 1;
  }

  at(home: string, bytes: number): number {
    let place = this.places.get(home);
    if (place === undefined) this.places.set(home, (place = this.add(bytes)));
    return place;
  }

  /** All of them, with what the storages hold now. */
  filled(storages: readonly Storage[]): Block[] {
    return this.list.map((b, i) => (i < this.storages.length ? { ...b, content: storages[i]!.read().slice() } : b));
  }
}

export class Recorder implements Engine {
  readonly name = 'recorder';
  readonly threads = 1;
  readonly readsAtOnce = true;
  readonly runs: KernelRun[] = [];
  /** Ops that C lacks: kernels with one of them run as JavaScript. */
  readonly unspelled = new Set<string>();
  private readonly seen = new Set<string>();

  constructor(private readonly target: Target) {}

  describe(): string {
    return 'the interpreter, watched';
  }

  prepare(request: Request): Prepared {
    const key = request.key.join();
    const { nodes, work } = interpreter.prepare(request);
    if (this.seen.has(key)) return { nodes, work };
    this.seen.add(key);
    const { blocks, calls } = this.plan(request);
    return {
      nodes,
      work: {
        valid: true,
        run: (storages, numbers) => {
          const filled = blocks.filled(storages);
          const results = work.run(storages, numbers);
          this.runs.push({
            blocks: filled,
            calls: calls.map((c) => ({
              ...c,
              numbers: [...c.numbers.map((from) => numbers[from]!), ...(c.program.sizes?.values ?? [])],
            })),
          });
          return results;
        },
      },
    };
  }

  /** As `run/compiled.ts` does it, but every value and every scratch has a block of its own. Numbers are places among those of the request. */
  private plan(request: Request): { readonly blocks: Blocks; readonly calls: readonly KernelCall[] } {
    const storageOf = new Map(request.inputs.map((at, i) => [at, request.inputStorage[i]!]));
    const { graph, schedule } = fuse({
      nodes: request.nodes,
      results: request.roots.map((r) => r.at),
      targets: request.writes.map((w, i) => ({ at: w.value.at, target: request.writeStorage[i]! })),
      storageOf,
      keep: (node) => request.keep && keepable(node),
    });
    const blocks = new Blocks(request.storages);
    const storageAt = (at: number): number | undefined => storageOf.get(at) ?? schedule.inPlace.get(at);
    const home = (at: number): string => `${storageAt(at) ?? `value ${at}`}`;
    const calls: KernelCall[] = [];
    for (const kernel of schedule.kernels) {
      const { program, buffers, numbers } = lower(kernel, graph, this.target, home);
      if (!isSpelled(program, this.target)) {
        inside(rootsOf(program.body), (e) => {
          if (e.e === 'op' && !this.target.spells(e.op, e.args[0]!.dtype)) this.unspelled.add(e.op.name);
        });
        // What it would have computed is missing.
        break;
      }
      calls.push({
        program,
        buffers: buffers.map((b): Bound => {
          if (b.kind === 'scratch') return { block: blocks.add(b.bytes, b.perThread), skip: 0 };
          const { dtype, shape } = graph.nodes[b.at]!;
          const block = storageAt(b.at) ?? blocks.at(home(b.at), sizeOf(shape) * bytesOf(dtype));
          return { block, skip: b.start * bytesOf(dtype) };
        }),
        numbers: numbers.map((at) => request.numbers.indexOf(at)),
      });
    }
    return { blocks, calls };
  }
}
