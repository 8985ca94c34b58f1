/**
 * Bad input to tensors: each refusal names what was wrong, with which shapes, dtypes or values, and what would be
 * right; and leaves everything as it was. The sentences may change; what they teach may not.
 */
import { describe, expect, it } from 'vitest';
import { ArgumentError, DTypeError, GraphError, IndexError, ShapeError } from '../../src/base/errors.js';
import {
  arange,
  ChainruleError,
  cat,
  eye,
  grad,
  linspace,
  manualSeed,
  matmul,
  noGrad,
  oneHot,
  ones,
  randint,
  settings,
  stack,
  type Tensor,
  tensor,
  to,
  where,
  zeros,
} from '../../src/index.js';
import { crossEntropy } from '../../src/nn/functional.js';
import { SGD } from '../../src/optim/index.js';

type ErrorClass = new (...args: never[]) => ChainruleError;

/** `fn` must throw an error of the class whose message holds every part. */
function refuses(fn: () => unknown, kind: ErrorClass, ...parts: readonly (string | RegExp)[]): void {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, 'nothing was thrown').toBeInstanceOf(Error);
  const { message } = thrown as Error;
  expect(thrown, message).toBeInstanceOf(kind);
  expect(thrown, message).toBeInstanceOf(ChainruleError);
  for (const part of parts) {
    if (typeof part === 'string') expect(message).toContain(part);
    else expect(message).toMatch(part);
  }
}

/** Calls `fn` as a JavaScript program can, past the types. */
const untyped = (fn: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown =>
  Reflect.apply(fn, undefined, args);

describe('making tensors', () => {
  it('refuses ragged nested arrays and tells where they are ragged', () => {
    refuses(
      () =>
        tensor([
          [1, 2, 3],
          [4, 5],
        ]),
      ShapeError,
      /3/,
      /2/,
      /ragged|length|same/i,
    );
    refuses(() => tensor([[[1], [2]], [[3]]]), ShapeError, /ragged|length|same/i);
    refuses(() => untyped(tensor, [[1], 2]), ShapeError, /ragged|length|same|nested|depth/i);
  });

  it('refuses elements that are no numbers', () => {
    refuses(() => untyped(tensor, [1, 'two']), ArgumentError, 'two', /number/);
    refuses(() => untyped(tensor, [1, null]), ArgumentError, 'null', /number/);
    refuses(() => untyped(tensor, undefined), ArgumentError, 'undefined', /number|array/);
  });

  it('refuses a shape that does not hold the elements', () => {
    refuses(() => tensor([1, 2, 3, 4, 5, 6], { shape: [4, 2] }), ShapeError, '6', '[4, 2]', '8');
    refuses(() => tensor(new Float32Array(3), { shape: [2] }), ShapeError, '3', '[2]');
  });

  it('refuses sizes that are negative, fractional or too large', () => {
    refuses(() => zeros([2, -1]), ShapeError, '[2, -1]');
    refuses(() => zeros([1.5]), ShapeError, '1.5', /whole/);
    refuses(() => zeros([Number.NaN]), ShapeError, 'NaN');
    refuses(() => zeros([65536, 65536]), ShapeError, '[65536, 65536]', /at most/);
  });

  it('refuses an unknown dtype and lists the known ones', () => {
    refuses(() => untyped(zeros, [2], { dtype: 'float16' }), DTypeError, 'float16', 'float32', 'float64', 'int32');
    refuses(() => untyped(to, tensor([1]), 'int64'), DTypeError, 'int64', 'int32');
  });

  it('refuses gradients for dtypes that have none', () => {
    refuses(() => tensor([1, 2], { dtype: 'int32', requiresGrad: true }), DTypeError, 'int32', /float/);
    const x = tensor([true, false], { dtype: 'bool' });
    refuses(
      () => {
        x.requiresGrad = true;
      },
      DTypeError,
      'bool',
      /float/,
    );
    expect(x.requiresGrad).toBe(false);
  });

  it('refuses ranges that never end or do not fit', () => {
    refuses(() => arange(0, 5, 0), ArgumentError, /step/, '0');
    refuses(() => arange(0, Number.POSITIVE_INFINITY, 1), ArgumentError, 'Infinity');
    refuses(() => linspace(0, 1, -2), ChainruleError, '-2');
    refuses(() => linspace(0, 1, 2.5), ChainruleError, '2.5');
    refuses(() => eye(-1), ShapeError, '-1');
    refuses(() => randint(5, 5, [2]), ArgumentError, '5', /low|high|below|empty/);
  });

  it('refuses a seed that is none', () => {
    refuses(() => manualSeed(Number.NaN), ArgumentError, 'NaN', /seed/);
    refuses(() => manualSeed(1.5), ArgumentError, '1.5', /whole|integer/);
  });
});

describe('shapes', () => {
  it('that do not broadcast are both named, with the axis', () => {
    refuses(() => ones([2, 3]).add(ones([4, 3])), ShapeError, 'add', '[2, 3]', '[4, 3]', /axis/, /equal|1/);
    refuses(() => ones([2]).lt(ones([3])), ShapeError, '[2]', '[3]');
    refuses(() => where(ones([2]).gt(0), ones([3]), 0), ShapeError, 'where', '[2]', '[3]');
    refuses(() => ones([2, 0]).mul(ones([2, 3])), ShapeError, '[2, 0]', '[2, 3]');
  });

  it('that do not multiply are both named, with the sizes that should be equal', () => {
    refuses(() => ones([2, 3]).matmul(ones([4, 5])), ShapeError, 'matmul', '[2, 3]', '[4, 5]', '3', '4');
    refuses(() => ones([3]).matmul(ones([4])), ShapeError, 'matmul', '[3]', '[4]');
    refuses(() => ones([2, 2, 3]).matmul(ones([3, 3, 2])), ShapeError, 'matmul', '[2, 2, 3]', '[3, 3, 2]');
    refuses(() => matmul(tensor(2), ones([2, 2])), ShapeError, 'matmul', '[]', /scalar|axis|axes|mul/);
  });

  it('that cannot be reshaped are named with their counts', () => {
    refuses(() => ones([2, 3]).reshape(4, 2), ShapeError, 'reshape', '[2, 3]', '6', '[4, 2]', '8');
    refuses(() => ones([2, 3]).reshape(-1, 4), ShapeError, 'reshape', '[2, 3]', '4');
    refuses(() => ones([2, 3]).reshape(-1, -1), ShapeError, '-1', /one/);
    refuses(() => zeros([0, 3]).reshape(0, -1), ShapeError, '-1');
  });

  it('that cannot be expanded, squeezed, joined or split', () => {
    refuses(() => ones([2, 3]).expand(4, 3), ShapeError, 'expand', '[2, 3]', '[4, 3]', '1');
    refuses(() => ones([2, 3]).squeeze(0), ShapeError, 'squeeze', '2', '1');
    refuses(() => cat([ones([2, 3]), ones([2, 4])], 0), ShapeError, 'cat', '[2, 3]', '[2, 4]');
    refuses(() => cat([], 0), ArgumentError, 'cat', /empty|at least one/);
    refuses(() => stack([ones([2]), ones([3])], 0), ShapeError, 'stack', '[2]', '[3]');
    refuses(() => ones([5]).split([2, 2], 0), ShapeError, 'split', '4', '5');
    refuses(() => ones([5]).split(0, 0), ChainruleError, 'split', '0');
    refuses(() => ones([2, 3]).permute(0, 0), ShapeError, 'permute', '[0, 0]', /once|twice/);
    refuses(() => ones([2, 3]).permute(0), ShapeError, 'permute', '[2, 3]');
  });

  it('of one element are needed by item()', () => {
    refuses(() => ones([2, 3]).item(), ShapeError, 'item', '[2, 3]', /one element/, /toArray|typedArray/);
    refuses(() => zeros([0]).item(), ShapeError, 'item', '[0]');
  });
});

describe('axes', () => {
  it('out of range are named with the range', () => {
    refuses(() => ones([2, 3]).sum(2), ShapeError, '2', /-2 … 1/);
    refuses(() => ones([2, 3]).softmax(-3), ShapeError, '-3', /-2 … 1/);
    refuses(() => tensor(1).max(0), ShapeError, '0', /scalar/);
    refuses(() => ones([2, 3]).unsqueeze(4), ShapeError, '4', /-3 … 2/);
    refuses(() => ones([2, 3]).transpose(0, 2), ShapeError, '2', /-2 … 1/);
    refuses(() => cat([ones([2]), ones([2])], 1), ShapeError, '1', /-1 … 0/);
  });

  it('named twice or no whole number are refused', () => {
    refuses(() => ones([2, 3]).sum([0, -2]), ShapeError, '0', /twice/);
    refuses(() => ones([2, 3]).mean(0.5), ArgumentError, '0.5', /whole/);
    refuses(() => ones([2, 3]).flip(Number.NaN), ArgumentError, 'NaN');
  });
});

describe('dtypes', () => {
  it('that an operation does not take are named with what it takes', () => {
    refuses(() => ones([2]).index(tensor([0.5])), DTypeError, 'float32', 'int32');
    refuses(() => where(ones([2]), 1, ones([2])), DTypeError, 'where', 'bool', 'float32');
    refuses(() => oneHot(tensor([0.5, 1]), 3), DTypeError, 'float32', 'int32');
  });
});

describe('empty tensors', () => {
  it('have no largest and no smallest element', () => {
    for (const op of ['max', 'min', 'argmax', 'argmin'] as const) {
      refuses(() => zeros([0])[op](), ShapeError, op, '[0]', /empty|no elements/);
      refuses(() => zeros([0, 3])[op](0), ShapeError, op, '[0, 3]', /empty|no elements/);
      expect(zeros([0, 3])[op](1).shape, `${op} over the axis that has elements`).toEqual([0]);
    }
  });

  it('print and read as what they are', () => {
    expect(zeros([0]).toArray()).toEqual([]);
    expect(zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(zeros([0, 3]).toString()).toContain('[0, 3]');
    expect(zeros([0]).typedArray()).toEqual(new Float32Array(0));
  });
});

describe('indices and labels', () => {
  it('out of range are named with the range, when the value is read', () => {
    const x = tensor([10, 20, 30]);
    refuses(() => x.index(tensor([0, 3], { dtype: 'int32' })).toArray(), IndexError, '3', /0 … 2/);
    refuses(() => x.index(tensor([-4], { dtype: 'int32' })).toArray(), IndexError, '-4');
    refuses(() => oneHot(tensor([0, 5], { dtype: 'int32' }), 3).toArray(), IndexError, '5', /0 … 2/);
    refuses(() => oneHot(tensor([-1], { dtype: 'int32' }), 3).toArray(), IndexError, '-1', /0 … 2/);
    expect(x.toArray()).toEqual([10, 20, 30]);
  });

  it('of a classification are checked against the classes', () => {
    const scores = ones([2, 3], { requiresGrad: true });
    const labels = tensor([0, 3], { dtype: 'int32' });
    refuses(() => crossEntropy(scores, labels).item(), IndexError, 'label', '3', /0 … 2/);
    refuses(() => crossEntropy(scores, tensor([0], { dtype: 'int32' })), ShapeError, '[2, 3]', '[1]');
  });

  it('need a step that is not 0', () => {
    refuses(() => ones([5]).slice([0, 5, 0]), ArgumentError, 'slice', /step/, '0');
    refuses(() => ones([5]).slice([0, 5], [0, 1]), ShapeError, 'slice', '[5]', '2');
  });
});

describe('NaN', () => {
  it('stays NaN and is shown', () => {
    const x = tensor([1, Number.NaN, 3]);
    expect(x.max().item()).toBeNaN();
    expect(x.min().item()).toBeNaN();
    expect(x.sum().item()).toBeNaN();
    expect(x.relu().toArray()).toEqual([1, Number.NaN, 3]);
    expect(x.mul(0).toArray()).toEqual([0, Number.NaN, 0]);
    expect(x.isnan().toArray()).toEqual([false, true, false]);
    expect(x.toString()).toMatch(/nan/i);
  });

  it('is not hidden by a gradient', () => {
    const x = tensor([1, Number.NaN], { requiresGrad: true });
    x.mul(x).sum().backward();
    expect(x.grad?.toArray()).toEqual([2, Number.NaN]);
  });
});

describe('backward', () => {
  it('of more than one element asks for a gradient', () => {
    const x = ones([2, 3], { requiresGrad: true });
    refuses(() => x.mul(2).backward(), GraphError, '[2, 3]', /scalar|one element/, /gradient/, /sum|mean/);
    expect(x.grad).toBeNull();
  });

  it('refuses a gradient of another shape', () => {
    const x = ones([2, 3], { requiresGrad: true });
    refuses(() => x.mul(2).backward(ones([3, 2])), ShapeError, '[2, 3]', '[3, 2]');
    expect(x.grad).toBeNull();
  });

  it('refuses what has no history', () => {
    refuses(() => ones([]).backward(), GraphError, /requiresGrad/);
    const x = tensor(2, { requiresGrad: true });
    refuses(() => x.square().detach().backward(), GraphError, /requiresGrad|detach/);
    refuses(() => noGrad(() => x.square()).backward(), GraphError, /requiresGrad|noGrad/);
    refuses(() => x.gt(0).backward(), GraphError, /requiresGrad|bool|smooth/);
  });

  it('a second time through a released graph names retainGraph', () => {
    const x = tensor(3, { requiresGrad: true });
    const y = x.square().exp();
    y.backward();
    const before = x.grad!.item();
    refuses(() => y.backward(), GraphError, 'retainGraph', /released|again/);
    expect(x.grad!.item()).toBe(before);
    const z = x.square();
    z.backward({ retainGraph: true });
    expect(() => z.backward()).not.toThrow();
  });

  it('through a released part of a larger graph is refused whole', () => {
    const x = tensor(3, { requiresGrad: true });
    const w = tensor(2, { requiresGrad: true });
    const shared = x.square();
    shared.backward();
    const before = x.grad!.item();
    refuses(() => shared.mul(w).backward(), GraphError, 'retainGraph');
    expect([x.grad!.item(), w.grad]).toEqual([before, null]);
  });

  it('has no retainGrad, no hook and no requiresGrad on what cannot have them', () => {
    refuses(() => ones([2]).retainGrad(), GraphError, /requiresGrad/);
    refuses(() => ones([2]).registerHook((g: Tensor) => g), GraphError, /requiresGrad/);
    const y = tensor(2, { requiresGrad: true }).square();
    refuses(
      () => {
        y.requiresGrad = false;
      },
      GraphError,
      /leaf|detach/,
    );
  });

  it('refuses a hook that returns another shape', () => {
    const x = ones([2], { requiresGrad: true });
    x.registerHook(() => ones([3]));
    refuses(
      () => {
        x.sum().backward();
        x.grad!.toArray();
      },
      ShapeError,
      '[2]',
      '[3]',
    );
  });
});

describe('a gradient that a step has used up', () => {
  it('cannot be read, used or added to; the messages name what can be done', () => {
    const w = tensor([1, 2], { requiresGrad: true, name: 'w' });
    const optimizer = new SGD([w], { lr: 0.25 });
    w.square().sum().backward();
    optimizer.step();
    refuses(() => w.grad?.toArray(), GraphError, '"w"', 'step()', 'keepGrads');
    refuses(() => w.grad?.mul(2), GraphError, '"w"', 'keepGrads');
    refuses(() => w.square().sum().backward(), GraphError, 'zeroGrad', 'keepGrads');
    expect(w.toArray()).toEqual([0.5, 1]);
    optimizer.zeroGrad();
    w.square().sum().backward();
    optimizer.step({ keepGrads: true });
    expect([w.grad?.toArray(), w.toArray()]).toEqual([
      [1, 2],
      [0.25, 0.5],
    ]);
  });
});

describe('grad', () => {
  it('wants a function of tensors with one number as its result', () => {
    refuses(() => grad((x: Tensor) => x.mul(2))(ones([3])), GraphError, '[3]', /scalar|one element/);
    // What JSON.parse returns has no type to object to.
    refuses(() => grad((_: Tensor): Tensor => JSON.parse('5'))(ones([3])), ArgumentError, '5', /Tensor/);
    refuses(() => untyped(grad, 5), ArgumentError, '5', /function/);
    refuses(() => grad((x: Tensor) => x.sum(), { argnums: 2 })(ones([3])), ArgumentError, '2', '1', /argument/);
    refuses(() => grad((x: Tensor) => x.sum())(ones([3], { dtype: 'int32' })), DTypeError, 'int32', /float/);
  });
});

describe('noGrad', () => {
  it('refuses an async callback and gives the reason', () => {
    refuses(() => noGrad(async () => 1), ArgumentError, /async|promise/i, /noGrad/);
    const y = tensor(2, { requiresGrad: true }).square();
    expect(y.requiresGrad, 'recording is on again').toBe(true);
  });

  it('records again after a callback that threw', () => {
    expect(() =>
      noGrad(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(tensor(2, { requiresGrad: true }).square().requiresGrad).toBe(true);
  });
});

describe('writing in place', () => {
  it('refuses another shape and another dtype', () => {
    const x = zeros([2, 3]);
    refuses(() => x.assign(ones([3, 2])), ShapeError, 'assign', '[2, 3]', '[3, 2]');
    refuses(() => x.assign(ones([2, 3], { dtype: 'int32' })), DTypeError, 'assign', 'int32', 'float32');
    expect(x.sum().item()).toBe(0);
  });

  it('to a parameter that is being recorded names noGrad', () => {
    const x = zeros([2], { requiresGrad: true });
    refuses(() => x.assign(ones([2])), GraphError, /noGrad/);
    noGrad(() => x.assign(ones([2])));
    expect(x.toArray()).toEqual([1, 1]);
  });

  it('to a value that was computed is refused: only leaves have memory of their own', () => {
    const y = ones([2]).add(1);
    refuses(() => y.assign(zeros([2])), GraphError, /leaf|computed|memory/);
  });

  it('makes a pending use of the old value fail by name, never give a wrong number', () => {
    const counter = tensor([1, 2], { name: 'counter' });
    const pending = counter.mul(10);
    counter.assign(tensor([5, 6]));
    expect(counter.toArray()).toEqual([5, 6]);
    refuses(() => pending.toArray(), GraphError, 'counter', /overwritten/, /realize|clone|keep/);
  });
});

describe('options and settings', () => {
  it('that do not exist are refused, with those that do', () => {
    refuses(() => untyped(settings, { turbo: true }), ArgumentError, 'turbo', 'eager', 'threads');
  });
});
