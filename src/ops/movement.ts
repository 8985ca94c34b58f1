/**
 * Movement: elements shown at other places, without arithmetic. Each record is a map from output index to input
 * index; nothing is copied until something is stored. The adjoint of every movement is a movement, or a sum (see `reduce.ts`).
 */
import { DTypeError, ShapeError } from '../base/errors.js';
import { internShape, type Shape, showShape, sizeOf } from '../base/shape.js';
import { linear, unravel, type Within } from '../ir/index-algebra.js';
import { apply, type Node } from '../ir/node.js';
import type { MovementOp } from '../ir/op.js';

/** The same axes where one more is in front. */
export const behind = (axes: readonly number[]): number[] => axes.map((a) => a + 1);

/** The same elements in the same order under another shape. */
export const reshape: MovementOp<{ readonly shape: Shape }> = {
  name: 'reshape',
  kind: 'movement',
  arity: 1,
  infer: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x!.shape)) {
      throw new ShapeError(
        `reshape: ${showShape(x!.shape)} has ${sizeOf(x!.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
      );
    }
    return { shape, dtype: x!.dtype };
  },
  examples: [
    { shapes: [[6, 4]], attrs: { shape: internShape([3, 8]) } },
    { shapes: [[2, 3, 5]], attrs: { shape: internShape([30]) } },
    { shapes: [[7]], attrs: { shape: internShape([7, 1, 1]) } },
    { shapes: [[0, 3]], attrs: { shape: internShape([3, 0]) } },
  ],
  // The shape of the result is part of every signature.
  vjp: ({ src: [x] }, g) => [apply(reshape, [g], { shape: x!.shape })],
  lead: ({ shape }, size) => ({ shape: internShape([size, ...shape]) }),
  read: (node, at, algebra) => {
    const from = node.src[0]!.shape;
    return [{ source: 0, index: unravel(linear(at, node.shape, algebra), from, algebra), when: [] }];
  },
};

/** Axes in another order. */
export const permute: MovementOp<{ readonly axes: readonly number[] }> = {
  name: 'permute',
  kind: 'movement',
  arity: 1,
  infer: ([x], { axes }) => ({ shape: internShape(axes.map((a) => x!.shape[a]!)), dtype: x!.dtype }),
  key: ({ axes }) => axes.join(','),
  examples: [
    { shapes: [[5, 9]], attrs: { axes: [1, 0] } },
    { shapes: [[2, 3, 7]], attrs: { axes: [2, 0, 1] } },
    { shapes: [[]], attrs: { axes: [] } },
  ],
  vjp: ({ attrs: { axes } }, g) => {
    const inverse = new Array<number>(axes.length);
    axes.forEach((a, i) => {
      inverse[a] = i;
    });
    return [apply(permute, [g], { axes: inverse })];
  },
  lead: ({ axes }) => ({ axes: [0, ...behind(axes)] }),
  read: (node, at) => {
    const index = new Array<(typeof at)[number]>(at.length);
    node.attrs.axes.forEach((a, i) => {
      index[a] = at[i]!;
    });
    return [{ source: 0, index, when: [] }];
  },
};

/** Per axis: where it starts, how many elements it shows, and the step between them (≥ 1). */
export interface Cut {
  readonly start: readonly number[];
  readonly size: readonly number[];
  readonly step: readonly number[];
}

/** Every step-th element from a start, on each axis. */
export const slice: MovementOp<Cut> = {
  name: 'slice',
  kind: 'movement',
  arity: 1,
  infer: ([x], { size }) => ({ shape: internShape(size), dtype: x!.dtype }),
  examples: [
    { shapes: [[9, 11]], attrs: { start: [1, 2], size: [3, 5], step: [3, 2] } },
    { shapes: [[13]], attrs: { start: [4], size: [9], step: [1] } },
    { shapes: [[4, 3]], attrs: { start: [1, 0], size: [0, 3], step: [1, 1] } },
  ],
  key: ({ start, step }) => `${start.join(',')}/${step.join(',')}`,
  vjp: ({ src: [x], attrs: { start, size, step } }, g) => {
    const reach = size.map((n, i) => (n === 0 ? 0 : (n - 1) * step[i]! + 1));
    const after = reach.map((r, i) => x!.shape[i]! - start[i]! - r);
    return [apply(pad, [g], { before: start, after, between: step.map((s, i) => (size[i]! > 0 ? s - 1 : 0)) })];
  },
  lead: ({ start, size, step }, n) => ({ start: [0, ...start], size: [n, ...size], step: [1, ...step] }),
  read: (node, at, algebra) => {
    const { start, step } = node.attrs;
    return [
      {
        source: 0,
        index: at.map((i, axis) => algebra.add(algebra.scale(i, step[axis]!), algebra.constant(start[axis]!))),
        when: [],
      },
    ];
  },
};

/** Zeros per axis: before the first element, after the last, and between neighbours. */
export interface Padding {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly between: readonly number[];
}

/** Zeros (or false) before, after and between the elements, on each axis. */
export const pad: MovementOp<Padding> = {
  name: 'pad',
  kind: 'movement',
  arity: 1,
  infer: ([x], { before, after, between }) => ({
    shape: internShape(
      x!.shape.map((n, i) => before[i]! + (n === 0 ? 0 : (n - 1) * (between[i]! + 1) + 1) + after[i]!),
    ),
    dtype: x!.dtype,
  }),
  examples: [
    { shapes: [[3, 4]], attrs: { before: [1, 0], after: [0, 5], between: [0, 2] } },
    { shapes: [[7]], attrs: { before: [2], after: [3], between: [1] } },
    { shapes: [[0, 2]], attrs: { before: [1, 1], after: [2, 0], between: [0, 0] } },
  ],
  key: ({ before, after, between }) => `${before.join(',')}/${after.join(',')}/${between.join(',')}`,
  vjp: ({ src: [x], attrs: { before, between } }, g) => [
    apply(slice, [g], { start: before, size: x!.shape, step: between.map((b) => b + 1) }),
  ],
  lead: ({ before, after, between }) => ({
    before: [0, ...before],
    after: [0, ...after],
    between: [0, ...between],
  }),
  read: (node, at, algebra) => {
    const { before, after, between } = node.attrs;
    const from = node.src[0]!.shape;
    const when: Within<(typeof at)[number]>[] = [];
    const index = at.map((i, axis) => {
      const moved = before[axis]! === 0 ? i : algebra.add(i, algebra.constant(-before[axis]!));
      const n = from[axis]!;
      const stride = between[axis]! + 1;
      if (before[axis]! > 0 || after[axis]! > 0 || n === 0)
        when.push({ value: moved, lo: 0, hi: (n - 1) * stride + 1 });
      if (stride === 1) return moved;
      when.push({ value: algebra.mod(moved, stride), lo: 0, hi: 1 });
      return algebra.div(moved, stride);
    });
    return [{ source: 0, index, when }];
  },
  sum: (a, b) => {
    const axis = a.attrs.before.findIndex((n, i) => n !== b.attrs.before[i]);
    if (axis < 0 || [...a.attrs.between, ...b.attrs.between].some((n) => n > 0)) return null;
    const [first, second] = a.attrs.before[axis]! < b.attrs.before[axis]! ? [a, b] : [b, a];
    const [x, y] = [first.src[0]!, second.src[0]!];
    const meet = first.attrs.before[axis]! + x.shape[axis]! === second.attrs.before[axis]!;
    const alike = a.attrs.before.every((n, i) => i === axis || (n === b.attrs.before[i] && x.shape[i] === y.shape[i]));
    if (!meet || !alike) return null;
    const joined = joinedNode(x, y, axis);
    const { before } = first.attrs;
    const after = before.map((_, i) => second.attrs.after[i]!);
    return [...before, ...after].every((n) => n === 0)
      ? joined
      : apply(pad, [joined], { before, after, between: first.attrs.between });
  },
};

/** Axes read backwards. */
export const flip: MovementOp<{ readonly axes: readonly number[] }> = {
  name: 'flip',
  kind: 'movement',
  arity: 1,
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  key: ({ axes }) => axes.join(','),
  examples: [
    { shapes: [[3, 9]], attrs: { axes: [1] } },
    { shapes: [[3, 5]], attrs: { axes: [0, 1] } },
  ],
  vjp: ({ attrs }, g) => [apply(flip, [g], attrs)],
  lead: ({ axes }) => ({ axes: behind(axes) }),
  read: (node, at, algebra) => {
    const backwards = new Set(node.attrs.axes);
    const index = at.map((i, axis) =>
      backwards.has(axis) ? algebra.add(algebra.constant(node.shape[axis]! - 1), algebra.scale(i, -1)) : i,
    );
    return [{ source: 0, index, when: [] }];
  },
};

/** Tensors one after another along an axis. */
export const cat: MovementOp<{ readonly axis: number }> = {
  name: 'cat',
  kind: 'movement',
  arity: null,
  infer: (src, { axis }) => {
    const first = src[0]!;
    let total = 0;
    for (const s of src) {
      const fits = s.shape.length === first.shape.length && s.shape.every((n, i) => i === axis || n === first.shape[i]);
      if (!fits)
        throw new ShapeError(
          `cat along axis ${axis}: ${showShape(s.shape)} does not fit ${showShape(first.shape)}; all other sizes must be equal`,
        );
      if (s.dtype !== first.dtype)
        throw new DTypeError(`cat: tensors are ${first.dtype} and ${s.dtype}; convert one with .to(…)`);
      total += s.shape[axis]!;
    }
    return { shape: internShape(first.shape.map((n, i) => (i === axis ? total : n))), dtype: first.dtype };
  },
  key: ({ axis }) => String(axis),
  examples: [
    {
      shapes: [
        [2, 3],
        [2, 5],
        [2, 0],
      ],
      attrs: { axis: 1 },
    },
    {
      shapes: [
        [4, 3],
        [1, 3],
      ],
      attrs: { axis: 0 },
    },
  ],
  vjp: ({ src, attrs: { axis } }, g, needs) => {
    let at = 0;
    return src.map((s, i) => {
      const start = g.shape.map((_, a) => (a === axis ? at : 0));
      at += s.shape[axis]!;
      return needs[i] ? apply(slice, [g], { start, size: s.shape, step: g.shape.map(() => 1) }) : null;
    });
  },
  lead: ({ axis }) => ({ axis: axis + 1 }),
  read: (node, at, algebra) => {
    const { axis } = node.attrs;
    let from = 0;
    return node.src.map((s, source) => {
      const moved = algebra.add(at[axis]!, algebra.constant(-from));
      const access = {
        source,
        index: at.map((i, a) => (a === axis ? moved : i)),
        when: [{ value: moved, lo: 0, hi: s.shape[axis]! }],
      };
      from += s.shape[axis]!;
      return access;
    });
  },
};

/**
 * What reads this is computed no earlier than the other sources: a kernel waits for all that its values are made of, whether or not a
 * number of it is read.
 */
export const after: MovementOp<undefined> = {
  name: 'after',
  kind: 'movement',
  arity: null,
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  key: () => '',
  examples: [{ shapes: [[3, 5], [7]], attrs: undefined }],
  vjp: ({ src }, g) => src.map((_, i) => (i === 0 ? g : null)),
  lead: () => undefined,
  read: (_, at) => [{ source: 0, index: at, when: [] }],
};

/** More pieces than this are not joined one by one. */
const PIECES = 1024;

/** What x was put together from along an axis. */
const piecesOf = (x: Node, axis: number): readonly Node[] =>
  x.op === cat && (x as Node<{ axis: number }>).attrs.axis === axis && x.src.length < PIECES ? x.src : [x];

/** x and behind it y, along an axis. */
export const joinedNode = (x: Node, y: Node, axis: number): Node =>
  apply(cat, [...piecesOf(x, axis), ...piecesOf(y, axis)], { axis });

/** The records of this file by name. */
export const MOVEMENT = { reshape, permute, slice, pad, flip, cat, after } as const;
