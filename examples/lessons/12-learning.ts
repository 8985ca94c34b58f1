/** Lesson 12: learning in four steps: take a mini-batch, compute the gradient, update, repeat. */
import { cat, Generator, randint, randn, tensor } from 'chainrule';
import { show, TwoLayerNet } from 'chainrule/scratch';

// Three clouds of points in the plane; the network shall say to which cloud a point belongs.
const generator = new Generator(7);
const dtype = 'float64';
const cloud = (count: number, x: number, y: number) =>
  randn([count, 2], { generator, dtype })
    .mul(0.5)
    .add(tensor([x, y], { dtype }));
const makePoints = (count: number) => ({
  points: cat([cloud(count, 0, 2), cloud(count, -2, -1), cloud(count, 2, -1)], 0).realize(),
  labels: tensor(
    Array.from({ length: 3 * count }, (_, i) => Math.floor(i / count)),
    { dtype: 'int32' },
  ),
});
const training = makePoints(100);
const heldOut = makePoints(30); // never learnt from: do the answers carry over?

const net = new TwoLayerNet(2, 10, 3, { generator, dtype });
const learningRate = 0.5;
const stepsPerRound = 50;
const firstLoss = net.loss(heldOut.points, heldOut.labels).item();
const firstAccuracy = net.accuracy(heldOut.points, heldOut.labels);
console.log(`before: loss ${show(firstLoss, { digits: 2 })}, accuracy ${show(firstAccuracy, { digits: 2 })}`);

let best = firstLoss;
for (let round = 1; ; round++) {
  for (let step = 0; step < stepsPerRound; step++) {
    // 1. mini-batch: 30 of the 300 points, drawn at random
    const chosen = randint(0, 300, [30], { generator });
    const points = training.points.index(chosen, 0);
    const labels = training.labels.index(chosen, 0);
    // 2. gradient
    const gradients = net.gradient(points, labels);
    // 3. update: a small step down the slope
    net.update(gradients, learningRate);
  }
  // 4. repeat, until the loss on the held-out points stops falling
  const loss = net.loss(heldOut.points, heldOut.labels).item();
  if (round === 1) console.log(`after ${stepsPerRound} steps the loss has fallen: ${loss < firstLoss}`);
  if (loss > best * 0.99) break;
  best = loss;
}
const accuracy = net.accuracy(heldOut.points, heldOut.labels);
console.log(`after: loss below 0.1: ${best < 0.1}, accuracy above 0.95: ${accuracy > 0.95}`);
