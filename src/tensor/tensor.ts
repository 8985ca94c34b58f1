/**
 * The user's array. A Tensor wraps a node of the graph; what operations there are stands in the other files of this
 * room, and `methods.ts` makes methods of them.
 */
import { type DType, isFloat, type TypedArray } from '../base/dtype.js';
import { ArgumentError, DTypeError, GraphError, ShapeError } from '../base/errors.js';
import { current as settings } from '../base/settings.js';
import { type Shape, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply, describe, type Node } from '../ir/node.js';
import { isDifferentiable } from '../ir/op.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { capturing, refuseInside } from '../run/capture.js';
import { realise, realiseApart } from '../run/realise.js';
import { computable, Gradient, type Pass } from './gradient.js';
import { type NestedArray, nest } from './nested.js';
import { formatTensor, htmlTable } from './print.js';
import { watched } from './watch.js';

/**
 * An array of numbers of one dtype, with any number of axes, and the history of how it was computed. It is made by
 * {@link tensor}, {@link zeros} and their like; nothing is computed until it is read. Operations give new tensors: only
 * `assign` and optimizers write in place.
 */
export class Tensor {
  private shown: Node;
  /** The backward pass that this tensor began, or is a gradient of, is computed together with it. @internal */
  pass: Pass | null = null;
  /** The prediction that this loss came from is computed together with it. @internal */
  prediction: Node | null = null;

  /** Tensors are made by functions: `tensor(…)`, `zeros(…)`, … This constructor wraps a node. @internal */
  constructor(node: Node) {
    this.shown = node;
    watched.by?.bound(this, node);
    if (settings.eager && node.storage === null && node.lost === '') realise([node]);
  }

  /**
   * The node of the graph that this tensor stands for: the door to the library's inside, for its own rooms. It is
   * replaced when the tensor is written in place.
   * @internal
   */
  get node(): Node {
    watched.by?.read(this, this.shown);
    return this.shown;
  }
  /** @internal */
  set node(node: Node) {
    this.shown = node;
    watched.by?.bound(this, node);
  }

  /** The size of each axis; `[]` for a scalar. */
  get shape(): Shape {
    return this.shown.shape;
  }

  /** The type of its elements. */
  get dtype(): DType {
    return this.shown.dtype;
  }

  /** How many elements there are. */
  get size(): number {
    return sizeOf(this.shown.shape);
  }

  /** How many axes there are. */
  get ndim(): number {
    return this.shown.shape.length;
  }

  /** What errors and pictures call this tensor. */
  get name(): string {
    return this.shown.label;
  }
  set name(name: string) {
    this.shown.label = name;
  }

  // ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The only element, as a number (bools as 0 and 1). @throws ShapeError unless there is exactly one */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError(
        `item() reads a tensor of one element; this one has shape ${showShape(this.shape)}, ${this.size} elements: ` +
          'use toArray() or typedArray(), or reduce it first, as in x.sum().item()',
      );
    }
    return this.values()[0]!;
  }

  /** The elements as nested arrays of numbers (of booleans for bool); a scalar as itself. */
  toArray(): NestedArray {
    return nest(this.values(), this.shape, this.dtype);
  }

  /** A copy of the elements in row-major order. Bools are 0 and 1 in a Uint8Array. */
  typedArray(): TypedArray {
    return this.values().slice();
  }

  /** The elements as {@link typedArray} gives them, on every device: also where they cannot be read at once. */
  async data(): Promise<TypedArray> {
    return this.typedArray();
  }

  /** Computes the value now and returns this tensor. */
  realize(): this {
    realise(this.wanted());
    return this;
  }

  /** The elements themselves, computed if need be; not to be changed or kept. */
  private values(): TypedArray {
    refuseInside('the values of a tensor cannot be read', 'return the tensor and read it outside');
    realise(this.wanted());
    return this.node.storage!.read();
  }

  // ── Gradients ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether gradients flow to or through this tensor. Can be switched on and off on a leaf. */
  get requiresGrad(): boolean {
    return this.node.needsGrad;
  }
  set requiresGrad(on: boolean) {
    if (on === this.node.needsGrad) return;
    if (!on) {
      if (!this.isLeaf) {
        throw new GraphError(
          `requiresGrad of a computed tensor (${describe(this.node)}) follows from what it was computed from: ` +
            'use x.detach(), or compute it inside noGrad(…)',
        );
      }
      this.node.needsGrad = false;
      this.node.sink = null;
      return;
    }
    if (!isFloat(this.dtype)) {
      throw new DTypeError(
        `only float tensors have gradients, this one is ${this.dtype}: convert it with .to('float32') first`,
      );
    }
    this.own();
    this.node.needsGrad = true;
    Gradient.of(this.node).accumulates = true;
  }

  /** Whether no history leads to this tensor: made by the user, or computed without gradients. */
  get isLeaf(): boolean {
    return !this.node.needsGrad || !isDifferentiable(this.node.op);
  }

  /**
   * The gradient that `backward()` has left here, or null. Each backward adds to it. Assigning null clears it. After
   * `optimizer.step()` it is used up, and using it throws, unless the step was told `{ keepGrads: true }`.
   */
  get grad(): Tensor | null {
    const gradient = Gradient.find(this.node);
    if (!gradient) return null;
    if (gradient.spent) return new Tensor(spentNode(this.node));
    if (!gradient.node) return null;
    const g = new Tensor(gradient.node);
    g.pass = gradient.passes.at(-1) ?? null;
    return g;
  }
  set grad(value: Tensor | null) {
    if (value === null) {
      Gradient.find(this.node)?.set(null);
      return;
    }
    Gradient.of(this.node).set(gradientFor('grad', this, value));
  }

  // ── For the library's own rooms ────────────────────────────────────────────────────────────────────────────────────

  /** What is realised when this tensor is read: also what belongs to the same backward pass. @internal */
  wanted(): Node[] {
    if (this.node.lost !== '') throw new GraphError(this.node.lost);
    // A value that is there needs nothing else.
    if (this.node.storage !== null) return [this.node];
    const near = this.pass ? this.pass.wanted() : [];
    if (this.prediction) near.push(this.prediction);
    return near.length === 0 ? [this.node] : [this.node, ...computable(near)];
  }

  /** Makes this tensor a leaf with memory of its own, which nothing else shows. @internal */
  own(): this {
    if (this.node.op === ops.data) return this;
    // A tensor from outside keeps the memory that it gets inside a compiled function.
    const outside = this.node.id < (capturing()?.start ?? 0);
    if (outside) realiseApart([this.node]);
    const values = outside ? this.node.current()!.read().slice() : this.typedArray();
    const storage = new Storage(this.dtype, this.size, values);
    this.rebind(ops.dataNode(storage, this.shape));
    return this;
  }

  /** Shows another node from now on, under the same name and with the same gradient state. @internal */
  rebind(node: Node): void {
    const before = this.node;
    node.label = before.label;
    if (before.needsGrad) {
      node.needsGrad = true;
      node.sink = before.sink;
    }
    this.node = node;
    this.pass = null;
  }

  // ── Printing ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The values as NumPy prints them, with dtype and shape. Never throws. */
  toString(): string {
    return formatTensor(this.printable());
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  [Symbol.for('Deno.customInspect')](): string {
    return this.toString();
  }

  [Symbol.for('Jupyter.display')](): Record<string, string> {
    const printable = this.printable();
    return { 'text/plain': formatTensor(printable), 'text/html': htmlTable(printable) };
  }

  private printable(): Parameters<typeof formatTensor>[0] {
    const { shape, dtype, name, requiresGrad } = this;
    let values: TypedArray | string;
    try {
      values = this.values();
    } catch (error) {
      values = error instanceof Error ? error.message : String(error);
    }
    return { values, shape, dtype, name, requiresGrad };
  }
}

/** Stands for a gradient that a step has used up. */
function spentNode(of: Node): Node {
  const node = apply(ops.data, [], { shape: of.shape, dtype: of.dtype });
  node.lost =
    `the gradient of ${describe(of)} was used up by optimizer.step(), which fuses the update into its computation: ` +
    'read it before the step, or call step({ keepGrads: true })';
  return node;
}

/** The node of a gradient given for `x`. @throws ShapeError, DTypeError unless it has the shape and dtype of `x` */
export function gradientFor(what: string, x: Tensor, gradient: Tensor): Node {
  if (!(gradient instanceof Tensor)) {
    throw new ArgumentError(`${what}: a gradient is a tensor of shape ${showShape(x.shape)}, got ${String(gradient)}`);
  }
  if (!sameShape(gradient.shape, x.shape)) {
    throw new ShapeError(
      `${what}: the gradient has shape ${showShape(gradient.shape)}, the tensor ${showShape(x.shape)}; they must be equal`,
    );
  }
  if (gradient.dtype !== x.dtype) {
    throw new DTypeError(
      `${what}: the gradient is ${gradient.dtype}, the tensor ${x.dtype}; convert it with .to('${x.dtype}')`,
    );
  }
  if (gradient.node.lost !== '') throw new GraphError(gradient.node.lost);
  return gradient.node;
}
