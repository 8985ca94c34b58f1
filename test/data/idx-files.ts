/** Small files in the form of MNIST's, for the tests. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** An IDX file of unsigned bytes: element i is i mod 251, or `fill(i)`. */
export function idx(shape: readonly number[], fill = (i: number): number => i % 251): Uint8Array<ArrayBuffer> {
  const header = 4 + 4 * shape.length;
  const bytes = new Uint8Array(header + shape.reduce((n, size) => n * size, 1));
  bytes[2] = 8;
  bytes[3] = shape.length;
  const view = new DataView(bytes.buffer);
  for (const [i, size] of shape.entries()) view.setUint32(4 + 4 * i, size);
  for (let i = header; i < bytes.length; i++) bytes[i] = fill(i - header);
  return bytes;
}

export const gzip = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(gzipSync(bytes));

const digit = (i: number): number => i % 10;

/** The four files of a data set of six and three images; `changes` replaces or (with null) leaves out some. */
export async function writeMnistLike(folder: string, changes: Record<string, Uint8Array | null> = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files: Record<string, Uint8Array | null> = {
    'train-images-idx3-ubyte.gz': gzip(idx([6, 28, 28])),
    'train-labels-idx1-ubyte': idx([6], digit),
    't10k-images.idx3-ubyte': idx([3, 28, 28]),
    't10k-labels-idx1-ubyte.gz': gzip(idx([3], digit)),
    ...changes,
  };
  for (const [name, bytes] of Object.entries(files)) if (bytes) await writeFile(join(folder, name), bytes);
}
