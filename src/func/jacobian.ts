/**
 * Whole matrices of derivatives: one pass, forwards or backwards, over a batch of all unit vectors.
 */
import { basis, batch } from '../autograd/batch.js';
import { tangentsOf } from '../autograd/forward.js';
import { gradients } from '../autograd/reverse.js';
import { isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError } from '../base/errors.js';
import { unhurried } from '../base/settings.js';
import { internShape, sizeOf } from '../base/shape.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { type GradientsOf, type GradOptions, grad, opened, reachesOutside } from '../tensor/differentiate.js';
import { reshapeNode, showKind } from '../tensor/operands.js';
import { Tensor } from '../tensor/tensor.js';

/** Options of {@link jacobian}. */
export interface JacobianOptions<N extends number | readonly number[] = number | readonly number[]>
  extends GradOptions<N> {
  /**
   * `reverse` (unless told) goes backwards once for each element of the result, `forward` forwards once for each element of the
   * argument: take the one with fewer.
   */
  mode?: 'reverse' | 'forward';
}

const standIn = (node: Node): Node => ops.placeholderNode(node, false, 'a direction of a Jacobian has no value');

/** ∂y/∂x for every x, each of shape [...y.shape, ...x.shape], by one backward pass with a batch of cotangents. */
function backwards(y: Node, variables: readonly Node[]): (Node | null)[] {
  const cotangent = standIn(y);
  const found = gradients([y], [cotangent], variables, true);
  const all = batch([[cotangent, basis(y)]], sizeOf(y.shape), cotangent.id);
  return found.map((g, i) => {
    const rows = g && all.find(g);
    return rows && reshapeNode(rows, internShape([...y.shape, ...variables[i]!.shape]));
  });
}

/** The same by a forward pass for every x, with a batch of tangents. */
function forwards(y: Node, variables: readonly Node[], recorded: boolean): (Node | null)[] {
  return variables.map((x) => {
    const tangent = standIn(x);
    const [moved] = tangentsOf([y], [x], [tangent], recorded);
    const columns = moved && batch([[tangent, basis(x)]], sizeOf(x.shape), tangent.id).find(moved);
    if (!columns) return null;
    const behind = columns.shape.map((_, i) => (i + 1) % columns.shape.length);
    return reshapeNode(apply(ops.permute, [columns], { axes: behind }), internShape([...y.shape, ...x.shape]));
  });
}

/**
 * The Jacobian of `fn`: for the first argument, or those named by `argnums`, all derivatives ∂y/∂x, of shape
 * [...y.shape, ...x.shape]. An argument may be a nested array or plain object of tensors; then so is the result.
 *
 * @example
 * jacobian((x: Tensor) => x.square())(tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 * @throws ArgumentError unless `fn` returns a tensor, DTypeError unless that and the arguments are floats
 */
export function jacobian<A extends unknown[], const N extends number | readonly number[] = 0>(
  fn: (...args: A) => Tensor,
  options: JacobianOptions<N> = {},
): (...args: A) => GradientsOf<A, N> {
  if (typeof fn !== 'function') throw new ArgumentError(`jacobian: takes a function, got ${showKind(fn)}`);
  const { argnums = 0, mode = 'reverse' } = options;
  if (mode !== 'reverse' && mode !== 'forward')
    throw new ArgumentError(`jacobian: mode is 'reverse' or 'forward', got ${showKind(mode)}`);
  const chosen: readonly number[] = typeof argnums === 'number' ? [argnums] : argnums;
  return (...given) => {
    const { args, variables, like } = opened('jacobian', given, chosen);
    const result = withRecording(true, () => fn(...args));
    if (!(result instanceof Tensor))
      throw new ArgumentError(`jacobian: the function must return a tensor, got ${showKind(result)}`);
    if (!isFloat(result.dtype))
      throw new DTypeError(`jacobian: the function returned ${result.dtype}; a derivative needs a float`);
    const y = result.node;
    const nested = reachesOutside([y], variables);
    const found = withRecording(nested, () =>
      unhurried(() => (mode === 'reverse' ? backwards(y, variables) : forwards(y, variables, nested))),
    );
    const tensors = found.map(
      (j, i) => new Tensor(j ?? ops.constantNode(0, internShape([...y.shape, ...variables[i]!.shape]), y.dtype)),
    );
    const trees = like(tensors);
    const each = chosen.map((i) => trees[i]);
    return (typeof argnums === 'number' ? each[0] : each) as GradientsOf<A, N>;
  };
}

/**
 * The Hessian of a scalar function with respect to one argument, a tensor: all second derivatives, of shape
 * [...x.shape, ...x.shape]; forward over reverse.
 *
 * @example
 * hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2])).toArray(); // [[6, 0], [0, 12]]
 * @throws GraphError unless the function returns one element
 */
export function hessian<A extends unknown[]>(
  fn: (...args: A) => Tensor,
  options: GradOptions<number> = {},
): (...args: A) => Tensor {
  const { argnums = 0 } = options;
  const gradient = (...args: A): Tensor => {
    const g: unknown = grad(fn, { argnums })(...args);
    if (g instanceof Tensor) return g;
    throw new ArgumentError('hessian: the argument must be a tensor; join the tensors of a tree into one with cat');
  };
  const matrix = jacobian(gradient, { argnums, mode: 'forward' });
  return (...args) => matrix(...args) as Tensor;
}
