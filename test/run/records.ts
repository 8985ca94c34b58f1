/**
 * Every record on every engine against the interpreter, forward and backward; every derivative against finite differences,
 * twice. Derived from the records: a new op is tested the moment it exists.
 */
import { describe, expect, it } from 'vitest';
import { gradients } from '../../src/autograd/reverse.js';
import { type DType, isFloat } from '../../src/base/dtype.js';
import { sizeOf } from '../../src/base/shape.js';
import { apply, type Node } from '../../src/ir/node.js';
import { isDifferentiable, type Op } from '../../src/ir/op.js';
import { lowerAttention } from '../../src/lower/attention.js';
import { provide } from '../../src/lower/index.js';
import { ALPHABET, mul, reshape, sum } from '../../src/ops/index.js';
import { updateSlices } from '../../src/optim/slices.js';
import { withEngine } from '../../src/run/engine.js';
import type { Engine } from '../../src/run/performs.js';
import { realise } from '../../src/run/realise.js';
import { type Input, nodeOf, type Sample, samplesOf, uniform } from '../support/sample.js';

const RECORDS = Object.values<Op>(ALPHABET).filter((op) => op.kind !== 'leaf' && op.kind !== 'alias');

// As whoever makes its nodes does.
provide('attention', lowerAttention);
updateSlices();

/** An engine under test. */
export interface Tried {
  readonly name: string;
  readonly engine: string | Engine;
  /** Why it cannot be tested here; null where it can. */
  readonly missing: string | null;
  /** Whether finite differences are left to another test. */
  readonly brief?: boolean;
}

const valueOf = (node: Node): number[] => {
  realise([node]);
  return Array.from(node.storage!.read());
};
const run = (engine: Tried['engine'], op: Op, { inputs, attrs }: Sample): number[] =>
  withEngine(engine, () =>
    valueOf(
      apply(
        op,
        inputs.map((i) => nodeOf(i)),
        attrs,
      ),
    ),
  );

const as = (dtype: DType, { inputs, ...rest }: Sample): Sample => ({
  ...rest,
  inputs: inputs.map((i) => (isFloat(i.dtype) ? { ...i, dtype } : i)),
});

/** Some records read bits of float32. */
const takesFloat64 = (op: Op): boolean => samplesOf(op).some((s) => s.inputs.some((i) => i.dtype === 'float64'));

/** Between engines: 16 times the error that float32 has against float64, and a few units in the last place. */
function expectClose(
  got: readonly number[],
  want: readonly number[],
  exact: readonly number[],
  dtype: DType,
  what: string,
  folded: Sample | null = null,
): void {
  expect(got.length, what).toBe(want.length);
  const epsilon = dtype === 'float32' ? 2 ** -24 : 2 ** -53;
  // Of the whole array: a single element may be right by luck.
  const error = Math.max(0, ...want.map((w, i) => Math.abs(w - (exact[i] ?? w))).filter(Number.isFinite));
  const roundings = folded ? roundingsOf(folded) : 8;
  // Float64 has nothing more exact to tell how much cancels out in a sum.
  const sizes = folded && dtype === 'float64' ? want.filter(Number.isFinite).map(Math.abs) : [];
  const least = dtype === 'float32' ? 2 ** -126 : Math.max(0, ...sizes);
  got.forEach((g, i) => {
    const w = want[i]!;
    if (Object.is(g, w) || g === w || (Number.isNaN(g) && Number.isNaN(w))) return;
    const bound = 16 * error + (isFloat(dtype) ? roundings * epsilon * Math.max(Math.abs(w), least) : 0);
    expect(Math.abs(g - w), `${what}: element ${i} is ${g}, the interpreter says ${w}`).toBeLessThanOrEqual(bound);
  });
}

/** A fold of n elements in another order differs by up to n roundings, and hardly ever by more than √n. */
const roundingsOf = ({ inputs }: Sample): number => 8 + Math.sqrt(Math.max(0, ...inputs.map((i) => i.values.length)));

/** Inputs as leaves that need gradients, and Σ cotangent · op(inputs). */
function weighted(op: Op, sample: Sample, needs: boolean): { leaves: Node[]; loss: Node } {
  const leaves = sample.inputs.map((i) => nodeOf(i, needs && isFloat(i.dtype)));
  const out = apply(op, leaves, sample.attrs);
  return { leaves, loss: isFloat(out.dtype) ? dot(out, 7) : out };
}

/** Σ of a node's elements, each with a fixed weight. */
function dot(node: Node, seed: number): Node {
  const random = uniform(seed);
  const weights = nodeOf({
    shape: node.shape,
    dtype: node.dtype,
    values: Array.from({ length: sizeOf(node.shape) }, () => random() * 2 - 1),
  });
  const total = apply(sum, [apply(mul, [node, weights])], { axes: node.shape.map((_, i) => i) });
  return apply(reshape, [total], { shape: [] });
}

const one: Input = { shape: [], dtype: 'float64', values: [1] };
const gradientNodes = (loss: Node, leaves: readonly Node[]): (Node | null)[] =>
  gradients(
    [loss],
    [nodeOf({ ...one, dtype: loss.dtype })],
    leaves.filter((l) => l.needsGrad),
  );

/** ∂f/∂(input s) at every element by central differences. */
function differences(f: (inputs: readonly Input[]) => number, inputs: readonly Input[], s: number): number[] {
  const step = 1e-5;
  return inputs[s]!.values.map((x, i) => {
    const moved = (by: number): number =>
      f(
        inputs.map((input, k) =>
          k === s ? { ...input, values: input.values.map((v, j) => (j === i ? x + by : v)) } : input,
        ),
      );
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

function expectGradient(got: readonly number[], want: readonly number[], what: string): void {
  got.forEach((g, i) => {
    expect(Math.abs(g - want[i]!), `${what}: element ${i} is ${g}, differences say ${want[i]}`).toBeLessThanOrEqual(
      2e-5 * Math.max(1, Math.abs(want[i]!)),
    );
  });
}

const SPECIAL = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  1e-40,
  -1e-45,
  3.4e38,
  -3.4e38,
  2 ** 31,
  -(2 ** 31),
  2 ** 24 + 1,
  1e-8,
  88.8,
  -104,
  2.5,
  -1.5,
];

/** Declares the tests. */
export function recordTests(engines: readonly Tried[]): void {
  for (const op of RECORDS) {
    describe(op.name, () => {
      const samples = samplesOf(op);

      it('takes at least one dtype', () => {
        expect(samples.length).toBeGreaterThan(0);
      });

      for (const { name, engine, missing } of engines.filter((tried) => tried.engine !== 'interpret')) {
        const here = it.skipIf(missing !== null);
        const title = missing === null ? name : `${name} (not here: ${missing})`;
        here(`on ${title} computes what the interpreter does`, () => {
          for (const sample of samples) {
            const want = run('interpret', op, sample);
            const exact = takesFloat64(op) ? run('interpret', op, as('float64', sample)) : want;
            const { dtype } = apply(
              op,
              sample.inputs.map((i) => nodeOf(i)),
              sample.attrs,
            );
            expectClose(run(engine, op, sample), want, exact, dtype, sample.title, sample);
          }
        });

        if (op.kind === 'elementwise' && !op.check) {
          here(
            `on ${title} treats NaN, infinities, signed zeros, tiny and huge numbers as the interpreter does`,
            () => {
              for (const dtype of ['float32', 'float64'] as const) {
                const sample = samples.find((s) => s.inputs.some((i) => i.dtype === dtype));
                if (!sample) continue;
                // Every combination of the last two float sources; a third is tied to the first.
                const pairs = SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b] as const));
                const floats = sample.inputs.flatMap((i, s) => (isFloat(i.dtype) ? [s] : []));
                const inputs = sample.inputs.map((i, s): Input => {
                  const turn = floats.indexOf(s);
                  const values = pairs.map(([a, b], n) => (turn < 0 ? n % 2 : turn % 2 === 0 ? a : b));
                  return { shape: [pairs.length], dtype: i.dtype, values };
                });
                const special = { ...sample, inputs };
                const { dtype: out } = apply(
                  op,
                  inputs.map((i) => nodeOf(i)),
                  sample.attrs,
                );
                const want = run('interpret', op, special);
                expectClose(run(engine, op, special), want, want, out, `${dtype} special values`);
              }
            },
          );
        }

        if (isDifferentiable(op)) {
          here(`on ${title} has the interpreter's gradients`, () => {
            for (const sample of samples.filter((s) => s.inputs.some((i) => isFloat(i.dtype)))) {
              const on = (which: Tried['engine'], s: Sample): number[][] =>
                withEngine(which, () => {
                  const { leaves, loss } = weighted(op, s, true);
                  return loss.needsGrad && isFloat(loss.dtype)
                    ? gradientNodes(loss, leaves).map((g) => (g ? valueOf(g) : []))
                    : [];
                });
              const [got, want, exact] = [
                on(engine, sample),
                on('interpret', sample),
                on('interpret', as('float64', sample)),
              ];
              const dtype = sample.inputs.find((i) => isFloat(i.dtype))!.dtype;
              got.forEach((g, i) => {
                expectClose(g, want[i]!, exact[i]!, dtype, `gradient ${i} of ${sample.title}`, sample);
              });
            }
          });
        }
      }

      const smooth = samples.filter(
        (s) => s.inputs.every((i) => i.dtype !== 'float32') && s.inputs.some((i) => i.dtype === 'float64'),
      );
      const gradable = smooth.filter((s) => {
        const { loss } = weighted(op, s, true);
        return loss.needsGrad && loss.dtype === 'float64';
      });
      if (isDifferentiable(op) && gradable.length > 0) {
        for (const { name, engine, missing } of engines.filter(({ brief }) => !brief)) {
          it.skipIf(missing !== null)(
            `on ${name} has the gradients that finite differences find, once and twice`,
            () => {
              withEngine(engine, () => {
                for (const sample of gradable) {
                  const lossAt = (inputs: readonly Input[]): number =>
                    valueOf(weighted(op, { ...sample, inputs }, false).loss)[0]!;
                  const { leaves, loss } = weighted(op, sample, true);
                  const found = gradientNodes(loss, leaves);
                  const places = sample.inputs.flatMap((i, s) => (isFloat(i.dtype) ? [s] : []));
                  found.forEach((g, n) => {
                    if (g) expectGradient(valueOf(g), differences(lossAt, sample.inputs, places[n]!), sample.title);
                  });
                  // The gradient's own gradient: of a weighted sum of all first gradients.
                  const second = (inputs: readonly Input[]): { leaves: Node[]; total: Node | null } => {
                    const first = weighted(op, { ...sample, inputs }, true);
                    const parts = gradientNodes(first.loss, first.leaves).flatMap((g, n) =>
                      g?.needsGrad ? [dot(g, 11 + n)] : [],
                    );
                    const total = parts.length === 0 ? null : parts.reduce((a, b) => apply(ALPHABET.add, [a, b]));
                    return { leaves: first.leaves, total };
                  };
                  const { leaves: again, total } = second(sample.inputs);
                  if (!total) continue;
                  const totalAt = (inputs: readonly Input[]): number => valueOf(second(inputs).total!)[0]!;
                  gradientNodes(total, again).forEach((g, n) => {
                    if (g)
                      expectGradient(
                        valueOf(g),
                        differences(totalAt, sample.inputs, places[n]!),
                        `second derivative, ${sample.title}`,
                      );
                  });
                }
              });
            },
          );
        }
      }
    });
  }
}
