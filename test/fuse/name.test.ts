/**
 * What is stored, what is computed again, and the bounds that keep kernels small.
 */
import { describe, expect, it } from 'vitest';
import { internShape } from '../../src/base/shape.js';
import { listen } from '../../src/base/trace.js';
import { nameValues } from '../../src/fuse/name.js';
import type { Program, Stmt } from '../../src/ir/expr.js';
import { graphOf } from '../../src/ir/graph.js';
import { apply, type Node } from '../../src/ir/node.js';
import * as ops from '../../src/ops/index.js';
import { withEngine } from '../../src/run/engine.js';
import { realise } from '../../src/run/realise.js';
import { eventsOf } from '../support/events.js';
import { nodeOf } from '../support/sample.js';

const SHAPE = [4, 6];
const input = (shape: readonly number[] = SHAPE): Node =>
  nodeOf({
    shape,
    dtype: 'float32',
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 5) / 4),
  });
const add = (a: Node, b: Node): Node => apply(ops.add, [a, b]);
const exp = (x: Node): Node => apply(ops.exp, [x]);
const flip = (x: Node): Node => apply(ops.flip, [x], { axes: [1] });

/** Everything below `roots`, sources first. */
function below(roots: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = (n: Node): void => {
    if (seen.has(n)) return;
    seen.add(n);
    n.src.forEach(visit);
    order.push(n);
  };
  roots.forEach(visit);
  return order;
}

/** Which nodes get a name when `roots` are wanted. */
function named(...roots: Node[]): Set<Node> {
  const nodes = below(roots);
  nodes.forEach((n, i) => {
    n.at = i;
  });
  const names = nameValues(
    graphOf(nodes),
    roots.map((r) => r.at),
  );
  return new Set(nodes.filter((n) => names[n.at]));
}

describe('a value that is read more than once', () => {
  it('is computed again when that is cheap', () => {
    const y = add(input(), input());
    const [a, b] = [apply(ops.neg, [y]), apply(ops.abs, [y])];
    expect(named(a, b)).toEqual(new Set([a, b]));
  });

  it('is stored when it is not', () => {
    const y = exp(exp(input()));
    const [a, b] = [apply(ops.neg, [y]), apply(ops.abs, [y])];
    expect(named(a, b)).toEqual(new Set([y, a, b]));
  });

  it('is not stored when both readers end up in one expression', () => {
    const y = exp(exp(input()));
    const z = add(apply(ops.neg, [y]), apply(ops.abs, [y]));
    expect(named(z)).toEqual(new Set([z]));
  });

  it('is stored when a sum stands before it, even if it is cheap itself', () => {
    const total = apply(ops.sum, [input()], { axes: [1] });
    const y = apply(ops.add, [total, total]);
    const [a, b] = [apply(ops.neg, [y]), apply(ops.abs, [y])];
    expect(named(a, b)).toEqual(new Set([total, y, a, b]));
  });
});

describe('a value that is repeated', () => {
  const repeat = (x: Node): Node => apply(ops.expand, [x], { shape: internShape([4, 6]) });

  it('is computed once before, when it costs something', () => {
    const y = exp(input([4, 1]));
    const z = apply(ops.mul, [repeat(y), input()]);
    expect(named(z).has(y)).toBe(true);
  });

  it('is inlined when it costs next to nothing', () => {
    const y = apply(ops.neg, [input([4, 1])]);
    const z = apply(ops.mul, [repeat(y), input()]);
    expect(named(z).has(y)).toBe(false);
  });

  it('is never stored when it is the same number everywhere', () => {
    const number = ops.numberNode(0.1, internShape([4, 1]), 'float32');
    const y = apply(ops.sqrt, [exp(number)]);
    const z = apply(ops.mul, [repeat(y), input()]);
    expect(named(z)).toEqual(new Set([z]));
  });

  it('is computed once before a contraction that reads it, when it costs something', () => {
    const y = exp(input([4, 6]));
    const z = apply(ops.contract, [y, input([6, 5])], { a: [0, 1], b: [1, 2], out: [0, 2] });
    expect(named(z).has(y)).toBe(true);
  });
});

/** Statements and expressions of a program, roughly: the lines of its text. */
const sizeOfText = (text: string): number => text.split('\n').length;

describe('kernels stay small', () => {
  it('a long chain is cut', () => {
    let y = input();
    for (let i = 0; i < 2000; i++) y = add(y, ops.numberNode(0.25, internShape(SHAPE), 'float32'));
    const names = named(y);
    expect(names.size).toBeGreaterThanOrEqual(2000 / 192 - 1);
    expect(names.size).toBeLessThan(40);
  });

  it('y + flip(y) twenty times, which has 2²⁰ paths, takes few kernels of few operations', () => {
    const events = eventsOf(() =>
      withEngine('wasm', () => {
        let y = input();
        for (let i = 0; i < 20; i++) y = add(y, flip(y));
        realise([y]);
        const [first, , , , , last] = Array.from(y.storage!.read());
        // Each round doubles the sum of a row's two ends.
        expect(first).toBe(last);
      }),
    );
    expect(events.plans[0]).toBeLessThanOrEqual(20);
    for (const text of events.compiled) expect(sizeOfText(text)).toBeLessThan(400);
  });

  it('a value read through many different views is stored', () => {
    const x = exp(exp(input([40])));
    let z = x;
    for (let i = 1; i < 12; i++)
      z = add(
        z,
        apply(ops.pad, [apply(ops.slice, [x], { start: [i], size: [40 - i], step: [1] })], {
          before: [0],
          after: [i],
          between: [0],
        }),
      );
    expect(named(z).has(x)).toBe(true);
  });

  it('a value that many sums share is computed once', () => {
    // Each round reads the last value through a new sum; without names the expression would double each time.
    let y = input();
    const total = (x: Node): Node =>
      apply(ops.expand, [apply(ops.sum, [x], { axes: [1] })], { shape: internShape(SHAPE) });
    const programs: Program[] = [];
    const stop = listen(({ what, detail }) => {
      if (what === 'build' && Array.isArray(detail.kernels)) programs.push(...detail.kernels);
    });
    for (let i = 0; i < 12; i++) y = add(y, total(y));
    withEngine('wasm', () => realise([y]));
    stop();
    const count = (body: readonly Stmt[]): number =>
      body.reduce((n, s) => n + 1 + (s.s === 'for' ? count(s.body) : s.s === 'if' ? count(s.then) : 0), 0);
    const statements = programs.reduce((n, p) => n + count(p.body), 0);
    expect(statements).toBeLessThan(600);
  });
});
