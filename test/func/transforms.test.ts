/**
 * Products with Jacobians and Hessians, whole Jacobians and Hessians, and functions over batches: against PyTorch, against
 * each other, and against loops.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hessian, hvp, jacobian, jvp, vjp, vmap } from '../../src/func/index.js';
import {
  ArgumentError,
  DTypeError,
  Generator,
  GraphError,
  grad,
  gradcheck,
  gradgradcheck,
  type NestedData,
  noGrad,
  rand,
  randn,
  ShapeError,
  settings,
  stack,
  Tensor,
  tensor,
  valueAndGrad,
} from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { kernelsOf } from '../support/events.js';

interface Row {
  readonly name: string;
  readonly args: readonly NestedData[];
  readonly directions: readonly NestedData[];
  readonly cotangent: NestedData;
  readonly value: NestedData;
  readonly vjp: readonly NestedData[];
  readonly jvp: NestedData;
  readonly jacobian: readonly NestedData[];
  readonly hessian: readonly NestedData[];
  readonly hvp: readonly NestedData[];
}
const rows: readonly Row[] = JSON.parse(readFileSync(new URL('../fixtures/transforms.json', import.meta.url), 'utf8'));

const f64 = (data: NestedData): Tensor => tensor(data, { dtype: 'float64' });

function layerNorm(x: Tensor): Tensor {
  const centred = x.sub(x.mean(-1, { keepdim: true }));
  return centred.div(centred.square().mean(-1, { keepdim: true }).add(1e-5).sqrt());
}

const FUNCTIONS: Readonly<Record<string, (...args: Tensor[]) => Tensor>> = {
  attention: (q, k) => q!.matmul(k!.T).div(2).softmax(1).matmul(k!),
  windows: (x, w) =>
    nn.functional
      .conv1d(x!.reshape(1, 1, -1), w!.reshape(1, 1, -1), null, { padding: 1 })
      .reshape(-1)
      .tanh(),
  cumulative: (x) =>
    x!
      .exp()
      .cumsum(0)
      .mul(x!.index([2, 0, 0, 1]).sin()),
  normalized: (x) => layerNorm(x!).mul(x!.sigmoid()),
};

function expectClose(got: Tensor, want: NestedData, what: string): void {
  const expected = f64(want);
  expect(got.shape, what).toEqual(expected.shape);
  expect(got.allclose(expected, { rtol: 1e-10, atol: 1e-11 }), `${what}: ${got}, not ${expected}`).toBe(true);
}

describe.each(engineNames())('on the engine %s', (engine) => {
  it.each(rows.map((row) => [row.name, row] as const))('%s has the derivatives that PyTorch has', (name, row) => {
    withEngine(engine, () => {
      const fn = FUNCTIONS[name]!;
      const [args, directions] = [row.args.map(f64), row.directions.map(f64)];
      const pulled = vjp(fn, ...args);
      expectClose(pulled.value, row.value, 'value');
      pulled.pullback(f64(row.cotangent)).forEach((g, i) => expectClose(g, row.vjp[i]!, `vjp ${i}`));
      expectClose(jvp(fn, args, directions).tangent, row.jvp, 'jvp');
      const scalar = (...a: Tensor[]): Tensor =>
        fn(...a)
          .mul(f64(row.cotangent))
          .sum();
      hvp(scalar, args, directions).product.forEach((p, i) => expectClose(p, row.hvp[i]!, `hvp ${i}`));
      args.forEach((_, argnums) => {
        for (const mode of ['reverse', 'forward'] as const)
          expectClose(jacobian(fn, { argnums, mode })(...args) as Tensor, row.jacobian[argnums]!, `jacobian, ${mode}`);
        expectClose(hessian(scalar, { argnums })(...args), row.hessian[argnums]!, `hessian ${argnums}`);
      });
    });
  });

  it('a batch of a function is the function of each example', () => {
    withEngine(engine, () => {
      const generator = new Generator(5);
      for (const { name, args } of rows) {
        const fn = FUNCTIONS[name]!;
        const batches = args.map((a) => randn([3, ...f64(a).shape], { dtype: 'float64', generator }));
        const each = stack([0, 1, 2].map((i) => fn(...batches.map((b) => b.index(i)))));
        expect(vmap(fn)(...batches).allclose(each, { rtol: 1e-12, atol: 1e-13 }), name).toBe(true);
      }
    });
  });
});

describe('derivatives of derivatives', () => {
  const x = f64([0.3, -0.8, 1.4]);
  const f = (t: Tensor): Tensor => t.exp().mul(t.sin());

  it('of a Jacobian, a Hessian and products are found by finite differences too', () => {
    const v = f64([1, 0.5, -2]);
    const cases: ((t?: Tensor) => Tensor)[] = [
      (t) => jacobian(f)(t!),
      (t) => jacobian(f, { mode: 'forward' })(t!),
      (t) => hessian((u: Tensor) => f(u).sum())(t!),
      (t) => jvp(f, [t!], [v]).tangent,
      (t) => jvp(f, [v], [t!]).tangent,
      (t) => vjp(f, t!).pullback(v)[0],
      (t) => vjp(f, v).pullback(t!)[0],
      (t) => hvp((u: Tensor) => f(u).sum(), [t!], [v]).product[0],
      (t) => vmap(grad((u: Tensor) => f(u).sum()))(t!.mul(f64([[1], [2]]))),
    ];
    for (const fn of cases) {
      expect(gradcheck(fn, [x]).ok).toBe(true);
      expect(gradgradcheck(fn, [x]).ok).toBe(true);
    }
  });

  it('nest: forward over forward, and reverse over forward', () => {
    const derivative = (g: (t: Tensor) => Tensor) => (t: Tensor) => jvp(g, [t], [f64([1, 1, 1])]).tangent;
    const [second, third] = [derivative(derivative(f)), derivative(derivative(derivative(f)))];
    // (eᵗ sin t)″ = 2eᵗ cos t, (…)‴ = 2eᵗ(cos t − sin t)
    expect(second(x).allclose(x.exp().mul(x.cos()).mul(2))).toBe(true);
    expect(third(x).allclose(x.exp().mul(x.cos().sub(x.sin())).mul(2))).toBe(true);
    expect(grad((t: Tensor) => second(t).sum())(x).allclose(third(x))).toBe(true);
  });

  it('leave nothing behind, and keep no history that nobody needs', () => {
    const w = tensor(2, { dtype: 'float64', requiresGrad: true });
    expect(jacobian(f)(x).requiresGrad).toBe(false);
    expect(jvp(f, [x], [x]).tangent.requiresGrad).toBe(false);
    expect(vjp(f, x).value.requiresGrad).toBe(false);
    const j = noGrad(() => jacobian((t: Tensor) => t.mul(w))(x));
    expect([j.shape, w.grad]).toEqual([[3, 3], null]);
    jacobian((t: Tensor) => t.square().mul(w))(x)
      .sum()
      .backward();
    expect(w.grad!.item()).toBeCloseTo(2 * (0.3 - 0.8 + 1.4), 12);
  });

  it('take trees, and give trees', () => {
    const p = { w: f64([1, 2]), b: [f64(3)] };
    const g = (q: typeof p): Tensor => q.w.square().mul(q.b[0]!);
    const j = jacobian(g)(p);
    expect([j.w.toArray(), j.b[0]!.toArray()]).toEqual([
      [
        [6, 0],
        [0, 12],
      ],
      [1, 4],
    ]);
    const { tangent } = jvp((q: typeof p) => ({ y: g(q) }), [p], [{ w: f64([1, 0]), b: [f64(1)] }]);
    expect(tangent.y.toArray()).toEqual([7, 4]);
  });

  it('of an argument that is not used, and of nothing, are zeros of the right shape', () => {
    const unused = jacobian((_a: Tensor, b: Tensor) => b.exp(), { argnums: [0, 1] })(f64([1, 2]), f64([0]));
    expect(unused.map((t) => t.toArray())).toEqual([[[0, 0]], [[1]]]);
    const empty = f64([]);
    for (const mode of ['reverse', 'forward'] as const)
      expect(jacobian((t: Tensor) => t.exp(), { mode })(empty).shape).toEqual([0, 0]);
    expect(jvp((_: Tensor) => f64([5]), [x], [x]).tangent.toArray()).toEqual([0]);
  });

  it('cost one batched pass, not one for each row', () => {
    const w = randn([40, 40]).realize();
    const rowsOf = (t: Tensor): Tensor => w.matmul(t).tanh();
    const at = randn([40]).realize();
    expect(kernelsOf(() => jacobian(rowsOf)(at).realize())).toBeLessThanOrEqual(3);
  });
});

describe('vmap', () => {
  const x = f64([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it('takes and gives the axis of examples where it is told', () => {
    const scaled = vmap((row: Tensor, by: Tensor) => row.mul(by), { inAxes: [1, null], outAxes: -1 });
    expect(scaled(x, f64([1, 10])).toArray()).toEqual([
      [1, 2, 3],
      [40, 50, 60],
    ]);
  });

  it('nests, and passes numbers and trees on', () => {
    const table = vmap((a: Tensor) => vmap((b: Tensor) => a.mul(b))(f64([1, 2, 3])))(f64([1, 10]));
    expect(table.toArray()).toEqual([
      [1, 2, 3],
      [10, 20, 30],
    ]);
    const both = vmap((t: { a: Tensor }, k: number) => ({ up: t.a.add(k), total: t.a.sum() }))({ a: x }, 1);
    expect([both.up.toArray(), both.total.toArray()]).toEqual([x.add(1).toArray(), [6, 15]]);
  });

  it('gives gradients for each example, of a model of layers', () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.LayerNorm(4), new nn.Tanh(), new nn.Linear(4, 2));
    const [images, labels] = [randn([5, 3]), tensor([0, 1, 1, 0, 1], { dtype: 'int32' })];
    const lossOf = (w: Tensor, image: Tensor, label: Tensor): Tensor => {
      const h = model.forward(image.matmul(w).unsqueeze(0));
      return nn.functional.crossEntropy(h, label.unsqueeze(0));
    };
    const w = rand([3, 3]).realize();
    const all = vmap(grad(lossOf), { inAxes: [null, 0, 0] })(w, images.realize(), labels);
    for (let i = 0; i < 5; i++) {
      const one = grad(lossOf)(w, images.index(i), labels.index(i));
      expect(all.index(i).allclose(one, { rtol: 1e-4, atol: 1e-6 })).toBe(true);
    }
  });

  it('sends gradients to what the function closes over: the sum over the examples', () => {
    const w = tensor([1, 2, 3], { dtype: 'float64', requiresGrad: true });
    vmap((row: Tensor) => row.mul(w).sum())(x)
      .sum()
      .backward();
    expect(w.grad!.toArray()).toEqual([5, 7, 9]);
    const inside = vmap((row: Tensor) => noGrad(() => row.mul(w)).add(w.mul(0)))(x);
    w.grad = null;
    inside.sum().backward();
    expect(w.grad!.toArray()).toEqual([0, 0, 0]);
  });

  it('of a constant result repeats it', () => {
    expect(vmap((_: Tensor) => f64([7]))(x).toArray()).toEqual([[7], [7]]);
  });

  it('draws for every example, for all, or refuses to', () => {
    const noisy = (row: Tensor, generator: Generator): Tensor => row.add(randn([3], { dtype: 'float64', generator }));
    const drawn = (randomness: 'different' | 'same'): Tensor =>
      vmap(noisy, { inAxes: [0, null], randomness })(x, new Generator(3)).sub(x);
    expect(drawn('different').allclose(randn([2, 3], { dtype: 'float64', generator: new Generator(3) }))).toBe(true);
    const one = randn([3], { dtype: 'float64', generator: new Generator(3) });
    expect(drawn('same').allclose(stack([one, one]))).toBe(true);
    expect(() => vmap(noisy, { inAxes: [0, null] })(x, new Generator(3))).toThrow(/randomness: 'different'/);
    const twice = vmap((m: Tensor) => vmap((r: Tensor) => r.add(rand([3])), { randomness: 'different' })(m), {
      randomness: 'different',
    })(tensor([[[0, 0, 0]], [[0, 0, 0]]]));
    expect(new Set(twice.reshape(-1).typedArray()).size).toBe(6);
  });

  it('looks at the function before anything is computed, also when everything else is computed at once', () => {
    settings({ eager: true });
    try {
      expect(vmap((row: Tensor) => row.exp().sum())(x).shape).toEqual([2]);
      expect(jacobian((t: Tensor) => t.square())(f64([1, 2])).toArray()).toEqual([
        [2, 0],
        [0, 4],
      ]);
    } finally {
      settings({ eager: false });
    }
  });

  it('refuses decisions by values, and arguments that do not fit', () => {
    expect(() => vmap((row: Tensor) => row.mul(row.sum().item()))(x)).toThrow(GraphError);
    expect(() => vmap((row: Tensor) => row.mul(row.sum().item()))(x)).toThrow(/one example of many and has no value/);
    expect(() => vmap((a: Tensor, b: Tensor) => a.add(b))(x, f64([1, 2, 3]))).toThrow(/2 and 3 examples/);
    expect(() => vmap((a: Tensor) => a)(f64(3))).toThrow(ShapeError);
    expect(() => vmap((a: Tensor) => a, { inAxes: [null] })(x)).toThrow(/no argument has examples/);
    expect(() => vmap((a: Tensor) => a, { inAxes: [0, 0] })(x)).toThrow(ArgumentError);
    expect(() => vmap((a: Tensor) => a, { randomness: 'some' as never })).toThrow(/'different', 'same' or 'error'/);
    expect(() => vmap(x as never)).toThrow(ArgumentError);
  });
});

describe('what is refused', () => {
  const x = f64([1, 2]);
  it.each([
    [
      'a direction of another shape',
      () => jvp((t: Tensor) => t, [x], [f64([1])]),
      ShapeError,
      /tangents 0.*\[1\].*\[2\]/,
    ],
    [
      'a direction of another dtype',
      () => jvp((t: Tensor) => t, [x], [tensor([1, 1])]),
      DTypeError,
      /float32.*float64/,
    ],
    ['too few directions', () => jvp((t: Tensor) => t, [x], [] as never), ArgumentError, /0 tensors, expected 1/],
    ['a cotangent of another shape', () => vjp((t: Tensor) => t, x).pullback(f64([1])), ShapeError, /cotangents 0/],
    ['integers', () => jvp((t: Tensor) => t, [tensor([1], { dtype: 'int32' })], [x]), DTypeError, /int32/],
    ['a result without derivative', () => vjp((t: Tensor) => t.gt(0), x), DTypeError, /returned bool/],
    [
      'a Jacobian of several results',
      () => jacobian((t: Tensor) => [t] as never)(x),
      ArgumentError,
      /must return a tensor/,
    ],
    [
      'another mode',
      () => jacobian((t: Tensor) => t, { mode: 'both' as never }),
      ArgumentError,
      /'reverse' or 'forward'/,
    ],
    ['a Hessian of a vector', () => hessian((t: Tensor) => t)(x), GraphError, /only a scalar/],
    ['no function', () => jvp(3 as never, [x] as never, [x] as never), ArgumentError, /takes a function/],
    ['a Hessian for a tree', () => hessian((t: { x: Tensor }) => t.x.sum())({ x }), ArgumentError, /must be a tensor/],
    ['an argument that there is not', () => jacobian((t: Tensor) => t, { argnums: 1 })(x), ArgumentError, /argument 1/],
  ])('%s', (_, run, kind, message) => {
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
  });

  it('but a value goes with its gradient', () => {
    const both = vmap(valueAndGrad((row: Tensor) => row.square().sum()))(f64([[1, 2]]));
    expect([both.value.toArray(), both.grad.toArray()]).toEqual([[5], [[2, 4]]]);
    expect(both.value).toBeInstanceOf(Tensor);
  });
});
