/**
 * Computations whose sizes leave tails behind vectors, tiles and blocks: every shape of loops that there is, forward and backward, whole and
 * from the middle of tensors.
 */
import { arange, cat, type DType, randint, randn, realize, stack, type Tensor } from '../../../src/index.js';
import type { AttentionOptions } from '../../../src/nn/functional.js';
import * as nn from '../../../src/nn/index.js';
import { Adam, SGD } from '../../../src/optim/index.js';

const F = nn.functional;
const FLOATS: readonly DType[] = ['float32', 'float64'];

const leaf = (shape: readonly number[], dtype: DType = 'float32'): Tensor =>
  randn(shape, { dtype, requiresGrad: true }).realize();

/** Computes f with all of its gradients, in one plan. */
function both<X extends readonly Tensor[]>(f: (...x: X) => Tensor, ...x: X): void {
  for (const t of x) t.grad = null;
  const y = f(...x);
  y.mul(randn(y.shape, { dtype: y.dtype }))
    .sum()
    .backward();
  realize(y, ...x.flatMap((t) => t.grad ?? []));
}

/** The part of a tensor between its first and its last element of each axis that is longer than two. */
const inner = (x: Tensor): Tensor => x.slice(...x.shape.map((n) => (n > 2 ? ([1, n - 1] as const) : null)));

/** Rows, folded and columns of products: none, one, primes, a little more than tiles and blocks, few results of long folds. */
const PRODUCTS = [
  [0, 3, 5],
  [3, 0, 5],
  [1, 1, 1],
  [1, 300, 67],
  [13, 17, 31],
  [7, 65, 33],
  [65, 67, 131],
  [9, 3001, 10],
  [33, 2049, 65],
  [2, 257, 259],
] as const;

const SPATIAL = [
  [[1, 1, 5, 5], [1, 1, 3, 3], { padding: 1 }],
  [[3, 5, 13, 11], [7, 5, 3, 3], { padding: 1 }],
  [[2, 6, 21, 13], [10, 3, 3, 5], { stride: 2, padding: 2, groups: 2 }],
  [[2, 3, 17, 19], [33, 3, 3, 2], { dilation: 2 }],
  [[5, 17, 7, 9], [19, 17, 1, 1], {}],
  [[1, 2, 3, 40], [5, 2, 3, 7], { padding: [0, 3], stride: [1, 3] }],
] as const;

const LENGTHS = [0, 1, 3, 17, 33, 131];

/** By name. */
export const AWKWARD: Readonly<Record<string, () => void>> = {
  products() {
    for (const [m, k, n] of PRODUCTS) {
      both((a, b) => a.transpose(0, 1).matmul(b.transpose(0, 1)), leaf([k, m]), leaf([n, k]));
      both((a, b, c) => a.tanh().matmul(b.sin()).add(c).relu(), leaf([m, k]), leaf([k, n]), leaf([n]));
      both((a, b) => inner(a).matmul(inner(b)), leaf([m + 2, k + 2]), leaf([k + 2, n + 2]));
    }
    both((a, b) => a.matmul(b), leaf([13, 17], 'float64'), leaf([17, 19], 'float64'));
    for (const batch of [1, 3, 17]) both((a, b) => a.matmul(b), leaf([batch, 13, 29]), leaf([batch, 29, 23]));
  },

  convolutions() {
    for (const dtype of FLOATS) {
      for (const [shape, kernel, options] of SPATIAL) {
        const bias = leaf([kernel[0]], dtype);
        both((x, w, b) => F.conv2d(x, w, b, options).relu(), leaf(shape, dtype), leaf(kernel, dtype), bias);
      }
    }
    both((x, w) => F.conv1d(x, w, null, { padding: 2 }), leaf([2, 3, 67]), leaf([5, 3, 5]));
    both((x, w) => F.conv3d(x, w, null, { padding: 1 }), leaf([1, 2, 5, 7, 9]), leaf([3, 2, 3, 3, 3]));
    both((x, w) => F.convTranspose2d(x, w, null, { stride: 2, padding: 1 }), leaf([2, 3, 7, 9]), leaf([3, 5, 3, 3]));
  },

  pooling() {
    for (const dtype of FLOATS) {
      for (const shape of [
        [2, 3, 13, 17],
        [1, 1, 5, 67],
      ]) {
        both((x) => F.maxPool2d(x, 3, { stride: 2, padding: 1 }), leaf(shape, dtype));
        both((x) => F.maxPool2d(x, 2), leaf(shape, dtype));
        both((x) => F.avgPool2d(x, 3, { stride: 2, padding: 1, ceilMode: true }), leaf(shape, dtype));
        both((x) => F.adaptiveAvgPool2d(x, [3, 5]), leaf(shape, dtype));
      }
    }
  },

  attention() {
    for (const [dtype, l, s, e, w, way] of [
      ['float32', 1, 1, 1, 1, 'plain'],
      ['float32', 7, 7, 10, 10, 'causal'],
      ['float32', 67, 2, 5, 64, 'floats'],
      ['float32', 65, 70, 33, 17, 'bools'],
      ['float32', 130, 130, 16, 1, 'plain'],
      ['float64', 7, 9, 5, 10, 'bools'],
      ['float64', 65, 67, 9, 3, 'causal'],
    ] as const) {
      const options: Record<typeof way, AttentionOptions> = {
        plain: {},
        causal: { isCausal: true },
        bools: { attnMask: randn([2, l, s]).gt(0).realize() },
        floats: { attnMask: randn([l, s], { dtype }).realize() },
      };
      const [q, k, v] = [leaf([2, l, e], dtype), leaf([2, s, e], dtype), leaf([2, s, w], dtype)];
      both((...of) => F.scaledDotProductAttention(...of, options[way]), q, k, v);
    }
  },

  rows() {
    for (const dtype of FLOATS) {
      for (const n of LENGTHS) {
        for (const shape of [[n], [3, n], [n, 3]]) {
          const x = leaf(shape, dtype);
          both((a) => a.exp().add(1).log(), x);
          both((a) => a.sum(-1), x);
          both((a) => a.sum(0), x);
          both((a) => inner(a).mul(2), x);
          both((a) => a.flip(-1).mul(a), x);
          realize(x.gt(0), x.to('uint8'), x.gt(0).any(), x.to('int32').add(1), x.gt(0).to(dtype));
          if (n === 0) continue;
          both((a) => a.softmax(-1), x);
          both((a) => a.softmax(0), x);
          both((a) => a.max(-1), x);
          both((a) => a.cumsum(-1), x);
          realize(x.argmax(-1), x.argmin(0));
        }
        both((a, b) => cat([a, b, inner(a)], 0), leaf([n], dtype), leaf([5], dtype));
        both((a, b) => cat([a, b.slice(null, [2, null])], 1), leaf([3, n], dtype), leaf([3, 7], dtype));
      }
      both((a) => a.sum(), leaf([100_003], dtype));
      both((a) => a.square().mean(1), leaf([2, 50_021], dtype));
      both((a) => F.layerNorm(a, [67]), leaf([5, 67], dtype));
      both((a) => F.batchNorm(a, { training: true }), leaf([3, 7, 5, 11], dtype));
    }
  },

  sorting() {
    for (const dtype of ['float32', 'float64', 'int32'] as const) {
      for (const shape of [[0], [1], [2], [17], [3, 33], [33, 3], [2, 5003]]) {
        const x = randn(shape).mul(9).to(dtype).realize();
        for (const descending of [false, true]) {
          const { values, indices } = x.sort(0, { descending });
          const last = x.sort(-1, { descending });
          realize(values, indices, last.values, last.indices);
        }
      }
    }
    both((a) => a.sort(-1).values, leaf([3, 131]));
  },

  indices() {
    for (const dtype of FLOATS) {
      for (const [rows, width, count] of [
        [1, 1, 1],
        [7, 3, 0],
        [11, 33, 70],
        [300, 17, 131],
      ] as const) {
        const table = leaf([rows, width], dtype);
        const at = randint(0, rows, [count]).realize();
        both((t) => t.index(at), table);
        both((t) => t.transpose(0, 1).index(at, 1), table);
        const beside = randint(0, rows, [count, width]).realize();
        for (const how of ['sum', 'prod', 'amax'] as const)
          both((t, x) => t.scatterReduce(0, beside, x, how), table, leaf([count, width], dtype));
        const parameter = new nn.Parameter(table.detach());
        const optimizer = new SGD([parameter], { lr: 0.1 });
        F.embedding(at, parameter).square().sum().backward();
        optimizer.step();
        realize(parameter);
      }
    }
  },

  training() {
    const optimizers = [
      (of: Iterable<nn.Parameter>) => new SGD(of, { lr: 0.1, momentum: 0.9, nesterov: true }),
      (of: Iterable<nn.Parameter>) => new Adam(of, { lr: 0.01 }),
    ];
    for (const make of optimizers) {
      const model = new nn.Sequential(new nn.Linear(67, 33), new nn.Tanh(), new nn.Dropout(0.3), new nn.Linear(33, 10));
      const optimizer = make(model.parameters());
      for (let step = 0; step < 2; step++) {
        const loss = F.crossEntropy(model.forward(randn([13, 67])), randint(0, 10, [13]));
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        realize(loss);
      }
    }
  },

  /** Steps of a sequence: kernels that begin in the middle of their buffers. */
  sequences() {
    const weight = leaf([9, 9]);
    const x = leaf([5, 3, 9]);
    both(
      (xs, w) => {
        let state = xs.slice(0);
        const states: Tensor[] = [];
        for (let t = 1; t < 5; t++) {
          state = state.matmul(w).add(xs.slice(t)).tanh();
          states.push(state);
        }
        return stack(states, 0);
      },
      x,
      weight,
    );
    realize(...[1, 2, 3].map((start) => arange(start, 40).slice([start, -start]).mul(2)));
  },
};
