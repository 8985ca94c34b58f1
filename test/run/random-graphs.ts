/**
 * What must hold for every random program; the tests beside this file differ in how many they try.
 */
import fc from 'fast-check';
import { gradients } from '../../src/autograd/reverse.js';
import { type DType, isFloat } from '../../src/base/dtype.js';
import { apply, type Node } from '../../src/ir/node.js';
import * as ops from '../../src/ops/index.js';
import { withEngine } from '../../src/run/engine.js';
import { realise } from '../../src/run/realise.js';
import { build, type GraphProgram, largest, mismatch, noise, run, valuesOf } from '../support/graph-program.js';
import { programs } from '../support/random-graph.js';
import { nodeOf } from '../support/sample.js';

const ULP = { float32: 2 ** -23, float64: 2 ** -52 } as const;

/** Compares results of `program`; wants exact agreement wherever float32 is exact. */
function agree(
  what: string,
  got: readonly (readonly number[])[],
  want: readonly (readonly number[])[],
  program: GraphProgram,
  float: 'float32' | 'float64',
  moves: readonly number[],
): void {
  const { nodes } = build(program);
  const places = [...program.outputs, ...program.writes.map((w) => w.value)];
  places.forEach((at, i) => {
    const step = program.steps[at - program.inputs.length];
    const rounded = isFloat(nodes[at]!.dtype) && step !== undefined && !step.exact;
    const bound = rounded ? 16 * moves[at]! + 8 * ULP[float] * largest(want[i]!) : 0;
    const wrong = mismatch(got[i]!, want[i]!, bound);
    if (wrong) throw new Error(`${what}: ${i < program.outputs.length ? '' : 'written '}v${at} ${wrong}`);
  });
}

/** Both engines agree, in both float dtypes, fused and with every value realised by itself. */
export function enginesAgree(program: GraphProgram): void {
  for (const float of ['float32', 'float64'] as const) {
    const moves = noise(program, float);
    const want = run('interpret', program, float);
    agree(`${float}, fused`, run('wasm', program, float), want, program, float, moves);
    agree(`${float}, one by one`, run('wasm', program, float, true), want, program, float, moves);
  }
}

/** The gradients of Σ outputs² for all float inputs. */
function gradientsOn(engine: string, program: GraphProgram, float: DType, first: boolean): number[][] {
  return withEngine(engine, () => {
    const { nodes, outputs } = build(program, float, true);
    const reached = outputs.filter((o) => o.needsGrad);
    // The forward pass by itself, as reading a loss does.
    if (first) realise(reached);
    const leaves = nodes.filter((n) => n.needsGrad && n.src.length === 0);
    const found = gradients(
      reached,
      reached.map((o, i) => weights(o, i)),
      leaves,
    ).filter((g): g is Node => g !== null);
    realise(found);
    return found.map(valuesOf);
  });
}

function weights(node: Node, seed: number): Node {
  const values = Array.from(
    { length: node.shape.reduce((a, b) => a * b, 1) },
    (_, i) => (((i * 7 + seed * 3) % 9) - 4) / 4,
  );
  return apply(ops.reshape, [nodeOf({ shape: node.shape, dtype: node.dtype, values })], { shape: node.shape });
}

/** Gradients on wasm are those of the interpreter: with the forward pass in the same plan, and before it. */
export function gradientsAgree(program: GraphProgram): void {
  const plain = { ...program, writes: [] };
  const exact = gradientsOn('interpret', plain, 'float64', false);
  const want = gradientsOn('interpret', plain, 'float32', false);
  const slack = Math.max(
    ...noise(plain, 'float32').map((m, i) => (Number.isFinite(m) && i >= plain.inputs.length ? m : 0)),
    0,
  );
  for (const first of [false, true]) {
    gradientsOn('wasm', plain, 'float32', first).forEach((got, i) => {
      const error = largest(want[i]!.map((w, k) => w - exact[i]![k]!));
      const wrong = mismatch(
        got,
        want[i]!,
        16 * error + (16 * ULP.float32 + 16 * slack) * Math.max(1, largest(want[i]!)),
      );
      if (wrong) throw new Error(`gradient ${i}${first ? ' after the forward pass' : ''}: ${wrong}`);
    });
  }
}

/** Tries `count` programs; a failure is reported with the smallest program that fails. */
export function check(
  holds: (program: GraphProgram) => void,
  options: { readonly count: number; readonly length: number; readonly seed: number; readonly smooth?: boolean },
): void {
  const { count, length, seed, smooth } = options;
  fc.assert(fc.property(programs(length, smooth), holds), { numRuns: count, seed, endOnFailure: false });
}
