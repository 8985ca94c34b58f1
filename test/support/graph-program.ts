/**
 * Small programs over the alphabet as plain data: they can be built again and again on any engine, in either float dtype,
 * be shown as text, and tell how much rounding errors may change their values.
 */
import { type DType, isFloat, type TypedArray } from '../../src/base/dtype.js';
import { showShape, sizeOf } from '../../src/base/shape.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { ContractAttrs, Op } from '../../src/ir/op.js';
import type { Storage } from '../../src/ir/storage.js';
import { labelSizes } from '../../src/ops/index.js';
import { withEngine } from '../../src/run/engine.js';
import { evaluate } from '../../src/run/interpret.js';
import { queueWrite, realise } from '../../src/run/realise.js';
import { type Input, nodeOf, uniform } from './sample.js';

/** One operation. Sources count the inputs first, then the steps. */
export interface Step {
  readonly op: Op;
  readonly src: readonly number[];
  readonly attrs: unknown;
  /** The value of a run-time number. */
  readonly value?: number;
  /** Whether float32 holds every intermediate of it exactly, in whatever order it is computed. */
  readonly exact: boolean;
}

export interface GraphProgram {
  readonly inputs: readonly Input[];
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
  /** Values that go into the memory of inputs. */
  readonly writes: readonly { readonly input: number; readonly value: number }[];
}

/** Attributes with every float32 in them as `dtype`. */
function retyped(attrs: unknown, dtype: DType): unknown {
  if (typeof attrs !== 'object' || attrs === null) return attrs;
  return Object.fromEntries(Object.entries(attrs).map(([k, v]) => [k, v === 'float32' ? dtype : v]));
}

export interface Built {
  /** Inputs, then steps. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly Node[];
}

/** The nodes of a program, with float32 as `float`; float inputs need gradients if `grads`. */
export function build(program: GraphProgram, float: DType = 'float32', grads = false): Built {
  const nodes: Node[] = program.inputs.map((input) => {
    const dtype = input.dtype === 'float32' ? float : input.dtype;
    return nodeOf({ ...input, dtype }, grads && isFloat(dtype));
  });
  for (const { op, src, attrs, value } of program.steps) {
    const node = apply(
      op,
      src.map((s) => nodes[s]!),
      retyped(attrs, float),
    );
    if (value !== undefined) node.value = value;
    nodes.push(node);
  }
  return { nodes, outputs: program.outputs.map((o) => nodes[o]!) };
}

export const valuesOf = (node: Node): number[] => Array.from(node.storage!.read());

/** Values of the outputs, then of the memories that are written. */
export function run(engine: string, program: GraphProgram, float: DType = 'float32', each = false): number[][] {
  return withEngine(engine, () => {
    const { nodes, outputs } = build(program, float);
    if (each) for (const node of nodes) realise([node]);
    const written: Storage[] = [];
    for (const { input, value } of program.writes) {
      const storage = nodes[input]!.storage!;
      written.push(storage);
      queueWrite(storage, nodes[value]!, 'the test');
    }
    realise(outputs);
    return [...outputs.map(valuesOf), ...written.map((s) => Array.from(s.read()))];
  });
}

/**
 * How much each value moves when every inexact operation is off by a unit in the last place of `float`: the largest
 * over a few random trials, of the whole array (by Monte Carlo arithmetic, in float64).
 */
export function noise(program: GraphProgram, float: DType): number[] {
  const { nodes } = build(program, 'float64');
  const unit = float === 'float32' ? 2 ** -23 : 2 ** -52;
  const exact = [...program.inputs.map(() => true), ...program.steps.map((s) => s.exact)];
  const place = new Map(nodes.map((n, i) => [n, i]));
  const trial = (random: (() => number) | null): TypedArray[] => {
    const values: TypedArray[] = [];
    nodes.forEach((node, i) => {
      if (node.storage) return void values.push(node.storage.read());
      const shaken = (x: TypedArray, units = 1): TypedArray =>
        random ? Float64Array.from(x, (v) => v * (1 + units * unit * (2 * random() - 1))) : x;
      const rough = !exact[i] && isFloat(node.dtype);
      const src = node.src.map((s) => {
        const value = values[place.get(s)!]!;
        // Sums round what they have so far as well: one term after another, n terms may be off by n / 2 units together.
        const sums = ['contract', 'reduce', 'scatter', 'update'].includes(node.op.kind);
        return rough && sums && isFloat(s.dtype) ? shaken(value, Math.max(1, terms(node) / 8)) : value;
      });
      const value = evaluate(node, src);
      values.push(rough ? shaken(value) : value);
    });
    return values;
  };
  const plain = trial(null);
  const found = plain.map(() => 0);
  for (let seed = 0; seed < 4; seed++) {
    trial(uniform(seed)).forEach((values, i) => {
      values.forEach((v, at) => {
        const moved = Math.abs(v - plain[i]![at]!);
        if (moved > found[i]!) found[i] = moved;
      });
    });
  }
  return found;
}

/** How many terms each element of a sum has, at most. */
function terms(node: Node): number {
  const { op } = node;
  if (op.kind === 'contract') {
    const { attrs } = node as Node<ContractAttrs>;
    const sizes = [...labelSizes(node.src[0]!, node.src[1]!, attrs)];
    return sizes.reduce((n, [label, size]) => (attrs.out.includes(label) ? n : n * size), 1);
  }
  const [x, index] = node.src;
  return op.kind === 'scatter' || op.kind === 'update'
    ? sizeOf(index!.shape)
    : sizeOf(x!.shape) / Math.max(1, sizeOf(node.shape));
}

const show = (x: unknown): string =>
  Array.isArray(x) ? `[${x.join(', ')}]` : typeof x === 'object' && x ? showAttrs(x) : String(x);
const showAttrs = (attrs: object): string =>
  `{ ${Object.entries(attrs)
    .map(([k, v]) => `${k}: ${show(v)}`)
    .join(', ')} }`;

/** A program as text, a line per step. */
export function showProgram(program: GraphProgram): string {
  const { nodes } = build(program);
  const typed = (i: number): string => `${nodes[i]!.dtype} ${showShape(nodes[i]!.shape)}`;
  const lines = program.inputs.map((_, i) => `v${i} = input ${typed(i)}`);
  program.steps.forEach(({ op, src, attrs, value }, s) => {
    const i = s + program.inputs.length;
    const args = [
      ...src.map((x) => `v${x}`),
      ...(attrs ? [showAttrs(attrs)] : []),
      ...(value === undefined ? [] : [String(value)]),
    ];
    lines.push(`v${i} = ${op.name}(${args.join(', ')}) : ${typed(i)}`);
  });
  for (const { input, value } of program.writes) lines.push(`write v${value} into v${input}`);
  return `${lines.join('\n')}\nreturn ${program.outputs.map((o) => `v${o}`).join(', ')}`;
}

/** The first element of `got` that is further from `want` than allowed, in words; null when there is none. */
export function mismatch(got: readonly number[], want: readonly number[], bound: number): string | null {
  if (got.length !== want.length) return `has ${got.length} elements, expected ${want.length}`;
  for (let i = 0; i < got.length; i++) {
    const [g, w] = [got[i]!, want[i]!];
    if (g === w || (Number.isNaN(g) && Number.isNaN(w))) continue;
    if (!(Math.abs(g - w) <= bound)) return `element ${i} is ${g}, expected ${w} (bound ${bound})`;
  }
  return null;
}

export const largest = (values: readonly number[]): number =>
  values.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 0);
