/**
 * MNIST: 60,000 + 10,000 handwritten digits, 28 × 28 grey (LeCun, Cortes, Burges).
 *
 * It is looked for in the folder that was named, below `CHAINRULE_DATA`, and in the cache; the last resort is a
 * download, which is checked and kept in the cache.
 */
import { FileError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { download, sha256 } from './download.js';
import { cacheFolder, hasFiles, joinPath, kindOfPath, readBytes, writeBytes } from './files.js';
import { decodeIdx, type Idx } from './idx.js';
import type { ImageSplit, LabelledImages } from './images.js';
import type { DataSource } from './source.js';

const SIDE = 28;
const CLASSES = 10;

/** The four files, and the SHA-256 of what is in them once unpacked. */
const PARTS = {
  trainImages: {
    name: 'train-images-idx3-ubyte',
    sum: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    sum: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    sum: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    sum: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
} as const;
type Part = keyof typeof PARTS;
const PART_NAMES = ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const satisfies readonly Part[];
type Parts = Record<Part, Idx>;

const MIRRORS: readonly string[] = [
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
];
/** The largest of the packed files has 9.9 MB. */
const MOST_PACKED_BYTES = 20_000_000;

/** Options of {@link loadMnist} and {@link findMnist}. */
export interface MnistOptions {
  /** The folder with the files, or one with a subfolder `mnist` that has them. Then only there. */
  folder?: string;
  /** Whether it may be downloaded when it is nowhere; default true. */
  download?: boolean;
  /** Addresses to download from, in this order, each ending before the files' names. */
  mirrors?: readonly string[];
}

/** MNIST, and where it was found. */
export interface Mnist extends ImageSplit {
  /** Where it was found, and what did not serve before. */
  readonly source: DataSource;
}

/** MNIST, or what was tried to get it. */
export type MnistSearch =
  | Mnist
  | {
      /** There is none. */
      readonly source?: undefined;
      /** What was tried, and why it did not serve. */
      readonly notes: readonly string[];
    };

/**
 * Loads MNIST. @throws FileError when it is nowhere (saying what was tried), or where it is found is incomplete,
 * cut off, or not what its header says.
 */
export async function loadMnist(options: MnistOptions = {}): Promise<Mnist> {
  const found = await findMnist(options);
  if (found.source) return found;
  throw new FileError(
    `MNIST was not found (${found.notes.join('; ')}). Put its four files into a folder and name it, or set CHAINRULE_DATA`,
  );
}

/**
 * As {@link loadMnist}, but that it is nowhere is an answer and no error. A folder that was named and does not have
 * it, and files that are damaged, are errors all the same.
 */
export async function findMnist(options: MnistOptions = {}): Promise<MnistSearch> {
  if (options.folder !== undefined) return fromNamedFolder(options.folder);
  const notes: string[] = [];
  if (hasFiles()) {
    const found = (await fromEnvironment(notes)) ?? (await fromCache(notes));
    if (found) return found;
  }
  if (options.download === false) notes.push('no download was wanted');
  else {
    for (const mirror of options.mirrors ?? MIRRORS) {
      const found = await fromMirror(mirror, notes);
      if (found) return found;
    }
  }
  return { notes };
}

async function fromNamedFolder(folder: string): Promise<Mnist> {
  const kind = await kindOfPath(folder);
  if (kind === 'missing') throw new FileError(`there is no folder "${folder}"`);
  if (kind === 'file') throw new FileError(`"${folder}" is a file; the folder that holds MNIST's files is wanted`);
  const found = await inFolderOrBelow(folder, []);
  if (found) return found;
  const names = PART_NAMES.map((part) => PARTS[part].name);
  throw new FileError(`"${folder}" does not hold MNIST: expected ${names.join(', ')}, each plain or with .gz`);
}

async function fromEnvironment(notes: string[]): Promise<Mnist | undefined> {
  const folder = process.env.CHAINRULE_DATA;
  const found = folder ? await inFolderOrBelow(folder, notes) : undefined;
  if (!found) notes.push(folder ? `not in CHAINRULE_DATA=${folder}` : 'CHAINRULE_DATA is not set');
  return found;
}

async function inFolderOrBelow(folder: string, notes: readonly string[]): Promise<Mnist | undefined> {
  return (await inFolder(await joinPath(folder, 'mnist'), notes)) ?? (await inFolder(folder, notes));
}

/** What is in the cache can be had again, so damage there is a note, not an error. */
async function fromCache(notes: string[]): Promise<Mnist | undefined> {
  const folder = await cacheFolder('mnist');
  try {
    const found = await inFolder(folder, notes);
    if (!found) notes.push(`not in the cache ${folder}`);
    return found;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    notes.push(`the cache is damaged: ${error.message}`);
    return undefined;
  }
}

/** The data in a folder, nothing if none of its files is there. @throws FileError if only some are, or are damaged. */
async function inFolder(folder: string, notes: readonly string[]): Promise<Mnist | undefined> {
  const files = await Promise.all(PART_NAMES.map((part) => findPart(folder, part)));
  const missing = PART_NAMES.filter((_, i) => files[i] === undefined);
  if (missing.length === files.length) return undefined;
  if (missing.length > 0) {
    throw new FileError(`"${folder}" lacks ${missing.map((part) => PARTS[part].name).join(', ')} (plain or with .gz)`);
  }
  const parts = await eachPart(async (_, i) => {
    const path = files[i] ?? '';
    return decodeIdx(await readBytes(path), `"${path}"`);
  });
  return assemble(parts, { dataset: 'mnist', how: 'found', where: folder, notes });
}

/** The files are known as `train-images-idx3-ubyte` and `train-images.idx3-ubyte`, packed and plain. */
async function findPart(folder: string, part: Part): Promise<string | undefined> {
  const { name } = PARTS[part];
  for (const file of [name, name.replace('-idx', '.idx')].flatMap((plain) => [`${plain}.gz`, plain])) {
    const path = await joinPath(folder, file);
    if ((await kindOfPath(path)) === 'file') return path;
  }
  return undefined;
}

async function fromMirror(mirror: string, notes: string[]): Promise<Mnist | undefined> {
  const packed: Partial<Record<Part, Uint8Array<ArrayBuffer>>> = {};
  try {
    const parts = await eachPart(async (part) => {
      const url = `${mirror}${PARTS[part].name}.gz`;
      packed[part] = await download(url, { mostBytes: MOST_PACKED_BYTES });
      const idx = await decodeIdx(packed[part], url);
      const sum = await sha256(wholeFile(idx));
      if (sum !== PARTS[part].sum) throw new FileError(`${url} is not the file expected: its checksum is ${sum}`);
      return idx;
    });
    const kept = await keepInCache(packed);
    return assemble(parts, {
      dataset: 'mnist',
      how: 'downloaded',
      where: new URL(mirror).host,
      notes: [...notes, kept],
    });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    notes.push(error.message);
    return undefined;
  }
}

/** The bytes that {@link decodeIdx} unpacked, header and all: the data are a view of them. */
const wholeFile = ({ data }: Idx): Uint8Array<ArrayBuffer> => new Uint8Array(data.buffer as ArrayBuffer);

/** Returns what became of it; data in hand are used even where they cannot be kept. */
async function keepInCache(packed: Partial<Record<Part, Uint8Array>>): Promise<string> {
  if (!hasFiles()) return 'not kept';
  const folder = await cacheFolder('mnist');
  try {
    for (const part of PART_NAMES) {
      const bytes = packed[part];
      if (bytes) await writeBytes(await joinPath(folder, `${PARTS[part].name}.gz`), bytes, { makeFolder: true });
    }
    return `kept in ${folder}`;
  } catch (error) {
    if (error instanceof FileError) return `not kept: ${error.message}`;
    throw error;
  }
}

/** One after another: a mirror that does not answer is asked once, not four times. */
async function eachPart(load: (part: Part, index: number) => Promise<Idx>): Promise<Parts> {
  return {
    trainImages: await load('trainImages', 0),
    trainLabels: await load('trainLabels', 1),
    testImages: await load('testImages', 2),
    testLabels: await load('testLabels', 3),
  };
}

function assemble(parts: Parts, source: DataSource): Mnist {
  return {
    train: labelled(parts.trainImages, parts.trainLabels, `the training set from ${source.where}`),
    test: labelled(parts.testImages, parts.testLabels, `the test set from ${source.where}`),
    source,
  };
}

function labelled(images: Idx, labels: Idx, what: string): LabelledImages {
  const [count = 0, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== SIDE || width !== SIDE || count === 0) {
    throw new FileError(`${what}: expected images of shape [n, ${SIDE}, ${SIDE}], found ${showShape(images.shape)}`);
  }
  if (labels.shape.length !== 1 || labels.data.length !== count) {
    throw new FileError(`${what}: ${count} images need as many labels, found shape ${showShape(labels.shape)}`);
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) throw new FileError(`${what}: label ${labels.data[wrong]} (number ${wrong}) is no digit`);
  return { images: images.data, labels: labels.data, count, height, width };
}
