/** Variables and Functions: by hand, along the links, and by the walk that is right for every graph. */
import { describe, expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/index.js';
import { Add, add, Exp, exp, Function, Mul, mul, Square, square, Variable } from '../../src/scratch/index.js';

/** The derivative of (exp(x²))² at 0.5, for every way of finding it. */
const EXPECTED = 3.297442541400256;
const relativeError = (value: number): number => Math.abs(value - EXPECTED) / EXPECTED;

describe('(exp(x²))² at 0.5', () => {
  const A = new Square();
  const B = new Exp();
  const C = new Square();
  const x = new Variable(0.5);
  const a = A.call(x);
  const b = B.call(a);
  const y = C.call(b);

  it('by hand', () => {
    y.grad = 1;
    b.grad = C.backward(y.grad);
    a.grad = B.backward(b.grad);
    x.grad = A.backward(a.grad);
    expect(relativeError(x.grad)).toBeLessThanOrEqual(1e-15);
  });

  it('by following links', () => {
    expect(y.creator).toBe(C);
    expect(y.creator?.input).toBe(b);
    expect(y.creator?.input.creator).toBe(B);
    expect(y.creator?.input.creator?.input).toBe(a);
    expect(y.creator?.input.creator?.input.creator).toBe(A);
    expect(y.creator?.input.creator?.input.creator?.input).toBe(x);
    expect(x.creator).toBeNull();
    expect([A.output, B.output, C.output]).toEqual([a, b, y]);
  });

  it('by y.backward()', () => {
    x.clearGrad();
    y.backward();
    expect(y.grad).toBe(1);
    expect(relativeError(x.grad ?? 0)).toBeLessThanOrEqual(1e-15);
  });

  it('with tensors in float64', () => {
    const t = new Variable(tensor(0.5, { dtype: 'float64' }));
    const out = square(exp(square(t)));
    out.backward();
    expect(relativeError(t.grad?.item() ?? 0)).toBeLessThanOrEqual(1e-15);
  });
});

describe('the walk', () => {
  it('adds what arrives when one variable is used twice', () => {
    const x = new Variable(3);
    add(x, x).backward();
    expect(x.grad).toBe(2);
    const z = new Variable(3);
    add(add(z, z), z).backward();
    expect(z.grad).toBe(3);
  });

  it('visits a branch only when its gradient is complete: (x²)² + (x²)² at 2 has gradient 64', () => {
    const x = new Variable(2);
    const a = square(x);
    const y = add(square(a), square(a));
    expect(y.data).toBe(32);
    y.backward();
    expect(x.grad).toBe(64);
    expect([x.generation, a.generation, y.generation]).toEqual([0, 1, 3]);
  });

  it('waits for a long branch beside a short one', () => {
    const x = new Variable(2);
    const a = square(x);
    // y = a + (a²)² = x² + x⁸
    const y = add(a, square(square(a)));
    y.backward();
    expect(x.grad).toBe(2 * 2 + 8 * 2 ** 7);
  });

  it('is linear in a graph with exponentially many paths', () => {
    let y = new Variable(1);
    const x = y;
    for (let i = 0; i < 60; i++) y = add(y, y);
    y.backward();
    expect(x.grad).toBe(2 ** 60);
  });

  it('walks a chain of 100,000 functions', () => {
    const x = new Variable(1);
    const one = new Variable(1);
    let y = x;
    for (let i = 0; i < 100_000; i++) y = mul(y, one);
    y.backward();
    expect(x.grad).toBe(1);
    expect(one.grad).toBe(100_000);
  });

  it('lets inputs add up over passes, and starts afresh in between', () => {
    const x = new Variable(2);
    const a = square(x);
    const y = square(a);
    y.backward();
    y.backward();
    expect(a.grad).toBe(8);
    expect(x.grad).toBe(64);
    x.clearGrad();
    y.backward(10);
    expect(x.grad).toBe(320);
  });

  it('never changes a gradient in place', () => {
    const x = new Variable(tensor([1, 2]));
    const y = add(x, x);
    const seed = tensor([1, 1]);
    y.backward(seed);
    expect(seed.toArray()).toEqual([1, 1]);
    expect(x.grad?.toArray()).toEqual([2, 2]);
    expect(y.grad).toBe(seed);
  });

  it('gives broadcast tensors gradients of their own shape', () => {
    const m = new Variable<Tensor>(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    const v = new Variable<Tensor>(tensor([10, 20]));
    mul(m, v).backward();
    expect(v.grad?.toArray()).toEqual([4, 6]);
    expect(m.grad?.toArray()).toEqual([
      [10, 20],
      [10, 20],
    ]);
  });
});

describe('functions', () => {
  it('of one’s own say how to go forward and back', () => {
    class Cube extends Function {
      override forward(x: number): number {
        return x ** 3;
      }
      override backward(gy: number): number {
        return 3 * this.input.data ** 2 * gy;
      }
    }
    const x = new Variable(2);
    const y = new Cube().call(x);
    y.backward();
    expect([y.data, x.grad]).toEqual([8, 12]);
  });

  it('that do not are named', () => {
    class Half extends Function {}
    expect(() => new Half().call(new Variable(1))).toThrow('not implemented by Half');
    expect(() => new Function().forward(1)).toThrow('not implemented by Function');
    expect(() => new Function().backward(1)).toThrow('backward is not implemented by Function');
  });

  it('with several inputs keep them all', () => {
    const f = new Add();
    const [a, b] = [new Variable(1), new Variable(2)];
    f.call(a, b);
    expect(f.inputs).toEqual([a, b]);
    expect(() => f.input).toThrow(/Add has 2 inputs: look into inputs/);
    const g = new Mul();
    g.call(a, b);
    expect(g.backward(10)).toEqual([20, 10]);
  });

  it('that were not called have neither input nor output', () => {
    expect(() => new Square().input).toThrow(/Square has not been called yet/);
    expect(() => new Square().output).toThrow(/Square has not been called yet/);
    expect(() => new Square().backward(1)).toThrow(/has not been called yet/);
    expect(() => new Mul().backward(1)).toThrow(/has not been called yet/);
    expect(() => new Add().backward(1)).toThrow(/has not been called yet/);
  });

  it('that were called with too few inputs say so', () => {
    expect(() => new Mul().call(new Variable(1))).toThrow('Mul.call: takes 2 Variables, got 1');
    expect(() => new Square().call()).toThrow(/takes one or more Variables/);
  });

  it('that were called again are found out by the walk', () => {
    const f = new Square();
    const y = f.call(new Variable(2));
    f.call(new Variable(3));
    expect(() => y.backward()).toThrow(/this Square was called again .* make a new Square\(\) for every call/);
  });

  it('that give gradients of another form are refused', () => {
    class Wide extends Function<Tensor> {
      override forward(x: Tensor): Tensor {
        return x;
      }
      override backward(): Tensor {
        return tensor([1, 2, 3]);
      }
    }
    const y = new Wide().call(new Variable<Tensor>(tensor([1, 2])));
    expect(() => y.backward()).toThrow(/Wide.backward: the gradient for input 0 must have the form .* shape \[2\]/);
  });

  it('that give too few gradients are refused', () => {
    class Sum extends Function {
      override forward(a: number, b: number): number {
        return a + b;
      }
      override backward(gy: number): number {
        return gy;
      }
    }
    expect(() => new Sum().call(new Variable(1), new Variable(2)).backward()).toThrow(
      /Sum.backward gave 1 gradients? for 2 inputs/,
    );
  });
});

it('what is neither a number nor a tensor is refused', () => {
  // @ts-expect-error what a caller without types may pass
  expect(() => new Variable('0.5')).toThrow(/Variable: takes a number or a tensor, got the string "0.5"/);
  // @ts-expect-error what a caller without types may pass
  expect(() => new Variable([1, 2])).toThrow(/wrap the array in tensor/);
  // @ts-expect-error what a caller without types may pass
  expect(() => new Square().call(3)).toThrow(/takes one or more Variables/);
  const y = square(new Variable(tensor([1, 2])));
  expect(() => y.backward(tensor([1, 2, 3]))).toThrow(
    /form of the data, a tensor of shape \[2\]; got a tensor of shape \[3\]/,
  );
});
