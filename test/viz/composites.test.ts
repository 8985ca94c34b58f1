// Functions that the graph knows only as many small operations are drawn as one.
import { describe, expect, it } from 'vitest';
import { bernoulli, randn, softmax, type Tensor, tensor } from '../../src/index.js';
import * as F from '../../src/nn/functional.js';
import { drawingOf } from '../../src/viz/index.js';
import { edgesOf, operationsOf } from './edges.js';

const x = randn([2, 3], { requiresGrad: true, name: 'x' });
const p = randn([2, 3], { name: 'p' }).realize();
const labels = tensor([0, 2], { dtype: 'int32', name: 'labels' });

describe('one operation stands for', () => {
  it.each<[string, Tensor]>([
    ['softmax', x.softmax()],
    ['softmax (axis 0)', x.softmax(0)],
    ['softmax', p.softmax()],
    ['logSoftmax', x.logSoftmax()],
    ['mean', x.mean()],
    ['mean (axis 1)', x.mean(1)],
    ['mean (axis 1)', x.mean(1, { keepdim: true })],
    ['var (axis 0)', x.var(0)],
    ['std', x.std()],
    ['logsumexp (axis 1)', x.logsumexp(1)],
    ['argmax', x.argmax()],
    ['argmax (axis 1)', x.argmax(1)],
    ['argmin (axis 0)', x.argmin(0)],
    ['square', x.square()],
    ['gelu', x.gelu()],
    ['gelu', x.gelu({ approximate: 'tanh' })],
    ['silu', x.silu()],
    ['softplus', x.softplus()],
    ['index (axis 1)', x.index(labels, 1)],
    ['crossEntropy', F.crossEntropy(x, labels)],
    ['crossEntropy (sum)', F.crossEntropy(x, labels, { reduction: 'sum' })],
    ['crossEntropy (none)', F.crossEntropy(x, labels, { reduction: 'none' })],
    ['nllLoss', F.nllLoss(x, labels)],
    ['mseLoss', F.mseLoss(x, p)],
    ['binaryCrossEntropyWithLogits', F.binaryCrossEntropyWithLogits(x, bernoulli(0.5, [2, 3]))],
  ])('%s', (expected, tensor) => {
    expect(operationsOf(tensor)).toEqual([expected]);
  });
});

it('the loss of a network, inputs in the order of the arguments', () => {
  expect(edgesOf(F.crossEntropy(x, p.softmax()))).toEqual([
    'p (float32) [2,3] → softmax [2,3]',
    'x (float32) [2,3] → crossEntropy',
    'softmax [2,3] → crossEntropy',
    'crossEntropy → · (float32) []',
  ]);
});

it('the whole is taken before its parts, and each by itself where they are nested', () => {
  expect(operationsOf(x.softmax().softmax(0).mean())).toEqual(['softmax', 'softmax (axis 0)', 'mean']);
});

it('what is named or watched inside is shown', () => {
  const exponentials = x.sub(x.max(1, { keepdim: true }).detach()).exp();
  const byHand = exponentials.div(exponentials.sum(1, { keepdim: true }));
  expect(operationsOf(byHand)).toEqual(['softmax']);
  exponentials.name = 'exponentials';
  expect(operationsOf(byHand)).toEqual(['max (axis 1)', 'detach', '−', 'exp', 'sum (axis 1)', '÷']);
  exponentials.name = '';
  exponentials.retainGrad();
  expect(operationsOf(byHand)).toHaveLength(6);
});

it('what only looks alike is not mistaken for it', () => {
  const total = x.sum(null, { keepdim: true });
  expect(operationsOf(total.div(6))).toEqual(['mean']);
  expect(operationsOf(total.div(5))).toEqual(['sum', '÷']);
  expect(operationsOf(x.exp().div(p.exp().sum(1, { keepdim: true })))).toEqual(['exp', 'exp', 'sum (axis 1)', '÷']);
});

it('each single node with detail: all', () => {
  const names = operationsOf(softmax(x), { detail: 'all' });
  expect(names).toEqual(['max (axis 1)', 'detach', 'expand', '−', 'exp', 'sum (axis 1)', 'expand', '÷']);
  expect(drawingOf(x.square(), { detail: 'all' }).edges).toHaveLength(3);
});
