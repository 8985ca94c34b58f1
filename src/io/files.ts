/**
 * Small files for people and programs: JSON and text, read with clear errors, written beside and renamed.
 */
import { FileError } from '../base/errors.js';
import { readBytes, writeBytes } from '../data/files.js';

export { readBytes, writeBytes };

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The text of a UTF-8 file. @throws FileError when it is missing, unreadable or not UTF-8. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(`"${path}" is not text: its bytes are not UTF-8`, { cause });
  }
}

/** Writes `text` as UTF-8, in one go. @throws FileError */
export const writeText = (path: string, text: string, options?: { makeFolder?: boolean }): Promise<void> =>
  writeBytes(path, new TextEncoder().encode(text), options);

/** The value in a JSON file. Its shape is the caller's to check. @throws FileError when it is no JSON. */
export async function readJson(path: string): Promise<Json> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileError(`"${path}" does not hold JSON (is it cut off?): ${reason}`, { cause });
  }
}

/** Writes `value` as indented JSON, in one go. NaN and the infinities, which JSON lacks, become null. @throws FileError */
export const writeJson = (path: string, value: Json, options?: { makeFolder?: boolean }): Promise<void> =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`, options);
