/** Lesson 9: softmax and cross entropy, node by node; seen together, they pass back y − t. */
import { tensor } from 'chainrule';
import { AddLayer, DivLayer, ExpLayer, LogLayer, MulLayer, SoftmaxWithLoss, show } from 'chainrule/scratch';

// Scores chosen so that their exponentials are 3, 2 and 5. The right answer is the second class.
const scores = [Math.log(3), Math.log(2), Math.log(5)];
const t = [0, 1, 0];
const list = (values: number[]): string => values.map((value) => show(value, { digits: 4 })).join(', ');

// One branch for each class; the sum joins them, and its reciprocal goes back to all of them.
const branches = scores.map((score, i) => ({
  score,
  answer: t[i] ?? 0,
  exp: new ExpLayer(),
  normalize: new MulLayer(),
  log: new LogLayer(),
  pick: new MulLayer(),
}));
const total = [new AddLayer(), new AddLayer()] as const;
const divide = new DivLayer();
const collect = [new AddLayer(), new AddLayer()] as const;
const negate = new MulLayer();

const addThree = ([first, second]: readonly [AddLayer, AddLayer], [a = 0, b = 0, c = 0]: number[]): number =>
  second.forward(first.forward(a, b), c);
const splitThree = ([first, second]: readonly [AddLayer, AddLayer], gradient: number): number[] => {
  const [dab, dc] = second.backward(gradient);
  return [...first.backward(dab), dc];
};

// Forward
const exps = branches.map(({ exp, score }) => exp.forward(score));
const share = divide.forward(addThree(total, exps));
const y = branches.map(({ normalize }, i) => normalize.forward(exps[i] ?? 0, share));
const picked = branches.map(({ log, pick, answer }, i) => pick.forward(log.forward(y[i] ?? 0), answer));
const loss = negate.forward(addThree(collect, picked), -1);
console.log(`exp(x)  ${list(exps)}`);
console.log(`y       ${list(y)}`);
console.log(`loss    ${show(loss, { digits: 4 })}`);

// Backward
const [dCollected] = negate.backward(1);
const dPicked = splitThree(collect, dCollected);
const dY = branches.map(({ pick, log }, i) => log.backward(pick.backward(dPicked[i] ?? 0)[0]));
console.log(`−t/y    ${list(dY)}`);
const throughProduct = branches.map(({ normalize }, i) => normalize.backward(dY[i] ?? 0));
// The reciprocal went to every branch, so what comes back to it from every branch is added …
const dShare = throughProduct.reduce((sum, [, dReciprocal]) => sum + dReciprocal, 0);
const throughTotal = splitThree(total, divide.backward(dShare));
// … and each exp was used twice, in its own product and in the sum: the two branches meet again here.
const dScores = branches.map(({ exp }, i) => exp.backward((throughProduct[i]?.[0] ?? 0) + (throughTotal[i] ?? 0)));
console.log(`dx      ${list(dScores)}`);
console.log(`y − t   ${list(y.map((value, i) => value - (t[i] ?? 0)))}`);

// The layer needs only the last line. For a batch it gives the mean, so it divides by the number of samples.
const layer = new SoftmaxWithLoss();
const layerLoss = layer.forward(tensor(scores, { dtype: 'float64' }), tensor(t));
console.log(`layer   loss ${show(layerLoss, { digits: 4 })}, passes back ${show(layer.backward(), { digits: 4 })}`);
