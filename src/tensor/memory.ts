/**
 * Where the value of a tensor lives: writing it in place, copying it, and asking that it be kept.
 *
 * Every function of this file is also a method of Tensor; see `methods.ts`.
 */
import { ArgumentError, DTypeError, GraphError, ShapeError } from '../base/errors.js';
import { current as settings } from '../base/settings.js';
import { sameShape, showShape } from '../base/shape.js';
import { apply, describe, isRecording, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { capturing } from '../run/capture.js';
import { queueWrite, realise } from '../run/realise.js';
import { leavesOf, markKept } from './gradient.js';
import { nodeOf } from './operands.js';
import { Tensor } from './tensor.js';

/** The memory into which a pending assignment will write, by the node that shows it. */
const targets = new WeakMap<Node, Storage>();

/** The memory of a tensor; of one with a pending assignment, the memory that will be written. */
function memoryOf(x: Tensor): Storage {
  return targets.get(x.node) ?? x.own().node.storage!;
}

const isComputed = ({ op, src, storage }: Node): boolean => storage === null && src.length > 0 && op !== ops.assigned;

function checkAssignment(x: Tensor, value: Tensor): void {
  if (!(value instanceof Tensor)) throw new ArgumentError('assign: takes a tensor; a number is full(x.shape, number)');
  if (!sameShape(value.shape, x.shape)) {
    throw new ShapeError(
      `assign: the value has shape ${showShape(value.shape)}, the tensor ${showShape(x.shape)}; they must be equal`,
    );
  }
  if (value.dtype !== x.dtype) {
    throw new DTypeError(
      `assign: the value is ${value.dtype}, the tensor ${x.dtype}; convert it with .to('${x.dtype}')`,
    );
  }
  if (!x.isLeaf || isComputed(x.node)) {
    throw new GraphError(
      `assign: ${describe(x.node)} is computed from others and has no memory of its own; only a leaf can be written`,
    );
  }
  if (x.node.needsGrad && isRecording()) {
    throw new GraphError(
      'assign: this tensor requires a gradient, and writing it would not be recorded: do it inside noGrad(() => …)',
    );
  }
}

/**
 * Writes `value` into the memory of `x` at the next computation, in program order; what was already computed from the
 * old value stays. Needs a tensor that has memory of its own, and `noGrad` where it requires a gradient. Returns `x`.
 * @throws ShapeError, DTypeError unless `value` has the shape and dtype of `x`
 * @example
 * const running = zeros([2]);
 * assign(running, running.mul(0.9).add(tensor([1, 2])));
 * running // [1, 2]
 */
export function assign(x: Tensor, value: Tensor): Tensor {
  checkAssignment(x, value);
  const before = nodeOf('assign', x);
  const storage = memoryOf(x);
  const node = apply(ops.assigned, [nodeOf('assign', value)]);
  targets.set(node, storage);
  queueWrite(storage, node, 'assign()', () => {
    x.node = before;
  });
  if (before.needsGrad) {
    // A node that gradients lead to is a leaf in memory, so this one is written now.
    realise([]);
    x.rebind(ops.dataNode(storage, x.shape));
  } else {
    x.rebind(node);
    if (settings.eager) realise([]);
  }
  return x;
}

/** The memory that shows the value of `node`, if it is there: also that of another node which it merely stands for. */
function storageOf(node: Node): Storage | null {
  let at = node;
  while (at.storage === null && at.op.kind === 'alias' && at.src[0]) at = at.src[0];
  return at.current();
}

/**
 * The same value, in memory that nobody else writes: a tensor which has memory is copied now, so that a later write
 * does not reach the copy. Gradients flow through.
 * @example
 * const x = tensor([1, 2]);
 * const copy = clone(x);
 * x.assign(tensor([5, 5]));
 * copy // [1, 2]
 */
export function clone(x: Tensor): Tensor {
  const node = nodeOf('clone', x);
  // A captured function would copy only once: there the copy is computed like anything else.
  const storage = capturing() ? null : storageOf(node);
  const copy = storage && new Storage(node.dtype, storage.length, storage.read().slice());
  const made =
    copy && !node.needsGrad
      ? ops.dataNode(copy, node.shape)
      : apply(ops.custom, [ops.detachNode(node), node], { name: 'clone', backward: (g) => [g] });
  if (copy) made.attach(copy);
  made.label = node.label;
  return new Tensor(made);
}

/**
 * Marks a tensor to be computed along with the next optimizer step that would overwrite what it depends on, so that it
 * can be read afterwards at no cost. Returns it.
 * @example
 * keep(tensor([1, 2]).mul(2), 'scores').name // 'scores'
 */
export function keep(x: Tensor, name?: string): Tensor {
  const node = nodeOf('keep', x);
  if (name !== undefined) x.name = name;
  markKept(node);
  if (node.storage === null) for (const leaf of leavesOf(node)) leaf.keep(node);
  return x;
}
