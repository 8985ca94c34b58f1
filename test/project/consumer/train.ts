/**
 * A program as a user of the package writes it: a small network learns which quadrant a point lies in. The package test
 * type-checks it against the packed types and runs it in Node; the browser test runs it on a page and in a worker.
 */
import { manualSeed, tensor } from 'chainrule';
import * as nn from 'chainrule/nn';
import { SGD } from 'chainrule/optim';

/** Trains for `steps` steps and returns the loss before each of them. */
export function train(steps = 50): number[] {
  // Points spread evenly over the square −1 … 1 by two irrational strides, and their quadrants.
  const points = Array.from({ length: 64 }, (_, i) => [
    ((i * 0.7548776662) % 1) * 2 - 1,
    ((i * 0.569840291) % 1) * 2 - 1,
  ]);
  const quadrants = points.map(([x = 0, y = 0]) => (x < 0 ? 0 : 1) + (y < 0 ? 0 : 2));
  const inputs = tensor(points);
  const labels = tensor(quadrants, { dtype: 'int32' });

  manualSeed(0);
  const model = new nn.Sequential(new nn.Linear(2, 16), new nn.ReLU(), new nn.Linear(16, 4));
  const optimizer = new SGD(model.parameters(), { lr: 0.5 });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = nn.functional.crossEntropy(model.forward(inputs), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(loss.item());
  }
  return losses;
}
