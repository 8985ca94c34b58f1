/**
 * Transformations of every function that the fixtures call: over a batch it gives what it gives for each example, with gradients inside
 * too, and its derivative forwards is its derivative backwards.
 */
import { describe, expect, it } from 'vitest';
import { jvp, vmap } from '../../src/func/index.js';
import { GraphError, grad, realize, stack, Tensor, tensor } from '../../src/index.js';
import { withEngine } from '../../src/run/engine.js';
import type { FixtureArray } from '../fixtures/cases.js';
import type { CalledCase } from '../fixtures/tables.js';

/** Functions the size of whose result follows from values, which a batch of examples does not have. */
const BY_VALUES = new Set(['nonzero', 'unique', 'bincount', 'maskedSelect']);

const isFloating = ({ dtype }: FixtureArray): boolean => dtype === 'float' || dtype === 'float64';
const made = ({ dtype, shape, data }: FixtureArray): Tensor =>
  tensor(data, { shape, dtype: dtype === 'float' ? 'float64' : dtype });

/** Another example of the same numbers, so that it lies where the function is defined. */
const other = (x: Tensor): Tensor => x.flip();

const listOf = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  result instanceof Tensor ? [result] : result;

/** A direction for each floating input: numbers that are all different. */
const directionOf = ({ shape, data }: FixtureArray): Tensor =>
  tensor(
    data.map((_, i) => Math.cos(1 + 3 * i)),
    { shape, dtype: 'float64' },
  );

function expectSame(got: readonly Tensor[], want: readonly Tensor[], what: string): void {
  expect(got.length, what).toBe(want.length);
  realize(...got, ...want);
  got.forEach((x, i) => {
    const y = want[i]!;
    expect([x.shape, x.dtype], `${what} ${i}`).toEqual([y.shape, y.dtype]);
    const scale = y.size === 0 ? 0 : y.to('float64').abs().nanToNum({ nan: 0, posinf: 0 }).max().item();
    const near = x
      .to('float64')
      .allclose(y.to('float64'), { rtol: 1e-9, atol: 1e-9 * Math.max(1, scale), equalNan: true });
    expect(near, `${what} ${i}: ${x}, not ${y}`).toBe(true);
  });
}

function checkBatches({ case: c, call }: CalledCase): void {
  const one = c.inputs.map(made);
  const two = one.map(other);
  const fn = (...inputs: Tensor[]): readonly Tensor[] => listOf(call.free(inputs, c.attrs));
  const batch = one.map((x, i) => stack([x, two[i]!]));
  const masked = c.op === 'index' && c.inputs.some((x) => x.dtype === 'bool');
  if (BY_VALUES.has(c.op) || masked) {
    expect(() => vmap(fn)(...batch), 'vmap').toThrow(GraphError);
    return;
  }
  const [first, second] = [fn(...one), fn(...two)];
  const each = first.map((y, i) => stack([y, second[i]!]));
  expectSame(vmap(fn)(...batch), each, 'vmap');
  const nested = vmap(vmap(fn))(...batch.map((b) => stack([b, b])));
  expectSame(
    nested,
    each.map((y) => stack([y, y])),
    'nested vmap',
  );
}

function checkDerivatives({ case: c, call }: CalledCase): void {
  const floats = c.inputs.flatMap((x, i) => (isFloating(x) ? [i] : []));
  // What is float32 alone tells nothing of derivatives, and neither do numbers that there are none of.
  if (floats.length !== c.grads!.length || floats.every((i) => c.inputs[i]!.data.length === 0)) return;
  const constants = c.inputs.map(made);
  const cotangents = c.cotangents!.map((data, i) => tensor(data, { shape: c.outputs[i]!.shape, dtype: 'float64' }));
  /** The contracted outputs as a function of the floating inputs. */
  const scalar = (...given: Tensor[]): Tensor => {
    const inputs = constants.map((x, i) => (floats.includes(i) ? given[floats.indexOf(i)]! : x));
    return listOf(call.free(inputs, c.attrs))
      .map((y, i) => y.mul(cotangents[i]!).sum())
      .reduce((a, b) => a.add(b));
  };
  const at = floats.map((i) => constants[i]!);
  const directions = floats.map((i) => directionOf(c.inputs[i]!));
  const along = c.grads!.flatMap((g, i) => g.map((v, k) => v * directions[i]!.typedArray()[k]!));
  const slope = along.reduce((a, b) => a + b, 0);
  const size = along.reduce((a, b) => a + Math.abs(b), 1);
  const { tangent } = jvp(scalar, at, directions);
  if (Number.isFinite(slope)) expect(Math.abs(tangent.item() - slope), 'jvp').toBeLessThan(1e-8 * size);
  const argnums = floats.map((_, i) => i);
  const gradient = grad(scalar, { argnums });
  const batch = at.map((x) => stack([x, other(x)]));
  const [first, second] = [gradient(...at), gradient(...at.map(other))] as [Tensor[], Tensor[]];
  expectSame(
    vmap(gradient)(...batch) as Tensor[],
    first.map((g, i) => stack([g, second[i]!])),
    'vmap of grad',
  );
}

/** One test for each case. */
export function sweep(engine: string, cases: readonly CalledCase[]): void {
  describe(`on the engine ${engine}`, () => {
    it.each(cases.map((c) => [`${c.file}: ${c.case.name}`, c] as const))('%s', (_, called) => {
      withEngine(engine, () => {
        checkBatches(called);
        if (called.case.grads) checkDerivatives(called);
      });
    });
  });
}
