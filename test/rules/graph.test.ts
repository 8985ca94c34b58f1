/**
 * Rules on graphs: where they apply, where they must not, and that values stay the same.
 */
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/base/trace.js';
import { graphOf } from '../../src/ir/graph.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { ContractAttrs } from '../../src/ir/op.js';
import { add, contract, expand, permute, reshape, slice, sum, unwindow } from '../../src/ops/index.js';
import { rewrite } from '../../src/rules/graph.js';
import { withEngine } from '../../src/run/engine.js';
import { realise } from '../../src/run/realise.js';
import { nodeOf } from '../support/sample.js';

const filled = (shape: readonly number[]): Node =>
  nodeOf({
    shape,
    dtype: 'float32',
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 7) - 3),
  });

const MATMUL = { a: [0, 1], b: [1, 2], out: [0, 2] };

/** Rewrites the graph of `nodes` (sources first) and returns it with the names of the rules that were applied. */
function rewritten(nodes: readonly Node[], wanted: readonly number[]) {
  nodes.forEach((n, i) => {
    n.at = i;
  });
  const graph = graphOf(nodes);
  const rules: unknown[] = [];
  const stop = listen((event) => {
    if (event.what === 'rewrite') rules.push(event.detail.rule);
  });
  rewrite(graph, new Set(wanted));
  stop();
  return { graph, rules };
}

describe('a contraction read in another order', () => {
  const [a, b] = [filled([3, 5]), filled([5, 4])];
  const product = apply(contract, [a, b], MATMUL);
  const turned = apply(permute, [product], { axes: [1, 0] });

  it('produces that order itself', () => {
    const { graph, rules } = rewritten([a, b, product, turned], [3]);
    expect(rules).toEqual(['contractInOrder']);
    expect(graph.nodes[3]!.op).toBe(contract);
    expect((graph.nodes[3] as Node<ContractAttrs>).attrs.out).toEqual([2, 0]);
    expect(graph.nodes[3]!.shape).toEqual([4, 3]);
    expect(graph.src[3]).toEqual([0, 1]);
  });

  it('stays when the contraction is read elsewhere, or asked for', () => {
    const other = apply(add, [product, product]);
    expect(rewritten([a, b, product, turned, other], [3, 4]).rules).toEqual([]);
    expect(rewritten([a, b, product, turned], [2, 3]).rules).toEqual([]);
  });

  it('stays when the contraction has been computed', () => {
    const done = apply(contract, [a, b], MATMUL);
    withEngine('interpret', () => realise([done]));
    expect(rewritten([done, apply(permute, [done], { axes: [1, 0] })], [1]).rules).toEqual([]);
  });

  it('has the same values', () => {
    const of = (engine: string): number[] =>
      withEngine(engine, () => {
        const node = apply(
          permute,
          [apply(contract, [filled([2, 3, 6]), filled([6, 2, 4])], { a: [7, 0, 1], b: [1, 7, 2], out: [7, 0, 2] })],
          { axes: [2, 0, 1] },
        );
        realise([node]);
        return Array.from(node.storage!.read());
      });
    expect(of('wasm')).toEqual(of('interpret'));
  });
});

/** The gradient of a convolution for its input as it is derived: for every window and offset a product, then their sum. */
function inputGradient(weight: Node, g: Node) {
  const products = apply(contract, [weight, g], { a: [3, 2, 20], b: [0, 3, 10], out: [0, 2, 10, 20] });
  const [n, c, p, k] = products.shape as [number, number, number, number];
  const length = (p - 1) * 2 + k;
  const spread = apply(unwindow, [products], { axes: [2], stride: [2], dilation: [1], length: [length] });
  const total = apply(sum, [spread], { axes: [3] });
  const result = apply(reshape, [total], { shape: [n, c, length] });
  return { products, spread, total, result };
}

describe('the sum of overlapping windows of a contraction', () => {
  const [weight, g] = [filled([5, 3, 3]), filled([2, 5, 4])];

  it('is one contraction over the offsets too, of windows of an operand', () => {
    const { products, spread, total, result } = inputGradient(weight, g);
    const { graph, rules } = rewritten([weight, g, products, spread, total, result], [5]);
    expect(rules).toEqual(['contractWindows']);
    expect(graph.nodes.slice(2).map((n) => n.op)).toEqual([reshape, expand, unwindow, contract]);
    expect(graph.src.slice(2)).toEqual([[1], [2], [3], [4, 0]]);
    expect((graph.nodes[5] as Node<ContractAttrs>).attrs.out).toEqual([0, 2, 10]);
    expect(graph.nodes[5]!.shape).toEqual(result.shape);
  });

  it('stays when the products are read elsewhere, or asked for', () => {
    const { products, spread, total, result } = inputGradient(weight, g);
    expect(rewritten([weight, g, products, spread, total, result], [2, 5]).rules).toEqual([]);
    const other = apply(add, [total, total]);
    expect(rewritten([weight, g, products, spread, total, result, other], [5, 6]).rules).toEqual([]);
  });

  it('has the same values', () => {
    const of = (engine: string): number[] =>
      withEngine(engine, () => {
        const { result } = inputGradient(weight, g);
        realise([result]);
        return Array.from(result.storage!.read());
      });
    expect(of('wasm')).toEqual(of('interpret'));
  });
});

describe('a part of a contraction', () => {
  const [a, b] = [filled([3, 6]), filled([6, 8])];
  const product = apply(contract, [a, b], MATMUL);

  it('is the contraction of a part of an operand', () => {
    const part = apply(slice, [product], { start: [0, 2], size: [3, 3], step: [1, 2] });
    const { graph, rules } = rewritten([a, b, product, part], [3]);
    expect(rules).toEqual(['contractPart']);
    expect(graph.nodes.slice(2).map((n) => n.op)).toEqual([slice, contract]);
    expect(graph.src.slice(2)).toEqual([[1], [0, 2]]);
    expect(graph.nodes[2]!.shape).toEqual([6, 3]);
  });

  it('stays when it is cut on both sides, or read whole elsewhere', () => {
    const corner = apply(slice, [product], { start: [1, 2], size: [2, 3], step: [1, 1] });
    expect(rewritten([a, b, product, corner], [3]).rules).toEqual([]);
    const part = apply(slice, [product], { start: [0, 2], size: [3, 3], step: [1, 2] });
    expect(rewritten([a, b, product, part], [2, 3]).rules).toEqual([]);
  });

  it('has the same values, and what was put in its place is not taken for the whole', () => {
    const of = (engine: string): number[][] =>
      withEngine(engine, () => {
        const whole = apply(contract, [filled([9, 6]), filled([6, 40])], MATMUL);
        const part = apply(slice, [whole], { start: [0, 3], size: [9, 30], step: [1, 1] });
        realise([part]);
        realise([whole]);
        return [part, whole].map((n) => Array.from(n.storage!.read()));
      });
    expect(of('wasm')).toEqual(of('interpret'));
  });
});
