/** What the pictures are made of: sketches of layers, the network, Variables. */
import { expect, it } from 'vitest';
import { Generator, tensor, zeros } from '../../src/index.js';
import { add, MulLayer, Sketch, Square, show, square, TwoLayerNet, Variable } from '../../src/scratch/index.js';

it('a sketch joins layers by the names of their values', () => {
  const mulApple = new MulLayer();
  const mulTax = new MulLayer();
  const sketch = new Sketch().add(mulApple, ['apple', 'number'], 'apples').add(mulTax, ['apples', 'tax'], 'price');
  expect(sketch.drawing().edges.every((edge) => edge.value === undefined && edge.grad === undefined)).toBe(true);

  mulTax.forward(mulApple.forward(100, 2), 1.1);
  const [dApples] = mulTax.backward(1);
  mulApple.backward(dApples);
  const { nodes, edges } = sketch.drawing();
  expect(nodes.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
    'variable apple',
    'variable number',
    'operation ×',
    'variable tax',
    'operation ×',
    'variable price',
  ]);
  const label = (id: string) => nodes.find((node) => node.id === id)?.label;
  expect(edges.map(({ from, to, value, grad }) => [label(from), label(to), value, grad])).toEqual([
    ['apple', '×', '100', '2.2'],
    ['number', '×', '2', '110'],
    ['×', '×', '200', '1.1'],
    ['tax', '×', '1.1', '200'],
    ['×', 'price', '220', '1'],
  ]);
  expect(() => sketch.add(new MulLayer(), ['a', 'b'], 'price')).toThrow(/'price' is the output of two layers/);
  const crowded = new Sketch().add(mulTax, ['a', 'b', 'c'], 'd');
  expect(() => crowded.drawing()).toThrow("'d' is drawn from 3 values (a, b, c), but its MulLayer takes 2");
});

it('the network draws its layers with their shapes, before and after it ran', () => {
  const net = new TwoLayerNet(6, 4, 3, { generator: new Generator(0) });
  expect(
    net
      .drawing()
      .nodes.filter((node) => node.kind === 'operation')
      .map((node) => node.label),
  ).toEqual(['Affine', 'ReLU', 'Affine', 'Softmax with loss']);
  const gradients = net.gradient(zeros([2, 6]), tensor([0, 1], { dtype: 'int32' }));
  net.update(gradients, 0.1);
  const { nodes, edges } = net.drawing();
  expect(nodes.find((node) => node.label === 'W1')?.shape).toEqual([6, 4]);
  expect(edges.find((edge) => edge.from === 'var W1')).toMatchObject({ value: '6×4', grad: '6×4' });
  expect(edges.find((edge) => edge.from === 'var b1')).toMatchObject({ value: '4 values', grad: '4 values' });
});

it('a Variable draws the graph behind it, each arrow with its own gradient', () => {
  const x = new Variable(2, 'x');
  const a = square(x);
  const y = add(square(a), a);
  y.backward();
  const { nodes, edges } = y.drawing();
  expect(nodes.filter((node) => node.kind === 'operation').map((node) => node.label)).toEqual([
    'Square',
    'Square',
    'Add',
  ]);
  expect(nodes.filter((node) => node.kind === 'variable')).toHaveLength(4);
  const fromA = edges.filter((edge) => edge.value === '4' && edge.to.startsWith('f'));
  expect(fromA.map((edge) => edge.grad)).toEqual(['8', '1']);
  expect(edges.find((edge) => edge.value === '2')?.grad).toBe('36');
});

it('a pass by hand shows its gradients too', () => {
  const square = new Square();
  const x = new Variable(3, 'x');
  const y = square.call(x);
  y.grad = 1;
  x.grad = square.backward(y.grad);
  expect(y.drawing().edges.map((edge) => [edge.value, edge.grad])).toEqual([
    ['3', '6'],
    ['9', '1'],
  ]);
});

it('show rounds for people', () => {
  expect(show(2.2000000000000002)).toBe('2.2');
  expect(show(220.00000000000003)).toBe('220');
  expect(show(1 / 3, { digits: 3 })).toBe('0.333');
  expect(show(Number.NaN)).toBe('NaN');
  expect(
    show(
      tensor([
        [1, -0.5],
        [-2, 3],
      ]),
    ),
  ).toBe('[[1, -0.5], [-2, 3]]');
  expect(show(zeros([100, 784]))).toBe('100×784');
  expect(show(zeros([50]))).toBe('50 values');
  expect([show(true), show(tensor([true, false])), show(null)]).toEqual(['T', '[T, F]', '(nothing yet)']);
});
