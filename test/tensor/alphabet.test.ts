/**
 * First and second derivatives of the whole alphabet against central differences, on every engine. Elementwise records tell
 * themselves where they are smooth; the others have a row here each, and a record without one fails.
 */
import { describe, expect, it } from 'vitest';
import { jacobian } from '../../src/func/index.js';
import { type Checkable, Generator, gradcheck, gradgradcheck, rand, Tensor, tensor } from '../../src/index.js';
import { apply, type Node } from '../../src/ir/node.js';
import { type Domain, type ElementwiseOp, isDifferentiable } from '../../src/ir/op.js';
import { lowerAttention } from '../../src/lower/attention.js';
import { provide } from '../../src/lower/index.js';
import * as ops from '../../src/ops/index.js';
import { ALPHABET } from '../../src/ops/index.js';
import { updateSlices } from '../../src/optim/slices.js';
import { engineNames, withEngine } from '../../src/run/engine.js';

// As whoever makes its nodes does.
provide('attention', lowerAttention);
updateSlices();

interface Case {
  readonly name: string;
  readonly fn: Checkable;
  readonly inputs: readonly Tensor[];
}

const wrap =
  (fn: (...src: Node[]) => Node): Checkable =>
  (...inputs) =>
    new Tensor(fn(...inputs.map((x) => x.node)));

/** Numbers of a domain: away from the points where the function or its derivative jumps. */
function draw(domain: Domain, shape: readonly number[], generator: Generator): Tensor {
  const { low, high, avoid = [], margin = 0 } = domain;
  const values: number[] = [];
  const size = shape.reduce((n, d) => n * d, 1);
  while (values.length < size) {
    const x = low + (high - low) * rand([], { dtype: 'float64', generator }).item();
    if (avoid.every((a) => Math.abs(x - a) > margin)) values.push(x);
  }
  return tensor(values, { shape, dtype: 'float64' });
}

const ANYWHERE: Domain = { low: -3, high: 3 };
const inputs = (count: number, domains: readonly Domain[] | undefined, shape: readonly number[] = [5]): Tensor[] => {
  const generator = new Generator(17);
  return Array.from({ length: count }, (_, i) => draw(domains?.[i] ?? ANYWHERE, shape, generator));
};

/** Elementwise records of which a gradient can be taken from floats to floats without attributes. */
const isSmooth = (record: { kind: string; vjp: unknown; key?: unknown }): record is ElementwiseOp<undefined> =>
  record.kind === 'elementwise' && typeof record.vjp === 'function' && record.key === undefined;

const condition = tensor([true, false, true, true, false]);
const elementwise = Object.values(ALPHABET).flatMap((record): Case[] => {
  if (!isSmooth(record)) return [];
  if (record === ops.where) {
    return [
      { name: 'where', fn: wrap((a, b) => apply(ops.where, [condition.node, a!, b!])), inputs: inputs(2, undefined) },
    ];
  }
  return [{ name: record.name, fn: wrap((...src) => apply(record, src)), inputs: inputs(record.arity, record.domain) }];
});

const one = (name: string, fn: (x: Node) => Node, shape: readonly number[]): Case => ({
  name,
  fn: wrap((x) => fn(x!)),
  inputs: inputs(1, undefined, shape),
});
const index = tensor([2, 0, 2], { dtype: 'int32' });

const others: readonly Case[] = [
  one('cast', (x) => apply(ops.cast, [apply(ops.cast, [x], { to: 'float64' })], { to: 'float64' }), [3]),
  {
    name: 'polygamma',
    fn: wrap((x) => apply(ops.polygamma, [x!], { order: 1 })),
    inputs: inputs(1, ops.polygamma.domain),
  },
  one('reshape', (x) => apply(ops.reshape, [x], { shape: [3, 2] }), [2, 3]),
  one('permute', (x) => apply(ops.permute, [x], { axes: [2, 0, 1] }), [2, 3, 2]),
  one('window', (x) => apply(ops.window, [x], { axes: [0], stride: [2], dilation: [1] }), [6, 3]),
  one('unwindow', (x) => apply(ops.unwindow, [x], { axes: [0], stride: [2], dilation: [1], length: [6] }), [2, 3]),
  one('slice', (x) => apply(ops.slice, [x], { start: [0, 1], size: [2, 2], step: [1, 2] }), [2, 4]),
  one('pad', (x) => apply(ops.pad, [x], { before: [1, 0], after: [0, 2], between: [0, 1] }), [2, 2]),
  one('flip', (x) => apply(ops.flip, [x], { axes: [1] }), [2, 3]),
  one('expand', (x) => apply(ops.expand, [x], { shape: [2, 3] }), [2, 1]),
  one('sum', (x) => apply(ops.sum, [x], { axes: [0, 2] }), [2, 3, 2]),
  one('max', (x) => apply(ops.max, [x], { axes: [1] }), [2, 4]),
  one('min', (x) => apply(ops.min, [x], { axes: [0] }), [3, 2]),
  one('prod', (x) => apply(ops.prod, [x], { axes: [1] }), [2, 3]),
  {
    name: 'cat',
    fn: wrap((a, b) => apply(ops.cat, [a!, b!], { axis: 1 })),
    inputs: [...inputs(1, undefined, [2, 1]), ...inputs(1, undefined, [2, 3])],
  },
  {
    name: 'contract',
    fn: wrap((a, b) => apply(ops.contract, [a!, b!], { a: [3, 0, 1], b: [1, 2], out: [3, 0, 2] })),
    inputs: [...inputs(1, undefined, [2, 2, 3]), ...inputs(1, undefined, [3, 2])],
  },
  one('gather', (x) => apply(ops.gather, [x, index.node], { axis: 0 }), [3, 2]),
  ...Object.values(ops.ATTENTION).map((record): Case => {
    const { shapes, attrs } = record.examples![0]!;
    const at = shapes.flatMap((shape) => inputs(1, undefined, shape));
    return { name: record.name, fn: wrap((...src) => apply(record, src, attrs)), inputs: at };
  }),
  ...[ops.scatterAdd, ops.scatterMax, ops.scatterMin, ops.scatterProd].map((op) =>
    one(op.name, (x) => apply(op, [x, tensor([1, 0, 1], { dtype: 'int32' }).node], { axis: 0, shape: [2, 2] }), [3, 2]),
  ),
  one('after', (x) => apply(ops.after, [x, x]), [2, 3]),
  {
    name: 'sparseUpdate',
    fn: wrap((values, base, factor) => {
      const picks = tensor([1, 0, 1], { dtype: 'int32' }).node;
      return apply(ops.sparseUpdate, [values!, picks, base!, factor!], { axis: 0 });
    }),
    inputs: [...inputs(1, undefined, [3, 2]), ...inputs(2, undefined, [3, 2])],
  },
  one('custom', (x) => apply(ops.custom, [ops.detachNode(x), x], { name: 'same', backward: (g) => [g] }), [3]),
];

describe('the cases', () => {
  it('cover every record that has a derivative', () => {
    const covered = new Set([...elementwise, ...others].map(({ name }) => name));
    const smooth = Object.entries(ALPHABET).filter(([, record]) => isDifferentiable(record));
    expect(smooth.map(([name]) => name).filter((name) => !covered.has(name))).toEqual([]);
  });
});

describe('forward and reverse mode, each over a batch of unit vectors', () => {
  it.each([...elementwise, ...others].map((c) => [c.name, c] as const))(
    '%s: the same Jacobian',
    (_, { fn, inputs: at }) => {
      at.forEach((_x, argnums) => {
        const of = (mode: 'forward' | 'reverse'): Tensor =>
          jacobian((...args: Tensor[]) => fn(...args) as Tensor, { argnums, mode })(...at) as Tensor;
        const [forward, reverse] = [of('forward'), of('reverse')];
        expect(forward.shape).toEqual(reverse.shape);
        expect(forward.allclose(reverse, { rtol: 1e-12, atol: 1e-12 })).toBe(true);
      });
    },
  );
});

describe.each(engineNames())('on the engine %s', (engine) => {
  it.each([...elementwise, ...others].map((c) => [c.name, c] as const))('%s', (_, { fn, inputs: at }) => {
    withEngine(engine, () => {
      expect(gradcheck(fn, at).ok).toBe(true);
      expect(gradgradcheck(fn, at).ok).toBe(true);
    });
  });
});
