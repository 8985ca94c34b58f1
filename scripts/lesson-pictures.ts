/**
 * Draws the pictures of the lessons into docs/lessons/pictures: `npx tsx scripts/lesson-pictures.ts`.
 * Every number in them comes from running the layers.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Generator, ones, rand, tensor, zeros } from 'chainrule';
import {
  AddLayer,
  Affine,
  add,
  DivLayer,
  ExpLayer,
  exp,
  LogLayer,
  MulLayer,
  Relu,
  Sigmoid,
  Sketch,
  SoftmaxWithLoss,
  square,
  TwoLayerNet,
  Variable,
} from 'chainrule/scratch';
import { type Drawable, toSvg } from 'chainrule/viz';

function chainRule(): Drawable {
  const sum = new AddLayer();
  const square = new MulLayer();
  const t = sum.forward(3, 2);
  square.forward(t, t);
  const [left, right] = square.backward(1);
  sum.backward(left + right);
  return new Sketch().add(sum, ['x', 'y'], 't').add(square, ['t', 't'], 'z');
}

function oneNode(layer: AddLayer | MulLayer): Drawable {
  layer.forward(10, 5);
  layer.backward(1.3);
  return new Sketch().add(layer, ['x', 'y'], 'z');
}

function twoApples(): Drawable {
  const mulApple = new MulLayer();
  const mulTax = new MulLayer();
  mulTax.forward(mulApple.forward(100, 2), 1.1);
  const [dApplePrice] = mulTax.backward(1);
  mulApple.backward(dApplePrice);
  return new Sketch().add(mulApple, ['apple', 'number'], 'apples').add(mulTax, ['apples', 'tax'], 'price');
}

function applesAndOranges(): Drawable {
  const mulApple = new MulLayer();
  const mulOrange = new MulLayer();
  const addFruit = new AddLayer();
  const mulTax = new MulLayer();
  mulTax.forward(addFruit.forward(mulApple.forward(100, 2), mulOrange.forward(150, 3)), 1.1);
  const [dFruit] = mulTax.backward(1);
  const [dApples, dOranges] = addFruit.backward(dFruit);
  mulApple.backward(dApples);
  mulOrange.backward(dOranges);
  return new Sketch()
    .add(mulApple, ['apple', 'number of apples'], 'apples')
    .add(mulOrange, ['orange', 'number of oranges'], 'oranges')
    .add(addFruit, ['apples', 'oranges'], 'fruit')
    .add(mulTax, ['fruit', 'tax'], 'price');
}

function doughnutShop(): Drawable {
  const mulDoughnut = new MulLayer();
  const mulCoffee = new MulLayer();
  const addOrder = new AddLayer();
  const mulCoupon = new MulLayer();
  const addDelivery = new AddLayer();
  const order = addOrder.forward(mulDoughnut.forward(1200, 3), mulCoffee.forward(3000, 2));
  addDelivery.forward(mulCoupon.forward(order, 0.9), 1500);
  const [dReduced] = addDelivery.backward(1);
  const [dOrder] = mulCoupon.backward(dReduced);
  const [dDoughnuts, dCoffees] = addOrder.backward(dOrder);
  mulCoffee.backward(dCoffees);
  mulDoughnut.backward(dDoughnuts);
  return new Sketch()
    .add(mulDoughnut, ['doughnut', 'number of doughnuts'], 'doughnuts')
    .add(mulCoffee, ['coffee', 'number of coffees'], 'coffees')
    .add(addOrder, ['doughnuts', 'coffees'], 'order')
    .add(mulCoupon, ['order', 'coupon'], 'reduced')
    .add(addDelivery, ['reduced', 'delivery'], 'price');
}

function sigmoidNodes(): Drawable {
  const negate = new MulLayer();
  const exp = new ExpLayer();
  const plusOne = new AddLayer();
  const divide = new DivLayer();
  divide.forward(plusOne.forward(exp.forward(negate.forward(1, -1)), 1));
  const [dExp] = plusOne.backward(divide.backward(1));
  negate.backward(exp.backward(dExp));
  return new Sketch()
    .add(negate, ['x', '−1'], 'a')
    .add(exp, ['a'], 'b')
    .add(plusOne, ['b', '1'], 'c')
    .add(divide, ['c'], 'y');
}

function sigmoidLayer(): Drawable {
  const sigmoid = new Sigmoid<number>();
  sigmoid.forward(1);
  sigmoid.backward(1);
  return new Sketch().add(sigmoid, ['x'], 'y');
}

function relu(): Drawable {
  const layer = new Relu();
  layer.forward(
    tensor([
      [1, -0.5],
      [-2, 3],
    ]),
  );
  layer.backward(
    tensor([
      [10, 20],
      [30, 40],
    ]),
  );
  return new Sketch().add(layer, ['x'], 'y');
}

function affine(): Drawable {
  const layer = new Affine(ones([3, 2]), zeros([2]));
  layer.forward(ones([2, 3]));
  layer.backward(ones([2, 2]));
  return new Sketch({ limit: 1 }).add(layer, ['X', 'W', 'b'], 'Y');
}

function softmaxNodes(): Drawable {
  const scores = [Math.log(3), Math.log(2), Math.log(5)];
  const t = [0, 1, 0];
  const branches = scores.map(() => ({
    exp: new ExpLayer(),
    normalize: new MulLayer(),
    log: new LogLayer(),
    pick: new MulLayer(),
  }));
  const total = [new AddLayer(), new AddLayer()] as const;
  const divide = new DivLayer();
  const collect = [new AddLayer(), new AddLayer()] as const;
  const negate = new MulLayer();

  const [e0 = 0, e1 = 0, e2 = 0] = branches.map(({ exp }, i) => exp.forward(scores[i] ?? 0));
  const share = divide.forward(total[1].forward(total[0].forward(e0, e1), e2));
  const [p0 = 0, p1 = 0, p2 = 0] = branches.map(({ normalize, log, pick }, i) =>
    pick.forward(log.forward(normalize.forward([e0, e1, e2][i] ?? 0, share)), t[i] ?? 0),
  );
  negate.forward(collect[1].forward(collect[0].forward(p0, p1), p2), -1);

  const [dCollected] = negate.backward(1);
  const [dFirst, d2] = collect[1].backward(dCollected);
  const [d0, d1] = collect[0].backward(dFirst);
  const products = branches.map(({ normalize, log, pick }, i) =>
    normalize.backward(log.backward(pick.backward([d0, d1, d2][i] ?? 0)[0])),
  );
  const dTotal = divide.backward(products.reduce((sum, [, dShare]) => sum + dShare, 0));
  const [dPair, dE2] = total[1].backward(dTotal);
  const [dE0, dE1] = total[0].backward(dPair);
  for (const [i, { exp }] of branches.entries()) {
    exp.backward((products[i]?.[0] ?? 0) + ([dE0, dE1, dE2][i] ?? 0));
  }

  const sketch = new Sketch();
  for (const [i, { exp }] of branches.entries()) sketch.add(exp, [`x${i}`], `e${i}`);
  sketch.add(total[0], ['e0', 'e1'], 'e0 + e1').add(total[1], ['e0 + e1', 'e2'], 'S').add(divide, ['S'], '1/S');
  for (const [i, { normalize, log, pick }] of branches.entries()) {
    sketch
      .add(normalize, [`e${i}`, '1/S'], `y${i}`)
      .add(log, [`y${i}`], `ln y${i}`)
      .add(pick, [`ln y${i}`, `t${i}`], `t${i}·ln y${i}`);
  }
  return sketch
    .add(collect[0], ['t0·ln y0', 't1·ln y1'], 'first two')
    .add(collect[1], ['first two', 't2·ln y2'], 'all')
    .add(negate, ['all', '−1'], 'loss');
}

function softmaxLayer(): Drawable {
  const layer = new SoftmaxWithLoss();
  layer.forward(tensor([Math.log(3), Math.log(2), Math.log(5)]), tensor([0, 1, 0]));
  layer.backward();
  return new Sketch().add(layer, ['scores', 't'], 'loss');
}

function twoLayerNet(): Drawable {
  const net = new TwoLayerNet(784, 50, 10, { generator: new Generator(0) });
  net.gradient(rand([100, 784]), zeros([100], { dtype: 'int32' }));
  return net;
}

/** exp(x²)², with its gradients if wanted. */
function variables(withGradients: boolean): Drawable {
  const x = new Variable(0.5, 'x');
  const a = square(x);
  const b = exp(a);
  const y = square(b);
  a.name = 'a';
  b.name = 'b';
  y.name = 'y';
  if (withGradients) y.backward();
  return y;
}

function twice(): Drawable {
  const x = new Variable(2, 'x');
  const y = add(x, x);
  y.name = 'y';
  y.backward();
  return y;
}

function diamond(): Drawable {
  const x = new Variable(2, 'x');
  const a = square(x);
  a.name = 'a';
  const b = square(a);
  b.name = 'b';
  const c = square(a);
  c.name = 'c';
  const y = add(b, c);
  y.name = 'y';
  y.backward();
  return y;
}

const PICTURES: Record<string, () => Drawable> = {
  '01-chain-rule': chainRule,
  '02-add': () => oneNode(new AddLayer()),
  '02-multiply': () => oneNode(new MulLayer()),
  '03-two-apples': twoApples,
  '04-apples-and-oranges': applesAndOranges,
  '05-doughnut-shop': doughnutShop,
  '06-sigmoid-nodes': sigmoidNodes,
  '06-sigmoid-layer': sigmoidLayer,
  '07-relu': relu,
  '08-affine': affine,
  '09-softmax-nodes': softmaxNodes,
  '09-softmax-layer': softmaxLayer,
  '11-two-layer-net': twoLayerNet,
  '13-variables': () => variables(true),
  '14-links': () => variables(false),
  '16-twice': twice,
  '16-diamond': diamond,
};

const folder = new URL('../docs/lessons/pictures/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, draw] of Object.entries(PICTURES)) {
  const svg = await toSvg(draw());
  await writeFile(new URL(`${name}.svg`, folder), svg);
  console.log(`${fileURLToPath(new URL(`${name}.svg`, folder))}: ${svg.length} bytes`);
}
