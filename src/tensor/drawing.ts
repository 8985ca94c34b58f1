/**
 * From a draw of a generator to random numbers at each position of a shape, as nodes: bits, uniform and normal.
 */
import type { DType } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { internShape, type Shape, sizeOf } from '../base/shape.js';
import { apply, type Node } from '../ir/node.js';
import * as ops from '../ops/index.js';
import { eachCall, refreshed } from '../run/capture.js';
import { defaultGenerator, Generator } from './generator.js';
import { argumentNode, castNode, reshapeNode, showKind } from './operands.js';

type Word = 0 | 1 | 2 | 3;

/** Random bits, as int32, at each position. */
export type Bits = (word: Word) => Node;

/** One draw; a compiled function makes it anew at each call. */
class Drawing {
  /** The counter and the key, as numbers of the program. */
  words: readonly number[] = [];

  constructor(generator: Generator) {
    eachCall(() => {
      const { draw, seed } = generator.draw();
      this.words = [...draw, ...seed];
    });
  }
}

/** Draws, seeds and ranges change without compiling anything. */
export const argument = (value: number, shape: Shape): Node => argumentNode(value, shape, 'int32');

/** The four words of random bits at each position of `shape`, by one draw of the generator. @throws ArgumentError unless it is one */
export function bitsOf(shape: Shape, generator: Generator = defaultGenerator): Bits {
  if (!(generator instanceof Generator))
    throw new ArgumentError(`generator must be a Generator, got ${showKind(generator)}`);
  const drawing = new Drawing(generator);
  const position = reshapeNode(ops.iotaNode(internShape([sizeOf(shape)]), 0), shape);
  const words = drawing.words.map((n, i) => refreshed(argument(n, shape), () => drawing.words[i]!));
  const src = [position, ...words];
  return (word) => apply(ops.randomBits, src, { word });
}

const constant = (value: number, like: Node): Node => ops.constantNode(value, like.shape, like.dtype);
const times = (a: Node, b: number): Node => apply(ops.mul, [a, constant(b, a)]);
const plus = (a: Node, b: Node | number): Node => apply(ops.add, [a, typeof b === 'number' ? constant(b, a) : b]);

/** The upper `count` bits of words, as a float. */
const upper = (bits: Node, count: number, dtype: DType): Node =>
  castNode(apply(ops.shiftRightLogical, [bits, constant(32 - count, bits)]), dtype);

/**
 * A whole number of as many random bits as the dtype holds exactly, and how many these are: 24, or 53 from two words.
 */
function wholeOf(bits: Bits, from: 0 | 2, dtype: DType): { readonly whole: Node; readonly count: number } {
  const second: Word = from === 0 ? 1 : 3;
  if (dtype === 'float32') return { whole: upper(bits(from), 24, dtype), count: 24 };
  return { whole: plus(times(upper(bits(from), 27, dtype), 2 ** 26), upper(bits(second), 26, dtype)), count: 53 };
}

/** In [0, 1), at equal distances; from word `from`, and in float64 the next. */
export function uniform(bits: Bits, from: 0 | 2, dtype: DType): Node {
  const { whole, count } = wholeOf(bits, from, dtype);
  return times(whole, 2 ** -count);
}

/** In (0, 1]: never the 0 whose logarithm is infinite. */
export function uniformAbove0(bits: Bits, from: 0 | 2, dtype: DType): Node {
  const { whole, count } = wholeOf(bits, from, dtype);
  return times(plus(whole, 1), 2 ** -count);
}

/** Normal with mean 0 and variance 1, by Box and Muller's transform, from words 0 and 1, and in float64 all four. */
export function standardNormal(bits: Bits, dtype: DType): Node {
  const radius = apply(ops.sqrt, [times(apply(ops.log, [uniformAbove0(bits, 0, dtype)]), -2)]);
  const angle = dtype === 'float32' ? times(upper(bits(1), 24, dtype), 2 ** -24) : uniform(bits, 2, dtype);
  return apply(ops.mul, [radius, apply(ops.cos, [times(angle, 2 * Math.PI)])]);
}
