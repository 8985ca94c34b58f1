/**
 * grad and valueAndGrad over trees of tensors; functions with a derivative of the user's own; checking derivatives.
 */
import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  DTypeError,
  defineFunction,
  GradcheckError,
  GraphError,
  grad,
  gradcheck,
  gradgradcheck,
  linspace,
  noGrad,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
} from '../../src/index.js';

const f64 = (data: number | number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' });

describe('grad', () => {
  it('of nested objects and arrays has their form', () => {
    const params = { layers: [{ w: f64([1, 2]), b: f64(3) }], scale: f64(2) };
    const loss = (p: typeof params, x: Tensor): Tensor => {
      const [{ w, b }] = p.layers as [{ w: Tensor; b: Tensor }];
      return w.mul(x).sum().add(b).mul(p.scale);
    };
    const { value, grad: g } = valueAndGrad(loss)(params, f64([5, 7]));
    expect(value.item()).toBe(44);
    expect(g.layers[0]!.w.toArray()).toEqual([10, 14]);
    expect([g.layers[0]!.b.item(), g.scale.item()]).toEqual([2, 22]);
    expect(params.scale.grad, 'nothing is left behind').toBeNull();
    expect(params.scale.requiresGrad).toBe(false);
  });

  it('with respect to other arguments, one or several', () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.square().mul(y);
    expect(grad(f, { argnums: 1 })(f64(3), f64(4)).item()).toBe(9);
    const [dx, dy] = grad(f, { argnums: [0, 1] })(f64(3), f64(4));
    expect([dx.item(), dy.item()]).toEqual([24, 9]);
  });

  it('nests: the third derivative of x⁵', () => {
    const f = (x: Tensor): Tensor => x.square().square().mul(x);
    expect(grad(grad(grad(f)))(f64(2)).item()).toBe(240);
  });

  it('is 0 for an argument that is not used', () => {
    expect(grad((x: Tensor, _y: Tensor) => x.sum(), { argnums: 1 })(f64([1]), f64([1, 2])).toArray()).toEqual([0, 0]);
  });

  it('can be differentiated by backward with respect to what the function closes over', () => {
    const w = tensor(3, { dtype: 'float64', requiresGrad: true });
    grad((x: Tensor) => x.square().mul(w))(f64(2)).backward();
    expect(w.grad?.item()).toBe(4);
  });

  it('keeps no history when nothing outside needs one', () => {
    const { value, grad: g } = valueAndGrad((x: Tensor) => x.square())(f64(2));
    expect([value.requiresGrad, g.requiresGrad]).toEqual([false, false]);
  });

  it('works inside noGrad', () => {
    expect(noGrad(() => grad((x: Tensor) => x.square())(f64(2))).item()).toBe(4);
  });

  it('refuses argnums out of range and arguments that hold no tensors', () => {
    expect(() => grad((x: Tensor) => x, { argnums: 1 })(f64(1))).toThrow(/argument 1.*1 arguments/);
    expect(() => grad((x: { a: number }) => f64(x.a))({ a: 1 })).toThrow(/argument 0\.a must be a tensor/);
  });
});

describe('defineFunction', () => {
  const cube = defineFunction({
    name: 'cube',
    forward(ctx, x: Tensor) {
      ctx.save(x);
      return x.mul(x).mul(x);
    },
    backward(ctx, g) {
      const [x] = ctx.saved as [Tensor];
      return g.mul(x.square()).mul(3);
    },
  });

  it('uses the backward that was given, and differentiates it again', () => {
    const x = f64([1, 2, -1.5]);
    const report = gradcheck(cube, [x]);
    expect(report.ok).toBe(true);
    expect(gradgradcheck(cube, [x]).ok).toBe(true);
    expect(grad(grad((t: Tensor) => cube(t)))(f64(2)).item()).toBe(12);
  });

  it('a saved output keeps its history', () => {
    const exponential = defineFunction({
      forward(ctx, x: Tensor) {
        const y = x.exp();
        ctx.save(y);
        return y;
      },
      backward: (ctx, g) => g.mul(ctx.saved[0]!),
    });
    expect(grad(grad(grad((x: Tensor) => exponential(x))))(f64(1)).item()).toBeCloseTo(Math.E, 12);
  });

  it('has several outputs and calls backward once, with zeros for one that is not used', () => {
    let calls = 0;
    const sumAndDifference = defineFunction({
      forward: (_, a: Tensor, b: Tensor) => [a.add(b), a.sub(b)],
      backward(_, s, d) {
        calls++;
        return [s!.add(d!), s!.sub(d!)];
      },
    });
    const [a, b] = [tensor([1, 2], { requiresGrad: true }), tensor([5, 7], { requiresGrad: true })];
    const [sum, difference] = sumAndDifference(a, b) as [Tensor, Tensor];
    expect([sum.toArray(), difference.toArray()]).toEqual([
      [6, 9],
      [-4, -5],
    ]);
    sum.mul(2).add(difference.mul(3)).sum().backward();
    expect([calls, a.grad?.toArray(), b.grad?.toArray()]).toEqual([1, [5, 5], [-1, -1]]);
    a.grad = null;
    (sumAndDifference(a, b) as [Tensor, Tensor])[1].sum().backward();
    expect([a].map(({ grad: g }) => g?.toArray())).toEqual([[1, 1]]);
  });

  it('takes other inputs too, and outputs that are no floats', () => {
    const scaled = defineFunction({
      forward: (_, x: Tensor, k: number) => [x.mul(k), x.gt(0)],
      backward: (_, g) => [g!.mul(100), null],
    });
    const x = tensor([1, -1], { requiresGrad: true });
    const [y, positive] = scaled(x, 3) as [Tensor, Tensor];
    expect([y.toArray(), positive.toArray()]).toEqual([
      [3, -3],
      [true, false],
    ]);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([100, 100]);
  });

  it('records nothing where nothing wants a gradient', () => {
    expect(cube(f64(2)).requiresGrad).toBe(false);
    const x = tensor(2, { dtype: 'float64', requiresGrad: true });
    expect(noGrad(() => cube(x)).requiresGrad).toBe(false);
  });

  it.each([
    ['too few gradients', () => [] as Tensor[], GraphError, /0 gradients for 1 inputs/],
    ['a gradient of another shape', (g: Tensor) => g.sum(), ShapeError, /gradient 0.*\[\].*input 0.*\[2\]/],
    ['a gradient of another dtype', (g: Tensor) => g.to('float64'), DTypeError, /float64.*float32/],
  ])('refuses %s', (_, backward, kind, message) => {
    const bad = defineFunction({
      name: 'bad',
      forward: (_ctx, x: Tensor) => x.mul(1),
      backward: (_ctx, g) => backward(g!),
    });
    const x = tensor([1, 2], { requiresGrad: true });
    const run = (): void => bad(x).sum().backward();
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
    expect(x.grad).toBeNull();
  });

  it('refuses a forward that returns no tensor', () => {
    const bad = defineFunction({ name: 'bad', forward: () => 3 as unknown as Tensor, backward: () => null });
    expect(() => bad()).toThrow(ArgumentError);
  });
});

describe('gradcheck', () => {
  it('passes a right derivative and reports', () => {
    const report = gradcheck((x) => x!.exp().sum(), [linspace(-1, 1, 5, { dtype: 'float64' })]);
    expect(report).toMatchObject({ ok: true, checked: 5 });
    expect(report.relativeError).toBeLessThan(1e-8);
  });

  it('names input, element, both numbers and the relative error of the worst', () => {
    const wrong = defineFunction({
      forward: (_, x: Tensor, y: Tensor) => x.mul(y),
      backward: (_, g) => [g!.mul(0), null],
    });
    const [a, b] = [
      f64([
        [1, 2],
        [3, 4],
      ]),
      f64([
        [1, 1],
        [9, 1],
      ]),
    ];
    let error: unknown;
    try {
      gradcheck(
        (x, y) =>
          wrong(x!, y!).mul(
            tensor([
              [0, 0],
              [1, 0],
            ]),
          ),
        [a, b.detach()],
      );
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(GradcheckError);
    const { report } = error as GradcheckError;
    expect(report).toMatchObject({ ok: false, checked: 8, input: 0, index: [1, 0] });
    expect(Math.abs(report.analytic)).toBe(0);
    expect(Math.abs(report.numeric)).toBeGreaterThan(4);
    expect(report.relativeError).toBeCloseTo(1, 6);
    expect(report.message).toMatch(/input 0 of shape \[2, 2\] at \[1, 0\].*relative error/);
  });

  it('samples elements, and passes integers along', () => {
    const x = linspace(-1, 1, 100, { dtype: 'float64' });
    const i = tensor([3, 3, 90], { dtype: 'int32' });
    expect(gradcheck((t, at) => t!.square().index(at!), [x, i], { samples: 10 }).checked).toBe(10);
  });

  it('asks for float64', () => {
    expect(() => gradcheck((x) => x!.sum(), [tensor([1])])).toThrow(/float64/);
  });

  it('of second derivatives finds one that is wrong only there', () => {
    const once = defineFunction({
      // Right once; its derivative is a constant to a second differentiation.
      forward(ctx, x: Tensor) {
        ctx.save(x.mul(2));
        return x.square();
      },
      backward: (ctx, g) => g!.mul(ctx.saved[0]!),
    });
    const x = f64([0.5, -1]);
    expect(gradcheck((t) => once(t!), [x]).ok).toBe(true);
    expect(() => gradgradcheck((t) => once(t!), [x])).toThrow(GradcheckError);
    expect(gradgradcheck((t) => t!.square(), [x]).ok).toBe(true);
  });
});
