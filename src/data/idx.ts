/**
 * The IDX format of MNIST: two zero bytes, the element type, the number of axes, the sizes (32 bits, big-endian), the
 * elements. Plain or gzip. Only unsigned bytes are read, which is what the image sets are.
 */
import { FileError } from '../base/errors.js';
import { MAX_ELEMENTS, showShape } from '../base/shape.js';

export interface Idx {
  readonly shape: readonly number[];
  /** The elements, row-major; a view of the bytes that were read. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 8;
const MOST_AXES = 4;
/** No header that is accepted is longer. */
const MOST_HEADER_BYTES = 4 + 4 * MOST_AXES;

interface Header {
  readonly shape: readonly number[];
  readonly headerBytes: number;
  readonly fileBytes: number;
}

/** @throws FileError when the bytes do not begin as an IDX file of unsigned bytes. */
function readHeader(bytes: Uint8Array, what: string): Header {
  const axes = bytes[3];
  if (bytes[0] !== 0 || bytes[1] !== 0 || axes === undefined) throw new FileError(`${what} is not an IDX file`);
  if (bytes[2] !== UNSIGNED_BYTE || axes < 1 || axes > MOST_AXES) {
    throw new FileError(
      `${what}: expected an IDX file of unsigned bytes (type ${UNSIGNED_BYTE}) with 1 to ${MOST_AXES} axes, ` +
        `found type ${bytes[2]} with ${axes}`,
    );
  }
  const headerBytes = 4 + 4 * axes;
  if (bytes.length < headerBytes) throw new FileError(`${what} is cut off within its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i));
  const elements = shape.reduce((n, size) => n * size, 1);
  if (elements > MAX_ELEMENTS)
    throw new FileError(`${what} claims the shape ${showShape(shape)}, more than a tensor may have`);
  return { shape, headerBytes, fileBytes: headerBytes + elements };
}

function checkLength(found: number, { shape, fileBytes }: Header, what: string): void {
  if (found === fileBytes) return;
  const problem = found < fileBytes ? 'is cut off' : 'is longer than it says';
  throw new FileError(`${what} ${problem}: shape ${showShape(shape)} takes ${fileBytes} bytes, found ${found}`);
}

/**
 * Reads an IDX file, unpacking it if it is gzip. Memory grows with what is really there, never with what the header claims.
 * @param what names the file in errors.
 * @throws FileError when it is no such file, is cut off or longer than it says.
 */
export async function decodeIdx(bytes: Uint8Array<ArrayBuffer>, what: string): Promise<Idx> {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? await unpack(bytes, what) : bytes;
  const header = readHeader(plain, what);
  checkLength(plain.length, header, what);
  return { shape: header.shape, data: plain.subarray(header.headerBytes) };
}

/** Unpacks gzip and stops as soon as there is more than the header inside claims. */
async function unpack(bytes: Uint8Array<ArrayBuffer>, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let limit = Infinity;
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause) => {
      throw new FileError(`${what} is damaged or cut off: it does not unpack (gzip)`, { cause });
    });
    if (done) break;
    pieces.push(value);
    length += value.length;
    if (limit === Infinity && length >= MOST_HEADER_BYTES) limit = readHeader(join(pieces, length), what).fileBytes;
    if (length > limit) {
      await reader.cancel().catch(() => undefined);
      throw new FileError(`${what} is longer than it says: its header claims ${limit} bytes, and more came`);
    }
  }
  return join(pieces, length);
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
