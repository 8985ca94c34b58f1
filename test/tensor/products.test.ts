/**
 * Products beyond the fixtures: derivatives on every engine, the order of contractions, how many kernels they are, what they refuse.
 */
import { describe, expect, it } from 'vitest';
import * as c from '../../src/index.js';
import { type Checkable, Generator, gradcheck, gradgradcheck, rand, type Tensor, tensor } from '../../src/index.js';
import * as F from '../../src/nn/functional.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { contractionOrder, type Order } from '../../src/tensor/contraction-order.js';
import { eventsOf, kernelsOf } from '../support/events.js';

const drawn = (shape: readonly number[], seed: number): Tensor =>
  rand(shape, { dtype: 'float64', generator: new Generator(seed) })
    .mul(2)
    .sub(1)
    .realize();

const x = drawn([2, 3], 1);
const y = drawn([3, 2], 2);
const square = drawn([3, 3], 3);

const CASES: Readonly<Record<string, readonly [Checkable, ...Tensor[]]>> = {
  dot: [(a, b) => c.dot(a!, b!), drawn([4], 4), drawn([4], 5)],
  outer: [(a, b) => c.outer(a!, b!), drawn([2], 4), drawn([3], 5)],
  kron: [(a, b) => c.kron(a!, b!), x, drawn([2, 1], 4)],
  tensordot: [(a, b) => c.tensordot(a!, b!, [[0], [1]]), x, y],
  'einsum of a diagonal': [(a, b) => c.einsum('ii,ij->ji', a!, b!), square, y],
  'einsum of three': [(a, b, d) => c.einsum('ij,jk,kl->li', a!, b!, d!), x, y, drawn([2, 2], 6)],
  'einsum with an ellipsis': [(a, b) => c.einsum('...i,...i', a!, b!), drawn([2, 1, 2], 4), drawn([3, 2], 5)],
  'einsum of one': [(a) => c.einsum('ij->j', a!), x],
  cdist: [(a, b) => c.cdist(a!, b!), x, square],
  'cdist by product': [(a, b) => c.cdist(a!, b!, 2, { mode: 'product' }), x, square],
  'cdist, p = 3': [(a, b) => c.cdist(a!, b!, 3), x, square],
  'cdist, p = 1.5': [(a, b) => c.cdist(a!, b!, 1.5), x, square],
  'windows of unfold': [(a) => c.unfold(a!, 1, 2, 1), x],
  bilinear: [(a, b, w) => F.bilinear(a!, b!, w!), x, y.T, drawn([2, 3, 3], 6)],
};

describe.each(engineNames())('on %s', (engine) => {
  it.each(Object.entries(CASES))('%s has its derivatives, twice', (_, [fn, ...inputs]) => {
    withEngine(engine, () => {
      expect(gradcheck(fn, inputs).ok).toBe(true);
      expect(gradgradcheck(fn, inputs).ok).toBe(true);
    });
  });

  it('einsum agrees with sums written out at sizes where tiles are ragged', () => {
    withEngine(engine, () => {
      const [q, k] = [drawn([2, 3, 19, 17], 7), drawn([2, 3, 37, 17], 8)];
      const scores = c.einsum('bhqd,bhkd->bkqh', q, k);
      const written = q.unsqueeze(3).mul(k.unsqueeze(2)).sum(-1).permute(0, 3, 2, 1);
      expect(scores.sub(written).abs().max().item()).toBeLessThan(1e-13);
    });
  });
});

/** How many multiplications an order costs, and the labels of its result. */
function priceOf(
  order: Order,
  terms: readonly (readonly number[])[],
  needed: readonly number[],
  sizes: ReadonlyMap<number, number>,
): { cost: number; labels: readonly number[] } {
  if (typeof order === 'number') return { cost: 0, labels: terms[order]! };
  const within = (part: Order): readonly number[] => (typeof part === 'number' ? terms[part]! : part.flatMap(within));
  const [left, right] = order;
  const a = priceOf(left, terms, [...needed, ...within(right)], sizes);
  const b = priceOf(right, terms, [...needed, ...within(left)], sizes);
  const labels = [...new Set([...a.labels, ...b.labels])];
  const cost = labels.reduce((n, l) => n * sizes.get(l)!, 1);
  return { cost: a.cost + b.cost + cost, labels: labels.filter((l) => needed.includes(l)) };
}

/** Every order of the tensors at these places. */
function* ordersOf(places: readonly number[]): Iterable<Order> {
  if (places.length === 1) yield places[0]!;
  // The first place stands on the left, so that no order comes twice.
  for (let half = 1; half < 2 ** places.length - 1; half += 2) {
    const left = places.filter((_, i) => (half >> i) & 1);
    const right = places.filter((_, i) => !((half >> i) & 1));
    for (const a of ordersOf(left)) for (const b of ordersOf(right)) yield [a, b];
  }
}

describe('the order of contractions', () => {
  const generator = new Generator(3);
  const whole = (below: number): number => Math.floor(rand([], { generator }).item() * below);

  it.each([2, 3, 4, 5])('of %i random tensors costs as little as the best of all', (count) => {
    for (let round = 0; round < 5; round++) {
      const sizes = new Map(Array.from({ length: 6 }, (_, label) => [label, 1 + whole(9)]));
      const drawnTerms = Array.from({ length: count }, () => [...new Set([whole(6), whole(6), whole(6)])]);
      const all = drawnTerms.flat();
      const out = [...new Set(all)].filter((label) => label % 3 === 0);
      // What only one of them has and the result lacks is summed before.
      const terms = drawnTerms.map((own) =>
        own.filter((l) => out.includes(l) || all.indexOf(l) !== all.lastIndexOf(l)),
      );
      const prices = Array.from(ordersOf([...terms.keys()]), (order) => priceOf(order, terms, out, sizes).cost);
      expect(priceOf(contractionOrder(terms, out, sizes), terms, out, sizes).cost).toBe(Math.min(...prices));
    }
  });

  it('of a long chain with a narrow middle begins there, whatever its length', () => {
    for (const length of [6, 12]) {
      const terms = Array.from({ length }, (_, i) => [i, i + 1]);
      const sizes = new Map(Array.from({ length: length + 1 }, (_, i) => [i, i === 3 ? 1 : 20]));
      const { cost, labels } = priceOf(contractionOrder(terms, [0, length], sizes), terms, [0, length], sizes);
      // Two chains of matrices with a vector, and their outer product.
      expect(cost).toBe((length - 2) * 400 + 400);
      expect([...labels].sort((a, b) => a - b)).toEqual([0, length]);
    }
  });
});

describe('kernels', () => {
  const [a, b] = [rand([64, 64], { generator: new Generator(4) }), rand([64, 64], { generator: new Generator(5) })];
  c.realize(a, b);
  it.each<[string, number, () => Tensor]>([
    ['a contraction with transposes on all sides', 1, () => c.einsum('ji,kj->ki', a, b)],
    ['a contraction of a diagonal', 1, () => c.einsum('ii,ij->j', a, b)],
    ['products of elements, with what surrounds them', 1, () => c.einsum('ij,ji->ij', a.add(1), b).exp()],
    ['three operands', 2, () => c.einsum('ij,jk,kl->il', a, b, a)],
    ['a sum over one operand alone, then the product', 2, () => c.einsum('ij,kl->ik', a, b)],
    ['kron', 1, () => c.kron(a, b.slice([0, 2])).add(1)],
    ['cdist', 1, () => c.cdist(a, b)],
    ['cdist by product', 3, () => c.cdist(a, b, 2, { mode: 'product' })],
  ])('%s: at most %i', (_, most, make) => {
    expect(withEngine('wasm', () => kernelsOf(() => make().realize()))).toBeLessThanOrEqual(most);
  });

  it('tensordot is one contraction', () => {
    const [m, n] = [rand([3, 40, 20]).realize(), rand([20, 50, 40]).realize()];
    const events = withEngine(
      'wasm',
      () =>
      eventsOf(() => c.tensordot(m, n, [[1, 2], [2, 0]]).realize()), // biome-ignore format: pairs
    );
    expect([events.contractions, events.plans]).toEqual([1, [1]]);
  });
});

describe('distances', () => {
  it('of points that coincide have gradient 0, also the second', () => {
    const at = tensor([[1, 2]], { dtype: 'float64', requiresGrad: true });
    const g = c.grad((p: Tensor) => c.cdist(p, at.detach()).sum());
    expect(g(at).toArray()).toEqual([[0, 0]]);
    expect(
      c
        .grad((p: Tensor) => g(p).sum())(at)
        .toArray(),
    ).toEqual([[0, 0]]);
  });

  it('are exact where the product cancels', () => {
    const [near, far] = [tensor([[4096.25, 0]]), tensor([[4096, 0]])];
    expect(c.cdist(near, far).item()).toBe(0.25);
    expect(c.cdist(near, far, 2, { mode: 'product' }).item()).toBeGreaterThanOrEqual(0);
  });
});

describe('what is refused', () => {
  const int = tensor([1, 2], { dtype: 'int32' });
  it.each<[string, () => unknown, RegExp]>([
    ['dot of matrices', () => c.dot(x, y), /takes vectors, got a tensor of shape \[2, 3\]: use matmul/],
    ['dot of unequal vectors', () => c.dot(int, tensor([1, 2, 3])), /vectors of 2 and 3 elements/],
    ['dot of bools', () => c.dot(int.gt(0), int.gt(0)), /takes numbers, got bool/],
    ['outer of a matrix', () => c.outer(x, int), /flatten\(\) it first/],
    [
      'tensordot of sizes that differ',
      () => c.tensordot(x, x, 1),
      /axis 1 of \[2, 3\] has size 3, axis 0 of \[2, 3\] has 2/,
    ],
    ['tensordot over too many axes', () => c.tensordot(x, x, 3), /from 0 to 2/],
    ['tensordot of unequal lists', () => c.tensordot(x, x, [[0], []]), /two lists of as many axes/],
    ['tensordot of one axis twice', () => c.tensordot(x, x, [[0, 0], [0, 1]]), /name an axis twice/], // biome-ignore format: pairs
    ['tensordot beyond the axes', () => c.tensordot(x, x, [[2], [0]]), /axis 2 is out of range/],
    ['no equation', () => Reflect.apply(c.einsum, null, [x, y]), /takes an equation such as/],
    ['too few operands', () => c.einsum('ij,jk', x), /is for 2 operands, got 1/],
    ['too few letters', () => c.einsum('i', x), /names 1 axes, its operand \[2, 3\] has 2; '\.\.\.' stands for axes/],
    ['too many letters', () => c.einsum('...ijk', x), /names 3 axes and perhaps more/],
    ['sizes that differ', () => c.einsum('ij,jk', x, x), /'j' has size 3 before, and 2 in operand 1/],
    [
      'a diagonal of sizes that differ',
      () => c.einsum('ii', c.ones([1, 3])),
      /axes 0 and 1 have sizes 1 and 3; a diagonal needs them equal/,
    ],
    ['a result that no operand has', () => c.einsum('ij->k', x), /names 'k', which no operand has/],
    ['a result that repeats', () => c.einsum('ij->ii', x), /names 'i' twice/],
    ['two arrows', () => c.einsum('ij->i->j', x), /more than one '->'/],
    ['digits', () => c.einsum('i1->i', x), /'i1' should be letters/],
    ['points of other dimensions', () => c.cdist(x, y), /points of as many coordinates/],
    ['a negative p', () => c.cdist(x, x, -1), /from 0 up/],
    ['a product for another p', () => c.cdist(x, x, 1, { mode: 'product' }), /is for p = 2/],
    ['windows that are too long', () => c.unfold(x, 0, 3, 1), /windows of 3 elements do not fit along axis 0/],
    ['windows of no elements', () => c.unfold(x, 0, 0, 1), /from 1 up/],
    ['bilinear forms of other sizes', () => F.bilinear(x, x, y), /expected \[\.\.\., m\], \[\.\.\., n\]/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
