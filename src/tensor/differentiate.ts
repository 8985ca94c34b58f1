/**
 * Derivatives of functions: `grad` and `valueAndGrad`. They leave no trace: no tensor's `.grad` changes, and nothing
 * has to require a gradient.
 */
import { gradientOrder, gradients } from '../autograd/reverse.js';
import { isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError, GraphError } from '../base/errors.js';
import { showShape } from '../base/shape.js';
import { apply, type Node, withRecording } from '../ir/node.js';
import { isDifferentiable } from '../ir/op.js';
import * as ops from '../ops/index.js';
import { nodeOf, showKind } from './operands.js';
import { Tensor } from './tensor.js';
import { mapTree } from './tree.js';

/** Which arguments to differentiate with respect to: one, 0 unless told, or several. */
export interface GradOptions<N extends number | readonly number[] = number | readonly number[]> {
  /** The number of the argument, counted from 0, or a list of such. */
  argnums?: N;
}

/** The type of the gradients: like the argument, or one for each of several. */
export type GradientsOf<A extends readonly unknown[], N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: N[K] extends number ? A[N[K]] : never }
  : N extends number
    ? A[N]
    : A[0];

/** A node of the same value where a derivative begins, so that nothing else is differentiated. */
export function variableFor(node: Node): Node {
  const variable = apply(ops.custom, [ops.detachNode(node), node], { name: 'variable', backward: (g) => [g] });
  variable.needsGrad = true;
  return variable;
}

/** The variable for an argument of the function that `op` differentiates. @throws DTypeError unless it is a float */
export function variableOf(x: Tensor, op = 'grad'): Node {
  const node = nodeOf(op, x);
  if (!isFloat(node.dtype)) {
    throw new DTypeError(
      `${op}: only float tensors have gradients, an argument is ${node.dtype} ${showShape(node.shape)}: convert it, or leave it out`,
    );
  }
  return variableFor(node);
}

/** The arguments of a function with variables in place of the tensors of those that are chosen. */
export interface Opened<A> {
  readonly args: A;
  readonly variables: readonly Node[];
  /** Each chosen argument with these tensors, one for each variable, in place of its own; null for the others. */
  like(tensors: readonly Tensor[]): unknown[];
}

/** @throws ArgumentError for a chosen argument that there is not, or that is no tree of tensors */
export function opened<A extends readonly unknown[]>(op: string, given: A, chosen: readonly number[]): Opened<A> {
  for (const i of chosen) {
    if (!Number.isInteger(i) || i < 0 || i >= given.length) {
      throw new ArgumentError(
        `${op}: argnums names argument ${i}, but the function was called with ${given.length} arguments, counted from 0`,
      );
    }
  }
  const variables: Node[] = [];
  const args = given.map((arg, i) =>
    chosen.includes(i)
      ? mapTree(arg, `argument ${i}`, (x) => {
          variables.push(variableOf(x, op));
          return new Tensor(variables.at(-1)!);
        })
      : arg,
  );
  const like = (tensors: readonly Tensor[]): unknown[] => {
    let next = 0;
    return given.map((arg, i) => (chosen.includes(i) ? mapTree(arg, '', () => tensors[next++]!) : null));
  };
  return { args: args as readonly unknown[] as A, variables, like };
}

/**
 * Whether a gradient flows into this pass from outside: through a variable's own history, or from a leaf that is none
 * of them.
 */
export const reachesOutside = (roots: readonly Node[], variables: readonly Node[]): boolean => {
  const ends = new Set(variables);
  return gradientOrder(roots, ends).some((n) =>
    ends.has(n) ? n.src.some((s) => s.needsGrad) : !isDifferentiable(n.op) || n.src.length === 0,
  );
};

function checkResult(result: unknown): Tensor {
  if (!(result instanceof Tensor)) {
    throw new ArgumentError(`grad: the function must return a Tensor of one element, got ${showKind(result)}`);
  }
  if (result.size !== 1) {
    throw new GraphError(
      `grad: the function returned shape ${showShape(result.shape)}; only a scalar (one element) has a gradient: reduce it, as in y.sum() or y.mean()`,
    );
  }
  if (!isFloat(result.dtype))
    throw new DTypeError(`grad: the function returned ${result.dtype}; a derivative needs a float`);
  return result;
}

/**
 * A function that gives the value of `fn` together with its gradient: like the first argument, or those named by
 * `argnums`. Arguments may be tensors, or nested arrays and plain objects of them; the gradient has the same form.
 * Derivatives of derivatives are taken by nesting.
 */
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  fn: (...args: A) => Tensor,
  options: GradOptions<N> = {},
): (...args: A) => {
  /** What `fn` returns: one element. */
  value: Tensor;
  /** Its gradient, in the form of the argument, or one for each of several. */
  grad: GradientsOf<A, N>;
} {
  if (typeof fn !== 'function') throw new ArgumentError(`grad: takes a function, got ${showKind(fn)}`);
  const { argnums = 0 } = options;
  const chosen: readonly number[] = typeof argnums === 'number' ? [argnums] : argnums;
  return (...args) => {
    const { args: inner, variables, like } = opened('grad', args, chosen);
    const result = checkResult(withRecording(true, () => fn(...inner)));
    const root = result.node;
    const nested = reachesOutside([root], variables);
    const found = withRecording(nested, () => {
      const one = ops.constantNode(1, root.shape, root.dtype);
      return gradients([root], [one], variables, true).map((g, i) => {
        const { shape, dtype } = variables[i]!;
        return new Tensor(g ?? ops.constantNode(0, shape, dtype));
      });
    });
    // Without history from outside none is kept: a loop that updates by these gradients must not grow a chain.
    const value = nested ? result : result.detach();
    const trees = like(found);
    const each = chosen.map((i) => trees[i]);
    return { value, grad: (typeof argnums === 'number' ? each[0] : each) as GradientsOf<A, N> };
  };
}

/** The gradient alone: see {@link valueAndGrad}. `grad(grad(f))` is the second derivative. */
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  fn: (...args: A) => Tensor,
  options: GradOptions<N> = {},
): (...args: A) => GradientsOf<A, N> {
  const both = valueAndGrad(fn, options);
  return (...args) => both(...args).grad;
}
