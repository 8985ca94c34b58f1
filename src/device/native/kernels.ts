/**
 * From kernels as C to functions in this process: found in memory, found on disk, or compiled now.
 *
 * All that a plan lacks is compiled at once: as many groups as the machine has threads, each group one file of C. In which
 * group a kernel was compiled makes no difference to what it computes.
 */
import { DeviceError } from '../../base/errors.js';
import { trace } from '../../base/trace.js';
import type { CKernel } from '../../emit/c/kernel.js';
import { unitOf } from '../../emit/c/unit.js';
import { cacheFolder, KernelCache } from './cache.js';
import { type Compiler, compile } from './compiler.js';
import type { Library, Loader } from './library.js';
import type { Node } from './node.js';

/** A function in this process. */
export interface Loaded {
  readonly name: string;
  /** The file it came from. */
  readonly path: string;
  readonly library: Library;
  readonly address: number;
}

interface Wanted {
  readonly key: string;
  readonly kernel: CKernel;
}

/** A kernel's function bears its key. */
const symbolOf = (key: string): string => `k_${key}`;

export class KernelStore {
  private readonly cache: KernelCache;
  /** Where compiled kernels go when the cache's folder cannot be written. */
  private temporary: KernelCache | null = null;
  /** Libraries by path, with how often a kernel was given out that has not come back. */
  private readonly libraries = new Map<string, { readonly library: Library; users: number }>();

  constructor(
    private readonly node: Node,
    private readonly compiler: Compiler,
    private readonly loader: Loader,
    /** How many compilers run at once. */
    private readonly jobs: number,
    folder = cacheFolder(node),
  ) {
    this.cache = new KernelCache(node, folder);
  }

  /** The functions of kernels. @throws DeviceError when the compiler cannot compile one */
  load(kernels: readonly CKernel[]): Loaded[] {
    const wanted = kernels.map((kernel) => ({ kernel, key: this.keyOf(kernel) }));
    const found = new Map<string, Loaded>();
    const missing = new Map<string, Wanted>();
    for (const w of wanted) {
      if (found.has(w.key) || missing.has(w.key)) continue;
      const loaded = this.fromDisk(w.key);
      if (loaded) found.set(w.key, loaded);
      else missing.set(w.key, w);
    }
    if (missing.size > 0) for (const [key, loaded] of this.compileAll([...missing.values()])) found.set(key, loaded);
    return wanted.map(({ key }) => {
      const loaded = found.get(key)!;
      this.libraries.get(loaded.path)!.users++;
      return loaded;
    });
  }

  /** Gives back a kernel's code. Nobody may call it any more. */
  unload(kernel: Loaded): void {
    const { path } = kernel;
    const entry = this.libraries.get(path)!;
    if (--entry.users > 0) return;
    this.libraries.delete(path);
    entry.library.unload();
  }

  private keyOf(kernel: CKernel): string {
    const text = unitOf([{ name: 'kernel', kernel }]);
    return this.node.crypto
      .createHash('sha256')
      .update(`${this.compiler.identity}\n${text}`)
      .digest('hex')
      .slice(0, 40);
  }

  private fromDisk(key: string): Loaded | null {
    for (const cache of [this.cache, this.temporary]) {
      const path = cache?.find(key);
      if (!path) continue;
      try {
        return this.open(path, key);
      } catch {
        // Whole, and yet no library for this machine.
        cache!.remove(key);
      }
    }
    return null;
  }

  private open(path: string, key: string): Loaded {
    let entry = this.libraries.get(path);
    if (!entry) {
      entry = { library: this.loader.load(path), users: 0 };
      this.libraries.set(path, entry);
    }
    const name = symbolOf(key);
    return { name, path, library: entry.library, address: entry.library.addressOf(name) };
  }

  private compileAll(missing: readonly Wanted[]): Map<string, Loaded> {
    const began = performance.now();
    const groups = this.groupsOf(missing);
    const { cache, folder } = this.writable();
    const { files } = this.node;
    try {
      const failed = compile(this.node, this.compiler, folder, groups.map(unitFor));
      const out = new Map<string, Loaded>();
      groups.forEach((group, i) => {
        if (failed[i] !== null) throw new DeviceError(this.failure(group, failed[i]!));
        cache.add(
          group.map((w) => w.key),
          `${folder}/${i}.so`,
        );
        for (const { key } of group) {
          const loaded = this.fromDisk(key);
          if (!loaded) throw new DeviceError(`what the C compiler made cannot be loaded. ${OTHER_ENGINE}`);
          out.set(key, loaded);
        }
      });
      trace('device', 'compile', { kernels: missing.length, milliseconds: performance.now() - began });
      return out;
    } finally {
      files.rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Kernels in groups of about the same amount of text, the longest first. */
  private groupsOf(missing: readonly Wanted[]): Wanted[][] {
    const count = Math.min(missing.length, this.jobs);
    const groups = Array.from({ length: count }, () => ({ members: [] as Wanted[], length: 0 }));
    for (const w of [...missing].sort((a, b) => b.kernel.text.length - a.kernel.text.length)) {
      const least = groups.reduce((a, b) => (b.length < a.length ? b : a));
      least.members.push(w);
      least.length += w.kernel.text.length;
    }
    return groups.map((g) => g.members);
  }

  /** A cache that can be written, and a folder in it to compile in. */
  private writable(): { readonly cache: KernelCache; readonly folder: string } {
    if (!this.temporary) {
      try {
        return { cache: this.cache, folder: this.cache.workFolder() };
      } catch {
        const { files, system, onExit } = this.node;
        const folder = files.mkdtempSync(`${system.tmpdir()}/chainrule-`);
        onExit(() => files.rmSync(folder, { recursive: true, force: true }));
        this.temporary = new KernelCache(this.node, folder);
      }
    }
    return { cache: this.temporary, folder: this.temporary.workFolder() };
  }

  private failure(group: readonly Wanted[], said: string): string {
    const lines = said.split('\n').slice(0, 5).join('\n');
    return `the C compiler (${this.compiler.command[0]}) failed on ${group.length} kernels: ${lines}\n${OTHER_ENGINE}`;
  }
}

const OTHER_ENGINE =
  "The engine that needs no compiler is chosen by settings({ engine: 'wasm' }) or CHAINRULE_ENGINE=wasm.";

const unitFor = (group: readonly Wanted[]): string =>
  unitOf(group.map(({ key, kernel }) => ({ name: symbolOf(key), kernel })));
