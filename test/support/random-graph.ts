/**
 * Random programs over the whole alphabet. A program follows from a list of choices, each good for one step whatever
 * came before, so that fast-check can leave some out when it looks for the smallest program that fails.
 */
import fc from 'fast-check';
import { type DType, isFloat } from '../../src/base/dtype.js';
import { internShape, sizeOf } from '../../src/base/shape.js';
import { apply, type Node } from '../../src/ir/node.js';
import type { Op } from '../../src/ir/op.js';
import * as ops from '../../src/ops/index.js';
import { updateSlices } from '../../src/optim/slices.js';
import { type GraphProgram, type Step, showProgram } from './graph-program.js';
import { type Input, nodeOf, uniform } from './sample.js';

updateSlices();

/** What decides one step: which kind, on which values, and the seed of everything else. */
interface Choice {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly seed: number;
}

/** What is known of a value. */
interface Known {
  readonly node: Node;
  /** Largest size of an element. */
  readonly size: number;
  /** Elements are multiples of 2^−bits, and float32 holds them exactly; null when they are rounded. */
  readonly bits: number | null;
}

const SIZES = [0, 1, 1, 2, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 20, 31, 33, 40, 67, 130];
/** What a program begins with. */
const FIRST = [[3, 5], [4, 33], [17, 16], [130, 7], [67], [], [2, 3, 4, 5], [20, 64], [5, 1, 40], [64, 10]];
const MOST = 4000;
const ANY: readonly DType[] = ['float32', 'float32', 'float32', 'int32', 'uint8', 'bool'];

class Builder {
  private readonly inputs: Input[] = [];
  /** Steps with their results; sources are values, numbered at the end. */
  private readonly steps: {
    readonly op: Op;
    readonly src: readonly Known[];
    readonly attrs: unknown;
    readonly value?: number;
    readonly result: Known;
  }[] = [];
  private readonly inputValues: Known[] = [];
  private readonly pool: Known[] = [];
  private readonly writes: { readonly input: Known; readonly value: Known }[] = [];
  private readonly used = new Set<Known>();
  private random: () => number = uniform(0);

  /** With `smooth`, only what has the same derivative however values are rounded. */
  constructor(
    private readonly smooth: boolean,
    first: number,
  ) {
    this.input(FIRST[first % FIRST.length]!, 'float32');
  }

  private int(n: number): number {
    return Math.floor(this.random() * n);
  }
  private one<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  private input(shape: readonly number[], dtype: DType): Known {
    const bits = dtype === 'float32' ? 3 : 0;
    const draw: Record<DType, () => number> = {
      float32: () => (this.int(33) - 16) / 8,
      float64: () => (this.int(33) - 16) / 8,
      int32: () => this.int(41) - 20,
      uint8: () => this.int(256),
      bool: () => this.int(2),
    };
    const input = { shape, dtype, values: Array.from({ length: sizeOf(shape) }, draw[dtype]) };
    this.inputs.push(input);
    const known = { node: nodeOf(input), size: dtype === 'uint8' ? 255 : dtype === 'int32' ? 20 : 2, bits };
    this.inputValues.push(known);
    this.pool.push(known);
    return known;
  }

  private step(
    op: Op,
    src: readonly Known[],
    attrs: unknown,
    size: number,
    bits: number | null,
    value?: number,
  ): Known {
    const node = apply(
      op,
      src.map((s) => s.node),
      attrs,
    );
    const held = bits !== null && src.every((s) => s.bits !== null) && size * 2 ** bits <= 2 ** 24 ? bits : null;
    const whole = !isFloat(node.dtype);
    const limit = node.dtype === 'bool' ? 1 : node.dtype === 'uint8' ? 255 : size;
    const result = { node, size: Math.min(limit, whole ? 2 ** 31 : Infinity), bits: whole ? 0 : held };
    this.steps.push({ op, src, attrs, result, ...(value === undefined ? {} : { value }) });
    for (const s of src) this.used.add(s);
    this.pool.push(result);
    return result;
  }

  private randomShape(): number[] {
    for (;;) {
      const shape = Array.from({ length: this.int(5) }, () => this.one(SIZES));
      if (sizeOf(shape) <= MOST) return shape;
    }
  }

  private constant(value: number, like: Known): Known {
    const { shape, dtype } = like.node;
    const attrs = { value, shape, dtype };
    return this.step(ops.constant, [], attrs, Math.abs(value), 3);
  }

  private cast(x: Known, to: DType): Known {
    if (x.node.dtype === to) return x;
    const exact = isFloat(to) && x.size <= 2 ** 24 ? (x.bits ?? null) : null;
    return this.step(ops.cast, [x], { to }, x.size, exact);
  }

  /** A value of the shape and dtype of `like`: one there is, or a new one. */
  private partner(like: Known, b: number): Known {
    const fits = this.pool.filter(
      (k) =>
        k.node.shape === like.node.shape && (isFloat(k.node.dtype) === isFloat(like.node.dtype) || k.bits !== null),
    );
    if (b % 3 === 0 || fits.length === 0) return this.input(like.node.shape, like.node.dtype);
    return this.cast(fits[b % fits.length]!, like.node.dtype);
  }

  /** `x` in a form that does not jump when it is rounded differently. */
  private settled(x: Known): boolean {
    return !isFloat(x.node.dtype) || x.bits !== null;
  }

  private float(x: Known): Known {
    return isFloat(x.node.dtype) ? x : this.cast(x, 'float32');
  }

  private binary(a: Known, b: number): void {
    const x = a.node.dtype === 'bool' ? this.cast(a, 'int32') : a;
    const y = this.partner(x, b);
    const sum = x.bits !== null && y.bits !== null ? Math.max(x.bits, y.bits) : null;
    const product = x.bits !== null && y.bits !== null ? x.bits + y.bits : null;
    const kind = this.int(4);
    if (kind === 0) this.step(ops.add, [x, y], undefined, x.size + y.size, sum);
    else if (kind === 1) this.step(ops.sub, [x, y], undefined, x.size + y.size, sum);
    else if (kind === 2 && x.size * y.size < 1e6) this.step(ops.mul, [x, y], undefined, x.size * y.size, product);
    else if (this.settled(x) && this.settled(y))
      this.step(this.one([ops.maximum, ops.minimum]), [x, y], undefined, Math.max(x.size, y.size), sum);
  }

  private divide(a: Known, b: number): void {
    const x = this.float(a);
    const y = this.float(this.partner(x, b));
    const below = this.step(
      ops.add,
      [this.step(ops.mul, [y, y], undefined, y.size ** 2, null), this.constant(1, y)],
      undefined,
      y.size ** 2 + 1,
      null,
    );
    if (y.size < 1e3) this.step(ops.div, [x, below], undefined, x.size, null);
  }

  private unary(a: Known): void {
    const numeric = a.node.dtype === 'bool' ? this.cast(a, 'uint8') : a;
    const { size, bits } = numeric;
    const plain = [ops.neg, ops.abs, ops.relu, ops.sign, ops.floor, ops.ceil, ops.trunc, ops.round];
    const op = this.one(this.settled(numeric) ? plain : [ops.neg]);
    // A uint8 wraps.
    const most = numeric.node.dtype === 'uint8' ? 255 : Math.max(size, 1);
    this.step(op, [numeric], undefined, most, bits);
  }

  private transcendental(a: Known): void {
    const x = this.float(a);
    const kind = this.int(8);
    const bounded = [ops.sin, ops.cos, ops.tanh, ops.erf, ops.sigmoid] as const;
    if (kind < 5) {
      if (x.size <= 64) this.step(bounded[kind as 0 | 1 | 2 | 3 | 4], [x], undefined, 1, null);
      return;
    }
    if (x.size > 1e3) return;
    const square = this.step(ops.mul, [x, x], undefined, x.size ** 2, x.bits === null ? null : 2 * x.bits);
    const above = this.step(ops.add, [square, this.constant(0.5, square)], undefined, x.size ** 2 + 1, square.bits);
    if (kind === 5)
      this.step(ops.exp, [this.step(ops.neg, [above], undefined, above.size, above.bits)], undefined, 1, null);
    else
      this.step(
        kind === 6 ? ops.log : ops.sqrt,
        [above],
        undefined,
        Math.max(1, Math.log(above.size), Math.sqrt(above.size)),
        null,
      );
  }

  private compare(a: Known, b: number): void {
    if (!this.settled(a)) return;
    const y = this.partner(a, b);
    if (!this.settled(y)) return;
    const condition = this.step(this.one([ops.eq, ops.ne, ops.lt, ops.le]), [a, y], undefined, 1, 0);
    if (this.int(2) === 0) this.choose(condition, b);
  }

  private choose(condition: Known, b: number): void {
    const same = this.pool.filter((k) => k.node.shape === condition.node.shape);
    const x = same[b % same.length]!;
    const y = this.partner(x, this.int(100));
    const bits = x.bits !== null && y.bits !== null ? Math.max(x.bits, y.bits) : null;
    this.step(ops.where, [condition, x, y], undefined, Math.max(x.size, y.size), bits);
  }

  private logic(a: Known, b: number): void {
    const x = isFloat(a.node.dtype) ? (this.settled(a) ? this.cast(a, this.one(['int32', 'bool'])) : null) : a;
    if (!x) return;
    if (x.node.dtype === 'bool' && this.int(4) === 0) return void this.step(ops.not, [x], undefined, 1, 0);
    const y = this.partner(x, b);
    const all = 2 ** 31;
    if (x.node.dtype === 'int32' && this.int(3) === 0) {
      const by = this.step(ops.and, [y, this.constant(31, y)], undefined, 31, 0);
      this.step(this.one([ops.shiftLeft, ops.shiftRight, ops.shiftRightLogical]), [x, by], undefined, all, 0);
    } else this.step(this.one([ops.and, ops.or, ops.xor]), [x, y], undefined, all, 0);
  }

  private convert(a: Known): void {
    if (!isFloat(a.node.dtype)) return void this.cast(a, this.one(ANY));
    if (this.settled(a) && this.int(2) === 0) this.cast(a, this.one(['int32', 'uint8', 'bool']));
    else
      this.step(
        ops.cast,
        [this.step(ops.cast, [a], { to: 'float64' }, a.size, a.bits)],
        { to: 'float32' },
        a.size,
        a.bits,
      );
  }

  private reduce(a: Known): void {
    const { shape } = a.node;
    const axes = shape.flatMap((_, i) => (this.int(2) === 0 ? [i] : []));
    const n = axes.reduce((p, i) => p * shape[i]!, 1);
    const kind = this.int(6);
    const numeric = a.node.dtype === 'bool' && kind !== 3 && kind !== 4 ? this.cast(a, 'int32') : a;
    const size = numeric.size;
    if (kind === 3 || kind === 4) {
      // The extreme of no floats is infinite.
      if (this.settled(numeric) && n > 0)
        this.step(kind === 3 ? ops.max : ops.min, [numeric], { axes }, size, numeric.bits);
    } else if (kind === 5) {
      if (Math.max(size, 1) ** n < 1e6)
        this.step(
          ops.prod,
          [numeric],
          { axes },
          Math.max(size, 1) ** n,
          numeric.bits === null ? null : numeric.bits * n,
        );
    } else if (size * n < 1e7) this.step(ops.sum, [numeric], { axes }, size * n, numeric.bits);
  }

  private normalise(a: Known): void {
    const x = this.float(a);
    const { shape } = x.node;
    if (shape.length === 0 || sizeOf(shape) === 0 || x.size > 1e3 || (this.smooth && !this.settled(x))) return;
    const axes = [this.int(2) === 0 ? shape.length - 1 : this.int(shape.length)];
    const back = (k: Known): Known => this.step(ops.expand, [k], { shape }, k.size, k.bits);
    const n = shape[axes[0]!]!;
    if (this.int(2) === 0) {
      const top = this.step(ops.max, [x], { axes }, x.size, x.bits);
      const e = this.step(
        ops.exp,
        [this.step(ops.sub, [x, back(top)], undefined, 2 * x.size, x.bits)],
        undefined,
        1,
        null,
      );
      this.step(ops.div, [e, back(this.step(ops.sum, [e], { axes }, n, null))], undefined, 1, null);
      return;
    }
    const mean = this.step(
      ops.div,
      [
        this.step(ops.sum, [x], { axes }, x.size * n, x.bits),
        this.constant(n, { ...x, node: apply(ops.sum, [x.node], { axes }) }),
      ],
      undefined,
      x.size,
      null,
    );
    const centred = this.step(ops.sub, [x, back(mean)], undefined, 2 * x.size, null);
    const square = this.step(ops.mul, [centred, centred], undefined, 4 * x.size ** 2, null);
    const total = this.step(ops.sum, [square], { axes }, 4 * n * x.size ** 2, null);
    const deviation = this.step(
      ops.sqrt,
      [this.step(ops.add, [total, this.constant(1, total)], undefined, total.size + 1, null)],
      undefined,
      total.size + 1,
      null,
    );
    this.step(ops.div, [centred, back(deviation)], undefined, centred.size, null);
  }

  private move(a: Known): void {
    const { shape } = a.node;
    const rank = shape.length;
    const keep = (op: Op, attrs: unknown, src: readonly Known[] = [a]): Known => {
      const bits = src.every((s) => s.bits !== null) ? Math.max(...src.map((s) => s.bits!)) : null;
      return this.step(op, src, attrs, Math.max(...src.map((s) => s.size)), bits);
    };
    const each = <T>(f: (n: number) => T): T[] => shape.map(f);
    switch (this.int(7)) {
      case 0: {
        const factors = shape.flatMap((n) =>
          n > 3 && n % 2 === 0 ? [2, n / 2] : n % 3 === 0 && n > 3 ? [3, n / 3] : [n],
        );
        const joined: number[] = [];
        for (const f of factors) {
          if (joined.length > 0 && this.int(2) === 0) joined.push(joined.pop()! * f);
          else joined.push(f);
        }
        return void keep(ops.reshape, {
          shape: internShape(
            joined.slice(0, 5).concat(joined.length > 5 ? [joined.slice(5).reduce((p, n) => p * n, 1)] : []),
          ),
        });
      }
      case 1: {
        const axes = shape.map((_, i) => i).sort(() => this.random() - 0.5);
        return void keep(ops.permute, { axes });
      }
      case 2: {
        const step = each(() => 1 + this.int(3));
        const start = each((n) => this.int(Math.min(n, 4)));
        const size = shape.map((n, i) => {
          const most = n === 0 ? 0 : Math.floor((n - 1 - start[i]!) / step[i]!) + 1;
          return this.int(12) === 0 ? 0 : Math.min(most, 1 + this.int(most));
        });
        return void keep(ops.slice, { start, step, size });
      }
      case 3: {
        const before = each(() => (this.int(2) === 0 ? this.int(4) : 0));
        const after = each(() => (this.int(2) === 0 ? this.int(4) : 0));
        const between = each(() => (this.int(3) === 0 ? this.int(3) : 0));
        const grown = shape.map((n, i) => before[i]! + after[i]! + (n === 0 ? 0 : (n - 1) * (between[i]! + 1) + 1));
        if (sizeOf(grown) <= MOST) keep(ops.pad, { before, after, between });
        return;
      }
      case 4:
        return void keep(ops.flip, { axes: shape.flatMap((_, i) => (this.int(2) === 0 ? [i] : [])) });
      case 5: {
        const at = this.int(rank + 1);
        const open = internShape([...shape.slice(0, at), 1, ...shape.slice(at)]);
        const wide = open.map((n) => (n === 1 ? this.one([1, 2, 5, 17]) : n));
        if (sizeOf(wide) > MOST || rank > 3) return;
        return void keep(ops.expand, { shape: internShape(wide) }, [keep(ops.reshape, { shape: open })]);
      }
      default: {
        if (rank === 0 || 2 * sizeOf(shape) > MOST) return;
        const other = this.partner(a, this.int(100));
        return void keep(ops.cat, { axis: this.int(rank) }, this.int(2) === 0 ? [a, other] : [other, a, a]);
      }
    }
  }

  private contract(a: Known, b: number): void {
    const x = a.node.dtype === 'bool' ? this.cast(a, 'uint8') : a;
    const labels = x.node.shape.map((_, i) => i);
    const known = this.pool.filter(
      (k) => k.node.dtype === x.node.dtype && k.node.shape.length > 0 && k.node.shape.length < 4,
    );
    // Shared labels where sizes agree; or a new operand that shares some.
    const y =
      b % 2 === 0 && known.length > 0
        ? known[b % known.length]!
        : this.input([...x.node.shape.filter(() => this.int(2) === 0), this.one([1, 3, 8, 17, 33])], x.node.dtype);
    const free = new Set(labels);
    const other = y.node.shape.map((n, i) => {
      const match = [...free].find((l) => x.node.shape[l] === n);
      if (match !== undefined && this.int(4) > 0) {
        free.delete(match);
        return match;
      }
      return 10 + i;
    });
    const all = [...new Set([...labels, ...other])];
    const out = all.filter(
      (l) =>
        this.int(labels.includes(l) && other.includes(l) ? 4 : 8) !== 0 &&
        !(labels.includes(l) && other.includes(l) && this.int(4) > 0),
    );
    out.sort(() => this.random() - 0.5);
    const sizes = new Map([
      ...labels.map((l, i) => [l, x.node.shape[i]!] as const),
      ...other.map((l, i) => [l, y.node.shape[i]!] as const),
    ]);
    const count = (list: readonly number[]): number => list.reduce((p, l) => p * sizes.get(l)!, 1);
    if (count(all) > 60_000 || count(out) > MOST) return;
    const size = x.size * y.size * count(all.filter((l) => !out.includes(l)));
    if (isFloat(x.node.dtype) && size > 1e6) return;
    const bits = x.bits !== null && y.bits !== null ? x.bits + y.bits : null;
    const result = this.step(ops.contract, [x, y], { a: labels, b: other, out }, size, bits);
    // What usually follows: a bias and an activation.
    if (this.int(2) === 0 && isFloat(result.node.dtype)) {
      const sum = this.step(ops.add, [result, this.partner(result, 0)], undefined, result.size + 2, result.bits);
      if (this.settled(sum)) this.step(ops.relu, [sum], undefined, sum.size, sum.bits);
    }
  }

  private indexed(a: Known): void {
    const { shape, dtype } = a.node;
    if (shape.length === 0) return;
    const axis = this.int(shape.length);
    const n = shape[axis]!;
    if (n === 0) return;
    if (this.settled(a) && this.int(4) === 0) {
      const order = this.step(ops.argsort, [a], { descending: this.int(2) === 0 }, shape.at(-1)!, 0);
      if (shape.length === 1) this.step(ops.gather, [a, order], { axis: 0 }, a.size, a.bits);
      return;
    }
    const index = this.input(
      Array.from({ length: this.int(3) }, () => this.one([1, 2, 3, 7])),
      'int32',
    );
    const values = this.inputs.at(-1)!.values as number[];
    values.forEach((_, i) => {
      values[i] = this.int(n);
    });
    index.node.storage!.homeArray().set(values);
    const checked = this.int(2) === 0 ? this.step(ops.checkIndex, [index], { limit: n, what: 'index' }, n, 0) : index;
    const count = sizeOf(index.node.shape);
    if ((sizeOf(shape) / n) * count > MOST) return;
    const read = this.step(ops.gather, [a, checked], { axis }, a.size, a.bits);
    if (dtype !== 'bool' && this.int(2) === 0 && read.size * count < 1e6) {
      this.step(
        ops.scatterAdd,
        [read, checked],
        { axis, shape: internShape([...shape.slice(0, axis), n + this.int(3), ...shape.slice(axis + 1)]) },
        read.size * count,
        read.bits,
      );
    }
    if (isFloat(dtype) && this.int(2) === 0 && read.size * count < 1e6) {
      const bits = read.bits === null ? null : read.bits + 1;
      this.step(
        ops.sparseUpdate,
        [read, checked, a, this.constant(0.5, a)],
        { axis },
        a.size + read.size * count,
        bits,
      );
    }
  }

  private leaf(): void {
    const shape = internShape(this.randomShape());
    const kind = this.int(3);
    const dtype = this.one(ANY);
    if (kind === 0) this.step(ops.constant, [], { value: dtype === 'float32' ? 0.375 : 1, shape, dtype }, 1, 3);
    else if (kind === 1 && dtype !== 'bool' && dtype !== 'uint8')
      this.step(ops.number, [], { shape, dtype }, 3, 3, dtype === 'float32' ? -1.625 : 3);
    else if (shape.length > 0) this.step(ops.iota, [], { shape, axis: this.int(shape.length) }, Math.max(...shape), 0);
  }

  /** Something of the shape of `x` that is computed from it, or another value. */
  private update(x: Known, b: number): Known {
    const { shape } = x.node;
    const turned = (): Known => this.step(ops.flip, [x], { axes: shape.map((_, i) => i) }, x.size, x.bits);
    const total = (): Known => {
      const axes = shape.flatMap((_, i) => (this.int(2) === 0 ? [i] : []));
      const n = axes.reduce((p, i) => p * shape[i]!, 1);
      return this.step(
        ops.expand,
        [this.step(ops.sum, [x], { axes }, x.size * n, x.bits)],
        { shape },
        x.size * n,
        x.bits,
      );
    };
    const kind = this.int(5);
    if (kind === 0) return turned();
    if (kind === 1) return this.partner(x, b);
    const other = kind === 2 ? turned() : kind === 3 ? total() : this.partner(x, b);
    return this.step(
      ops.add,
      [x, other],
      undefined,
      x.size + other.size,
      x.bits === null || other.bits === null ? null : Math.max(x.bits, other.bits),
    );
  }

  /** A write into the memory of an input: of something computed from it, of it turned round, or of another input. */
  private write(a: Known, b: number): void {
    const like = this.inputValues.filter((k) => k.node.shape === a.node.shape && k.node.dtype === a.node.dtype);
    const inputs = this.inputValues.filter((k) => k.node.dtype !== 'bool');
    const target = like.length > 0 ? like[b % like.length]! : inputs[b % inputs.length]!;
    if (this.writes.some((w) => w.input === target)) return;
    const value = like.length > 0 ? a : this.update(target, b);
    this.writes.push({ input: target, value });
  }

  add(choice: Choice): void {
    this.random = uniform(choice.seed);
    const a = this.pool[this.pool.length - 1 - (choice.a % Math.min(this.pool.length, 6))]!;
    const steps: (() => void)[] = [
      () => this.input(this.randomShape(), this.one(ANY)),
      () => this.binary(a, choice.b),
      () => this.binary(a, choice.b),
      () => this.divide(a, choice.b),
      () => this.unary(a),
      () => this.transcendental(a),
      () => this.compare(a, choice.b),
      () => this.logic(a, choice.b),
      () => this.convert(a),
      () => this.reduce(a),
      () => this.reduce(a),
      () => this.normalise(a),
      () => this.move(a),
      () => this.move(a),
      () => this.move(a),
      () => this.contract(a, choice.b),
      () => this.indexed(a),
      () => this.leaf(),
      () => this.write(a, choice.b),
      () => this.write(a, choice.b),
      () => this.write(a, choice.b),
    ];
    steps[choice.kind % steps.length]!();
  }

  /** The program: what nothing reads is returned, and a value in the middle. */
  done(middle: number): GraphProgram {
    const values = [...this.inputValues, ...this.steps.map((s) => s.result)];
    const place = new Map(values.map((v, i) => [v, i]));
    const at = (v: Known): number => place.get(v)!;
    const unread = this.steps.map((s) => s.result).filter((v) => !this.used.has(v));
    // The memory of an input that is written is compared by itself.
    const chosen = values[middle % values.length]!;
    const outputs = [...new Set([...unread, ...(this.writes.some((w) => w.input === chosen) ? [] : [chosen])].map(at))];
    const steps = this.steps.map(({ op, src, attrs, value, result }): Step => {
      const exact = result.bits !== null;
      return { op, src: src.map(at), attrs, exact, ...(value === undefined ? {} : { value }) };
    });
    return {
      inputs: this.inputs,
      steps,
      outputs,
      writes: this.writes.map((w) => ({ input: at(w.input), value: at(w.value) })),
    };
  }
}

const choice = fc.record({ kind: fc.nat(1000), a: fc.nat(1000), b: fc.nat(1000), seed: fc.nat(2 ** 20) });

/** Programs of about `length` steps; fast-check shows a failing one as text. */
export function programs(length: number, smooth = false): fc.Arbitrary<GraphProgram> {
  return fc
    .tuple(fc.array(choice, { minLength: 1, maxLength: length, size: 'max' }), fc.nat(1000), fc.nat(1000))
    .map(([choices, middle, first]) => {
      const builder = new Builder(smooth, first);
      for (const c of choices) builder.add(c);
      const program = builder.done(middle);
      return { ...program, [fc.toStringMethod]: () => `\n${showProgram(program)}\n` };
    });
}
