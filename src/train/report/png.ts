/**
 * PNG images written by hand, so that a report can carry pictures in Node and in a browser alike.
 *
 * The format is RFC 2083; the pixels go into zlib's "stored" blocks (RFC 1950, 1951), which need no compressor: a
 * 28×28 grey digit takes 870 bytes.
 */
import { ArgumentError } from '../../base/errors.js';

/** Bytes of a pixel: grey, or red green blue alpha. */
export type PngChannels = 1 | 4;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOR_TYPE: Record<PngChannels, number> = { 1: 0, 4: 6 };
const LARGEST_STORED_BLOCK = 0xffff;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

const bigEndian = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

function concat(parts: readonly ArrayLike<number>[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function chunk(name: string, data: ArrayLike<number>): Uint8Array {
  const body = concat([Array.from(name, (letter) => letter.charCodeAt(0)), data]);
  return concat([bigEndian(data.length), body, bigEndian(crc32(body))]);
}

function zlibStored(data: Uint8Array): Uint8Array {
  const parts: ArrayLike<number>[] = [[0x78, 0x01]];
  for (let start = 0; start < data.length; start += LARGEST_STORED_BLOCK) {
    const block = data.subarray(start, start + LARGEST_STORED_BLOCK);
    const isLast = start + block.length === data.length ? 1 : 0;
    const low = block.length & 255;
    const high = block.length >>> 8;
    parts.push([isLast, low, high, low ^ 255, high ^ 255], block);
  }
  return concat([...parts, bigEndian(adler32(data))]);
}

/**
 * A PNG file of `height` rows of `width` pixels.
 * @param pixels one byte a channel, row by row: `height · width · channels` of them
 * @throws ArgumentError for another number of bytes
 */
export function encodePng(width: number, height: number, channels: PngChannels, pixels: Uint8Array): Uint8Array {
  if (!(width >= 1 && height >= 1) || pixels.length !== width * height * channels) {
    const right = width * height * channels;
    throw new ArgumentError(
      `a ${width}×${height} image of ${channels} channels has ${right} bytes, got ${pixels.length}`,
    );
  }
  const stride = width * channels;
  const filtered = new Uint8Array(height * (stride + 1)); // every row opens with its filter, 0: none
  for (let row = 0; row < height; row++) {
    filtered.set(pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  const header = [...bigEndian(width), ...bigEndian(height), 8, COLOR_TYPE[channels], 0, 0, 0];
  return concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', zlibStored(filtered)), chunk('IEND', [])]);
}

/** The image of {@link encodePng} as an address for `<img src>`. */
export function pngDataUri(width: number, height: number, channels: PngChannels, pixels: Uint8Array): string {
  let binary = '';
  for (const byte of encodePng(width, height, channels, pixels)) binary += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(binary)}`;
}
