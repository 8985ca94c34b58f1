/**
 * jax-js on its wasm backend, one thread: in Node it has no more. Every use of an array is one of its references, and `.ref`
 * asks for one more.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Jax from '@jax-js/jax';
import { readInput, type Task } from '../task.js';
import { type Runnable, serve } from '../worker.js';

// It asks the browser for its name; Node 20 has none.
if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node' } });
const { defaultDevice, init, jit, lax, nn, numpy: np, tree, valueAndGrad, vjp } = await import('@jax-js/jax');
await init('wasm');
defaultDevice('wasm');

type Array = Jax.Array;
type Arrays = Record<string, Array>;
type Loss = (parameters: Arrays, data: Arrays) => Array;

const linear = (x: Array, w: Array, b: Array): Array => np.matmul(x, w.transpose()).add(b);

/** The mean of −log softmax where `hot` is 1. */
const crossEntropy = (logits: Array, hot: Array): Array =>
  np.negative(np.mean(np.sum(nn.logSoftmax(logits, -1).mul(hot), -1)));

const mlpLoss =
  (layers: number): Loss =>
  (p, { images, hot }) => {
    let x = images!;
    for (let i = 1; i <= layers; i++) {
      x = linear(x, p[`w${i}`]!, p[`b${i}`]!);
      if (i < layers) x = nn.relu(x);
    }
    return crossEntropy(x, hot!);
  };

const cnnLoss: Loss = (p, { images, hot }) => {
  const layer = (x: Array, w: Array, b: Array): Array => {
    const padded = lax.conv(
      x,
      w,
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
    );
    return lax.reduceWindow(nn.relu(padded.add(b.reshape([-1, 1, 1]))), np.max, [2, 2], [2, 2]);
  };
  let x = layer(images!, p.conv1!, p.conv1Bias!);
  x = layer(x, p.conv2!, p.conv2Bias!);
  x = nn.relu(linear(x.reshape([x.shape[0]!, -1]), p.fc1!, p.fc1Bias!));
  return crossEntropy(linear(x, p.fc2!, p.fc2Bias!), hot!);
};

const RATE = 1e-3;

/** The next parameters and Adam's means; `sizes` are the step's two corrections, arrays so that they compile once. */
function adam(p: Arrays, grads: Arrays, mean: Arrays, square: Arrays, sizes: Array): [Arrays, Arrays, Arrays] {
  const [next, nextMean, nextSquare]: [Arrays, Arrays, Arrays] = [{}, {}, {}];
  for (const name of Object.keys(p)) {
    const g = grads[name]!;
    const m = mean[name]!.mul(0.9).add(g.ref.mul(0.1));
    const s = square[name]!.mul(0.999).add(np.square(g).mul(0.001));
    const [size, root] = [sizes.ref.slice(0), sizes.ref.slice(1)];
    next[name] = p[name]!.sub(m.ref.mul(size).div(np.sqrt(s.ref).mul(root).add(1e-8)));
    nextMean[name] = m;
    nextSquare[name] = s;
  }
  sizes.dispose();
  return [next, nextMean, nextSquare];
}

const values = async (arrays: readonly Array[]): Promise<Float32Array[]> =>
  Promise.all(arrays.map(async (array) => Float32Array.from((await array.ref.data()) as Float32Array)));

function sgdTraining(p: Arrays, data: Arrays, lossOf: Loss): Runnable<Array[]> {
  let held = p;
  const step = jit((p: Arrays, data: Arrays): [Array, Arrays] => {
    const [loss, grads] = valueAndGrad(lossOf)(tree.ref(p), data);
    return [loss, Object.fromEntries(Object.keys(p).map((name) => [name, p[name]!.sub(grads[name]!.mul(0.01))]))];
  });
  return {
    step: async () => {
      const [loss, next] = step(held, tree.ref(data));
      held = next;
      await Promise.all(Object.values(held).map((array) => array.blockUntilReady()));
      await loss.ref.data();
      return [loss];
    },
    values,
    trained: () => values(Object.values(held)),
    release,
  };
}

function adamTraining(p: Arrays, data: Arrays, lossOf: Loss): Runnable<Array[]> {
  const zeros = (): Arrays => Object.fromEntries(Object.entries(p).map(([name, { shape }]) => [name, np.zeros(shape)]));
  let held: [Arrays, Arrays, Arrays] = [p, zeros(), zeros()];
  let count = 0;
  const step = jit(
    (p: Arrays, mean: Arrays, square: Arrays, data: Arrays, sizes: Array): [Array, Arrays, Arrays, Arrays] => {
      const [loss, grads] = valueAndGrad(lossOf)(tree.ref(p), data);
      return [loss, ...adam(p, grads, mean, square, sizes)];
    },
  );
  return {
    step: async () => {
      count++;
      const sizes = np.array([RATE / (1 - 0.9 ** count), 1 / Math.sqrt(1 - 0.999 ** count)]);
      const [loss, ...next] = step(...held, tree.ref(data), sizes);
      held = next;
      await Promise.all(held.flatMap((arrays) => Object.values(arrays).map((array) => array.blockUntilReady())));
      await loss.ref.data();
      return [loss];
    },
    values,
    trained: () => values(Object.values(held[0])),
    release,
  };
}

const release = (arrays: readonly Array[]): void => {
  for (const array of arrays) array.dispose();
};

function functionOf(given: Arrays, fn: (given: Arrays) => Array[]): Runnable<Array[]> {
  const compiled = jit(fn);
  return {
    step: async () => {
      const results = compiled(tree.ref(given));
      await Promise.all(results.map((array) => array.blockUntilReady()));
      return results;
    },
    values,
    trained: () => [],
    release,
  };
}

const softmax = ({ x }: Arrays): Array => nn.softmax(x!, -1);
const layernorm = ({ x, weight, bias }: Arrays): Array => nn.standardize(x!, -1).mul(weight!).add(bias!);

function withGradients(fn: (given: Arrays) => Array): (given: Arrays) => Array[] {
  return ({ cotangent, ...given }) => {
    const [y, back] = vjp(fn, [given]);
    const [grads] = back(cotangent!);
    return [y, ...Object.values(grads as Arrays)];
  };
}

const FUNCTIONS: Readonly<Record<string, (given: Arrays) => Array[]>> = {
  softmax: (given) => [softmax(given)],
  layernorm: (given) => [layernorm(given)],
  'softmax-grad': withGradients(softmax),
  'layernorm-grad': withGradients(layernorm),
  chain: ({ x }) => [np.sum(np.tanh(x!.ref.mul(2).add(1)).mul(x!))],
};

function runnable({ row, inputs, sizes }: Task, folder: string): Runnable<Array[]> {
  const [p, data]: [Arrays, Arrays] = [{}, {}];
  for (const input of inputs) {
    const values = readInput(folder, input);
    if (values instanceof Float32Array) {
      const array = np.array(values, { shape: [...input.shape] });
      if (input.trained) p[input.name] = array;
      else data[input.name] = array;
    } else {
      data.hot = nn.oneHot(np.array(values, { dtype: np.int32 }), sizes.classes!);
    }
  }
  if (row.startsWith('matmul-')) return functionOf(data, ({ a, b }) => [np.matmul(a!, b!)]);
  if (row === 'mlp-small') return sgdTraining(p, data, mlpLoss(2));
  if (row === 'mlp-large-sgd') return sgdTraining(p, data, mlpLoss(3));
  if (row === 'mlp-large-adam') return adamTraining(p, data, mlpLoss(3));
  if (row === 'cnn') return adamTraining(p, data, cnnLoss);
  return functionOf(data, FUNCTIONS[row]!);
}

const manifest = join(dirname(fileURLToPath(import.meta.resolve('@jax-js/jax'))), '../package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
await serve({ version, modes: ['jit'] }, runnable);
