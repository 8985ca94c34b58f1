/**
 * How many kernels things are: a kernel is what lies between two barriers, and these counts are promises.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { manualSeed, randn, realize, type Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, SGD } from '../../src/optim/index.js';
import { withEngine } from '../../src/run/engine.js';
import { conv2d, maxPool2d } from '../../src/tensor/images.js';
import { eventsOf, kernelsOf } from '../support/events.js';

const BATCH = 100;
const { crossEntropy } = nn.functional;

let scores: Tensor;
let upstream: Tensor;
let labels: Tensor;
let images: Tensor;
let layer: nn.Linear;
beforeAll(() => {
  manualSeed(0);
  scores = randn([BATCH, 10]).realize();
  upstream = randn([BATCH, 10]).realize();
  images = randn([BATCH, 784]).realize();
  layer = new nn.Linear(784, 50);
  realize(...layer.parameters());
  labels = tensor(
    Array.from({ length: BATCH }, (_, i) => i % 10),
    { dtype: 'int32' },
  ).realize();
});

const counted = (fn: () => void): number => withEngine('wasm', () => kernelsOf(fn));
const parameter = (): Tensor => tensor(scores.typedArray(), { shape: scores.shape, requiresGrad: true });

/** (x − mean) / √(variance + ε) along the last axis. */
function layerNorm(x: Tensor): Tensor {
  const centred = x.sub(x.mean(-1, { keepdim: true }));
  return centred.div(centred.square().mean(-1, { keepdim: true }).add(1e-5).sqrt());
}

describe('forward', () => {
  it.each<[string, number, () => Tensor]>([
    ['a chain of elementwise operations', 1, () => scores.exp().add(1).log().mul(3).tanh()],
    ['a diamond', 1, () => scores.mul(2).add(scores.square().mul(scores.mul(2)))],
    ['movement between elementwise operations', 1, () => scores.add(1).transpose(0, 1).reshape(5, 200).flip(1).mul(2)],
    ['a sum of everything, with what is computed before and after', 1, () => scores.square().sum().sqrt()],
    ['softmax', 1, () => scores.softmax(-1)],
    ['softmax along the first axis', 1, () => scores.softmax(0)],
    ['log-softmax', 1, () => scores.logSoftmax(-1)],
    ['layer norm', 1, () => layerNorm(scores)],
    ['variance', 1, () => scores.var(-1)],
    ['cross entropy with its mean', 2, () => crossEntropy(scores, labels)],
    ['linear, bias and relu', 1, () => layer.forward(images).relu()],
  ])('%s: %i', (_, most, make) => {
    expect(counted(() => make().realize())).toBeLessThanOrEqual(most);
  });

  it('several results of one costly value are computed where it is: 1', () => {
    expect(
      counted(() => {
        const y = scores.exp().tanh();
        realize(y, y.add(1), y.square());
      }),
    ).toBe(1);
  });
});

describe('backward, after the forward pass and with it', () => {
  it.each<[string, number, (x: Tensor) => Tensor]>([
    ['softmax', 1, (x) => x.softmax(-1)],
    ['log-softmax', 1, (x) => x.logSoftmax(-1)],
    ['layer norm', 2, layerNorm],
  ])('%s: %i', (_, most, f) => {
    const x = parameter();
    const y = f(x);
    withEngine('wasm', () => y.realize());
    y.backward(upstream);
    expect(counted(() => x.grad!.realize())).toBeLessThanOrEqual(most);
    const z = parameter();
    f(z).backward(upstream);
    expect(counted(() => realize(z.grad!))).toBeLessThanOrEqual(most);
  });

  it('cross entropy: 1 after the forward pass, 2 with it', () => {
    const x = parameter();
    const loss = crossEntropy(x, labels);
    withEngine('wasm', () => loss.item());
    loss.backward();
    expect(counted(() => x.grad!.realize())).toBe(1);
    const z = parameter();
    const again = crossEntropy(z, labels);
    again.backward();
    expect(counted(() => realize(again, z.grad!))).toBeLessThanOrEqual(2);
  });
});

describe('a training step of a network 784-50-10', () => {
  const network = () => new nn.Sequential(new nn.Linear(784, 50), new nn.ReLU(), new nn.Linear(50, 10));
  const step = (model: nn.Sequential, optimizer: SGD | Adam): void => {
    const loss = crossEntropy(model.forward(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    loss.item();
  };

  it.each<[string, (p: Iterable<Tensor>) => SGD | Adam]>([
    ['SGD', (p) => new SGD(p, { lr: 0.1 })],
    ['SGD with momentum', (p) => new SGD(p, { lr: 0.1, momentum: 0.9 })],
    ['Adam', (p) => new Adam(p, { lr: 0.001 })],
  ])('with %s: at most 9 kernels, the update inside those of the gradients', (_, make) => {
    withEngine('wasm', () => {
      const model = network();
      const optimizer = make(model.parameters());
      const events = eventsOf(() => step(model, optimizer));
      expect(events.plans).toHaveLength(1);
      expect(events.plans[0]).toBeLessThanOrEqual(9);
    });
  });
});

describe('convolution', () => {
  const operands = (): [Tensor, Tensor, Tensor] => {
    manualSeed(1);
    const make = (shape: number[]): Tensor => tensor(randn(shape).typedArray(), { shape, requiresGrad: true });
    return [make([2, 3, 9, 9]), make([4, 3, 3, 3]), make([4])];
  };

  it('with bias and relu is one kernel, and max pooling another', () => {
    const [x, w, b] = operands();
    expect(counted(() => conv2d(x, w, b, { padding: 1 }).relu().realize())).toBe(1);
    expect(
      counted(() =>
        maxPool2d(conv2d(x, w, b, { padding: 1 }).relu(), 2)
          .detach()
          .realize(),
      ),
    ).toBe(2);
  });

  it.each([1, 2])('has a gradient of one kernel for its input and one for its weight, with stride %i', (stride) => {
    const [x, w] = operands();
    const y = conv2d(x, w, null, { padding: 1, stride });
    withEngine('wasm', () => y.realize());
    y.backward(randn(y.shape).realize());
    expect(counted(() => realize(x.grad!, w.grad!))).toBe(2);
  });
});
