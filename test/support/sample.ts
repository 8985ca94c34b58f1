/**
 * Inputs for tests that are derived from the records: seeded, inside each record's domain, of every dtype it takes.
 */
import { DTYPES, type DType, isFloat } from '../../src/base/dtype.js';
import { DTypeError } from '../../src/base/errors.js';
import { internShape, sizeOf } from '../../src/base/shape.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { Domain, Example, Op } from '../../src/ir/op.js';
import { Storage } from '../../src/ir/storage.js';
import { dataNode } from '../../src/ops/index.js';

/** A small seeded generator (mulberry32): uniform in 0 … 1. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The values of one input, and a node for them (a fresh one each time, on memory of its own). */
export interface Input {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly number[];
}

export function nodeOf({ shape, dtype, values }: Input, needsGrad = false): Node {
  const storage = new Storage(dtype, sizeOf(shape));
  storage.homeArray().set(values);
  const node = dataNode(storage, internShape(shape));
  node.needsGrad = needsGrad;
  return node;
}

const EVERYWHERE: Domain = { low: -3, high: 3 };

function draw(domain: Domain, random: () => number): number {
  for (;;) {
    const x = domain.low + (domain.high - domain.low) * random();
    if (!domain.avoid?.some((p) => Math.abs(x - p) < (domain.margin ?? 0))) return x;
  }
}

/** The dtypes of the sources when the first that is free to be is `dtype`. */
function sourceTypes(op: Op, arity: number, dtype: DType): DType[] {
  if (isIndexed(op)) return Array.from({ length: arity }, (_, s) => (s === 1 ? 'int32' : dtype));
  const all = new Array<DType>(arity).fill(dtype);
  // A condition, where there is one, comes first.
  return takes(op, ['bool', ...all.slice(1)]) && !takes(op, all) ? ['bool', ...all.slice(1)] : all;
}

function takes(op: Op, dtypes: readonly DType[]): boolean {
  const first = op.examples?.[0];
  const nodes = dtypes.map((dtype, i) => nodeOf({ shape: first?.shapes[i] ?? [2], dtype, values: [] }));
  try {
    apply(op, nodes, first?.attrs);
    return true;
  } catch (error) {
    if (error instanceof DTypeError) return false;
    throw error;
  }
}

/** Shapes at which elementwise ops without attributes are tried. */
const SHAPES = [[], [1], [4], [7], [3, 9], [0, 3], [2, 1, 33]];

export interface Sample {
  readonly title: string;
  readonly attrs: unknown;
  readonly inputs: readonly Input[];
}

/** Everything a record is tried at. @throws Error for a record with attributes but without examples */
export function samplesOf(op: Op): Sample[] {
  const random = uniform(2024);
  const arity = op.arity ?? 2;
  const examples =
    op.examples ??
    (op.kind === 'elementwise'
      ? SHAPES.map((shape) => ({ shapes: new Array<number[]>(arity).fill(shape), attrs: undefined }))
      : []);
  if (examples.length === 0)
    throw new Error(`the record "${op.name}" needs examples: shapes of its sources and attributes`);
  const samples: Sample[] = [];
  for (const { shapes, attrs, bools } of examples as readonly Example<unknown>[]) {
    for (const dtype of DTYPES) {
      const dtypes = sourceTypes(op, shapes.length, dtype).map((d, s): DType => (bools?.includes(s) ? 'bool' : d));
      const inputs = shapes.map((shape, s): Input => {
        const domain = op.kind === 'elementwise' ? (op.domain?.[s] ?? EVERYWHERE) : EVERYWHERE;
        const limit = s === 1 && isIndexed(op) ? limitOf(op, shapes, attrs) : null;
        const values = Array.from({ length: sizeOf(shape) }, () => {
          if (limit !== null) return Math.floor(random() * limit);
          const x = draw(domain, random);
          const type = dtypes[s]!;
          if (isFloat(type)) return x;
          return type === 'bool'
            ? Number(x > (domain.low + domain.high) / 2)
            : type === 'uint8'
              ? Math.abs(Math.trunc(x)) % 256
              : Math.trunc(x);
        });
        return { shape, dtype: dtypes[s]!, values };
      });
      try {
        apply(
          op,
          inputs.map((i) => nodeOf(i)),
          attrs,
        );
      } catch (error) {
        if (error instanceof DTypeError) continue;
        throw error;
      }
      samples.push({
        title: `${dtypes.join(' ')} ${shapes.map((x) => `[${x}]`).join(' ')} ${op.key?.(attrs) ?? ''}`,
        attrs,
        inputs,
      });
    }
  }
  return samples;
}

type Indexed = Extract<Op, { kind: 'gather' | 'scatter' | 'update' }>;

const isIndexed = (op: Op): op is Indexed => op.kind === 'gather' || op.kind === 'scatter' || op.kind === 'update';

/** How many slices an index may name. */
function limitOf(op: Indexed, shapes: readonly (readonly number[])[], attrs: unknown): number {
  const { shape } = attrs as { shape?: readonly number[] };
  const table = { gather: shapes[0], scatter: shape, update: shapes[2] }[op.kind]!;
  return table[op.axisOf(attrs)]!;
}
