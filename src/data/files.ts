/**
 * Files on disk: read whole or in pieces, written beside and renamed, with errors a person can act on.
 *
 * Node's modules are loaded when a file is first touched, by a specifier that bundlers do not follow, so a
 * page that never touches a file needs none of them. The room `io` builds on this one.
 */
import { FileError } from '../base/errors.js';

type FileSystem = typeof import('node:fs/promises');
type Paths = typeof import('node:path');

/** True where files exist: in Node, Deno and Bun. */
export const hasFiles = (): boolean => typeof globalThis.process?.versions?.node === 'string';

const builtin = async (name: string): Promise<unknown> => {
  if (!hasFiles()) {
    throw new FileError('there is no file system here: in a browser, fetch the bytes and decode those');
  }
  return import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`);
};
const fileSystem = async (): Promise<FileSystem> => (await builtin('fs/promises')) as FileSystem;
const paths = async (): Promise<Paths> => (await builtin('path')) as Paths;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** What the system's code means for someone who reads. */
const READING: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of this path is a file, not a folder',
};

/** What the system's code means for someone who writes. */
const WRITING: Record<string, string> = {
  ENOENT: 'its folder does not exist; create it first',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EEXIST: 'a part of this path is a file, not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

/** The system's error in words: `cannot read "x": there is no such file or folder`. */
export function fileError(verb: 'read' | 'write', path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  const words = (verb === 'read' ? READING : WRITING)[codeOf(error)];
  const reason = words ?? (error instanceof Error ? error.message : String(error));
  return new FileError(`cannot ${verb} "${path}": ${reason}`, { cause: error });
}

/** An open file that is read in pieces. */
export interface FileReader {
  readonly path: string;
  /** Bytes in the file. */
  readonly size: number;
  /** `length` bytes from `position`, in a buffer of their own. @throws FileError past the end. */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Reads never ask the system for more than this at once: some refuse 2 GiB and above. */
const MOST_AT_ONCE = 2 ** 30;

/** Opens `path`, hands it to `use`, closes it. @throws FileError */
export async function withFile<T>(path: string, use: (file: FileReader) => Promise<T>): Promise<T> {
  const fs = await fileSystem();
  const handle = await fs.open(path, 'r').catch((error) => {
    throw fileError('read', path, error);
  });
  try {
    const info = await handle.stat();
    if (info.isDirectory()) throw new FileError(`cannot read "${path}": ${READING.EISDIR}`);
    const { size } = info;
    const read = async (position: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
      if (position + length > size) {
        throw new FileError(`"${path}" is cut off: it has ${size} bytes, ${position + length} are needed`);
      }
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, MOST_AT_ONCE), position + done);
        if (bytesRead === 0) throw new FileError(`"${path}" became shorter while it was read`);
        done += bytesRead;
      }
      return bytes;
    };
    return await use({ path, size, read });
  } catch (error) {
    // What `use` throws about the contents is already in words; only the system's codes need translating.
    throw codeOf(error) === '' ? error : fileError('read', path, error);
  } finally {
    await handle.close();
  }
}

/** All bytes of a file. @throws FileError */
export const readBytes = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  withFile(path, (file) => file.read(0, file.size));

let written = 0;

/**
 * Writes `pieces`, one after another, to `path`. They go to a new file beside it, which takes the name only
 * when all is on disk: a reader sees the old file or the new one, never half of either.
 * @param options.makeFolder creates the folder, and those above it, when missing.
 * @throws FileError; then nothing of the attempt is left behind.
 */
export async function writeBytes(
  path: string,
  pieces: Uint8Array | readonly Uint8Array[],
  options: { makeFolder?: boolean } = {},
): Promise<void> {
  const fs = await fileSystem();
  const { dirname, basename, join } = await paths();
  const folder = dirname(path);
  const beside = join(folder, `.${basename(path)}.${process.pid}-${written++}.part`);
  try {
    if (options.makeFolder) await fs.mkdir(folder, { recursive: true });
    await refuseUnwritable(fs, path);
    const handle = await fs.open(beside, 'wx');
    try {
      for (const piece of pieces instanceof Uint8Array ? [pieces] : pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(beside, path);
  } catch (error) {
    await fs.rm(beside, { force: true }).catch(() => undefined);
    throw fileError('write', path, error);
  }
}

/** Renaming would replace a read-only file without asking, and fail on a folder with an unclear code. */
async function refuseUnwritable(fs: FileSystem, path: string): Promise<void> {
  const info = await fs.stat(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (info?.isDirectory()) throw new FileError(`cannot write "${path}": ${WRITING.EISDIR}`);
  if (info) await fs.access(path, fs.constants.W_OK);
}

/** Is there a folder (or file) of this name? @throws FileError when that cannot be told. */
export async function kindOfPath(path: string): Promise<'file' | 'folder' | 'missing'> {
  const fs = await fileSystem();
  try {
    return (await fs.stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'missing';
    throw fileError('read', path, error);
  }
}

/** Joins the parts of a path as this system writes them. */
export const joinPath = async (...parts: string[]): Promise<string> => (await paths()).join(...parts);

/** `~/.cache/chainrule/<name>`, or below `XDG_CACHE_HOME` where that is set to an absolute path. */
export async function cacheFolder(name: string): Promise<string> {
  const { join, isAbsolute } = await paths();
  const { homedir } = (await builtin('os')) as typeof import('node:os');
  const xdg = process.env.XDG_CACHE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'chainrule', name);
}
