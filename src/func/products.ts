/**
 * Products with the Jacobian of a function, from either side, and with the Hessian. Like `grad` they leave no trace: no tensor's `.grad`
 * changes, and nothing has to require a gradient.
 */
import { tangentsOf } from '../autograd/forward.js';
import { gradients } from '../autograd/reverse.js';
import { isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import { type Node, withRecording } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { opened, reachesOutside, valueAndGrad } from '../tensor/differentiate.js';
import { showKind } from '../tensor/operands.js';
import { Tensor } from '../tensor/tensor.js';
import { mapTree } from '../tensor/tree.js';

/** The tensors of a tree, in order. */
function leaves(tree: unknown, place: string): Tensor[] {
  const found: Tensor[] = [];
  mapTree(tree, place, (x) => {
    found.push(x);
    return x;
  });
  return found;
}

/** @throws DTypeError for a result that has no derivative */
function floatNode(op: string, x: Tensor): Node {
  if (isFloat(x.dtype)) return x.node;
  throw new DTypeError(
    `${op}: the function returned ${x.dtype}; a derivative needs a float: convert it, or leave it out`,
  );
}

/** The nodes of `given`, which shall have the form, shapes and dtypes of `like`. */
function matching(op: string, what: string, given: unknown, like: readonly Node[]): Node[] {
  const found = leaves(given, `${op}: ${what}`);
  if (found.length !== like.length)
    throw new ArgumentError(`${op}: ${what} hold ${found.length} tensors, expected ${like.length}, one for each`);
  return found.map((x, i) => {
    const { shape, dtype } = like[i]!;
    if (!sameShape(x.shape, shape))
      throw new ShapeError(
        `${op}: ${what} ${i} has shape ${showShape(x.shape)}, expected ${showShape(shape)}, as what it belongs to`,
      );
    if (x.dtype !== dtype)
      throw new DTypeError(`${op}: ${what} ${i} is ${x.dtype}, expected ${dtype}: convert it with .to('${dtype}')`);
    return x.node;
  });
}

const orZeros = (found: readonly (Node | null)[], like: readonly Node[]): Tensor[] =>
  found.map((g, i) => new Tensor(g ?? ops.constantNode(0, like[i]!.shape, like[i]!.dtype)));

/** The same tree with these tensors in place of its own. */
function refilled<T>(tree: T, tensors: readonly Tensor[]): T {
  let next = 0;
  return mapTree(tree, '', () => tensors[next++]!) as T;
}

function expectFunction(op: string, fn: unknown): void {
  if (typeof fn !== 'function') throw new ArgumentError(`${op}: takes a function, got ${showKind(fn)}`);
}

const all = (list: readonly unknown[]): number[] => list.map((_, i) => i);

/**
 * The value of `fn` at `primals`, and a function from cotangents of that value (in its form) to Jᵀ·cotangent: a list of
 * gradients, each in the form of its argument. The function can be called any number of times.
 *
 * @example
 * const { value, pullback } = vjp((x: Tensor) => x.square(), tensor([1, 2, 3]));
 * const [dx] = pullback(tensor([1, 0, -1]));
 * dx.toArray(); // [2, 0, -6]
 * @throws ShapeError, DTypeError for cotangents that are not like the value
 */
export function vjp<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...primals: A
): {
  /** What `fn` returns. */
  value: R;
  /** From a cotangent of the value to those of the arguments. */
  pullback: (cotangent: R) => A;
} {
  expectFunction('vjp', fn);
  const { args, variables, like } = opened('vjp', primals, all(primals));
  const result = withRecording(true, () => fn(...args));
  const outputs = leaves(result, 'vjp: the result');
  const roots = outputs.map((y) => floatNode('vjp', y));
  const nested = reachesOutside(roots, variables);
  const pullback = (cotangent: R): A => {
    const given = matching('vjp', 'the cotangents', cotangent, roots);
    return withRecording(nested || given.some((g) => g.needsGrad), () =>
      like(orZeros(gradients(roots, given, variables, true), variables)),
    ) as A;
  };
  const value = nested
    ? result
    : refilled(
        result,
        outputs.map((y) => y.detach()),
      );
  return { value, pullback };
}

/**
 * The value of `fn` at `primals`, and its derivative there in the direction `tangents`: J·tangent, by forward mode. Tangents
 * have the form, shapes and dtypes of the primals; the derivative has the form of the value.
 *
 * @example
 * const { value, tangent } = jvp((x: Tensor) => x.square(), [tensor([1, 2, 3])], [tensor([1, 0, -1])]);
 * tangent.toArray(); // [2, 0, -6]
 * @throws ShapeError, DTypeError for tangents that are not like the primals
 */
export function jvp<A extends unknown[], R>(
  fn: (...args: A) => R,
  primals: readonly [...A],
  tangents: readonly [...A],
): {
  /** What `fn` returns. */
  value: R;
  /** Its derivative in the direction of the tangents. */
  tangent: R;
} {
  expectFunction('jvp', fn);
  if (!Array.isArray(primals) || !Array.isArray(tangents))
    throw new ArgumentError(
      'jvp: primals and tangents are lists with an entry for each argument, as in jvp(fn, [x], [v])',
    );
  const { args, variables } = opened<readonly [...A]>('jvp', primals, all(primals));
  const directions = matching('jvp', 'the tangents', tangents, variables);
  const result = withRecording(true, () => fn(...args));
  const outputs = leaves(result, 'jvp: the result');
  const roots = outputs.map((y) => floatNode('jvp', y));
  const nested = reachesOutside(roots, variables) || directions.some((v) => v.needsGrad);
  const moved = tangentsOf(roots, variables, directions, nested);
  const value = nested ? outputs : outputs.map((y) => y.detach());
  return { value: refilled(result, value), tangent: refilled(result, orZeros(moved, roots)) };
}

/**
 * The value of a scalar function at `primals`, and the product of its Hessian there with `vectors`, forward over reverse: for about
 * the price of two gradients, where the Hessian itself would take one for each element.
 *
 * @example
 * const { product } = hvp((x: Tensor) => x.pow(3).sum(), [tensor([1, 2])], [tensor([1, 1])]);
 * product[0].toArray(); // [6, 12]
 * @throws GraphError unless the function returns one element
 */
export function hvp<A extends unknown[]>(
  fn: (...args: A) => Tensor,
  primals: readonly [...A],
  vectors: readonly [...A],
): {
  /** What `fn` returns. */
  value: Tensor;
  /** The Hessian times the vectors, in their form. */
  product: A;
} {
  const gradient = valueAndGrad(fn, { argnums: all(primals) });
  const { value, tangent } = jvp(gradient, primals, vectors);
  return { value: value.value, product: tangent.grad as readonly unknown[] as A };
}
