/**
 * What the functions of this room share: which tensors are matrices, how batches meet, and the records of algorithms
 * that work on one matrix after another, in float64 whatever the dtype.
 */
import { floatOf, promote } from '../base/dtype.js';
import { LinAlgError, ShapeError } from '../base/errors.js';
import { broadcastShapes, internShape, type Shape, sameShape, showShape, sizeOf } from '../base/shape.js';
import { apply } from '../ir/node.js';
import type { RoutineOp, Typed, Value } from '../ir/op.js';
import { provide } from '../lower/index.js';
import { lowerRoutine } from '../lower/routine.js';
import { reshape, slice, Tensor, to, transpose } from '../tensor/index.js';
import { broadcastTo, nodeOf } from '../tensor/operands.js';
import { Refusal } from './dense/matrix.js';

/** Rows and columns. */
export type Size = readonly [rows: number, columns: number];
/** Of the matrices of each source. */
type Sizes = readonly [Size, ...Size[]];

/** A call of an algorithm, as its derivative sees it. */
export interface Called<A> {
  readonly src: readonly Tensor[];
  readonly out: Tensor;
  readonly attrs: A;
}

/** An algorithm for one matrix, or for several that belong together. */
export interface Algorithm<A> {
  readonly name: string;
  readonly arity: number;
  /** The last axes of the result. */
  result(sizes: Sizes, attrs: A): readonly number[];
  /** The result for one matrix from each source, which it may overwrite, in row-major order. @throws Refusal */
  compute(matrices: readonly Float64Array[], sizes: Sizes, attrs: A, digits: number): ArrayLike<number>;
  /** About how many arithmetic operations that takes. */
  flops(sizes: Sizes, attrs: A): number;
  /** The cotangents of the sources. */
  vjp(call: Called<A>, cotangent: Tensor): readonly Tensor[];
}

const batchOf = (shape: Shape): Shape => shape.slice(0, -2);
export const sizeOfMatrix = (shape: Shape): Size => [shape.at(-2)!, shape.at(-1)!];

function sizesOf(src: readonly Typed[]): Sizes {
  const [first, ...rest] = src.map(({ shape }) => sizeOfMatrix(shape));
  return [first!, ...rest];
}

/** Half the digits of a dtype: two numbers that differ by less may differ by rounding alone. */
const half = ({ dtype }: Value): number => (dtype === 'float32' ? 2 ** -12 : 2 ** -26);

/** Where matrix number `at` of a batch stands, in words. */
function placeOf(at: number, batch: Shape): string {
  if (batch.length === 0) return 'the matrix';
  const index: number[] = [];
  let rest = at;
  for (const n of [...batch].reverse()) {
    index.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return `matrix ${showShape(index)} of the batch`;
}

/** The record of an algorithm: applied to matrix after matrix of a batch, which all sources share. */
export function algorithm<A>(definition: Algorithm<A>): RoutineOp<A> {
  const { name, arity, result } = definition;
  return {
    name,
    arity,
    kind: 'routine',
    infer: (src, attrs) => ({
      shape: [...batchOf(src[0]!.shape), ...result(sizesOf(src), attrs)],
      dtype: src[0]!.dtype,
    }),
    key: (attrs) => JSON.stringify(attrs),
    run(src, out, attrs) {
      const sizes = sizesOf(src);
      const batch = batchOf(src[0]!.shape);
      const length = sizeOf(result(sizes, attrs));
      for (let i = 0; i < sizeOf(batch); i++) {
        const own = src.map(({ data }, s) => {
          const count = sizeOf(sizes[s]!);
          return new Float64Array(data.subarray(i * count, (i + 1) * count));
        });
        try {
          out.data.set(definition.compute(own, sizes, attrs, half(src[0]!)), i * length);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          throw new LinAlgError(`${name}: ${placeOf(i, batch)} ${error.message}; ${error.remedy}`);
        }
      }
    },
    flops: (src, attrs) => sizeOf(batchOf(src[0]!.shape)) * definition.flops(sizesOf(src), attrs),
    vjp: (node, cotangent) =>
      definition
        .vjp(
          { src: node.src.map((s) => new Tensor(s)), out: new Tensor(node), attrs: node.attrs },
          new Tensor(cotangent),
        )
        .map((g) => g.node),
  };
}

/** The result of an algorithm for tensors that {@link matrixOf} and {@link sameBatch} have prepared. */
export function call<A>(op: RoutineOp<A>, src: readonly Tensor[], attrs: A): Tensor {
  provide('routine', lowerRoutine);
  const nodes = src.map((t) => t.node);
  return new Tensor(apply(op, nodes, attrs));
}

/** Results that stand one after another along the last axis, each with last axes of its own. */
export function parts(bundle: Tensor, ...sizes: readonly (readonly number[])[]): Tensor[] {
  const batch = bundle.shape.slice(0, -1);
  let start = 0;
  return sizes.map((size) => {
    const end = start + sizeOf(size);
    const part = slice(bundle, '...', [start, end]);
    start = end;
    return reshape(part, [...batch, ...size]);
  });
}

/** Arrays one after another: what {@link parts} takes apart. */
export function bundle(...arrays: readonly ArrayLike<number>[]): Float64Array {
  const out = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}

/** The last two axes exchanged. */
export const adjoint = (x: Tensor): Tensor => transpose(x, -2, -1);

/** A tensor of floats with matrices in its last two axes. @throws ShapeError for fewer axes */
export function matrixOf(op: string, x: Tensor): Tensor {
  const { shape, dtype } = nodeOf(op, x);
  if (shape.length < 2)
    throw new ShapeError(`${op}: takes matrices, in the last two axes; got a tensor of shape ${showShape(shape)}`);
  return to(x, floatOf(dtype));
}

/** As {@link matrixOf}, for square ones. */
export function squareOf(op: string, x: Tensor): Tensor {
  const matrix = matrixOf(op, x);
  const [m, n] = sizeOfMatrix(matrix.shape);
  if (m !== n)
    throw new ShapeError(
      `${op}: takes square matrices, got ${m} rows and ${n} columns in the shape ${showShape(x.shape)}`,
    );
  return matrix;
}

/** Two tensors of matrices in one dtype, each repeated to the batch that both broadcast to. */
export function sameBatch(op: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  const dtype = promote(a.dtype, b.dtype);
  const batch = broadcastShapes(batchOf(a.shape), batchOf(b.shape), `${op}: batches`);
  const repeated = (x: Tensor): Tensor => {
    if (sameShape(batchOf(x.shape), batch)) return to(x, dtype);
    return new Tensor(broadcastTo(to(x, dtype).node, internShape([...batch, ...sizeOfMatrix(x.shape)])));
  };
  return [repeated(a), repeated(b)];
}

/**
 * What a function of two matrices needs when the second may be a vector: both prepared, rows matching, and how to give the result the
 * vector's shape.
 * @throws ShapeError unless b has as many rows as `rows`
 */
export function rightSide(
  op: string,
  a: Tensor,
  b: Tensor,
  rows: number,
): { readonly a: Tensor; readonly b: Tensor; readonly shaped: (x: Tensor) => Tensor } {
  const { shape } = nodeOf(op, b);
  const vector = shape.length === 1;
  const columns = vector ? reshape(b, [...shape, 1]) : b;
  const found = vector ? shape[0] : shape.at(-2);
  if (found !== rows)
    throw new ShapeError(
      `${op}: the right-hand side of shape ${showShape(shape)} must have ${rows} rows, as the matrices of shape ${showShape(a.shape)} ask for`,
    );
  const [left, right] = sameBatch(op, a, matrixOf(op, columns));
  return { a: left, b: right, shaped: (x) => (vector ? reshape(x, x.shape.slice(0, -1)) : x) };
}
