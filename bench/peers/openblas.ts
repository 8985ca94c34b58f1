/** OpenBLAS, called in this process: `cblas_sgemm` for the rows `matmul-*`. */
import koffi from 'koffi';
import { findOpenBlas } from '../openblas-library.js';
import { readInput, type Task } from '../task.js';
import { type Runnable, serve } from '../worker.js';

const library = koffi.load(findOpenBlas()!);
const ROW_MAJOR = 101;
const NOT_TRANSPOSED = 111;
const pointer = 'void *';
const sgemm = library.func('cblas_sgemm', 'void', [
  ...['int', 'int', 'int', 'int', 'int', 'int', 'float'],
  ...[pointer, 'int', pointer, 'int', 'float', pointer, 'int'],
]);
library.func('void openblas_set_num_threads(int)')(Number(process.argv[3]));

function runnable({ sizes, inputs }: Task, folder: string): Runnable<Float32Array> {
  const [a, b] = inputs.map((input) => readInput(folder, input));
  const n = sizes.n!;
  return {
    step: () => {
      const c = new Float32Array(n * n);
      sgemm(ROW_MAJOR, NOT_TRANSPOSED, NOT_TRANSPOSED, n, n, n, 1, a, n, b, n, 0, c, n);
      return c;
    },
    values: (c) => [c],
    trained: () => [],
  };
}

const version = String(library.func('const char *openblas_get_config()')()).split(' ')[1] ?? 'unknown';
await serve({ version, modes: ['call'] }, runnable);
