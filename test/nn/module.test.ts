/**
 * Modules: what is found among their fields, state dictionaries, modes, printing; the layers.
 */
import { describe, expect, it } from 'vitest';
import { Generator, gradcheck, manualSeed, ones, randn, type Tensor, tensor, zeros } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';

class Block extends nn.Module {
  readonly scale = new nn.Parameter(ones([2]));
  readonly mean = new nn.Buffer(zeros([2]));
  readonly note = tensor([1, 2]);
  readonly layers = [new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 2, { bias: false })];

  forward(x: Tensor): Tensor {
    let y = x.mul(this.scale).sub(this.mean);
    for (const layer of this.layers) y = layer.forward(y);
    return y;
  }
}

class Outer extends nn.Module {
  readonly first = new Block();
  readonly again = this.first;
  readonly gain = tensor([2], { requiresGrad: true });

  forward(x: Tensor): Tensor {
    return this.again.forward(this.first.forward(x)).mul(this.gain);
  }
}

describe('parameters', () => {
  it('are found in fields, arrays and modules inside, in order, each once', () => {
    const names = Array.from(new Outer().namedParameters(), ([name]) => name);
    expect(names).toEqual([
      'gain',
      'first.scale',
      'first.layers.0.weight',
      'first.layers.0.bias',
      'first.layers.2.weight',
    ]);
  });

  it('of a Sequential are named by place', () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
    expect(Object.keys(model.stateDict())).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    expect(model.parameters().map((p) => p.shape)).toEqual([[3, 2], [3], [1, 3], [1]]);
  });

  it('own their memory', () => {
    const source = tensor([1, 2]);
    const p = new nn.Parameter(source);
    expect(p).toMatchObject({ requiresGrad: true, isLeaf: true });
    expect(source.requiresGrad).toBe(false);
  });

  it('that are frozen are still listed', () => {
    const model = new nn.Linear(2, 2);
    model.weight.requiresGrad = false;
    expect(model.parameters()).toHaveLength(2);
  });
});

describe('state', () => {
  it('goes from one model to another, parameters and buffers, not other fields', () => {
    const [a, b] = [new Block(), new Block()];
    const state = a.stateDict();
    expect(Object.keys(state)).toEqual(['scale', 'mean', 'layers.0.weight', 'layers.0.bias', 'layers.2.weight']);
    b.loadStateDict(state);
    const x = randn([4, 2]);
    expect(b.forward(x).toArray()).toEqual(a.forward(x).toArray());
  });

  it('is a copy of the moment', () => {
    const model = new nn.Linear(2, 2);
    const before = model.stateDict();
    const values = before.weight!.toArray();
    model.loadStateDict({ weight: zeros([2, 2]), bias: zeros([2]) });
    expect(before.weight!.toArray()).toEqual(values);
    expect(model.weight.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    model.loadStateDict(before);
    expect(model.weight.toArray()).toEqual(values);
  });

  it('may be computed from the model that it is loaded into', () => {
    const model = new nn.Linear(2, 1, { bias: false });
    model.loadStateDict({ weight: tensor([[1, 2]]) });
    model.loadStateDict({ weight: model.weight.mul(10) });
    expect(model.weight.toArray()).toEqual([[10, 20]]);
  });

  it.each([
    ['missing and unknown names', { weight: zeros([2, 2]), extra: zeros([1]) }, /missing "bias"; unknown "extra"/],
    [
      'another shape',
      { weight: zeros([2, 3]), bias: zeros([2]) },
      /"weight" has shape \[2, 3\], the model's has \[2, 2\]/,
    ],
    [
      'another dtype',
      { weight: zeros([2, 2]), bias: zeros([2], { dtype: 'float64' }) },
      /"bias" is float64, the model's is float32/,
    ],
  ])('refuses %s and changes nothing', (_, state, message) => {
    const model = new nn.Linear(2, 2);
    const before = model.weight.toArray();
    expect(() => model.loadStateDict(state as Record<string, Tensor>)).toThrow(message);
    expect(model.weight.toArray()).toEqual(before);
  });
});

describe('a module', () => {
  it('switches all modules inside between training and evaluation', () => {
    const model = new nn.Sequential(new nn.Dropout(), new nn.Sequential(new nn.Dropout()));
    expect(model.eval()).toBe(model);
    expect(Array.from(model.namedModules(), ([, m]) => m.training)).toEqual([false, false, false, false]);
    model.train();
    expect(Array.from(model.namedModules(), ([name]) => name)).toEqual(['', '0', '1', '1.0']);
    expect(model.training).toBe(true);
  });

  it('converts its floats', () => {
    const model = new Block().to('float64');
    expect(model.parameters().map((p) => [p.dtype, p.requiresGrad])).toEqual(Array(4).fill(['float64', true]));
    expect(model.mean.dtype).toBe('float64');
    expect(model.forward(ones([1, 2], { dtype: 'float64' })).dtype).toBe('float64');
    expect(() => model.to('int32')).toThrow(/float dtype/);
  });

  it('prints itself', () => {
    expect(
      String(new nn.Sequential(new nn.Linear(4, 2, { bias: false }), new nn.Sequential(new nn.Dropout(0.1)))),
    ).toBe('Sequential(\n  (0): Linear(4, 2, bias: false)\n  (1): Sequential(\n    (0): Dropout(0.1)\n  )\n)');
  });
});

describe('layers', () => {
  it('Linear starts within ±1/√in, from its generator, and multiplies', () => {
    const make = (): nn.Linear => new nn.Linear(16, 64, { generator: new Generator(1) });
    const layer = make();
    expect(layer.weight.abs().max().item()).toBeLessThanOrEqual(0.25);
    expect(layer.weight.abs().max().item()).toBeGreaterThan(0.2);
    expect(layer.bias!.abs().max().item()).toBeLessThanOrEqual(0.25);
    expect(make().weight.toArray()).toEqual(layer.weight.toArray());
    layer.loadStateDict({ weight: ones([64, 16]), bias: ones([64]) });
    expect(layer.forward(ones([2, 3, 16])).shape).toEqual([2, 3, 64]);
    expect(layer.forward(ones([16])).toArray()).toEqual(Array(64).fill(17));
    expect(() => layer.forward(ones([2, 4, 4]))).toThrow(/last axis must have size 16 \(flatten/);
  });

  it('have right gradients', () => {
    manualSeed(3);
    const model = new nn.Sequential(
      new nn.Flatten(),
      new nn.Linear(4, 3),
      new nn.Tanh(),
      new nn.Linear(3, 2),
      new nn.Sigmoid(),
    ).to('float64');
    const x = randn([2, 2, 2], { dtype: 'float64' });
    expect(gradcheck((t) => model.forward(t!), [x]).ok).toBe(true);
    const [weight] = model.parameters();
    const values = weight!.detach().clone();
    const layer = new nn.Linear(4, 3).to('float64');
    expect(gradcheck((w) => nn.functional.linear(x.flatten(1), w!, layer.bias), [values]).ok).toBe(true);
  });

  it('Dropout drops in training only, and keeps the mean', () => {
    const layer = new nn.Dropout(0.25, { generator: new Generator(5) });
    const y = layer.forward(ones([10_000]));
    expect(y.eq(0).mean().item()).toBeCloseTo(0.25, 1);
    expect(y.mean().item()).toBeCloseTo(1, 1);
    expect(y.max().item()).toBeCloseTo(4 / 3, 5);
    const x = ones([3]);
    expect(layer.eval().forward(x)).toBe(x);
    expect(() => new nn.Dropout(1)).toThrow(/from 0 up to/);
  });

  it('refuse what they cannot be made of', () => {
    expect(() => new nn.Linear(0, 3)).toThrow(/number of inputs/);
    expect(() => new nn.Sequential((() => 1) as unknown as nn.Module)).toThrow(/argument 0 is no module/);
  });
});

describe('init', () => {
  it('fills as told', () => {
    const generator = new Generator(1);
    const n = nn.init.normal([5000], { mean: 3, std: 0.5, generator });
    expect(n.mean().item()).toBeCloseTo(3, 1);
    expect(n.std().item()).toBeCloseTo(0.5, 1);
    const u = nn.init.uniform([1000], { low: -2, high: -1, generator });
    expect([u.min().item() >= -2, u.max().item() < -1]).toEqual([true, true]);
    const k = nn.init.kaimingUniform([8, 6], { a: 0, generator });
    expect(k.abs().max().item()).toBeLessThanOrEqual(1);
    expect(() => nn.init.kaimingUniform([8])).toThrow(/fan-in/);
  });
});
