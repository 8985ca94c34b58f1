/**
 * Captured functions: the same bits as plain define-by-run code, step for step, whatever changes between the calls; and
 * what they refuse.
 */
import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  bernoulli,
  compile,
  Generator,
  GraphError,
  IndexError,
  manualSeed,
  noGrad,
  ones,
  rand,
  randint,
  randn,
  randperm,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, AdamW, type Optimizer, SGD } from '../../src/optim/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';
import { kernelsOf } from '../support/events.js';

const { crossEntropy, mseLoss } = nn.functional;
const STEPS = 20;

type Step = (x: Tensor, y: Tensor) => Tensor;

interface Training {
  readonly step: Step;
  readonly state: () => Tensor[];
  /** Called before and after each step, outside of it. */
  readonly change?: (i: number) => void;
  readonly after?: () => void;
}

/** Trains twice from the same seed, plain and compiled, and compares every loss and all that is left, bit for bit. */
function expectSameTraining(make: () => Training, batchOf: (i: number) => number = () => 6): void {
  const train = (wrap: (step: Step) => Step): number[][] => {
    manualSeed(3);
    const { step, state, change, after } = make();
    const run = wrap(step);
    const seen: number[][] = [];
    for (let i = 0; i < STEPS; i++) {
      change?.(i);
      const data = new Generator(100 + i);
      const x = randn([batchOf(i), 5], { generator: data }).realize();
      const y = randint(0, 3, [batchOf(i)], { generator: data });
      seen.push([run(x, y).item()]);
      after?.();
    }
    return [...seen, ...state().map((t) => [...t.typedArray()])];
  };
  const plain = train((step) => step);
  expect(plain.flat().every(Number.isFinite)).toBe(true);
  expect(train(compile)).toEqual(plain);
}

const network = (...middle: nn.Module[]): nn.Sequential =>
  new nn.Sequential(new nn.Linear(5, 7), ...middle, new nn.ReLU(), new nn.Linear(7, 3));

function training(model: nn.Module & { forward(x: Tensor): Tensor }, optimizer: Optimizer): Training {
  return {
    step: (x, y) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    },
    state: () => [...model.parameters(), ...Object.values(optimizer.stateDict())],
  };
}

describe.each(engineNames())('a compiled training step on %s has the bits of a plain one', (engine) => {
  const check: typeof expectSameTraining = (make, batchOf) =>
    withEngine(engine, () => expectSameTraining(make, batchOf));

  it('SGD', () => {
    check(() => {
      const model = network();
      return training(model, new SGD(model.parameters(), { lr: 0.1 }));
    });
  });

  it('SGD with momentum, and a last smaller batch', () => {
    check(
      () => {
        const model = network();
        return training(
          model,
          new SGD(model.parameters(), { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
        );
      },
      (i) => (i % 5 === 4 ? 3 : 6),
    );
  });

  it('Adam with a learning rate that changes', () => {
    check(() => {
      const model = network();
      const optimizer = new Adam(model.parameters(), { lr: 0.01 });
      const change = (i: number): void => {
        optimizer.lr = 0.01 / (1 + i);
      };
      return { ...training(model, optimizer), change };
    });
  });

  it('AdamW and dropout, with the default generator and one of its own', () => {
    check(() => {
      const model = network(new nn.Dropout(0.3), new nn.Dropout(0.2, { generator: new Generator(8) }));
      return training(model, new AdamW(model.parameters(), { lr: 0.02 }));
    });
  });

  it('running statistics that are assigned, in lazily made tensors too', () => {
    check(() => {
      const model = network();
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      const mean = zeros([5]);
      const variance = new nn.Buffer(ones([5]));
      const count = tensor(0);
      const step: Step = (x, y) => {
        const own = x.mean(0);
        mean.assign(mean.mul(0.9).add(own.mul(0.1)));
        variance.assign(variance.mul(0.9).add(x.var(0).mul(0.1)));
        count.assign(count.add(1));
        const loss = crossEntropy(model.forward(x.sub(mean).div(variance.add(0.1).sqrt())), y);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        return loss.mul(count);
      };
      return { step, state: () => [...model.parameters(), mean, variance, count] };
    });
  });

  it('two optimizers, two backward passes, and gradients that are clipped by hand', () => {
    check(() => {
      const [a, b] = [network(), network()];
      const first = new SGD(a.parameters(), { lr: 0.1 });
      const second = new Adam(b.parameters(), { lr: 0.01 });
      const step: Step = (x, y) => {
        first.zeroGrad();
        second.zeroGrad();
        const one = crossEntropy(a.forward(x), y);
        one.backward();
        for (const p of a.parameters()) if (p.grad) p.grad = p.grad.clamp(-0.05, 0.05);
        first.step();
        const two = mseLoss(b.forward(x), a.forward(x).detach());
        two.backward();
        second.step();
        return one.add(two);
      };
      return { step, state: () => [...a.parameters(), ...b.parameters()] };
    });
  });

  it('gradients inside, the step outside', () => {
    check(() => {
      const model = network();
      const optimizer = new SGD(model.parameters(), { lr: 0.1 });
      const step: Step = (x, y) => {
        optimizer.zeroGrad();
        const loss = crossEntropy(model.forward(x), y);
        loss.backward();
        return loss;
      };
      return { step, state: () => model.parameters(), after: () => optimizer.step() };
    });
  });
});

describe('compile', () => {
  it('builds the graph once for each combination of shapes and dtypes', () => {
    let calls = 0;
    const f = compile((x: Tensor) => {
      calls++;
      return x.mul(2).sum(0);
    });
    expect(f(ones([2, 3])).toArray()).toEqual([4, 4, 4]);
    expect(
      f(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ).toArray(),
    ).toEqual([10, 14, 18]);
    expect(calls).toBe(1);
    expect(f(ones([4, 3])).toArray()).toEqual([8, 8, 8]);
    expect(f(ones([2, 3], { dtype: 'float64' })).dtype).toBe('float64');
    expect(calls).toBe(3);
    f(ones([2, 3]));
    expect(calls).toBe(3);
  });

  it('a replay compiles nothing and runs the same kernels', () => {
    const w = randn([4, 4]).realize();
    const f = compile((x: Tensor) => x.matmul(w).relu().sum());
    withEngine('wasm', () => {
      f(randn([3, 4]).realize());
      expect(kernelsOf(() => f(randn([3, 4]).realize()))).toBeGreaterThan(0);
    });
  });

  it('returns trees, arguments and outside tensors as they are', () => {
    const w = tensor([1, 2]);
    const f = compile((x: Tensor) => ({ x, list: [x.add(w), w], none: [] }));
    for (const values of [
      [1, 1],
      [5, 6],
    ]) {
      const x = tensor(values);
      const result = f(x);
      expect(result.x).toBe(x);
      expect(result.list[0]!.toArray()).toEqual(values.map((v, i) => v + i + 1));
      expect(result.list[1]).toBe(w);
      expect(result.none).toEqual([]);
    }
    expect(compile(() => {})()).toBeUndefined();
  });

  it('sees what was assigned to an outside tensor, also to one that was a constant', () => {
    const w = tensor([1, 2]);
    const lazy = zeros([2]);
    const f = compile((x: Tensor) => x.add(w).add(lazy));
    const x = tensor([10, 20]);
    expect(f(x).toArray()).toEqual([11, 22]);
    expect(f(x).toArray()).toEqual([11, 22]);
    w.assign(tensor([3, 4]));
    expect(f(x).toArray()).toEqual([13, 24]);
    lazy.assign(tensor([100, 200]));
    expect(f(x).toArray()).toEqual([113, 224]);
    lazy.assign(lazy.mul(2));
    expect(f(x).toArray()).toEqual([213, 424]);
  });

  it('is captured again when an outside tensor changes its dtype or whether it requires a gradient', () => {
    const layer = new nn.Linear(2, 1);
    const f = compile((x: Tensor) => layer.forward(x.to(layer.weight.dtype)));
    const x = ones([1, 2]);
    expect(f(x).dtype).toBe('float32');
    layer.to('float64');
    expect(f(x).dtype).toBe('float64');
    expect(f(x).requiresGrad).toBe(true);
    for (const p of layer.parameters()) p.requiresGrad = false;
    expect(f(x).requiresGrad).toBe(false);
  });

  it('keeps arguments apart, though they be the same tensor, or one that is used inside', () => {
    const w = tensor([1, 2]);
    const f = compile((a: Tensor, b: Tensor) => a.mul(10).add(b).add(w));
    const [x, y] = [tensor([1, 1]), tensor([2, 3])];
    expect(f(x, x).toArray()).toEqual([12, 13]);
    expect(f(x, y).toArray()).toEqual([13, 15]);
    expect(f(w, y).toArray()).toEqual([13, 25]);
  });

  it('an argument may be memory that the call writes', () => {
    const w = tensor([1, 2]);
    const f = compile((a: Tensor) => {
      w.assign(w.mul(2));
      return a.flip(0).add(w);
    });
    expect(f(tensor([0, 0])).toArray()).toEqual([2, 4]);
    expect(f(w).toArray()).toEqual([8, 10]);
    expect(w.toArray()).toEqual([4, 8]);
  });

  it('draws anew at each call, as plain code does', () => {
    const draws = (wrap: (f: () => Tensor) => () => Tensor): number[][] => {
      manualSeed(11);
      const f = wrap(() => rand([3]).add(bernoulli(0.5, [3])));
      return [1, 2, 3].map(() => [...f().typedArray()]);
    };
    const plain = draws((f) => f);
    expect(draws(compile)).toEqual(plain);
    expect(plain[0]).not.toEqual(plain[1]);
  });

  it('numbers are frozen', () => {
    let factor = 3;
    const f = compile((x: Tensor) => x.mul(factor));
    expect(f(tensor(2)).item()).toBe(6);
    factor = 5;
    expect(f(tensor(2)).item()).toBe(6);
  });

  it('leaves gradients as a plain step does', () => {
    const w = tensor([1, 2], { requiresGrad: true });
    const optimizer = new SGD([w], { lr: 0.5 });
    const step = compile((keepGrads: Tensor) => {
      optimizer.zeroGrad();
      const loss = w.mul(keepGrads).sum();
      loss.backward();
      optimizer.step();
      return loss;
    });
    for (let i = 0; i < 3; i++) {
      step(tensor([1, 1]));
      expect(() => w.grad!.toArray()).toThrow(/used up by optimizer.step/);
    }
    const kept = compile((x: Tensor) => {
      optimizer.zeroGrad();
      w.mul(x).sum().backward();
      optimizer.step({ keepGrads: true });
    });
    kept(tensor([1, 2]));
    expect(w.grad!.toArray()).toEqual([1, 2]);
    kept(tensor([3, 4]));
    expect(w.grad!.toArray()).toEqual([3, 4]);
    expect(w.toArray()).toEqual([1 - 1.5 - 2, 2 - 1.5 - 3]);
  });

  it('a pending computation that reads what a call overwrites is refused, not wrong', () => {
    const w = tensor([1, 2]);
    const f = compile((x: Tensor) => {
      w.assign(w.add(x));
    });
    f(tensor([1, 1]));
    const pending = w.mul(2);
    f(tensor([1, 1]));
    expect(() => pending.typedArray()).toThrow(GraphError);
    expect(() => pending.toArray()).toThrow(/overwritten/);
    expect(w.toArray()).toEqual([3, 4]);
  });

  it('a check that fails leaves everything as it was', () => {
    manualSeed(0);
    const model = network();
    const optimizer = new Adam(model.parameters(), { lr: 0.1 });
    const { step, state } = training(model, optimizer);
    const compiled = compile(step);
    const x = randn([2, 5]).realize();
    const good = tensor([0, 2], { dtype: 'int32' });
    compiled(x, good);
    const before = state().map((t) => [...t.typedArray()]);
    expect(() => compiled(x, tensor([0, 3], { dtype: 'int32' }))).toThrow(IndexError);
    expect(state().map((t) => [...t.typedArray()])).toEqual(before);
    optimizer.lr = NaN;
    expect(() => compiled(x, good)).toThrow(ArgumentError);
    optimizer.lr = 0.1;
    expect(state().map((t) => [...t.typedArray()])).toEqual(before);
    compiled(x, good);
    expect(state().map((t) => [...t.typedArray()])).not.toEqual(before);
  });

  it('works under noGrad, and captures once more for it', () => {
    const model = network();
    const f = compile((x: Tensor) => model.forward(x));
    const x = ones([2, 5]);
    const plain = model.forward(x).toArray();
    expect(f(x).requiresGrad).toBe(true);
    expect(noGrad(() => f(x)).requiresGrad).toBe(false);
    expect(noGrad(() => f(x)).toArray()).toEqual(plain);
  });

  it('keeps no graph', async () => {
    const model = network();
    const optimizer = new Adam(model.parameters());
    let inside: WeakRef<object> | null = null;
    const { step } = training(model, optimizer);
    const compiled = compile((x: Tensor, y: Tensor) => {
      const scaled = x.mul(2);
      inside = new WeakRef(scaled.node);
      return step(scaled, y);
    });
    const call = (): unknown =>
      withEngine('wasm', () => compiled(ones([4, 5]), tensor([0, 1, 2, 0], { dtype: 'int32' })).item());
    call();
    await new Promise((resolve) => setTimeout(resolve, 0));
    globalThis.gc?.();
    expect(inside!.deref()).toBeUndefined();
    expect(call()).toEqual(expect.any(Number));
  });

  it('is a part of another compiled function', () => {
    const inner = compile((x: Tensor) => x.mul(2));
    const outer = compile((x: Tensor) => inner(x).add(1));
    expect([1, 2, 3].map((v) => outer(tensor(v)).item())).toEqual([3, 5, 7]);
  });
});

describe('compile refuses', () => {
  const x = tensor([1, 2]);
  const w = tensor([1, 2], { requiresGrad: true });

  it.each<[string, (x: Tensor) => unknown]>([
    ['item()', (t) => t.sum().item()],
    ['toArray()', (t) => t.toArray()],
    ['reading a tensor from outside', () => w.toArray()],
    ['randperm', () => randperm(3)],
  ])('%s inside', (_, read) => {
    expect(() =>
      compile((t: Tensor) => {
        read(t);
        return t;
      })(x),
    ).toThrow(/inside a compiled function/);
  });

  it('gradients through its result, and arguments that require one', () => {
    const f = compile((t: Tensor) => t.mul(w).sum());
    for (let i = 0; i < 2; i++) {
      expect(() => f(x).mul(2).backward()).toThrow(/no gradient flows back through the result of a compiled function/);
    }
    expect(w.grad).toBeNull();
    expect(() => f(w)).toThrow(/requires a gradient, and none flows/);
  });

  it('tensors computed outside from what requires gradients', () => {
    const h = w.mul(2);
    expect(() => compile((t: Tensor) => t.mul(h))(x)).toThrow(/computed outside from tensors that require gradients/);
    expect(compile((t: Tensor) => t.mul(h.detach()))).toBeInstanceOf(Function);
  });

  it('writing to an argument, or to a tensor of its own', () => {
    expect(() =>
      compile((t: Tensor) => {
        t.assign(t.add(1));
        return t;
      })(x),
    ).toThrow(/writes to one of its arguments/);
    expect(x.toArray()).toEqual([1, 2]);
    expect(() =>
      compile((t: Tensor) => {
        const sum = tensor([0, 0]);
        sum.assign(sum.add(t));
        return sum;
      })(x),
    ).toThrow(/that it has made itself/);
  });

  it('adding to gradients from before the call', () => {
    const f = compile((t: Tensor) => {
      const loss = w.mul(t).sum();
      loss.backward();
      return loss;
    });
    w.grad = null;
    f(x);
    expect(w.grad!.toArray()).toEqual([1, 2]);
    expect(() => f(x)).toThrow(/zeroGrad/);
    w.grad = null;
    f(tensor([5, 6]));
    expect(w.grad!.toArray()).toEqual([5, 6]);
    w.grad = null;
  });

  it('what it did not return', () => {
    let leaked = x;
    let mask = x;
    const f = compile((t: Tensor) => {
      leaked = t.mul(2);
      mask = ones([2]).mul(3);
      return leaked.add(mask);
    });
    f(x);
    expect(() => leaked.toArray()).toThrow(GraphError);
    expect(() => leaked.add(1)).toThrow(/return it as well/);
    expect(mask.toArray()).toEqual([3, 3]);
  });

  it('functions and arguments that are none', () => {
    // @ts-expect-error for JavaScript
    expect(() => compile(3)).toThrow(ArgumentError);
    // @ts-expect-error for JavaScript
    expect(() => compile((t: Tensor) => t)(3)).toThrow(/takes tensors/);
    // @ts-expect-error for JavaScript
    expect(() => compile((t: Tensor) => t.size)(x)).toThrow(/must be a tensor/);
  });
});
