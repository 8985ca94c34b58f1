/**
 * Sliding windows. `window` and `unwindow` are each other's adjoint: for every offset within the window, the positions of
 * the windows and the elements they show are in one-to-one correspondence, so neither adds anything up.
 *
 * The windows of a tensor are its {@link expand} along new last axes, one for each offset axis, seen through `window`; the
 * gradient is then the sum over these axes of `unwindow`, which is how overlapping windows add up. Nothing is stored in between.
 */
import { ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import type { MovementOp } from '../ir/op.js';
import { behind, permute, reshape, slice } from './movement.js';
import { expand } from './reduce.js';

/** Per axis of `axes`: how far neighbouring windows, and neighbouring elements of a window, lie apart (both ≥ 1). */
export interface Sliding {
  readonly axes: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

const text = ({ axes, stride, dilation }: Sliding): string =>
  `${axes.join(',')}/${stride.join(',')}/${dilation.join(',')}`;

/** How many windows of `size` elements fit into `length` elements; 0 or less when not even one does. */
export const positions = (length: number, size: number, stride: number, dilation: number): number =>
  Math.floor((length - (size - 1) * dilation - 1) / stride) + 1;

/** `shape` with the axes that windows slide along changed to what `size` says of each. */
const along = (shape: Shape, { axes }: Sliding, size: (i: number) => number): Shape =>
  internShape(shape.map((n, a) => (axes.includes(a) ? size(axes.indexOf(a)) : n)));

/** The offset axes come last, one for each of `axes` in their order. */
const offsetsOf = (shape: Shape, { axes }: Sliding): readonly number[] => shape.slice(shape.length - axes.length);

/** Windows sliding along axes: out[…, p, …, k] = x[…, p·stride + k·dilation, …, k], offsets k on the last axes. */
export const window: MovementOp<Sliding> = {
  name: 'window',
  kind: 'movement',
  arity: 1,
  infer: ([x], attrs) => {
    const sizes = offsetsOf(x!.shape, attrs);
    const count = (i: number): number =>
      positions(x!.shape[attrs.axes[i]!]!, sizes[i]!, attrs.stride[i]!, attrs.dilation[i]!);
    const odd = attrs.axes.findIndex((_, i) => count(i) < 1);
    if (odd >= 0) {
      throw new ShapeError(
        `window: ${sizes[odd]} elements ${attrs.dilation[odd]} apart do not fit along axis ${attrs.axes[odd]} of ${showShape(x!.shape)}`,
      );
    }
    return { shape: along(x!.shape, attrs, count), dtype: x!.dtype };
  },
  key: text,
  examples: [
    { shapes: [[11, 3]], attrs: { axes: [0], stride: [2], dilation: [2] } },
    { shapes: [[2, 7, 9, 2, 3]], attrs: { axes: [1, 2], stride: [1, 2], dilation: [1, 1] } },
    { shapes: [[5, 8, 3]], attrs: { axes: [1], stride: [4], dilation: [1] } },
    { shapes: [[17, 1]], attrs: { axes: [0], stride: [3], dilation: [1] } },
  ],
  vjp: ({ src: [x], attrs }, g) => [apply(unwindow, [g], { ...attrs, length: attrs.axes.map((a) => x!.shape[a]!) })],
  lead: (attrs) => ({ ...attrs, axes: behind(attrs.axes) }),
  read: ({ attrs: { axes, stride, dilation } }, at, algebra) => {
    const first = at.length - axes.length;
    const index = [...at];
    axes.forEach((axis, i) => {
      index[axis] = algebra.add(algebra.scale(at[axis]!, stride[i]!), algebra.scale(at[first + i]!, dilation[i]!));
    });
    return [{ source: 0, index, when: [] }];
  },
};

/**
 * Each offset of sliding windows put back where it was seen, zeros elsewhere: out[…, p·stride + k·dilation, …, k] = x[…, p,
 * …, k]. `length` is the number of elements along each axis that the windows came from.
 */
export const unwindow: MovementOp<Sliding & { readonly length: readonly number[] }> = {
  name: 'unwindow',
  kind: 'movement',
  arity: 1,
  infer: ([x], attrs) => {
    const sizes = offsetsOf(x!.shape, attrs);
    const { axes, stride, dilation, length } = attrs;
    axes.forEach((axis, i) => {
      const count = positions(length[i]!, sizes[i]!, stride[i]!, dilation[i]!);
      if (count === x!.shape[axis]) return;
      throw new ShapeError(
        `unwindow: axis ${axis} of ${showShape(x!.shape)} should hold the ${Math.max(count, 0)} windows of ${sizes[i]} elements that fit into ${length[i]}`,
      );
    });
    return { shape: along(x!.shape, attrs, (i) => length[i]!), dtype: x!.dtype };
  },
  key: text,
  examples: [
    { shapes: [[4, 3]], attrs: { axes: [0], stride: [2], dilation: [2], length: [11] } },
    { shapes: [[2, 6, 4, 2, 3]], attrs: { axes: [1, 2], stride: [1, 2], dilation: [1, 1], length: [7, 9] } },
    { shapes: [[5, 2, 3]], attrs: { axes: [1], stride: [4], dilation: [1], length: [8] } },
    { shapes: [[6, 1]], attrs: { axes: [0], stride: [3], dilation: [1], length: [17] } },
  ],
  vjp: ({ attrs: { axes, stride, dilation } }, g) => [apply(window, [g], { axes, stride, dilation })],
  lead: (attrs) => ({ ...attrs, axes: behind(attrs.axes) }),
  read: (node, at, algebra) => {
    const { axes, stride, dilation } = node.attrs;
    const first = at.length - axes.length;
    const index = [...at];
    const when = axes.flatMap((axis, i) => {
      const from = node.src[0]!.shape[axis]!;
      const by = stride[i]!;
      const seen = algebra.add(at[axis]!, algebra.scale(at[first + i]!, -dilation[i]!));
      index[axis] = algebra.div(seen, by);
      const inside = { value: seen, lo: 0, hi: (from - 1) * by + 1 };
      return by === 1 ? [inside] : [inside, { value: algebra.mod(seen, by), lo: 0, hi: 1 }];
    });
    return [{ source: 0, index, when }];
  },
};

/**
 * The windows of `x`: the axes of `axes` count windows, and one axis for each of them is added at the end, which counts the
 * elements of a window. Windows side by side are a reshape; their gradient then needs no sum.
 */
export function windowsOf(x: Node, sliding: Sliding, size: readonly number[]): Node {
  const { axes, stride, dilation } = sliding;
  const { shape } = x;
  const count = axes.map((a, i) => positions(shape[a]!, size[i]!, stride[i]!, dilation[i]!));
  if (size.every((n, i) => n === 1 || (n === stride[i] && dilation[i] === 1))) {
    const taken = shape.map((n, a) => (axes.includes(a) ? count[axes.indexOf(a)]! * size[axes.indexOf(a)]! : n));
    const step = shape.map((_, a) => {
      const i = axes.indexOf(a);
      return i >= 0 && size[i] === 1 ? stride[i]! : 1;
    });
    const whole = taken.every((n, a) => n === shape[a] && step[a] === 1);
    const cut = whole ? x : apply(slice, [x], { start: shape.map(() => 0), size: taken, step });
    return sideBySide(cut, axes, count, size);
  }
  const column = apply(reshape, [x], { shape: internShape([...shape, ...axes.map(() => 1)]) });
  return apply(window, [apply(expand, [column], { shape: internShape([...shape, ...size]) })], sliding);
}

/** Every axis of `axes` split into windows and their elements, the elements moved to the end. */
function sideBySide(x: Node, axes: readonly number[], count: readonly number[], size: readonly number[]): Node {
  const split = x.shape.flatMap((n, a) => (axes.includes(a) ? [count[axes.indexOf(a)]!, size[axes.indexOf(a)]!] : [n]));
  const places = x.shape.map((_, a) => a + axes.filter((b) => b < a).length);
  const order = [...places, ...axes.map((a) => places[a]! + 1)];
  return apply(permute, [apply(reshape, [x], { shape: internShape(split) })], { axes: order });
}

/** The records of this file by name. */
export const WINDOW = { window, unwindow } as const;
