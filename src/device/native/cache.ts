/**
 * Compiled kernels on disk, shared by all processes of a user.
 *
 * A file is called `<key>-<checksum>.so`: its content can be trusted if it has that checksum, so a file that was cut off or
 * damaged is as good as missing. Files appear under their names at once and complete, by linking or renaming. Several keys may
 * share one file (hard links), for kernels are compiled in groups. Anything that fails here costs a compilation, no more.
 */
import type { Node } from './node.js';

/** The files may take this much; the least recently used go first, until a quarter is free. */
const MOST_BYTES = 256 * 2 ** 20;
const DAY = 24 * 3600 * 1000;
const HOUR = 3600 * 1000;
const WORK = 'work-';

export class KernelCache {
  /** File names by key, as they were when first looked at, and what was added since. */
  private readonly known = new Map<string, string>();
  private trimmed = false;

  /** @param folder where the files are; created if need be */
  constructor(
    private readonly node: Node,
    readonly folder: string,
    private readonly mostBytes = MOST_BYTES,
  ) {
    try {
      for (const name of node.files.readdirSync(folder)) {
        const key = /^([0-9a-f]+)-[0-9a-f]+\.so$/.exec(name)?.[1];
        if (key) this.known.set(key, name);
      }
    } catch {
      // There is none yet.
    }
  }

  /** The path of the library for a key, if there is one that is whole. */
  find(key: string): string | null {
    const name = this.known.get(key);
    if (name === undefined) return null;
    const path = `${this.folder}/${name}`;
    const { files } = this.node;
    try {
      if (name === this.nameOf(key, files.readFileSync(path))) {
        this.touch(path);
        return path;
      }
    } catch {
      // Somebody removed it.
    }
    this.remove(key);
    return null;
  }

  /** Forgets a file that cannot be used. */
  remove(key: string): void {
    const name = this.known.get(key);
    this.known.delete(key);
    try {
      if (name !== undefined) this.node.files.rmSync(`${this.folder}/${name}`, { force: true });
    } catch {
      // A folder that cannot be written keeps its damaged file, which is found out each time.
    }
  }

  /** A new empty folder to compile in. It lies beside the files, so that they can be moved without copying. @throws Error when none can be made */
  workFolder(): string {
    const { files } = this.node;
    files.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    return files.mkdtempSync(`${this.folder}/${WORK}`);
  }

  /** Puts the library at `from` into the cache under several keys, and gives the path of the first. */
  add(keys: readonly string[], from: string): string {
    const { files } = this.node;
    const content = files.readFileSync(from);
    for (const key of keys) {
      const name = this.nameOf(key, content);
      const to = `${this.folder}/${name}`;
      try {
        files.linkSync(from, to);
      } catch {
        // There already, or a file system without links.
        const own = `${from}.${key}`;
        files.copyFileSync(from, own);
        files.renameSync(own, to);
      }
      this.known.set(key, name);
    }
    if (!this.trimmed) this.trim();
    return `${this.folder}/${this.known.get(keys[0]!)!}`;
  }

  private nameOf(key: string, content: Uint8Array): string {
    return `${key}-${this.node.crypto.createHash('sha256').update(content).digest('hex').slice(0, 32)}.so`;
  }

  /** Marks a file as used, once a day. */
  private touch(path: string): void {
    const { files } = this.node;
    if (Date.now() - files.statSync(path).mtimeMs < DAY) return;
    try {
      files.utimesSync(path, new Date(), new Date());
    } catch {
      // Not ours to touch.
    }
  }

  /** Removes what killed processes have left, and the oldest files beyond the bound; once in a process. */
  private trim(): void {
    this.trimmed = true;
    const { files } = this.node;
    const found: { path: string; bytes: number; time: number }[] = [];
    for (const name of files.readdirSync(this.folder)) {
      const path = `${this.folder}/${name}`;
      try {
        const { size, nlink, mtimeMs } = files.statSync(path);
        if (!name.startsWith(WORK)) found.push({ path, bytes: size / nlink, time: mtimeMs });
        else if (Date.now() - mtimeMs > HOUR) files.rmSync(path, { recursive: true, force: true });
      } catch {
        // Another process was quicker.
      }
    }
    let bytes = found.reduce((sum, f) => sum + f.bytes, 0);
    if (bytes <= this.mostBytes) return;
    found.sort((a, b) => a.time - b.time);
    for (const { path, bytes: own } of found) {
      if (bytes <= (this.mostBytes * 3) / 4) return;
      files.rmSync(path, { force: true });
      bytes -= own;
    }
  }
}

/** The folder of the cache: of the user, by the XDG rules. */
export function cacheFolder({ environment, system }: Node): string {
  const base = environment.XDG_CACHE_HOME;
  return `${base?.startsWith('/') ? base : `${system.homedir()}/.cache`}/chainrule/kernels`;
}
