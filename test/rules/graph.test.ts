/**
 * Rules on graphs: where they apply, where they must not, and that values stay the same.
 */
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/base/trace.js';
import { graphOf } from '../../src/ir/graph.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { ContractAttrs } from '../../src/ir/op.js';
import { add, contract, permute } from '../../src/ops/index.js';
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
