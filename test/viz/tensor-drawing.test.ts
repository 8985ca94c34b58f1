// What a picture shows of a tensor's graph.
import { describe, expect, it } from 'vitest';
import { defineFunction, grad, index, noGrad, rand, randn, type Tensor, tensor } from '../../src/index.js';
import { crossEntropy, dropout } from '../../src/nn/functional.js';
import { SGD } from '../../src/optim/index.js';
import { drawingOf } from '../../src/viz/index.js';
import { edgesOf, operationsOf } from './edges.js';

/** Two apples at 100, and 10 % tax. */
function apples() {
  const apple = tensor(100, { requiresGrad: true, name: 'apple' });
  const number = tensor(2, { requiresGrad: true, name: 'number' });
  const tax = tensor(1.1, { requiresGrad: true, name: 'tax' });
  const price = apple.mul(number).mul(tax);
  price.name = 'price';
  return { apple, number, tax, price };
}

const BOTH = { values: true, gradients: true };

describe('what stands at the arrows', () => {
  it('nothing unless asked for', () => {
    expect(edgesOf(apples().price)).toEqual([
      'apple (float32) [] → ×',
      'number (float32) [] → ×',
      '× → ×',
      'tax (float32) [] → ×',
      '× → price (float32) []',
    ]);
  });

  it('values and gradients of a graph whose backward() has not run', () => {
    const { apple, price } = apples();
    expect(edgesOf(price, BOTH)).toEqual([
      'apple (float32) [] → ×  100  ∂2.2',
      'number (float32) [] → ×  2  ∂110',
      '× → ×  200  ∂1.1',
      'tax (float32) [] → ×  1.1  ∂200',
      '× → price (float32) []  220  ∂1',
    ]);
    expect(apple.grad).toBeNull();
    price.backward();
    expect(apple.grad?.item()).toBeCloseTo(2.2, 6);
  });

  it('released values, and the gradients that are left, after backward()', () => {
    const { price } = apples();
    price.backward();
    const drawn = [
      'apple (float32) [] → ×  100  ∂2.2',
      'number (float32) [] → ×  2  ∂110',
      '× → ×  released',
      'tax (float32) [] → ×  1.1  ∂200',
      '× → price (float32) []  released',
    ];
    expect(edgesOf(price, BOTH)).toEqual(drawn);
    price.item();
    expect(edgesOf(price, BOTH)).toEqual([...drawn.slice(0, -1), '× → price (float32) []  220']);
    expect(() => price.backward()).toThrow(/released/);
  });

  it('gradients kept by retainGrad()', () => {
    const a = tensor([1, 2], { requiresGrad: true, name: 'a' });
    const b = a.mul(3);
    b.retainGrad();
    b.sum().backward();
    expect(edgesOf(b.sum(), { gradients: true }).slice(0, 3)).toEqual([
      'a (float32) [2] → × [2]  ∂[3, 3]',
      '3 → × [2]',
      '× [2] → sum  ∂[1, 1]',
    ]);
  });

  it('a gradient that came back over several arrows stands in the node', () => {
    const x = tensor(3, { requiresGrad: true, name: 'x' });
    expect(edgesOf(x.exp().add(x), { gradients: true, values: true })).toEqual([
      'x (float32) [] ∂21.0855 → exp  3',
      'exp → +  20.0855  ∂1',
      'x (float32) [] ∂21.0855 → +  3',
      '+ → · (float32) []  23.0855  ∂1',
    ]);
    const y = x.mul(2);
    y.name = 'y';
    expect(edgesOf(y.add(y.exp()), { gradients: true })[2]).toBe('× → y (float32) []  ∂404.4288');
  });

  it('numbers are rounded for people; larger tensors and numbers of the program have no values', () => {
    const x = tensor([[1 / 3, 1e9, 1e-7]], { dtype: 'float64' });
    expect(edgesOf(x.neg(), { values: true })[0]).toBe('· (float64) [1,3] → neg  [[0.3333, 1e9, 1e-7]]');
    expect(edgesOf(x.gt(1), { values: true }).at(-1)).toBe('< → · (bool) [1,3]  [[F, T, F]]');
    expect(edgesOf(randn([7]).realize().mul(1e-9), { values: true })).toEqual([
      '· (float32) [7] → ×',
      '1e-9 → ×',
      '× → · (float32) [7]',
    ]);
  });

  it('a value that cannot be computed does not stop the picture', () => {
    const scores = tensor([[1, 2]], { name: 'scores' });
    const wrong = tensor([7], { dtype: 'int32', name: 'labels' });
    expect(edgesOf(crossEntropy(scores, wrong), { values: true })).toEqual([
      'scores (float32) [1,2] → crossEntropy  [[1, 2]]',
      'labels (int32) [1] → crossEntropy  [7]',
      'crossEntropy → · (float32) []  no value',
    ]);
    const w = tensor(1, { requiresGrad: true, name: 'w' });
    const loss = w.square();
    w.square().backward();
    new SGD([w], { lr: 0.1 }).step();
    expect(edgesOf(loss, BOTH)).toEqual(['w (float32) [] → square  no value', 'square → · (float32) []  no value  ∂1']);
  });

  it('computing values for a picture changes nothing', () => {
    const p = tensor([1, 2], { name: 'p' });
    const y = noGrad(() => p.mul(3).add(1));
    const before = edgesOf(y);
    edgesOf(y, { values: true });
    expect(edgesOf(y)).toEqual(before);
    expect(before).toHaveLength(5);
  });
});

describe('what the user wrote', () => {
  const x = tensor([[1, 2, 3]], { name: 'x' });
  const W = randn([3, 2], { requiresGrad: true, name: 'W' });
  const b = tensor([0.5, -1], { requiresGrad: true, name: 'b' });

  it('broadcasting is silent', () => {
    expect(edgesOf(x.matmul(W).add(b).relu())).toEqual([
      'x (float32) [1,3] → matmul [1,2]',
      'W (float32) [3,2] → matmul [1,2]',
      'matmul [1,2] → + [1,2]',
      'b (float32) [2] → + [1,2]',
      '+ [1,2] → relu',
      'relu → · (float32) [1,2]',
    ]);
    expect(operationsOf(x.matmul(W).add(b).relu(), { detail: 'all' })).toEqual(['matmul', 'reshape', '+', 'relu']);
  });

  it('names of intermediate values, also behind a dropped axis', () => {
    const total = x.mul(2).sum();
    total.name = 'total';
    expect(edgesOf(total.sub(1), { values: true })).toEqual([
      'x (float32) [1,3] → × [1,3]  [[1, 2, 3]]',
      '2 → × [1,3]',
      '× [1,3] → sum  [[2, 4, 6]]',
      'sum → total (float32) []  12',
      'total (float32) [] → −  12',
      '1 → −',
      '− → · (float32) []  11',
    ]);
  });

  it.each<[string, () => Tensor, string[]]>([
    ['movement', () => x.T.flip(0).slice([0, null, 2]), ['transpose', 'flip (axis 0)', 'slice (0:3:2, :)']],
    ['axes', () => x.sum(1).add(x.max()), ['sum (axis 1)', 'max', '+']],
    ['permute', () => W.reshape(1, 3, 2).permute(2, 0, 1), ['permute (2, 0, 1)']],
    [
      'pad',
      () =>
        x.pad([
          [1, 0],
          [0, 2],
        ]),
      ['pad (1+0, 0+2)'],
    ],
    ['stack', () => W.T.matmul(x.T).squeeze(), ['transpose', 'transpose', 'matmul']],
    ['casts', () => x.to('int32').ne(1), ['to int32', '≠']],
    ['index', () => index(W, [0, 2]), ['index (axis 0)']],
    ['dropout', () => dropout(x, { p: 0.5 }), ['÷', 'where']],
    ['random numbers', () => b.mul(rand([2])), ['×']],
    ['vectors', () => W.matmul(b), ['matmul']],
    ['batches', () => randn([4, 1, 2]).realize().matmul(W.T), ['transpose', 'matmul']],
    ['clone', () => W.clone().detach(), ['clone', 'detach']],
  ])('%s', (_, make, expected) => {
    expect(operationsOf(make()).sort()).toEqual(expected.sort());
  });

  it("the user's own functions go by their names", () => {
    const cube = defineFunction({
      name: 'cube',
      forward: (ctx, t: Tensor) => {
        ctx.save(t);
        return t.mul(t).mul(t);
      },
      backward: (ctx, g) => g.mul(ctx.saved[0]!.square().mul(3)),
    });
    expect(edgesOf(cube(W).sum(), { gradients: true }).map((line) => line.replace(/ {2}∂.*/, ''))).toEqual([
      'W (float32) [3,2] → cube [3,2]',
      'cube [3,2] → sum',
      'sum → · (float32) []',
    ]);
    expect(edgesOf(cube(tensor(2, { requiresGrad: true })), { values: true, gradients: true })[0]).toBe(
      '· (float32) [] → cube  2  ∂12',
    );
  });

  it('gradients can be drawn themselves', () => {
    const t = tensor(2, { requiresGrad: true, name: 't' });
    const [g] = [grad((u: Tensor) => u.mul(u).mul(u))(t)];
    expect(edgesOf(g, { values: true }).at(-1)).toMatch(/ 12$/);
    expect(drawingOf(g).nodes.length).toBeGreaterThan(3);
  });

  it('a leaf is a picture too', () => {
    expect(drawingOf(x)).toEqual({
      nodes: [{ id: 'variable 0', kind: 'variable', label: 'x', note: 'float32', shape: [1, 3] }],
      edges: [],
    });
  });
});

describe('large graphs', () => {
  const chain = (length: number): Tensor => {
    let y = tensor(0, { requiresGrad: true, name: 'start' });
    for (let i = 0; i < length; i++) y = y.add(1.5);
    return y;
  };

  it('are cut behind what is nearest to the result, and the picture says so', () => {
    const { nodes, edges, note } = drawingOf(chain(100_000), { maxNodes: 5, values: true, gradients: true });
    expect(nodes.map((node) => node.label)).toEqual(['⋯ 199,996 more', '+', '1.5', '+', '1.5', '+', '']);
    expect(note).toBe('Drawn are the nodes nearest to the result: 5. Left out behind them: 199,996.');
    expect(edges.filter((edge) => edge.from === 'rest')).toHaveLength(2);
    expect(edges.at(-1)).toMatchObject({ value: '150000', grad: '1' });
  });

  it('of 400 nodes unless told', () => {
    expect(drawingOf(chain(1000)).nodes).toHaveLength(402);
    expect(drawingOf(chain(150)).note).toBeUndefined();
    expect(drawingOf(chain(1000), { maxNodes: Infinity }).nodes).toHaveLength(2002);
  });
});
