import { it } from 'vitest';
import { tensor, randn, manualSeed } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { withEngine } from '../../src/run/engine.js';
import { listen } from '../../src/base/trace.js';
it('counts', () => withEngine('wasm', () => {
  manualSeed(0);
  const p = tensor(randn([100, 10]).typedArray(), { shape: [100, 10], requiresGrad: true } as never);
  const labels = tensor(Array.from({ length: 100 }, (_, i) => i % 10), { dtype: 'int32' });
  const l = nn.functional.crossEntropy(p, labels); l.item(); l.backward();
  listen((e) => { if (e.what === 'kernels') { const { graph, kernels } = e.detail as never as { graph: { nodes: { op: { name: string }, shape: number[] }[], src: number[][], input: boolean[] }, kernels: { cluster: { members: { at: number, role: string, rowAxes: number[], colAxes: number[] }[], rows: number[], cols: number[] }, stores: number[] }[] };
    graph.nodes.forEach((n, i) => console.log(i, n.op.name, n.shape.join('x'), graph.src[i]!.join(','), graph.input[i] ? 'input' : ''));
    for (const k of kernels) console.log('K', k.cluster.rows, k.cluster.cols, k.cluster.members.map((m) => `${m.at}${m.role}`).join(' '), 'stores', k.stores.join()); } });
  p.grad!.realize();
}));
