/**
 * The kernels of the native machine under AddressSanitizer and UndefinedBehaviorSanitizer: every trial of every record, forward and with
 * first and second derivatives; sizes that leave tails; random programs. None may touch a byte beside its buffers, not even to
 * throw it away.
 */
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DType } from '../../../src/base/dtype.js';
import { targetFor } from '../../../src/emit/c/target.js';
import { manualSeed } from '../../../src/index.js';
import type { Expr, LoopVar, Program } from '../../../src/ir/expr.js';
import { withEngine } from '../../../src/run/engine.js';
import { realise } from '../../../src/run/realise.js';
import * as b from '../../emit/build.js';
import { recordTests } from '../../run/records.js';
import { build } from '../../support/graph-program.js';
import { programs } from '../../support/random-graph.js';
import { AWKWARD } from './awkward.js';
import { type Block, type KernelRun, Recorder } from './recorder.js';
import { compilerHere, sanitize, type Verdict } from './sanitize.js';

const compiler = compilerHere();
if (typeof compiler === 'string') throw new Error(compiler);
const run = (runs: readonly KernelRun[]): Promise<Verdict> => sanitize(compiler, runs, availableParallelism());
const recorder = (): Recorder => new Recorder(targetFor(compiler.macros));

async function expectClean({ runs }: Recorder, leastKernels: number): Promise<void> {
  const { kernels, code, said } = await run(runs);
  expect(said).toBe(`${runs.length} plans by 1 threads\n${runs.length} plans by 3 threads\n`);
  expect(code).toBe(0);
  expect(kernels).toBeGreaterThan(leastKernels);
}

describe('what is wrong on purpose is caught', () => {
  const v = b.loopVar('i', 32);
  const values = (length: number): Block => ({
    bytes: 4 * length,
    content: new Int32Array(length).fill(3),
    perThread: false,
  });
  /** Stores f of each element of a buffer of ints into another one. */
  const kernel = (f: (x: Expr) => Expr, lanes: number, along?: LoopVar): Program => {
    const x = b.load(0, b.at(v), { dtype: 'int32', along, lanes });
    return b.program(['int32', 'int32'], [], [b.loop(v, [b.store(1, b.at(v), f(x))], { step: lanes })]);
  };
  const between = (program: Program, read: number, written: number, skip = 0): KernelRun => ({
    blocks: [values(read), values(written)],
    calls: [{ program, numbers: [], buffers: [read, written].map((_, block) => ({ block, skip })) }],
  });
  const double = (x: Expr): Expr => b.op('add', x, x);

  it.each([
    ['elements', kernel(double, 1)],
    ['vectors of four', kernel(double, 4, v)],
    ['vectors of eight', kernel(double, 8, v)],
    ['vectors of sixteen', kernel(double, 16, v)],
  ])('%s that lie partly behind a buffer', async (_, program) => {
    expect((await run([between(program, 32, 32)])).code).toBe(0);
    for (const [read, written, what] of [
      [31, 32, 'READ'],
      [32, 31, 'WRITE'],
    ] as const) {
      const { code, said } = await run([between(program, read, written)]);
      expect(code).not.toBe(0);
      expect(said).toMatch(new RegExp(`AddressSanitizer[^]*${what} of size`));
    }
  });

  it('what C leaves undefined', async () => {
    const remainder = kernel((x) => b.op('rem', x, b.op('sub', x, x)), 1);
    expect((await run([between(remainder, 32, 32)])).said).toContain('runtime error: division by zero');
    expect((await run([between(kernel(double, 1), 40, 40, 2)])).said).toContain(
      'runtime error: load of misaligned address',
    );
  });
});

describe('nothing is wrong', () => {
  const own = recorder();
  recordTests([{ name: 'the interpreter, noted down', engine: own, missing: null }]);

  it('with the records', () => {
    // These run as JavaScript.
    expect([...own.unspelled].sort()).toEqual(['erfinv', 'lgamma', 'polygamma']);
    return expectClean(own, 2000);
  });

  it('with random programs', () => {
    const noted = recorder();
    withEngine(noted, () => {
      for (const program of fc.sample(programs(12), { numRuns: 150, seed: 6 })) {
        for (const float of ['float32', 'float64'] satisfies DType[]) realise(build(program, float).outputs);
      }
    });
    return expectClean(noted, 300);
  });

  it.each(Object.entries(AWKWARD))('with sizes that leave tails: %s', (_, compute) => {
    const noted = recorder();
    withEngine(noted, () => {
      manualSeed(3);
      compute();
    });
    return expectClean(noted, 1);
  });
});
