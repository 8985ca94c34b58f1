/**
 * Functions of one example as functions of a batch.
 */
import { batch, inBatch, type Randomness } from '../autograd/batch.js';
import { ArgumentError, ShapeError } from '../base/errors.js';
import { unhurried } from '../base/settings.js';
import { internShape, normalizeAxis, showShape } from '../base/shape.js';
import { apply, type Node, nodesMade } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { nodeOf, showKind } from '../tensor/operands.js';
import { Tensor } from '../tensor/tensor.js';
import { mapTree } from '../tensor/tree.js';

/** Options of {@link vmap}. */
export interface VmapOptions {
  /** The axis of each argument that counts the examples (of all tensors in it), or null for an argument that is the same for all; one for all arguments, or a list. 0 unless told. */
  inAxes?: number | null | readonly (number | null)[];
  /** Where that axis goes in the results. 0 unless told. */
  outAxes?: number;
  /**
   * What happens where the function draws random numbers: every example its own (`different`; as if the function had drawn for the
   * batch), all the same (`same`), or an error, unless told.
   */
  randomness?: Randomness;
}

const ASKED =
  'inside vmap a tensor stands for one example of many and has no value: item(), toArray(), boolean masks and other decisions by ' +
  'values cannot be made there; use where(condition, a, b), or make them outside';

const RANDOMNESS: readonly string[] = ['different', 'same', 'error'];

/** `x` with its axis `from` moved to `to`. */
function moved(x: Node, from: number, to: number): Node {
  if (from === to) return x;
  const axes = x.shape.map((_, i) => i).filter((a) => a !== from);
  axes.splice(to, 0, from);
  return apply(ops.permute, [x], { axes });
}

/** What the function is called with: one example for each tensor of a batch. */
class Examples {
  size = -1;
  readonly inputs: (readonly [Node, Node])[] = [];

  of(x: Tensor, axis: number): Tensor {
    const node = nodeOf('vmap', x);
    const { shape, dtype } = node;
    if (shape.length === 0)
      throw new ShapeError('vmap: an argument is a scalar and has no axis of examples: give null in inAxes for it');
    const along = normalizeAxis(axis, shape.length, 'vmap: inAxes');
    const count = shape[along]!;
    if (this.size >= 0 && count !== this.size) {
      throw new ShapeError(
        `vmap: arguments have ${this.size} and ${count} examples (axis ${along} of ${showShape(shape)}); there must be as many in all`,
      );
    }
    this.size = count;
    const one = { shape: internShape(shape.filter((_, i) => i !== along)), dtype };
    const example = ops.placeholderNode(one, node.needsGrad, ASKED);
    this.inputs.push([example, moved(node, along, 0)]);
    return new Tensor(example);
  }
}

/**
 * `fn`, written for one example, for a batch of them: the arguments have one more axis, and so have the results. It is run once, on
 * tensors without values, and what it computes is then computed for all examples together, in as many kernels as for one; it may take
 * gradients, and be nested. Arguments that are no tensors (nor arrays or plain objects of them) are passed on as they are.
 *
 * @example
 * const distance = (a: Tensor, b: Tensor) => a.sub(b).square().sum().sqrt();
 * const x = tensor([[0, 0], [1, 1]]), y = tensor([[3, 4], [1, 2]]);
 * vmap(distance)(x, y).toArray(); // [5, 1]
 * // Every row of x with every row of y:
 * vmap((row: Tensor) => vmap(distance, { inAxes: [null, 0] })(row, y))(x).shape; // [2, 2]
 * @throws ShapeError when the arguments have different numbers of examples; GraphError when `fn` reads a value
 */
export function vmap<A extends unknown[], R>(fn: (...args: A) => R, options: VmapOptions = {}): (...args: A) => R {
  if (typeof fn !== 'function') throw new ArgumentError(`vmap: takes a function, got ${showKind(fn)}`);
  const { inAxes = 0, outAxes = 0, randomness = 'error' } = options;
  if (!RANDOMNESS.includes(randomness))
    throw new ArgumentError(`vmap: randomness is 'different', 'same' or 'error', got ${showKind(randomness)}`);
  return (...args) => {
    const axes = typeof inAxes === 'object' && inAxes !== null ? inAxes : args.map(() => inAxes);
    if (axes.length !== args.length)
      throw new ArgumentError(`vmap: inAxes names ${axes.length} axes for ${args.length} arguments`);
    const examples = new Examples();
    const since = nodesMade();
    const result = unhurried(() => {
      const one: readonly unknown[] = args.map((arg, i) => {
        const axis = axes[i];
        if (axis === null || axis === undefined || typeof arg !== 'object') return arg;
        return mapTree(arg, `vmap: argument ${i}`, (x) => examples.of(x, axis));
      });
      if (examples.size < 0)
        throw new ArgumentError('vmap: no argument has examples: inAxes must name an axis of at least one tensor');
      return fn(...(one as A));
    });
    const { size, inputs } = examples;
    const carried = batch(inputs, size, since, randomness);
    return mapTree(result, 'vmap: the result', (y) => {
      const all = inBatch(carried, nodeOf('vmap', y), size);
      return new Tensor(moved(all, 0, normalizeAxis(outAxes, all.shape.length, 'vmap: outAxes')));
    }) as R;
  };
}
