/** The rows `chain`, `embedding` and `overhead`: one long chain over much data, few places of a large table, many tiny nodes. */

import * as nn from 'chainrule/nn';
import { SGD } from 'chainrule/optim';
import type { Row } from './row.js';
import { training } from './training.js';

export const chain: Row = {
  id: 'chain',
  what: 'sum(tanh(2x + 1) · x) over 16 M elements',
  sizes: { count: 2 ** 24 },
  tiny: { count: 1003 },
  inputs: ({ count = 0 }) => [{ name: 'x', shape: [count], values: { normal: 1 } }],
  program:
    ({ x }) =>
    () => [x!.mul(2).add(1).tanh().mul(x!).sum()],
  // A float32 sum of 16 M terms one after another is off by that much; sums in pairs or in parts are far nearer.
  tolerance: 5e-3,
};

export const embedding: Row = {
  id: 'embedding',
  what: 'a 50,000 × 256 table, 4,096 indices: gradient of what was looked up, and SGD',
  sizes: { count: 50_000, width: 256, indices: 4096 },
  tiny: { count: 23, width: 5, indices: 31 },
  inputs: ({ count = 0, width = 0, indices = 0 }) => [
    { name: 'indices', shape: [indices], values: { below: count } },
    { name: 'cotangent', shape: [indices, width], values: { normal: 1 } },
    { name: 'table', shape: [count, width], values: { normal: 1 }, trained: true },
  ],
  program: ({ indices, cotangent, table }) =>
    training(new SGD([table!], { lr: 0.01 }), () => nn.functional.embedding(indices!, table!).mul(cotangent!).sum()),
  tolerance: 1e-2,
};

/** Four elementwise nodes and a sum over all 8 elements that is broadcast back, over and over. */
export const overhead: Row = {
  id: 'overhead',
  what: '200 dependent nodes of 8 elements, every fifth a sum broadcast back',
  sizes: { count: 8, rounds: 40 },
  tiny: { count: 8, rounds: 4 },
  inputs: ({ count = 0 }) => ['x', 'a', 'b'].map((name) => ({ name, shape: [count], values: { normal: 1 } })),
  program:
    ({ x, a, b }, { rounds = 0 }) =>
    () => {
      let v = x!;
      for (let i = 0; i < rounds; i++) v = v.mul(a!).add(b!).tanh().sub(b!).sum(0, { keepdim: true }).expand(x!.shape);
      return [v];
    },
  tolerance: 1e-4,
};
