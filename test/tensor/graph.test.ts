/**
 * The lazy graph and backpropagation through it: what is computed when, values used twice, deep chains, derivatives of
 * derivatives, hooks.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from '../../src/base/trace.js';
import { GraphError, noGrad, ones, realize, settings, type Tensor, tensor, zeros } from '../../src/index.js';

const scalar = (value: number): Tensor => tensor(value, { dtype: 'float64', requiresGrad: true });

/** What `.grad` holds; asked anew, for the compiler takes an earlier null for the last word. */
const gradOf = ({ grad }: Tensor): Tensor => {
  if (grad === null) throw new Error('there is no gradient');
  return grad;
};

/** How many times something was computed during `fn`. */
function computations(fn: () => void): number {
  let count = 0;
  const stop = listen(({ room, what }) => {
    if (room === 'run' && what === 'realise') count++;
  });
  try {
    fn();
  } finally {
    stop();
  }
  return count;
}

describe('laziness', () => {
  it('computes nothing before a value is read, and a value once', () => {
    const x = tensor([1, 2, 3], { requiresGrad: true });
    let y = x;
    expect(
      computations(() => {
        y = x.mul(2).exp().sum();
        y.backward();
      }),
    ).toBe(0);
    expect(computations(() => y.item())).toBe(1);
    expect(computations(() => y.item())).toBe(0);
    expect(
      computations(() => x.grad?.toArray()),
      'the gradient came with the loss',
    ).toBe(0);
  });

  it('computes all gradients of a pass when one is read', () => {
    const a = ones([3], { requiresGrad: true });
    const b = ones([3], { requiresGrad: true });
    a.mul(b).sum().backward();
    expect(computations(() => a.grad?.toArray())).toBe(1);
    expect(computations(() => b.grad?.toArray())).toBe(0);
  });

  it('realises several tensors together', () => {
    const x = tensor([1, 2]);
    const [a, b] = [x.exp(), x.exp().sum()];
    expect(computations(() => realize(a, b))).toBe(1);
    expect(computations(() => [a.toArray(), b.item()])).toBe(0);
  });

  it('computes each operation at once under the eager setting', () => {
    settings({ eager: true });
    try {
      const x = tensor([1, 4], { requiresGrad: true });
      let y = x;
      expect(
        computations(() => {
          y = x.sqrt().sum();
        }),
      ).toBe(2);
      y.backward();
      expect(computations(() => x.grad?.toArray())).toBe(0);
      expect(x.grad?.toArray()).toEqual([0.5, 0.25]);
    } finally {
      settings({ eager: false });
    }
  });
});

describe('values used more than once', () => {
  it('(x²)² + (x²)² has the gradient 64 at 2', () => {
    const x = scalar(2);
    const a = x.square();
    const y = a.square().add(a.square());
    y.backward();
    expect([y.item(), x.grad?.item()]).toEqual([32, 64]);
  });

  it('y = x·x·x with x three times', () => {
    const x = scalar(3);
    x.mul(x).mul(x).backward();
    expect(x.grad?.item()).toBe(27);
  });

  it('a ladder of 60 diamonds takes linear time: 2⁶⁰ paths', () => {
    const x = scalar(1);
    let y: Tensor = x;
    for (let i = 0; i < 60; i++) y = y.add(y).mul(0.5);
    y.backward();
    expect(x.grad?.item()).toBe(1);
  });

  it('adds gradients over several backward passes, until they are cleared', () => {
    const x = scalar(2);
    x.square().backward();
    x.mul(3).backward();
    expect(x.grad?.item()).toBe(7);
    x.grad = null;
    expect(x.grad).toBeNull();
    x.mul(5).backward();
    expect(gradOf(x).item()).toBe(5);
  });
});

describe('long chains', () => {
  it('of 100,000 operations are differentiated and computed without a stack overflow', () => {
    const x = scalar(1);
    let y: Tensor = x;
    for (let i = 0; i < 100_000; i++) y = y.add(1e-5);
    y.backward();
    expect(x.grad?.item()).toBe(1);
    expect(y.item()).toBeCloseTo(2, 9);
  }, 60_000);
});

describe('derivatives of derivatives', () => {
  it('first, second and third of x⁴ by backward, keeping the graph', () => {
    const x = scalar(2);
    x.square().square().backward({ retainGraph: true });
    const first = gradOf(x);
    x.grad = null;
    first.backward({ retainGraph: true });
    const second = gradOf(x);
    x.grad = null;
    second.backward();
    expect([first.item(), second.item(), gradOf(x).item()]).toEqual([32, 48, 48]);
  });

  it('a gradient taken without retainGraph has no history', () => {
    const x = scalar(2);
    x.square().backward();
    expect(x.grad?.requiresGrad).toBe(false);
  });
});

describe('hooks and retained gradients', () => {
  it('a hook sees the gradient and may replace it, before it is added up', () => {
    const x = scalar(3);
    const seen: number[] = [];
    const remove = x.registerHook((g) => {
      seen.push(g.item());
    });
    const double = x.registerHook((g) => g.mul(2));
    x.square().backward();
    expect([seen, x.grad?.item()]).toEqual([[6], 12]);
    remove();
    double();
    x.grad = null;
    x.square().backward();
    expect([seen, gradOf(x).item()]).toEqual([[6], 6]);
  });

  it('a hook on a value in between changes what flows on', () => {
    const x = scalar(3);
    const y = x.mul(2);
    y.registerHook(() => zeros([], { dtype: 'float64' }));
    y.square().backward();
    expect(x.grad?.item()).toBe(0);
  });

  it('a hook that throws leaves every gradient as it was', () => {
    const [x, w] = [scalar(3), scalar(2)];
    x.registerHook(() => {
      throw new Error('mine');
    });
    expect(() => x.mul(w).backward()).toThrow('mine');
    expect([x.grad, w.grad]).toEqual([null, null]);
  });

  it('retainGrad keeps the gradient of a value in between', () => {
    const x = scalar(3);
    const y = x.square();
    y.mul(5).backward({ retainGraph: true });
    expect(y.grad).toBeNull();
    y.retainGrad();
    y.mul(5).backward();
    expect([y.grad?.item(), x.grad?.item()]).toEqual([5, 60]);
  });
});

describe('cutting history', () => {
  it('detach shares the value and stops the gradient', () => {
    const x = scalar(3);
    const y = x.square();
    y.detach().mul(x).backward();
    expect(x.grad?.item()).toBe(9);
  });

  it('noGrad records nothing', () => {
    const x = scalar(3);
    const y = noGrad(() => x.square());
    expect([y.requiresGrad, y.isLeaf, y.item()]).toEqual([false, true, 9]);
  });

  it('requiresGrad can be switched off and on at a leaf', () => {
    const x = scalar(3);
    x.requiresGrad = false;
    expect(x.square().requiresGrad).toBe(false);
    x.requiresGrad = true;
    x.square().backward();
    expect(x.grad?.item()).toBe(6);
  });

  it('a computed tensor without history becomes a leaf of its own', () => {
    const source = tensor([1, 2]);
    const w = source.mul(2);
    w.requiresGrad = true;
    w.square().sum().backward();
    expect(w.isLeaf).toBe(true);
    expect(w.grad?.toArray()).toEqual([4, 8]);
    expect(source.requiresGrad).toBe(false);
  });

  it('an operation without effect gives no second tensor that shares state', () => {
    const x = tensor(2);
    for (const same of [x.sum(), x.clamp(), x.to('float32'), x.reshape([]), x.squeeze(), x.permute()])
      expect(same).toBe(x);
    const d = x.detach();
    d.requiresGrad = true;
    expect(x.requiresGrad).toBe(false);
  });
});

describe('reading in any order', () => {
  const loss = (x: Tensor): Tensor => x.square().exp().sum();
  const expected = [2 * 0.5 * Math.exp(0.25), 2 * -1 * Math.exp(1)];
  afterEach(() => settings({ eager: false }));

  it.each([
    ['reading first', (x: Tensor, y: Tensor) => [y.item(), y.backward(), x.grad!.toArray()][2]],
    ['reading last', (x: Tensor, y: Tensor) => [y.backward(), x.grad!.toArray(), y.item()][1]],
    ['reading between', (x: Tensor, y: Tensor) => [y.backward(), y.item(), x.grad!.toArray()][2]],
  ])('%s gives the same gradient', (_, run) => {
    const x = tensor([0.5, -1], { dtype: 'float64', requiresGrad: true });
    const got = run(x, loss(x)) as number[];
    got.forEach((g, i) => expect(g).toBeCloseTo(expected[i]!, 12));
  });
});

describe('a failed backward', () => {
  it('changes no gradient, also of leaves it had reached', () => {
    const [x, w] = [scalar(3), scalar(2)];
    const shared = x.square();
    shared.backward();
    expect(() => shared.mul(w).backward()).toThrow(GraphError);
    expect(w.grad).toBeNull();
    expect(x.grad?.item()).toBe(6);
  });
});
