/** A process of the row `startup`: imports chainrule, does one training step of `mlp-small`, and tells how long it took. */
import { readInput, readTask } from '../task.js';

const folder = process.argv[2]!;
const { inputs } = readTask(folder);
const given = inputs.map((input) => [input.name, readInput(folder, input), input.shape] as const);

const begin = performance.now();
const { tensor } = await import('chainrule');
const { functional } = await import('chainrule/nn');
const { SGD } = await import('chainrule/optim');

const named = Object.fromEntries(
  given.map(([name, values, shape]) => [name, tensor(values, { shape, requiresGrad: /^[wb]\d$/.test(name) })]),
);
const { images, labels, w1, b1, w2, b2 } = named;
const optimizer = new SGD([w1!, b1!, w2!, b2!], { lr: 0.01 });
const hidden = functional.linear(images!, w1!, b1!).relu();
const loss = functional.crossEntropy(functional.linear(hidden, w2!, b2!), labels!);
loss.backward();
optimizer.step();
const value = loss.item();
const ms = performance.now() - begin;

console.log(JSON.stringify({ ms, loss: value }));
process.exit();
