/**
 * The profile: which kernels ran, how often, what they are said to do, and the trace for Chromium. Nothing here depends
 * on how long anything took.
 */
import { describe, expect, it, vi } from 'vitest';
import { ArgumentError, IndexError, ones, profile, settings, tensor } from '../../src/index.js';
import * as nn from '../../src/nn/index.js';
import { startDebugging } from '../../src/run/debug.js';
import { withEngine } from '../../src/run/engine.js';

const onCompiled = <T>(fn: () => T): T => withEngine('wasm', fn);

describe('profile', () => {
  it('counts 2·M·N·K operations for a product, and every buffer once', () => {
    const [a, b] = [ones([6, 5]), ones([5, 7])].map((t) => t.realize());
    const { kernels, plans, value } = onCompiled(() => profile(() => a!.matmul(b!).toArray()));
    expect(plans).toBe(1);
    expect(kernels).toHaveLength(1);
    expect(kernels[0]).toMatchObject({ calls: 1, flops: 2 * 6 * 5 * 7, bytes: 4 * (30 + 35 + 42), share: 1 });
    expect(kernels[0]!.values).toContain('contract');
    expect(value).toEqual(new Array(6).fill(new Array(7).fill(5)));
  });

  it('counts one operation for each element of a sum, and the price of elementwise ones', () => {
    const x = ones([3, 8]).realize();
    const { kernels } = onCompiled(() => profile(() => x.mul(3).sum().item()));
    expect(kernels).toHaveLength(1);
    expect(kernels[0]).toMatchObject({ flops: 24 + 24, bytes: 4 * (24 + 1) });
  });

  it('counts no more of a table than is gathered from it', () => {
    const table = ones([1000, 4]).realize();
    const picks = tensor([3, 999], { dtype: 'int32' });
    const { kernels } = onCompiled(() => profile(() => table.index(picks).realize()));
    const bytes = kernels.reduce((sum, k) => sum + k.bytes, 0);
    expect(bytes).toBeLessThan(200);
    expect(bytes).toBeGreaterThanOrEqual(4 * (8 + 8));
  });

  it('joins the calls of one kernel, and the shares add up to 1', () => {
    const x = ones([64, 32]).realize();
    const step = (): number => x.matmul(x.T).softmax(-1).sum().item();
    onCompiled(step);
    const { kernels, plans, kernelMs, totalMs } = onCompiled(() =>
      profile(() => {
        for (let i = 0; i < 3; i++) step();
      }),
    );
    expect(plans).toBe(3);
    expect(kernels.length).toBeGreaterThan(1);
    for (const k of kernels) {
      expect(k.calls).toBe(3);
      expect(k.totalMs).toBeGreaterThanOrEqual(k.medianMs);
      expect(Number.isFinite(k.gflops) && Number.isFinite(k.gbps)).toBe(true);
    }
    expect(kernels.reduce((sum, k) => sum + k.share, 0)).toBeCloseTo(1, 9);
    expect(kernelMs).toBeLessThanOrEqual(totalMs);
  });

  it('gives the same bits as a run in one call', () => {
    const x = ones([10, 9]).realize();
    const step = (): number[] => [...x.mul(0.3).tanh().matmul(x.T).softmax(-1).typedArray()];
    const plain = onCompiled(step);
    expect(onCompiled(() => profile(step)).value).toEqual(plain);
  });

  it('writes a trace for Chromium', () => {
    const x = ones([4]).realize();
    const seen = onCompiled(() => profile(() => x.exp().sum().item()));
    const { traceEvents, displayTimeUnit } = JSON.parse(JSON.stringify(seen.toChromeTrace()));
    expect(displayTimeUnit).toBe('ms');
    const [plan, kernel] = traceEvents;
    expect(plan).toMatchObject({ cat: 'plan', ph: 'X', pid: 1, tid: 1 });
    expect(kernel).toMatchObject({ cat: 'kernel', ph: 'X', args: { flops: expect.any(Number) } });
    expect(kernel.ts).toBeGreaterThanOrEqual(plan.ts);
    expect(kernel.ts + kernel.dur).toBeLessThanOrEqual(plan.ts + plan.dur + 1e-6);
    expect(String(seen)).toContain('GFLOP/s');
  });

  it('stops at a failed check like any run', () => {
    const scores = ones([2, 3]).realize();
    const labels = tensor([0, 7], { dtype: 'int32' });
    expect(() => onCompiled(() => profile(() => nn.functional.crossEntropy(scores, labels).item()))).toThrow(
      IndexError,
    );
    expect(onCompiled(() => profile(() => 1)).plans).toBe(0);
  });

  it('refuses an async function', () => {
    expect(() => profile(async () => 1)).toThrow(ArgumentError);
  });
});

// Last in this file: what prints goes on printing.
it('CHAINRULE_DEBUG=2 prints each kernel of each run with its time, rates and share', () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  settings({ debug: 2 });
  startDebugging();
  const x = ones([4, 4]).realize();
  onCompiled(() => x.matmul(x).sum().item());
  const lines = said.mock.calls.map(([line]) => String(line));
  said.mockRestore();
  const ran = lines.findIndex((line) => /ran \d+ kernels in [\d.]+ ms/.test(line));
  expect(ran).toBeGreaterThanOrEqual(0);
  expect(lines[ran + 1]).toMatch(/ms {2}[\d.]+ GFLOP\/s {2}[\d.]+ GB\/s {2}[\d.]+ % {2}\w+: .*float32 \[4, 4\]/);
});
