/**
 * The user's array. A Tensor wraps a node of the graph; what operations there are stands in the other files of this
 * room, and `methods.ts` makes methods of them.
 */
import { type DType, isFloat, type TypedArray } from '../base/dtype.js';
import { ArgumentError, DTypeError, GraphError, ShapeError } from '../base/errors.js';
import { current as settings } from '../base/settings.js';
import { type Shape, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply, describe, isRecording, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { queueWrite, realise } from '../run/realise.js';
import { backpropagate, Gradient, leavesOf, type Pass } from './gradient.js';
import { type NestedArray, nest } from './nested.js';
import { formatTensor, htmlTable } from './print.js';

export interface BackwardOptions {
  /** The gradient of the final result with respect to this tensor; needed unless this tensor has one element. */
  gradient?: Tensor;
  /** Keep the graph, to go through it again or to differentiate the gradients. */
  retainGraph?: boolean;
}

/** Sees a gradient and may return another one in its place. */
export type GradientHook = (gradient: Tensor) => Tensor | undefined | void;

export class Tensor {
  /**
   * The node of the graph that this tensor stands for: the door to the library's inside, for its own rooms. It is replaced
   * when the tensor is written in place.
   */
  node: Node;
  /** The backward pass that this tensor began, or is a gradient of: read together with it. */
  private pass: Pass | null = null;
  /** The prediction that this loss came from: read together with it. */
  private prediction: Node | null = null;

  /** Tensors are made by functions: `tensor(…)`, `zeros(…)`, … This constructor wraps a node. */
  constructor(node: Node) {
    this.node = node;
    if (settings.eager && node.storage === null && node.lost === '') realise([node]);
  }

  /** The size of each axis; `[]` for a scalar. */
  get shape(): Shape {
    return this.node.shape;
  }

  get dtype(): DType {
    return this.node.dtype;
  }

  /** How many elements there are. */
  get size(): number {
    return sizeOf(this.node.shape);
  }

  /** How many axes there are. */
  get ndim(): number {
    return this.node.shape.length;
  }

  /** What errors and pictures call this tensor. */
  get name(): string {
    return this.node.label;
  }
  set name(name: string) {
    this.node.label = name;
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

  /** What has to be realised for this tensor's value: also what belongs to the same backward pass. */
  wanted(): Node[] {
    if (this.node.lost !== '') throw new GraphError(this.node.lost);
    // A value that is there needs nothing else.
    if (this.node.storage !== null) return [this.node];
    const nodes = [this.node];
    if (this.prediction) nodes.push(this.prediction);
    if (this.pass) nodes.push(...this.pass.wanted());
    return nodes;
  }

  /** The elements themselves, computed if need be; not to be changed or kept. */
  private values(): TypedArray {
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
    return !this.node.needsGrad || typeof this.node.op.vjp !== 'function';
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
    this.checkGradient('grad', value);
    Gradient.of(this.node).set(value.node);
  }

  /**
   * Computes the gradients of this tensor with respect to the leaves it came from, and adds them to their `grad`. Nothing
   * is computed before it is read or an optimizer steps. If it throws, no gradient has changed.
   * @param options the gradient with respect to this tensor (needed unless it has one element), or options
   * @throws GraphError when there is no history, or it was released by an earlier `backward()`
   */
  backward(options: Tensor | BackwardOptions = {}): void {
    const { gradient, retainGraph = false } = options instanceof Tensor ? { gradient: options } : options;
    if (!this.node.needsGrad) {
      throw new GraphError(
        `backward(): no gradient leads through ${describe(this.node)}: nothing it was computed from has requiresGrad, ` +
          'or its history was cut by noGrad, detach() or an operation with no derivative (a comparison, an integer or bool result)',
      );
    }
    if (gradient) this.checkGradient('backward', gradient);
    else if (this.size !== 1) {
      throw new GraphError(
        `backward() of a tensor of shape ${showShape(this.shape)} needs a gradient argument of that shape: only a scalar ` +
          '(one element) has the obvious one, 1. Reduce it first, as in loss.mean().backward(), or pass { gradient }',
      );
    }
    const seed = gradient ? gradient.node : ops.constantNode(1, this.shape, this.dtype);
    this.pass = backpropagate(this.node, seed, retainGraph);
    if (settings.eager) realise(this.pass.wanted());
  }

  /** Keeps the gradient of a tensor that is no leaf, as `grad`. */
  retainGrad(): void {
    this.expectGradient('retainGrad');
    Gradient.of(this.node).accumulates = true;
  }

  /**
   * Calls `hook` with the gradient of this tensor during each `backward()`, before it is added up and sent on; what the hook
   * returns takes its place. Returns a function that removes the hook.
   */
  registerHook(hook: GradientHook): () => void {
    this.expectGradient('registerHook');
    return Gradient.of(this.node).addHook((cotangent) => {
      const replacement = hook(new Tensor(cotangent));
      if (replacement === undefined) return cotangent;
      this.checkGradient('a gradient hook', replacement);
      return replacement.node;
    });
  }

  private expectGradient(what: string): void {
    if (this.node.needsGrad) return;
    throw new GraphError(`${what}: no gradient reaches ${describe(this.node)}, for it does not have requiresGrad`);
  }

  private checkGradient(what: string, gradient: Tensor): void {
    if (!(gradient instanceof Tensor)) {
      throw new ArgumentError(
        `${what}: a gradient is a tensor of shape ${showShape(this.shape)}, got ${String(gradient)}`,
      );
    }
    if (!sameShape(gradient.shape, this.shape)) {
      throw new ShapeError(
        `${what}: the gradient has shape ${showShape(gradient.shape)}, the tensor ${showShape(this.shape)}; they must be equal`,
      );
    }
    if (gradient.dtype !== this.dtype) {
      throw new DTypeError(
        `${what}: the gradient is ${gradient.dtype}, the tensor ${this.dtype}; convert it with .to('${this.dtype}')`,
      );
    }
    if (gradient.node.lost !== '') throw new GraphError(gradient.node.lost);
  }

  /** The same value without its history: no gradient flows through the result. Shares memory with this tensor. */
  detach(): Tensor {
    return new Tensor(apply(ops.detached, [this.node]));
  }

  // ── Memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Marks this tensor to be computed along with the next optimizer step that would overwrite what it depends on, so that it
   * can be read afterwards at no cost.
   */
  keep(name?: string): this {
    if (name !== undefined) this.name = name;
    this.mark();
    if (this.node.storage === null) {
      for (const leaf of leavesOf(this.node)) {
        for (const node of leaf.kept) if (node.storage !== null) leaf.kept.delete(node);
        leaf.kept.add(this.node);
      }
    }
    return this;
  }

  /** Has this tensor computed along with any loss that is derived from it and differentiated. */
  private mark(): void {
    if (this.node.needsGrad && !this.isLeaf) Gradient.of(this.node).marked = this.node;
  }

  /**
   * Says that this tensor is a loss of `prediction`: reading the loss, or a step that follows from it, computes the prediction too, so that
   * an accuracy costs no second forward pass. Returns this tensor.
   */
  ofPrediction(prediction: Tensor): this {
    prediction.mark();
    this.prediction = prediction.node;
    return this;
  }

  /**
   * Writes `value` into this tensor's own memory at the next computation, in program order; tensors already realised from the
   * old value keep theirs. Needs a tensor that has memory of its own, and `noGrad` where it requires a gradient.
   * @throws ShapeError, DTypeError unless `value` has this tensor's shape and dtype
   */
  assign(value: Tensor): this {
    if (!(value instanceof Tensor))
      throw new ArgumentError('assign: takes a tensor; for one number use full(x.shape, number)');
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        `assign: the value has shape ${showShape(value.shape)}, the tensor ${showShape(this.shape)}; they must be equal`,
      );
    }
    if (value.dtype !== this.dtype) {
      throw new DTypeError(
        `assign: the value is ${value.dtype}, the tensor ${this.dtype}; convert it with .to('${this.dtype}')`,
      );
    }
    if (!this.isLeaf || (this.node.storage === null && this.node.src.length > 0 && this.node.op !== ops.assigned)) {
      throw new GraphError(
        `assign: ${describe(this.node)} is computed from others and has no memory of its own; only a leaf can be written`,
      );
    }
    if (this.node.needsGrad && isRecording()) {
      throw new GraphError(
        'assign: this tensor requires a gradient, and writing it would not be recorded: do it inside noGrad(() => …)',
      );
    }
    if (value.node.lost !== '') throw new GraphError(value.node.lost);
    const before = this.node;
    const storage = this.memory();
    const node = apply(ops.assigned, [value.node]);
    targets.set(node, storage);
    queueWrite(storage, node, 'assign()', () => {
      this.node = before;
    });
    if (before.needsGrad) {
      realise([]);
      this.rebind(ops.dataNode(storage, this.shape));
    } else this.rebind(node);
    if (settings.eager) realise([]);
    return this;
  }

  /** The storage that an in-place write changes: of a pending assignment, the one it will write to. For the library's own rooms. */
  memory(): Storage {
    const target = targets.get(this.node);
    if (target) return target;
    this.own();
    return this.node.storage!;
  }

  /** Makes this tensor a leaf with memory of its own, which nothing else shows. For the library's own rooms. */
  own(): this {
    if (this.node.op === ops.data) return this;
    const storage = new Storage(this.dtype, this.size, this.typedArray());
    this.rebind(ops.dataNode(storage, this.shape));
    return this;
  }

  /** Shows another node from now on, under the same name and with the same gradient state. For the library's own rooms. */
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

/** The memory into which a pending assignment will write, by the node that shows it. */
const targets = new WeakMap<Node, Storage>();

/** Stands for a gradient that a step has used up. */
function spentNode(of: Node): Node {
  const node = apply(ops.data, [], { shape: of.shape, dtype: of.dtype });
  node.lost =
    `the gradient of ${describe(of)} was used up by optimizer.step(), which fuses the update into its computation: ` +
    'read it before the step, or call step({ keepGrads: true })';
  return node;
}
