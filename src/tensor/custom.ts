/**
 * The user's own differentiable functions.
 */
import { isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError, GraphError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply, isRecording, type Node, withRecording } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { reshapeNode, showKind } from './operands.js';
import { Tensor } from './tensor.js';

/** What `forward` leaves for `backward` of the same call. */
export class FunctionContext {
  /** Which inputs want a gradient; backward may return null for the others. */
  readonly needsGrad: readonly boolean[];
  private tensors: readonly Tensor[] = [];

  constructor(needsGrad: readonly boolean[]) {
    this.needsGrad = needsGrad;
  }

  /**
   * Keeps tensors for backward. Inputs and outputs keep their history there, so that backward can be differentiated
   * itself; what else forward computed is a constant to it.
   */
  save(...tensors: Tensor[]): void {
    this.tensors = tensors;
  }

  /** What {@link save} kept. */
  get saved(): readonly Tensor[] {
    return this.tensors;
  }

  /** Puts outputs with their history in the place of those that forward saw. */
  replace(outputs: ReadonlyMap<Tensor, Tensor>): void {
    this.tensors = this.tensors.map((t) => outputs.get(t) ?? t);
  }
}

/** A function with a derivative of its own, for {@link defineFunction}. */
export interface FunctionDefinition<Inputs extends readonly unknown[], Output extends Tensor | readonly Tensor[]> {
  /** For errors and pictures. */
  name?: string;
  /** The result from the inputs: tensors, or anything else. Its operations are not recorded. */
  forward(ctx: FunctionContext, ...inputs: Inputs): Output;
  /**
   * From the gradients of the outputs (zeros for one that is not used) to those of the inputs, in order: one for each
   * input, null for one that has none. Differentiable again when written in tensor operations.
   */
  backward(ctx: FunctionContext, ...gradients: Tensor[]): Tensor | null | readonly (Tensor | null)[];
}

/** Where one output lies in the bundle of all. */
interface Part {
  readonly shape: Shape;
  readonly start: number;
  readonly size: number;
}

const flat = (x: Node): Node => reshapeNode(x, internShape([sizeOf(x.shape)]));

const cut = (bundle: Node, { shape, start, size }: Part): Node =>
  reshapeNode(apply(ops.slice, [bundle], { start: [start], size: [size], step: [1] }), shape);

/**
 * A function with a derivative of the user's own. `forward` computes the output or the outputs, `backward` turns their
 * gradients into those of the inputs.
 */
export function defineFunction<Inputs extends readonly unknown[], Output extends Tensor | readonly Tensor[]>(
  definition: FunctionDefinition<Inputs, Output>,
): (...inputs: Inputs) => Output {
  const { name = 'custom function' } = definition;
  if (typeof definition.forward !== 'function' || typeof definition.backward !== 'function') {
    throw new ArgumentError(`defineFunction: ${name} needs the functions forward and backward`);
  }
  return (...inputs) => {
    const tensors = inputs.map((x) => (x instanceof Tensor ? x : null));
    const ctx = new FunctionContext(tensors.map((t) => t?.requiresGrad ?? false));
    const result: Tensor | readonly Tensor[] = withRecording(false, () => definition.forward(ctx, ...inputs));
    const outputs = result instanceof Tensor ? [result] : result;
    checkOutputs(name, outputs);
    const sources = tensors.flatMap((t, i) => (t ? [{ node: t.node, at: i }] : []));
    if (!isRecording() || !sources.some(({ node }) => node.needsGrad)) return result as Output;
    const smooth = outputs.filter((t) => isFloat(t.dtype));
    const parts = partsOf(smooth);
    const backward = (cotangent: Node): (Node | null)[] => {
      const arrived = parts.map((part) => new Tensor(cut(cotangent, part)));
      const gradients = outputs.map((t) =>
        isFloat(t.dtype) ? arrived.shift()! : new Tensor(ops.constantNode(0, t.shape, 'float32')),
      );
      const returned = definition.backward(ctx, ...gradients);
      const list: readonly (Tensor | null)[] = returned instanceof Tensor || returned === null ? [returned] : returned;
      checkGradients(name, inputs, list);
      return sources.map(({ at }) => list[at]?.node ?? null);
    };
    const [only] = smooth;
    const bundle =
      smooth.length === 1
        ? flat(only!.node)
        : apply(
            ops.cat,
            smooth.map((t) => flat(t.node)),
            { axis: 0 },
          );
    const node = apply(ops.custom, [bundle, ...sources.map((s) => s.node)], { name, backward });
    const made = new Map(smooth.map((t, i) => [t, new Tensor(cut(node, parts[i]!))]));
    ctx.replace(made);
    const wrapped = outputs.map((t) => made.get(t) ?? t);
    return (result instanceof Tensor ? wrapped[0] : wrapped) as Output;
  };
}

function partsOf(outputs: readonly Tensor[]): Part[] {
  let start = 0;
  return outputs.map(({ shape, size }) => {
    const part = { shape, start, size };
    start += size;
    return part;
  });
}

function checkOutputs(name: string, outputs: readonly unknown[]): asserts outputs is readonly Tensor[] {
  if (!Array.isArray(outputs) || outputs.length === 0)
    throw new ArgumentError(`${name}: forward must return a tensor, or an array of at least one`);
  outputs.forEach((t, i) => {
    if (!(t instanceof Tensor))
      throw new ArgumentError(`${name}: output ${i} of forward must be a tensor, got ${showKind(t)}`);
  });
  const dtypes = new Set(outputs.map((t: Tensor) => t.dtype).filter(isFloat));
  if (dtypes.size > 1)
    throw new DTypeError(
      `${name}: the float outputs of forward are ${[...dtypes].join(' and ')}; they must have one dtype`,
    );
  if (dtypes.size === 0)
    throw new DTypeError(`${name}: no output of forward is a float, so nothing can be differentiated`);
}

function checkGradients(name: string, inputs: readonly unknown[], gradients: readonly (Tensor | null)[]): void {
  if (gradients.length !== inputs.length) {
    throw new GraphError(
      `${name}: backward returned ${gradients.length} gradients for ${inputs.length} inputs: return one for each input of forward, null where there is none`,
    );
  }
  gradients.forEach((g, i) => {
    const input = inputs[i];
    if (g === null || g === undefined) return;
    if (!(g instanceof Tensor))
      throw new ArgumentError(`${name}: gradient ${i} of backward must be a tensor or null, got ${showKind(g)}`);
    if (!(input instanceof Tensor))
      throw new GraphError(
        `${name}: backward returned a gradient for input ${i}, which is no tensor: return null there`,
      );
    if (!sameShape(g.shape, input.shape)) {
      throw new ShapeError(
        `${name}: gradient ${i} of backward has shape ${showShape(g.shape)}, input ${i} has ${showShape(input.shape)}; they must be equal`,
      );
    }
    if (isFloat(input.dtype) && g.dtype !== input.dtype) {
      throw new DTypeError(
        `${name}: gradient ${i} of backward is ${g.dtype}, input ${i} is ${input.dtype}; convert it with .to('${input.dtype}')`,
      );
    }
  });
}
