/** Where OpenBLAS may be installed. */
import { existsSync } from 'node:fs';

const FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/opt/homebrew/opt/openblas/lib',
];
const FILES = ['libopenblas.so.0', 'libopenblas.so', 'libopenblas.dylib'];

/** The path of the library; undefined where there is none. */
export const findOpenBlas = (): string | undefined =>
  FOLDERS.flatMap((folder) => FILES.map((file) => `${folder}/${file}`)).find((path) => existsSync(path));
