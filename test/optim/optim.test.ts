/**
 * Optimizers: their arithmetic against plain JavaScript, what a step computes and when, and what it leaves behind.
 */
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/base/trace.js';
import { GraphError, IndexError, manualSeed, randint, randn, Tensor, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { Adam, AdamW, type Optimizer, SGD } from '../../src/optim/index.js';

const parameter = (data: number[]): Tensor => tensor(data, { dtype: 'float64', requiresGrad: true });

/** Steps `optimizer` down Σ c·w², whose gradient is 2·c·w. */
function run(w: Tensor, optimizer: Optimizer, steps: number, change?: (step: number) => void): number[][] {
  const c = tensor([1, 3], { dtype: 'float64' });
  return Array.from({ length: steps }, (_, i) => {
    change?.(i);
    optimizer.zeroGrad();
    w.square().mul(c).sum().backward();
    optimizer.step();
    return [...w.typedArray()];
  });
}

/** The same by hand: `update` gets the value, the gradient, state of its own and the step from 1. */
function byHand(update: (w: number, g: number, s: number[], step: number) => number, steps: number): number[][] {
  const w = [1, -2];
  const states: number[][] = [
    [0, 0],
    [0, 0],
  ];
  return Array.from({ length: steps }, (_, i) => {
    [1, 3].forEach((c, k) => {
      w[k] = update(w[k]!, 2 * c * w[k]!, states[k]!, i + 1);
    });
    return [...w];
  });
}

function expectClose(got: number[][], want: number[][]): void {
  got.forEach((row, i) => row.forEach((x, k) => expect(x, `step ${i + 1}`).toBeCloseTo(want[i]![k]!, 12)));
}

describe('SGD', () => {
  it('p − lr·g', () => {
    const w = parameter([1, -2]);
    expectClose(
      run(w, new SGD([w], { lr: 0.1 }), 4),
      byHand((p, g) => p - 0.1 * g, 4),
    );
  });

  it('with momentum and weight decay', () => {
    const w = parameter([1, -2]);
    const optimizer = new SGD([w], { lr: 0.05, momentum: 0.9, weightDecay: 0.01 });
    const want = byHand((p, g, s) => {
      s[0] = 0.9 * s[0]! + g + 0.01 * p;
      return p - 0.05 * s[0]!;
    }, 5);
    expectClose(run(w, optimizer, 5), want);
  });

  it('with Nesterov momentum', () => {
    const w = parameter([1, -2]);
    const want = byHand((p, g, s) => {
      s[0] = 0.8 * s[0]! + g;
      return p - 0.05 * (g + 0.8 * s[0]!);
    }, 5);
    expectClose(run(w, new SGD([w], { lr: 0.05, momentum: 0.8, nesterov: true }), 5), want);
  });

  it('goes up when maximizing, and follows a changing learning rate', () => {
    const w = parameter([1, -2]);
    const optimizer = new SGD([w], { lr: 0.1, maximize: true });
    const rates = [0.1, 0.5, 1, 0.01];
    const want = byHand((p, g, _, step) => p + rates[step - 1]! * g, 4);
    expectClose(
      run(w, optimizer, 4, (i) => {
        optimizer.lr = rates[i]!;
      }),
      want,
    );
  });
});

describe('Adam', () => {
  const adam =
    (decay: number, decoupled: boolean) =>
    (p: number, gradient: number, s: number[], step: number): number => {
      const g = decoupled ? gradient : gradient + decay * p;
      s[0] = 0.9 * s[0]! + 0.1 * g;
      s[1] = 0.999 * s[1]! + 0.001 * g * g;
      const [m, v] = [s[0]! / (1 - 0.9 ** step), s[1]! / (1 - 0.999 ** step)];
      return (decoupled ? p * (1 - 0.1 * decay) : p) - (0.1 * m) / (Math.sqrt(v) + 1e-8);
    };

  it('by the paper', () => {
    const w = parameter([1, -2]);
    expectClose(run(w, new Adam([w], { lr: 0.1 }), 6), byHand(adam(0, false), 6));
  });

  it('with weight decay in the gradient, and decoupled in AdamW', () => {
    const [w, u] = [parameter([1, -2]), parameter([1, -2])];
    expectClose(run(w, new Adam([w], { lr: 0.1, weightDecay: 0.2 }), 6), byHand(adam(0.2, false), 6));
    expectClose(run(u, new AdamW([u], { lr: 0.1, weightDecay: 0.2 }), 6), byHand(adam(0.2, true), 6));
  });
});

describe('state', () => {
  it('taken from one optimizer and given to another goes on to the same bits', () => {
    const w = parameter([1, -2]);
    const first = new Adam([w], { lr: 0.1 });
    run(w, first, 3);
    const state = first.stateDict();
    const middle = [...w.typedArray()];
    const want = run(w, first, 3);
    const u = parameter(middle);
    const second = new Adam([u], { lr: 0.1 });
    second.loadStateDict(state);
    expect(run(u, second, 3)).toEqual(want);
    expect(Object.keys(state).sort()).toEqual(['0.mean', '0.square', 'steps']);
  });

  it('of another kind is refused', () => {
    const w = parameter([1, -2]);
    const sgd = new SGD([w], { lr: 0.1 });
    expect(() => sgd.loadStateDict(new Adam([w]).stateDict())).toThrow(/"0\.mean" is unknown/);
    expect(() => new Adam([w]).loadStateDict(sgd.stateDict())).toThrow(/"0\.mean" is missing/);
    const other = new SGD([w], { lr: 0.1, momentum: 0.5 });
    expect(() => other.loadStateDict({ steps: tensor([0]), '0.momentum': tensor([1], { dtype: 'float64' }) })).toThrow(
      /shape \[1\], expected \[2\]/,
    );
  });
});

/** How many requests and kernels `fn` computes. */
function work(fn: () => void): { requests: number; kernels: number } {
  const seen = { requests: 0, kernels: 0 };
  const stop = listen(({ room, what, detail }) => {
    if (room === 'run' && what === 'realise') seen.requests++;
    if (room === 'run' && what === 'plan') seen.kernels += Number(detail.kernels);
  });
  try {
    fn();
  } finally {
    stop();
  }
  return seen;
}

describe('a training step', () => {
  function setUp(): { model: nn.Module; optimizer: SGD; x: Tensor; y: Tensor } {
    manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(6, 5), new nn.ReLU(), new nn.Linear(5, 3));
    return {
      model,
      optimizer: new SGD(model.parameters(), { lr: 0.1 }),
      x: randn([8, 6]).realize(),
      y: randint(0, 3, [8]).realize(),
    };
  }

  it('is one request, after which loss and accuracy are there', () => {
    const { model, optimizer, x, y } = setUp();
    let [scores, loss] = [x, x];
    const { requests } = work(() => {
      scores = model.forward(x);
      loss = nn.functional.crossEntropy(scores, y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
    });
    expect(requests).toBe(1);
    expect(work(() => [loss.item(), scores.typedArray()])).toEqual({ requests: 0, kernels: 0 });
    expect(work(() => scores.argmax(1).eq(y).mean().item()).requests).toBe(1);
  });

  it('gives the same numbers however the loss is read, and never computes twice', () => {
    const orders: Record<string, (loss: Tensor, optimizer: SGD) => number> = {
      last: (loss, optimizer) => {
        loss.backward();
        optimizer.step();
        return loss.item();
      },
      between: (loss, optimizer) => {
        loss.backward();
        const value = loss.item();
        optimizer.step();
        return value;
      },
      first: (loss, optimizer) => {
        const value = loss.item();
        loss.backward();
        optimizer.step();
        return value;
      },
    };
    const runs = Object.entries(orders).map(([name, order]) => {
      const { model, optimizer, x, y } = setUp();
      const losses: number[] = [];
      let requests = 0;
      for (let i = 0; i < 4; i++) {
        ({ requests } = work(() => {
          const loss = nn.functional.crossEntropy(model.forward(x), y);
          optimizer.zeroGrad();
          losses.push(order(loss, optimizer));
        }));
      }
      return { name, losses, requests, weights: model.parameters().map((p) => p.typedArray()) };
    });
    expect(runs.map(({ name, requests }) => [name, requests])).toEqual([
      ['last', 1],
      ['between', 2],
      ['first', 2],
    ]);
    const [a, ...others] = runs;
    for (const b of others) {
      b.losses.forEach((loss, i) => expect(loss).toBeCloseTo(a!.losses[i]!, 5));
      b.weights.forEach((w, i) => w.forEach((v, k) => expect(v).toBeCloseTo(a!.weights[i]![k]!, 5)));
    }
    expect(a!.losses[3]).toBeLessThan(a!.losses[0]!);
  });

  it('keeps what was marked, also what is not on the way to the loss', () => {
    const { model, optimizer, x, y } = setUp();
    const hidden = (model as nn.Sequential).layers[0]!.forward(x);
    const unmarked = hidden.mul(2);
    const norm = hidden.abs().mean().keep('activation');
    const right = hidden.gt(0).mean().keep();
    const loss = nn.functional.crossEntropy((model as nn.Sequential).layers[2]!.forward(hidden.relu()), y);
    loss.backward();
    optimizer.step();
    expect(work(() => [norm.item(), right.item()])).toEqual({ requests: 0, kernels: 0 });
    expect(() => unmarked.toArray()).toThrow(/optimizer\.step\(\) has overwritten/);
  });

  it('uses the gradients up, unless told to keep them', () => {
    const w = parameter([1, -2]);
    const optimizer = new SGD([w], { lr: 0.1 });
    w.square().sum().backward();
    optimizer.step();
    const g = w.grad!;
    expect(g).toBeInstanceOf(Tensor);
    for (const use of [() => g.toArray(), () => g.mul(2), () => optimizer.step(), () => w.sum().backward()]) {
      expect(use).toThrow(GraphError);
      expect(use).toThrow(/keepGrads: true/);
    }
    optimizer.zeroGrad();
    w.square().sum().backward();
    optimizer.step({ keepGrads: true });
    const kept = w.grad!.toArray();
    w.sum().backward();
    expect(w.grad!.toArray()).toEqual((kept as number[]).map((v) => v + 1));
  });

  it('leaves a parameter without gradient alone', () => {
    const [w, u] = [parameter([1, 2]), parameter([3, 4])];
    const optimizer = new Adam([w, u], { lr: 0.1 });
    w.sum().backward();
    optimizer.step();
    expect(u.toArray()).toEqual([3, 4]);
    expect([...optimizer.stateDict().steps!.typedArray()]).toEqual([1, 0]);
  });

  it('serves two optimizers that share a loss', () => {
    const [w, u] = [parameter([1, 2]), parameter([3, 4])];
    const [a, b] = [new SGD([w], { lr: 0.1 }), new SGD([u], { lr: 0.1 })];
    w.mul(u).sum().backward();
    a.step();
    b.step();
    expect(w.toArray()).toEqual([expect.closeTo(0.7, 12), expect.closeTo(1.6, 12)]);
    expect(u.toArray()).toEqual([expect.closeTo(2.9, 12), expect.closeTo(3.8, 12)]);
  });

  it('that throws changes neither parameters nor state', () => {
    const w = parameter([1, 2, 3]);
    const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9 });
    const label = (k: number): Tensor => tensor([k], { dtype: 'int32' });
    nn.functional.crossEntropy(w.unsqueeze(0), label(1)).backward();
    optimizer.step();
    const [before, state] = [w.toArray(), optimizer.stateDict()['0.momentum']!.toArray()];
    optimizer.zeroGrad();
    nn.functional.crossEntropy(w.unsqueeze(0), label(7)).backward();
    expect(() => optimizer.step()).toThrow(IndexError);
    expect([w.toArray(), optimizer.stateDict()['0.momentum']!.toArray()]).toEqual([before, state]);
    expect([...optimizer.stateDict().steps!.typedArray()]).toEqual([1]);
    optimizer.zeroGrad();
    nn.functional.crossEntropy(w.unsqueeze(0), label(1)).backward();
    optimizer.step();
    expect(w.toArray()).not.toEqual(before);
  });

  it('adds gradients of several losses before one step', () => {
    const w = parameter([1, 2]);
    const optimizer = new SGD([w], { lr: 1 });
    const losses = [w.sum(), w.mul(2).sum()];
    for (const loss of losses) loss.backward();
    optimizer.step();
    expect(w.toArray()).toEqual([-2, -1]);
    expect(work(() => losses.map((l) => l.item())).requests).toBe(0);
  });
});

describe('bad input', () => {
  const w = parameter([1]);
  it.each([
    ['no parameters', () => new SGD([], { lr: 0.1 }), /at least one/],
    ['a tensor instead of a list', () => new SGD(w as unknown as Tensor[], { lr: 0.1 }), /takes a list/],
    ['a parameter twice', () => new SGD([w, w], { lr: 0.1 }), /twice/],
    ['a computed tensor', () => new SGD([w.mul(2)], { lr: 0.1 }), /computed from others/],
    ['a tensor without gradient', () => new SGD([tensor([1])], { lr: 0.1 }), /does not require a gradient/],
    ['a negative learning rate', () => new SGD([w], { lr: -1 }), /lr must be a number from 0 up, got -1/],
    ['NaN', () => new SGD([w], { lr: Number.NaN }), /NaN/],
    ['Nesterov without momentum', () => new SGD([w], { lr: 1, nesterov: true }), /give a momentum/],
    ['a beta of 1', () => new Adam([w], { betas: [1, 0.9] }), /betas\[0\]/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('refuses a learning rate that was set wrong, before anything changes', () => {
    const v = parameter([1]);
    const optimizer = new SGD([v], { lr: 1 });
    v.sum().backward();
    optimizer.lr = Number.NaN;
    expect(() => optimizer.step()).toThrow(/lr must be a number/);
    expect(v.item()).toBe(1);
  });
});

describe('10,000 steps', () => {
  it('hold what one step holds', () => {
    const w = tensor([1, 2, 3], { requiresGrad: true });
    const optimizer = new SGD([w], { lr: 1e-4, momentum: 0.9 });
    const target = tensor([0, 1, 2]);
    const step = (): void => {
      const prediction = w.mul(2);
      const loss = nn.functional.mseLoss(prediction, target);
      prediction.mean().keep();
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      loss.item();
    };
    const heap = (): number => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    for (let i = 0; i < 1000; i++) step();
    const early = heap();
    for (let i = 0; i < 3000; i++) step();
    expect(heap() - early).toBeLessThan(1.5e6);
  }, 60_000);
});
