/**
 * checkpoint: the gradients of plain code to the last bit, in less working memory.
 */
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/base/trace.js';
import { checkpoint } from '../../src/func/index.js';
import type { Fused } from '../../src/fuse/index.js';
import {
  ArgumentError,
  compile,
  gradcheck,
  gradgradcheck,
  manualSeed,
  noGrad,
  rand,
  randn,
  type Tensor,
  tensor,
} from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { engineNames, withEngine } from '../../src/run/engine.js';

const PART = 6;
const DEPTH = PART * PART;
const WIDTH = 16;
const ROWS = 512;
const LAYER = ROWS * WIDTH * 4;

interface Built {
  readonly arenaBytes: number;
  readonly fused: Fused;
}

/** The most that a plan built by `fn` needs: its working memory, and what it keeps that has the size of a layer, in bytes. */
function memoryOf(fn: () => void): number {
  let most = 0;
  const stop = listen(({ room, what, detail }) => {
    if (room !== 'run' || what !== 'build') return;
    const { arenaBytes, fused } = detail as { [K in keyof Built]: Built[K] };
    const kept = fused.kept.map((at) => fused.graph.nodes[at]!.shape).filter((shape) => shape[0] === ROWS);
    most = Math.max(most, arenaBytes + kept.length * LAYER);
  });
  fn();
  stop();
  return most;
}

interface Chain {
  readonly x: Tensor;
  readonly weights: readonly Tensor[];
}

function chain(): Chain {
  manualSeed(3);
  const weights = Array.from({ length: DEPTH }, () => {
    const w = randn([WIDTH, WIDTH]).mul(1 / Math.sqrt(WIDTH));
    return w.realize().detach();
  });
  for (const w of weights) w.requiresGrad = true;
  return { x: rand([ROWS, WIDTH]).realize(), weights };
}

type Part = (fn: (x: Tensor) => Tensor, x: Tensor) => Tensor;

/** The loss of a chain that is computed some layers at a time. */
function lossOf({ x, weights }: Chain, part: Part, drop: boolean): Tensor {
  let y = x;
  for (let i = 0; i < DEPTH; i += PART) {
    const layers = (z: Tensor): Tensor =>
      weights.slice(i, i + PART).reduce((h, w) => {
        const out = h.matmul(w).tanh();
        return drop ? nn.functional.dropout(out, { p: 0.25 }) : out;
      }, z);
    y = part(layers, y);
  }
  return y.square().mean();
}

const plain: Part = (fn, x) => fn(x);
const again: Part = (fn, x) => checkpoint(fn, x);

function gradientsOf(part: Part, drop: boolean): number[][] {
  const net = chain();
  const loss = lossOf(net, part, drop);
  loss.backward();
  return [[loss.item()], ...net.weights.map((w) => Array.from(w.grad!.typedArray()))];
}

describe('a chain of contractions', () => {
  it.each([false, true])('has the same bits as without, dropout %s', (drop) => {
    expect(gradientsOf(again, drop)).toEqual(gradientsOf(plain, drop));
  });

  it.each([false, true])('takes about 2√n layers of memory instead of n; the loss read first: %s', (readFirst) => {
    const memory = (part: Part): number =>
      memoryOf(() => {
        const net = chain();
        const loss = lossOf(net, part, false);
        if (readFirst) loss.item();
        loss.backward();
        for (const w of net.weights) w.grad!.realize();
      });
    expect(memory(plain)).toBeGreaterThan(DEPTH * LAYER);
    expect(memory(again)).toBeLessThan((2 * PART + 7) * LAYER);
  });

  it('keeps its bits in a compiled function', () => {
    const step = (part: Part) => {
      const net = chain();
      const fn = compile((x: Tensor) => {
        for (const w of net.weights) w.grad = null;
        const loss = lossOf({ ...net, x }, part, true);
        loss.backward();
        return net.weights[0]!.grad!.mul(1);
      });
      manualSeed(5);
      return [1, 2, 3].map(() => Array.from(fn(net.x).typedArray()));
    };
    expect(step(again)).toEqual(step(plain));
  });
});

describe.each(engineNames())('on the engine %s', (engine) => {
  const [a, b] = [tensor([0.3, -1.2, 0.8], { dtype: 'float64' }), tensor([1.5, 0.4, -0.7], { dtype: 'float64' })];

  it('has right first and second derivatives, of several inputs and outputs, nested', () => {
    withEngine(engine, () => {
      const f = (x?: Tensor, y?: Tensor): Tensor => {
        const [u, v] = checkpoint(
          (p: Tensor, q: Tensor) => [checkpoint((r: Tensor) => r.exp().mul(q), p), p.mul(q).sin()] as const,
          x!,
          y!,
        );
        return u.mul(v);
      };
      expect(gradcheck(f, [a, b]).ok).toBe(true);
      expect(gradgradcheck(f, [a, b]).ok).toBe(true);
    });
  });
});

describe('checkpoint', () => {
  it('runs the function once, and passes on what is no tensor', () => {
    let calls = 0;
    const x = tensor([1, 2], { requiresGrad: true });
    const scaled = (y: Tensor, by: number): Tensor => {
      calls++;
      return y.square().mul(by);
    };
    checkpoint(scaled, x, 3).sum().backward();
    expect([calls, x.grad!.toArray()]).toEqual([1, [6, 12]]);
  });

  it('keeps what the function cut off cut off', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    checkpoint((y: Tensor) => y.mul(y.detach()).add(noGrad(() => y.exp())), x)
      .sum()
      .backward();
    expect(x.grad!.toArray()).toEqual([1, 2]);
  });

  it('is the function itself where nothing wants a gradient', () => {
    const result = tensor([1]);
    expect(checkpoint((_: Tensor) => result, tensor([2]))).toBe(result);
    const x = tensor([1], { requiresGrad: true });
    expect(noGrad(() => checkpoint((y: Tensor) => y.exp(), x)).requiresGrad).toBe(false);
  });

  it('refuses what is no function, and results that are no tensors', () => {
    const x = tensor([1], { requiresGrad: true });
    expect(() => checkpoint(3 as never, x)).toThrow(ArgumentError);
    expect(() => checkpoint((y: Tensor) => y.sum().toArray() as never, x)).toThrow(/must return a tensor or an array/);
  });
});
