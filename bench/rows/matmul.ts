/** The rows `matmul-*`: the product of two square float32 matrices. */
import type { Row } from './row.js';

const matmulRow = (n: number): Row => ({
  id: `matmul-${n}`,
  what: `the product of two ${n} × ${n} matrices`,
  sizes: { n },
  tiny: { n: 17 },
  inputs: ({ n = 0 }) => [
    { name: 'a', shape: [n, n], values: { normal: 1 } },
    { name: 'b', shape: [n, n], values: { normal: 1 } },
  ],
  program:
    ({ a, b }) =>
    () => [a!.matmul(b!)],
  flops: ({ n = 0 }) => 2 * n ** 3,
  tolerance: 1e-5,
});

export const matmuls: readonly Row[] = [256, 512, 1024, 2048].map(matmulRow);
