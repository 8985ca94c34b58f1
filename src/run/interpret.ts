/**
 * The interpreter: walks the graph and computes every node in full from its record, in the order of the request. It is
 * slow and obvious on purpose; what it computes is what every other engine must compute.
 */
import { allocate, type TypedArray } from '../base/dtype.js';
import { DeviceError, IndexError } from '../base/errors.js';
import { sizeOf, stridesOf } from '../base/shape.js';
import { linear, NUMBERS } from '../ir/index-algebra.js';
import { type Node, withRecording } from '../ir/node.js';
import type {
  AttentionOp,
  ContractAttrs,
  ElementwiseOp,
  GatherOp,
  LeafOp,
  MovementOp,
  ReduceOp,
  ScatterOp,
  SortOp,
  UpdateOp,
  Value,
} from '../ir/op.js';
import { add, labelSizes, mul, sub } from '../ops/index.js';

/** Calls `f` with every index of `shape`, in row-major order. The array passed is reused. */
function eachIndex(shape: readonly number[], f: (index: number[], at: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const total = sizeOf(shape);
  for (let at = 0; at < total; at++) {
    f(index, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

function leaf(node: Node, op: LeafOp, out: TypedArray): void {
  switch (op.from) {
    case 'constant':
      out.fill((node as Node<{ value: number }>).attrs.value);
      return;
    case 'number':
      out.fill(node.value);
      return;
    case 'index': {
      const { axis } = (node as Node<{ axis: number }>).attrs;
      eachIndex(node.shape, (index, at) => {
        out[at] = index[axis]!;
      });
      return;
    }
    default:
      throw new DeviceError(`internal: "${node.op.name}" has no value`);
  }
}

function elementwise(node: Node, op: ElementwiseOp, src: readonly TypedArray[], out: TypedArray): void {
  const x = new Array<number>(src.length);
  const dtype = node.src[0]!.dtype;
  const check = op.check?.(node.attrs);
  for (let i = 0; i < out.length; i++) {
    for (let s = 0; s < src.length; s++) x[s] = src[s]![i]!;
    const y = op.scalar(x, dtype, node.attrs);
    if (check && !(y >= 0 && y < check.limit)) throw new IndexError(check.message(y));
    out[i] = y;
  }
}

function movement(node: Node, op: MovementOp, src: readonly TypedArray[], out: TypedArray): void {
  eachIndex(node.shape, (index, at) => {
    const access = op
      .read(node, index, NUMBERS)
      .find(({ when }) => when.every(({ value, lo, hi }) => value >= lo && value < hi));
    out[at] = access ? src[access.source]![linear(access.index, node.src[access.source]!.shape, NUMBERS)]! : 0;
  });
}

/** How many elements are folded one after another before the partial result joins the others: bounds the rounding error. */
const BLOCK = 128;

function reduce(node: Node, op: ReduceOp<unknown>, x: TypedArray, out: TypedArray): void {
  const source = node.src[0]!;
  const strides = stridesOf(node.shape).map((s, axis) => (node.shape[axis] === source.shape[axis] ? s : 0));
  const { dtype } = node;
  const round = allocate(dtype, 1);
  const fold = (a: number, b: number): number => {
    round[0] = op.combine.scalar([a, b], dtype, undefined);
    return round[0]!;
  };
  const partial = allocate(dtype, out.length).fill(op.initial(dtype));
  const counts = new Int32Array(out.length);
  out.fill(op.initial(dtype));
  eachIndex(source.shape, (index, at) => {
    let o = 0;
    for (let axis = 0; axis < index.length; axis++) o += index[axis]! * strides[axis]!;
    partial[o] = fold(partial[o]!, x[at]!);
    if (++counts[o]! === BLOCK) {
      out[o] = fold(out[o]!, partial[o]!);
      partial[o] = op.initial(dtype);
      counts[o] = 0;
    }
  });
  for (let o = 0; o < out.length; o++) out[o] = fold(out[o]!, partial[o]!);
}

function contract(node: Node, attrs: ContractAttrs, src: readonly TypedArray[], out: TypedArray): void {
  const [a, b] = node.src as [Node, Node];
  const sizes = labelSizes(a, b, attrs);
  const summed = [...sizes.keys()].filter((l) => !attrs.out.includes(l));
  const inner = summed.map((l) => sizes.get(l)!);
  const strideOf = (labels: readonly number[], strides: readonly number[], of: readonly number[]): number[] =>
    of.map((l) => (labels.includes(l) ? strides[labels.indexOf(l)]! : 0));
  const [as, bs] = [stridesOf(a.shape), stridesOf(b.shape)];
  const outA = strideOf(attrs.a, as, attrs.out);
  const outB = strideOf(attrs.b, bs, attrs.out);
  const inA = strideOf(attrs.a, as, summed);
  const inB = strideOf(attrs.b, bs, summed);
  const dot = (index: readonly number[], strides: readonly number[]): number =>
    index.reduce((t, i, k) => t + i * strides[k]!, 0);
  const term = allocate(node.dtype, 2);
  const imul = node.dtype === 'int32';
  eachIndex(node.shape, (index, at) => {
    const [pa, pb] = [dot(index, outA), dot(index, outB)];
    let total = 0;
    term[1] = 0;
    let count = 0;
    eachIndex(inner, (k) => {
      const x = src[0]![pa + dot(k, inA)]!;
      const y = src[1]![pb + dot(k, inB)]!;
      term[0] = imul ? Math.imul(x, y) : x * y;
      term[1] = term[1]! + term[0]!;
      if (++count % BLOCK === 0) {
        term[0] = total + term[1]!;
        total = term[0]!;
        term[1] = 0;
      }
    });
    out[at] = total + term[1]!;
  });
}

/** Calls `f` with the places in a table, and in the list of what an index names along an axis of it, that belong together. */
function eachNamed(
  table: readonly number[],
  axis: number,
  index: TypedArray,
  f: (inTable: number, inList: number) => void,
): void {
  const before = sizeOf(table.slice(0, axis));
  const n = table[axis]!;
  const after = sizeOf(table.slice(axis + 1));
  for (let i = 0; i < before; i++) {
    for (let j = 0; j < index.length; j++) {
      for (let k = 0; k < after; k++) f((i * n + index[j]!) * after + k, (i * index.length + j) * after + k);
    }
  }
}

/** The value of the composition that says what a record means. */
function composed(node: Node, op: AttentionOp<unknown>, src: readonly TypedArray[]): TypedArray {
  const known = new Map<Node, TypedArray>(node.src.map((s, i) => [s, src[i]!]));
  const valueOf = (of: Node): TypedArray => {
    let value = known.get(of);
    if (!value) known.set(of, (value = evaluate(of, of.src.map(valueOf))));
    return value;
  };
  return valueOf(withRecording(false, () => op.composed(node)));
}

function gather(node: Node, op: GatherOp, [x, index]: readonly TypedArray[], out: TypedArray): void {
  eachNamed(node.src[0]!.shape, op.axisOf(node.attrs), index!, (inTable, inList) => {
    out[inList] = x![inTable]!;
  });
}

function scatter(node: Node, op: ScatterOp, [values, index]: readonly TypedArray[], out: TypedArray): void {
  out.fill(op.initial(node.dtype));
  eachNamed(node.shape, op.axisOf(node.attrs), index!, (inTable, inList) => {
    out[inTable] = op.combine.scalar([out[inTable]!, values![inList]!], node.dtype, undefined);
  });
}

function update(node: Node, op: UpdateOp, src: readonly TypedArray[], out: TypedArray): void {
  const { dtype } = node;
  const [values, index, base, factor] = src as [TypedArray, TypedArray, TypedArray, TypedArray];
  const [total, step] = [allocate(dtype, out.length), allocate(dtype, 1)];
  out.set(base);
  eachNamed(node.shape, op.axisOf(node.attrs), index, (inTable, inList) => {
    total[inTable] = add.scalar([total[inTable]!, values[inList]!], dtype, undefined);
    step[0] = mul.scalar([total[inTable]!, factor[inTable]!], dtype, undefined);
    out[inTable] = sub.scalar([base[inTable]!, step[0]!], dtype, undefined);
  });
}

function sort(node: Node, op: SortOp, x: TypedArray, out: TypedArray): void {
  const n = node.shape.at(-1)!;
  const ascending = (a: number, b: number): number =>
    Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a < b ? -1 : Number(a > b);
  const sign = op.descends(node.attrs) ? -1 : 1;
  for (let row = 0; row < out.length; row += n) {
    const places = Array.from({ length: n }, (_, i) => i);
    out.set(
      places.sort((i, j) => sign * ascending(x[row + i]!, x[row + j]!)),
      row,
    );
  }
}

/** The value of one node from those of its sources. */
export function evaluate(node: Node, src: readonly TypedArray[]): TypedArray {
  const { op } = node;
  if (op.kind === 'alias') return src[0]!;
  if (op.kind === 'attention') return composed(node, op, src);
  const out = allocate(node.dtype, sizeOf(node.shape));
  switch (op.kind) {
    case 'leaf':
      leaf(node, op, out);
      break;
    case 'elementwise':
      elementwise(node, op, src, out);
      break;
    case 'movement':
      movement(node, op, src, out);
      break;
    case 'reduce':
      reduce(node, op, src[0]!, out);
      break;
    case 'contract':
      contract(node, (node as Node<ContractAttrs>).attrs, src, out);
      break;
    case 'routine': {
      const typed = (n: Node, data: TypedArray): Value => ({ shape: n.shape, dtype: n.dtype, data });
      op.run(
        node.src.map((s, i) => typed(s, src[i]!)),
        typed(node, out),
        node.attrs,
      );
      break;
    }
    case 'sort':
      sort(node, op, src[0]!, out);
      break;
    case 'gather':
      gather(node, op, src, out);
      break;
    case 'update':
      update(node, op, src, out);
      break;
    default:
      scatter(node, op, src, out);
  }
  return out;
}
