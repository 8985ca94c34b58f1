/**
 * Tensors in files: the safetensors format, which PyTorch, JAX and others read and write too.
 *
 * On disk the bytes go straight from the file into each tensor's own memory; `encode` and `decode` do the same with
 * bytes in memory, for browsers. The header's rules are in `safetensors-header.ts`.
 */
import { bytesOf, type DType, type TypedArray, viewOf } from '../base/dtype.js';
import { ArgumentError, FileError } from '../base/errors.js';
import { withFile, writeBytes } from '../data/files.js';
import { asTensor } from '../tensor/create.js';
import { Tensor } from '../tensor/tensor.js';
import { type Entry, encodeHeader, headerLength, PREFIX_BYTES, parseHeader } from './safetensors-header.js';

/** What a safetensors file holds. */
export interface Safetensors {
  /** The tensors by name, in the order of the file. */
  tensors: Record<string, Tensor>;
  /** The strings stored beside them. */
  metadata: Record<string, string>;
}

/**
 * Writes tensors by name, and strings about them, to a file that takes the place of `path` when it is complete.
 * float32, float64, int32, uint8 and bool are kept as they are. The order by name is not: larger elements come first.
 * @throws FileError when `path` cannot be written; then what stood there still does.
 */
export async function saveSafetensors(
  path: string,
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  await writeBytes(path, await encodePieces(tensors, metadata));
}

/**
 * Reads a safetensors file. I64 becomes int32; F16, BF16 and other dtypes are refused.
 * @throws FileError when the file cannot be read, is cut off, or lies about its contents.
 */
export function loadSafetensors(path: string): Promise<Safetensors> {
  return withFile(path, async (file) => {
    const about = (error: unknown): never => {
      throw error instanceof FileError ? new FileError(`"${path}": ${error.message}`, { cause: error }) : error;
    };
    const prefix = await file.read(0, Math.min(PREFIX_BYTES, file.size));
    const length = attempt(() => headerLength(prefix, file.size), about);
    const headerBytes = await file.read(PREFIX_BYTES, length);
    const dataStart = PREFIX_BYTES + length;
    const header = attempt(() => parseHeader(headerBytes, file.size - dataStart), about);
    const tensors: Record<string, Tensor> = {};
    for (const entry of header.entries) {
      const bytes = await file.read(dataStart + entry.begin, entry.bytes);
      tensors[entry.name] = attempt(() => tensorOf(entry, bytes), about);
    }
    return { tensors, metadata: header.metadata };
  });
}

/** The bytes of a safetensors file. The tensors' values are taken at the call, not when the promise settles. */
export async function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces = await encodePieces(tensors, metadata);
  const bytes = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The tensors in the bytes of a safetensors file; they are copied out. @throws FileError as {@link loadSafetensors} */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const dataStart = PREFIX_BYTES + headerLength(bytes, bytes.length);
  const { entries, metadata } = parseHeader(bytes.subarray(PREFIX_BYTES, dataStart), bytes.length - dataStart);
  const tensors: Record<string, Tensor> = {};
  for (const entry of entries) {
    const begin = dataStart + entry.begin;
    // A copy: the data may begin at any byte, and typed arrays only at multiples of their element size.
    tensors[entry.name] = tensorOf(entry, new Uint8Array(bytes.subarray(begin, begin + entry.bytes)));
  }
  return { tensors, metadata };
}

const attempt = <T>(work: () => T, otherwise: (error: unknown) => never): T => {
  try {
    return work();
  } catch (error) {
    return otherwise(error);
  }
};

async function encodePieces(
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array[]> {
  for (const [key, text] of Object.entries(metadata ?? {})) {
    if (typeof text !== 'string') {
      throw new ArgumentError(`metadata holds strings only; "${key}" is a ${typeof text}: use JSON.stringify`);
    }
  }
  // Larger elements first, then by name, as the format's own writer does: so all data are aligned.
  const named = Object.entries(tensors).map(([name, tensor]) => {
    if (!(tensor instanceof Tensor)) throw new ArgumentError(`"${name}" is not a tensor`);
    return { name, tensor, dtype: tensor.dtype, shape: tensor.shape };
  });
  named.sort((a, b) => bytesOf(b.dtype) - bytesOf(a.dtype) || (a.name < b.name ? -1 : 1));
  const header = encodeHeader(named, metadata);
  // All reads begin before the first is awaited, so the file holds the values of one moment.
  const arrays = await Promise.all(named.map(({ tensor }) => tensor.data()));
  return [header, ...arrays.map((a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength))];
}

/** Makes `bytes`, which begin their buffer and are nobody else's, a tensor without copying them. */
function tensorOf(entry: Entry, bytes: Uint8Array<ArrayBuffer>): Tensor {
  return asTensor(valuesOf(entry, bytes), { dtype: entry.dtype, shape: entry.shape });
}

function valuesOf({ name, stored, dtype, bytes: length }: Entry, bytes: Uint8Array<ArrayBuffer>): TypedArray {
  if (stored === 'I64') return narrow(name, new BigInt64Array(bytes.buffer));
  if (stored === 'BOOL') {
    const bad = bytes.find((b) => b > 1);
    if (bad !== undefined) throw new FileError(`tensor "${name}": a BOOL is 0 or 1, found ${bad}`);
  }
  return viewOf(dtype as DType, bytes.buffer, 0, length / bytesOf(dtype));
}

/** int64 to int32. @throws FileError for a value that does not fit. */
function narrow(name: string, wide: BigInt64Array): Int32Array {
  const narrowed = new Int32Array(wide.length);
  wide.forEach((value, i) => {
    if (value !== BigInt.asIntN(32, value)) {
      throw new FileError(`tensor "${name}": the I64 value ${value} does not fit in int32, the widest integer here`);
    }
    narrowed[i] = Number(value);
  });
  return narrowed;
}
