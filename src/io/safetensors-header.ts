/**
 * The header of a safetensors file: which tensors it holds, of which dtype and shape, and where.
 *
 * Layout (https://github.com/huggingface/safetensors): eight bytes with the header's length (unsigned, little-endian),
 * the header (a JSON object from names to `{dtype, shape, data_offsets}`, and strings under `__metadata__`), the data.
 * Everything is checked against the true length of the file before a byte of it is read or memory is taken for it.
 */
import { bytesOf, type DType } from '../base/dtype.js';
import { FileError } from '../base/errors.js';
import { MAX_ELEMENTS, showShape } from '../base/shape.js';
import { parseStrictJson, type StrictJson } from './strict-json.js';

/** The dtypes read here. I64 has no tensor of its own: it becomes int32 where every element fits. */
const READS = { F32: 'float32', F64: 'float64', I32: 'int32', U8: 'uint8', BOOL: 'bool', I64: 'int32' } as const;
export type StoredDType = keyof typeof READS;

const WRITES: Record<DType, StoredDType> = {
  float32: 'F32',
  float64: 'F64',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};

const isStoredDType = (name: string): name is StoredDType => Object.hasOwn(READS, name);
const storedBytes = (stored: StoredDType): number => (stored === 'I64' ? 8 : bytesOf(READS[stored]));

/** The limit of the format's own reader. */
export const MOST_HEADER_BYTES = 100_000_000;
/** Bytes before the header: its length. */
export const PREFIX_BYTES = 8;
const METADATA = '__metadata__';

/** One tensor in the file. */
export interface Entry {
  readonly name: string;
  readonly stored: StoredDType;
  /** The dtype of the tensor it becomes. */
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Where its bytes begin, counted from the end of the header. */
  readonly begin: number;
  readonly bytes: number;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The header's length from the file's first bytes, checked against the file's size. @throws FileError */
export function headerLength(prefix: Uint8Array, fileBytes: number): number {
  if (fileBytes < PREFIX_BYTES) {
    throw new FileError(
      `too short for safetensors: ${fileBytes} bytes, and the header's length alone takes ${PREFIX_BYTES}`,
    );
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  if (length > MOST_HEADER_BYTES) {
    throw new FileError(
      `the header claims ${length} bytes; at most ${MOST_HEADER_BYTES} are allowed. Is this a safetensors file?`,
    );
  }
  if (Number(length) > fileBytes - PREFIX_BYTES) {
    throw new FileError(`cut off: the header claims ${length} bytes, and only ${fileBytes - PREFIX_BYTES} follow`);
  }
  return Number(length);
}

/** Reads the header's text and checks that it describes exactly `dataBytes` bytes. @throws FileError */
export function parseHeader(header: Uint8Array, dataBytes: number): Header {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw new FileError('the header is not UTF-8 text. Is this a safetensors file?', { cause });
  }
  const table = text.startsWith('{') ? parseStrictJson(text) : null;
  if (!(table instanceof Map)) throw new FileError('the header is no JSON object. Is this a safetensors file?');

  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of table) {
    refuseProto(name);
    if (name === METADATA) metadata = parseMetadata(value);
    else entries.push(parseEntry(name, value));
  }
  checkCoverage(entries, dataBytes);
  return { entries, metadata };
}

/** A record with this key would change the object's prototype instead of holding an entry. */
function refuseProto(name: string): void {
  if (name === '__proto__') throw new FileError('the name "__proto__" is not allowed in a header');
}

function parseMetadata(value: StrictJson): Record<string, string> {
  if (!(value instanceof Map)) throw new FileError(`${METADATA} must be an object of strings`);
  const metadata: Record<string, string> = {};
  for (const [key, text] of value) {
    refuseProto(key);
    if (typeof text !== 'string') throw new FileError(`${METADATA} may hold strings only, and "${key}" is none`);
    metadata[key] = text;
  }
  return metadata;
}

function parseEntry(name: string, value: StrictJson): Entry {
  const fail = (problem: string): never => {
    throw new FileError(`tensor "${name}": ${problem}`);
  };
  if (!(value instanceof Map)) return fail('its entry must be an object with dtype, shape and data_offsets');
  for (const key of value.keys()) {
    if (!['dtype', 'shape', 'data_offsets'].includes(key)) fail(`its entry has an unknown key "${key}"`);
  }
  const stored = value.get('dtype');
  if (typeof stored !== 'string') return fail('its dtype is missing or is no string');
  if (!isStoredDType(stored)) {
    return fail(`dtype ${stored} cannot be read here; these can: ${Object.keys(READS).join(', ')}`);
  }
  const shape = wholeNumbers(value.get('shape')) ?? fail('its shape must be a list of whole numbers from 0 up');
  const offsets = wholeNumbers(value.get('data_offsets'));
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined || offsets?.length !== 2 || end < begin) {
    return fail('its data_offsets must be two whole numbers [begin, end] with begin ≤ end');
  }
  // A product of sizes could pass 2⁵³ and be rounded: stop as soon as it is too large for any tensor.
  let elements = shape.includes(0) ? 0 : 1;
  for (const n of shape) {
    elements *= n;
    if (elements > MAX_ELEMENTS) fail(`shape ${showShape(shape)} has more elements than a tensor may have`);
  }
  const bytes = elements * storedBytes(stored);
  if (end - begin !== bytes) {
    fail(
      `shape ${showShape(shape)} of ${stored} takes ${bytes} bytes, and its data_offsets [${begin}, ${end}] span ${end - begin}`,
    );
  }
  return { name, stored, dtype: READS[stored], shape, begin, bytes };
}

function wholeNumbers(value: StrictJson | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.filter((n): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0);
  return numbers.length === value.length ? numbers : undefined;
}

/** The tensors must tile the data: no overlap, no gap, nothing left over, nothing past the end. */
function checkCoverage(entries: readonly Entry[], dataBytes: number): void {
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.bytes - b.bytes);
  let reached = 0;
  for (const { name, begin, bytes } of inOrder) {
    const end = begin + bytes;
    if (end > dataBytes) {
      throw new FileError(
        `tensor "${name}" ends at byte ${end} of the data, which has only ${dataBytes}. Is the file cut off?`,
      );
    }
    if (begin !== reached) {
      const problem = begin < reached ? 'overlaps the one before it' : 'leaves a gap before it';
      throw new FileError(`tensor "${name}" ${problem}: it begins at byte ${begin} of the data, expected ${reached}`);
    }
    reached = end;
  }
  if (reached !== dataBytes) {
    throw new FileError(`the tensors take ${reached} bytes, and the file holds ${dataBytes} bytes of data`);
  }
}

/** What is about to be written. */
export interface Described {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * The length and the header for `tensors` (their data follow in this order), padded so that the data begin at
 * a multiple of eight bytes.
 * @throws FileError for a name the format reserves.
 */
export function encodeHeader(
  tensors: readonly Described[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const table = new Map<string, unknown>();
  if (metadata && Object.keys(metadata).length > 0) table.set(METADATA, metadata);
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    if (name === METADATA || name === '__proto__') throw new FileError(`a tensor in a file may not be named "${name}"`);
    const end = begin + shape.reduce((n, size) => n * size, bytesOf(dtype));
    table.set(name, { dtype: WRITES[dtype], shape, data_offsets: [begin, end] });
    begin = end;
  }
  // Not from one object: its integer-like names would change their order, and the order is that of the data.
  const rows = Array.from(table, ([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`);
  const json = new TextEncoder().encode(`{${rows.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > MOST_HEADER_BYTES) {
    throw new FileError(`the header would take ${length} bytes; at most ${MOST_HEADER_BYTES} are allowed`);
  }
  const bytes = new Uint8Array(PREFIX_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, PREFIX_BYTES);
  return bytes;
}
