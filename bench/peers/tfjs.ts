/** TensorFlow.js on its wasm backend, one thread: in Node it has no more. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { readInput, type Task } from '../task.js';
import { type Runnable, serve } from '../worker.js';

const files = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${dirname(files)}/`);
await tf.setBackend('wasm');

type Given = Readonly<Record<string, tf.Tensor>>;
/** The numbers of results; whoever reads them has waited for them. */
type Result = tf.Tensor[];

function trainingOf(given: Given, layers: number, optimizer: tf.Optimizer): Runnable<Result> {
  const variables = Object.entries(given).flatMap(([name, t]) => (/^[wb]\d$/.test(name) ? [[name, t.variable()]] : []));
  const p: Readonly<Record<string, tf.Variable>> = Object.fromEntries(variables);
  const hot = tf.oneHot(tf.cast(given.labels!, 'int32'), p[`b${layers}`]!.size);
  const loss = (): tf.Scalar => {
    let x = given.images!;
    for (let i = 1; i <= layers; i++) {
      x = tf.add(tf.matMul(x, p[`w${i}`]!, false, true), p[`b${i}`]!);
      if (i < layers) x = tf.relu(x);
    }
    return tf.reshape(tf.losses.softmaxCrossEntropy(hot, x), []);
  };
  return {
    step: () => {
      const cost = optimizer.minimize(loss, true)!;
      cost.dataSync();
      return [cost];
    },
    values,
    trained: () => values(Object.values(p)),
    release,
  };
}

const values = (tensors: readonly tf.Tensor[]): Float32Array[] =>
  tensors.map((t) => Float32Array.from(t.dataSync<'float32'>()));
const release = (tensors: readonly tf.Tensor[]): void => tf.dispose([...tensors]);

const functionOf = (fn: () => tf.Tensor | tf.Tensor[]): Runnable<Result> => ({
  step: () => tf.tidy(() => [fn()].flat()),
  values,
  trained: () => [],
  release,
});

function runnable({ row, inputs }: Task, folder: string): Runnable<Result> {
  const given: Given = Object.fromEntries(
    inputs.map((input) => [input.name, tf.tensor(readInput(folder, input), [...input.shape], input.dtype)]),
  );
  const { a, b, x, cotangent } = given;
  if (row.startsWith('matmul-')) return functionOf(() => tf.matMul(a!, b!));
  if (row === 'mlp-small') return trainingOf(given, 2, tf.train.sgd(0.01));
  if (row === 'mlp-large-sgd') return trainingOf(given, 3, tf.train.sgd(0.01));
  if (row === 'mlp-large-adam') return trainingOf(given, 3, tf.train.adam(0.001, 0.9, 0.999, 1e-8));
  if (row === 'softmax') return functionOf(() => tf.softmax(x!));
  if (row === 'chain') return functionOf(() => tf.sum(tf.mul(tf.tanh(tf.add(tf.mul(x!, 2), 1)), x!)));
  const gradient = tf.grad((y) => tf.softmax(y));
  return functionOf(() => [tf.softmax(x!), gradient(x!, cotangent!)]);
}

await serve({ version: tf.version_core, modes: ['eager'] }, runnable);
