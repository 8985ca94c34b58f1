/**
 * The native machine: kernels compiled by the system's C compiler, working in place on the arrays where values are at home.
 *
 * A plan is one call, in which a small C function walks its kernels. Kernels too small for a compiler are JavaScript over
 * the same arrays; where they stand between others, a plan is several calls.
 */
import type { DType, TypedArray } from '../../base/dtype.js';
import { DeviceError } from '../../base/errors.js';
import { emitC } from '../../emit/c/kernel.js';
import { targetFor } from '../../emit/c/target.js';
import { emitJs, TARGET as JAVASCRIPT, type JsKernel } from '../../emit/js/kernel.js';
import type { Program } from '../../ir/expr.js';
import { phasesOf, workOf } from '../../ir/phases.js';
import { programKey } from '../../ir/program-key.js';
import type { Cell, Storage } from '../../ir/storage.js';
import type { Target } from '../../lower/index.js';
import type { Machine, PlanSpec, Prepared } from '../machine.js';
import { type Compiler, findCompiler } from './compiler.js';
import { KernelStore, type Loaded } from './kernels.js';
import { findLoader, type Loader, type Walk } from './library.js';
import { Memory, type Placed } from './memory.js';
import { findNode, type Node } from './node.js';
import { NativePlan } from './plan.js';
import { ADVISE, WALKER } from './walker.js';

/**
 * Kernels of at most this price run as JavaScript: well under the time of a compilation even when V8 interprets them, and
 * a few microseconds once it has compiled them, which is what calling C would not beat by much.
 */
const SMALL_PRICE = 5000;
/** From this many kernels on, those without a plan are dropped. */
const KERNELS = 4096;

/** A plan that runs fewer statements than this stays on the caller's thread. */
const WORTH_SHARING = 8000;
/** And so does a part of one. */
const WORTH_A_PART = 1000;

/** What a kernel is between two barriers. */
export interface Part extends Loaded {
  readonly work: number;
  /** Only the first thread has it. */
  readonly alone: boolean;
}
/** A kernel that plans share. */
interface Shared<T> {
  readonly code: T;
  plans: number;
}

/** Where the elements of a storage's home array are. They are always the current ones. */
class Address implements Cell {
  constructor(
    readonly home: TypedArray,
    readonly value: number,
  ) {}

  fetch(): void {}

  drop(storage: Storage): void {
    storage.cell = null;
  }
}

export interface NativeOptions {
  /** Where compiled kernels are kept; by default in the user's cache. */
  readonly folder?: string;
  /** Kernels of at most this price run as JavaScript. */
  readonly smallPrice?: number;
  /** How many threads at most; 0 for as many as there are cores. */
  readonly threads?: number;
}

export class NativeMachine implements Machine {
  readonly name = 'native';
  readonly threads: number;
  readonly target: Target;
  readonly small: Machine['small'];
  /** The words in which kernels report. */
  readonly status = new Int32Array(2);
  readonly statusAddress: number;
  /** Working memory of all plans, and how often it was replaced by a larger one. */
  arena: Placed & { readonly generation: number };
  private readonly store: KernelStore;
  private readonly compiled = new Map<string, Shared<readonly Part[]>>();
  private readonly interpreted = new Map<string, Shared<JsKernel>>();
  private walker: Walk | null = null;
  private readonly memory: Memory;
  /** The address of the threads that walk plans together. */
  private team = 0;

  private constructor(
    node: Node,
    private readonly compiler: Compiler,
    private readonly loader: Loader,
    { folder, smallPrice = SMALL_PRICE, threads = 0 }: NativeOptions,
  ) {
    this.target = targetFor(compiler.macros);
    this.small = { target: JAVASCRIPT, price: smallPrice };
    this.threads = threads || node.system.availableParallelism();
    this.store = new KernelStore(node, compiler, loader, this.threads, folder);
    this.statusAddress = loader.addressOf(this.status);
    this.memory = new Memory(node, loader);
    this.arena = { ...this.memory.allocate('uint8', 4096), generation: 0 };
  }

  /** The machine, or the reason why it cannot work here. */
  static make(options: NativeOptions = {}): NativeMachine | string {
    const node = findNode();
    if (typeof node === 'string') return node;
    const loader = findLoader(node);
    if (typeof loader === 'string') return loader;
    const compiler = findCompiler(node);
    if (typeof compiler === 'string') return compiler;
    const machine = new NativeMachine(node, compiler, loader, options);
    try {
      machine.walkerFor([]);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return machine;
  }

  describe(): string {
    const { name, lanes } = this.target;
    return `C by ${this.compiler.version}, ${lanes} lanes (${name}), loaded by koffi ${this.loader.version}`;
  }

  /** Where a storage's elements are, brought home first if another engine has them. */
  addressOf(storage: Storage): number {
    const { cell } = storage;
    if (cell instanceof Address) {
      if (cell.home.length === storage.length) return cell.value;
      throw new DeviceError(
        'the memory of a tensor has been transferred away (postMessage or structuredClone moved its buffer)',
      );
    }
    const home = storage.read();
    cell?.drop(storage);
    const address = new Address(home, this.loader.addressOf(home));
    storage.cell = address;
    return address.value;
  }

  /** Where an array is that nobody moves. */
  addressOfArray(array: TypedArray): number {
    return this.loader.addressOf(array);
  }

  /** New memory, whose elements may be anything. */
  allocate(dtype: DType, length: number): Placed {
    return this.memory.allocate(dtype, length);
  }

  /** Makes sure that working memory has `bytes`. */
  reserve(bytes: number): void {
    const { array, generation } = this.arena;
    if (array.length < bytes) this.arena = { ...this.memory.allocate('uint8', bytes), generation: generation + 1 };
  }

  /** Runs entries of a plan's table, on all threads if it is worth it. */
  walk(entries: number, count: number, work: number): void {
    const threads = work >= WORTH_SHARING ? this.threads : 1;
    this.walker!(this.team, entries, count, this.statusAddress, threads);
  }

  prepare(spec: PlanSpec): Prepared {
    const big = spec.kernels.filter((k) => !k.small).map((k) => k.program);
    const keys = new Map(spec.kernels.map(({ program }) => [program, programKey(program)]));
    this.walkerFor([...new Set(big)].filter((p) => !this.compiled.has(keys.get(p)!)).map((p) => [keys.get(p)!, p]));
    const kernels = spec.kernels.map(({ program, small }) => {
      const key = keys.get(program)!;
      const shared = small ? this.javascript(key, program) : this.compiled.get(key)!;
      shared.plans++;
      return shared;
    });
    return new NativePlan(
      this,
      spec,
      kernels.map((k) => k.code),
      () => {
        for (const k of kernels) k.plans--;
      },
    );
  }

  /** Loads what a plan lacks, and the walker with the first. */
  private walkerFor(missing: readonly (readonly [string, Program])[]): void {
    if (missing.length === 0 && this.walker) return;
    if (this.compiled.size + missing.length > KERNELS) this.forget();
    const phases = missing.map(([, program]) => phasesOf(program));
    const kernels = phases.flat().map(emitC);
    const loaded = this.store.load(this.walker ? kernels : [...kernels, WALKER]);
    let next = 0;
    missing.forEach(([key], i) => {
      const parts = phases[i]!.map((phase): Part => {
        const work = workOf(phase);
        return { ...loaded[next++]!, work, alone: work < WORTH_A_PART };
      });
      this.compiled.set(key, { code: parts, plans: 0 });
    });
    if (!this.walker) {
      const { library, name } = loaded.at(-1)!;
      this.walker = library.walk(name);
      this.memory.advise = library.advise(name + ADVISE);
      this.team = this.walker(0, 0, 0, 0, this.threads);
    }
  }

  private javascript(key: string, program: Program): Shared<JsKernel> {
    let shared = this.interpreted.get(key);
    if (!shared) {
      if (this.interpreted.size >= KERNELS) {
        for (const [old, { plans }] of this.interpreted) if (plans === 0) this.interpreted.delete(old);
      }
      this.interpreted.set(key, (shared = { code: emitJs(program), plans: 0 }));
    }
    return shared;
  }

  /** Drops the kernels that no plan has any more. */
  private forget(): void {
    for (const [key, { code, plans }] of this.compiled) {
      if (plans > 0) continue;
      this.compiled.delete(key);
      for (const part of code) this.store.unload(part);
    }
  }
}
