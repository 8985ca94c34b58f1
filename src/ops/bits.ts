/**
 * Bits of whole numbers, and the counter-based random bits made of them.
 */
import { DTypeError } from '../base/errors.js';
import type { Expr } from '../ir/expr.js';
import type { Domain, ElementwiseOp } from '../ir/op.js';
import { add, mul } from './arithmetic.js';
import { bits } from './cast.js';
import { xor } from './logic.js';
import { alike } from './typing.js';

type Plain = ElementwiseOp<undefined>;

const shift = (
  name: string,
  scalar: (a: number, b: number) => number,
  { wasm, c, js }: { readonly wasm: string; readonly c: string; readonly js: string },
): Plain => ({
  name,
  kind: 'elementwise',
  arity: 2,
  infer: alike(name, 'integer'),
  scalar: ([a, b]) => scalar(a!, b!),
  vjp: { none: 'bits are no numbers' },
  domain: [
    { low: -1000, high: 1000 },
    { low: 0, high: 31 },
  ],
  spell: { wasm: { i32: wasm }, c, js },
});
const LEFT = { wasm: 'shl', c: 'shl', js: '{0} << {1}' };
const RIGHT = { wasm: 'shr_s', c: '{0} >> {1}', js: '{0} >> {1}' };
const LOGICAL = { wasm: 'shr_u', c: 'shr_u', js: '{0} >>> {1} | 0' };
/** a · 2ᵇ, bits past the end lost; b from 0 to 31. */
export const shiftLeft = shift('shiftLeft', (a, b) => a << b, LEFT);
/** ⌊a / 2ᵇ⌋; b from 0 to 31. */
export const shiftRight = shift('shiftRight', (a, b) => a >> b, RIGHT);
/** The bits of a moved down by b, zeros moved in; b from 0 to 31. */
export const shiftRightLogical = shift('shiftRightLogical', (a, b) => (a >>> b) | 0, LOGICAL);

/** Upper half of the 64-bit product of two unsigned 32-bit numbers, in 16-bit pieces that a double holds exactly. */
function mulHighUnsigned(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const low = al * bl;
  const middle = ah * bl + Math.floor(low / 65536);
  const cross = al * bh + (middle % 65536);
  return (ah * bh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) | 0;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
export const mulHigh: Plain = {
  name: 'mulHigh',
  kind: 'elementwise',
  arity: 2,
  infer: alike('mulHigh', 'integer'),
  scalar: ([a, b]) => mulHighUnsigned(a!, b!),
  vjp: { none: 'bits are no numbers' },
  domain: [
    { low: -1e9, high: 1e9 },
    { low: -1e9, high: 1e9 },
  ],
  spell: { wasm: { i32: 'mul_high_u' }, c: 'mul_high_u' },
};

// Philox 4×32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
const ROUNDS = 10;
const MULTIPLIER = [0xd2511f53 | 0, 0xcd9e8d57 | 0] as const;
const WEYL = [0x9e3779b9 | 0, 0xbb67ae85 | 0] as const;

/** What a Philox round needs, on numbers or on expressions. */
interface Words<T> {
  constant(k: number): T;
  add(a: T, b: T): T;
  xor(a: T, b: T): T;
  mul(a: T, b: T): T;
  mulHigh(a: T, b: T): T;
}

function philoxRounds<T>(counter: readonly [T, T, T, T], key: readonly [T, T], w: Words<T>): [T, T, T, T] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  const m0 = w.constant(MULTIPLIER[0]);
  const m1 = w.constant(MULTIPLIER[1]);
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) {
      k0 = w.add(k0, w.constant(WEYL[0]));
      k1 = w.add(k1, w.constant(WEYL[1]));
    }
    const next: [T, T, T, T] = [
      w.xor(w.xor(w.mulHigh(m1, c2), c1), k0),
      w.mul(m1, c2),
      w.xor(w.xor(w.mulHigh(m0, c0), c3), k1),
      w.mul(m0, c0),
    ];
    [c0, c1, c2, c3] = next;
  }
  return [c0, c1, c2, c3];
}

const ON_NUMBERS: Words<number> = {
  constant: (k) => k,
  add: (a, b) => (a + b) | 0,
  xor: (a, b) => a ^ b,
  mul: Math.imul,
  mulHigh: mulHighUnsigned,
};

/** The four 32-bit words (as int32) of Philox 4×32-10 for a counter and a key. */
export const philoxWords = (
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] => philoxRounds(counter, key, ON_NUMBERS);

/**
 * 32 random bits for each position: word `word` of Philox at counter (position, 0, draw low, draw high) under the
 * key (seed low, seed high). Sources: position, draw low, draw high, seed low, seed high, all int32.
 */
export const randomBits: ElementwiseOp<{ readonly word: 0 | 1 | 2 | 3 }> = {
  name: 'randomBits',
  kind: 'elementwise',
  arity: 5,
  infer: (src) => {
    if (src.some((s) => s.dtype !== 'int32')) throw new DTypeError('randomBits takes int32 sources');
    return alike('randomBits', 'integer')(src);
  },
  key: ({ word }) => String(word),
  scalar: ([at, d0, d1, s0, s1], _, { word }) => philoxWords([at!, 0, d0!, d1!], [s0!, s1!])[word],
  vjp: { none: 'random bits follow no number smoothly' },
  examples: ([0, 1, 2, 3] as const).map((word) => ({ shapes: [[21], [21], [21], [21], [21]], attrs: { word } })),
  domain: new Array<Domain>(5).fill({ low: -2e9, high: 2e9 }),
  position: 0,
  cost: 90,
  expand: ([at, d0, d1, s0, s1], dtype, { word }, e) => {
    const lanes = at!.lanes;
    const words: Words<Expr> = {
      constant: (k) => e.constant(k, dtype, lanes),
      add: (a, b) => e.op(add, a, b),
      xor: (a, b) => e.op(xor, a, b),
      mul: (a, b) => e.op(mul, a, b),
      mulHigh: (a, b) => e.op(mulHigh, a, b),
    };
    return philoxRounds([at!, words.constant(0), d0!, d1!], [s0!, s1!], words)[word];
  },
};

/** A bound that the plan checks at run time before anything is overwritten. */
export interface IndexLimit {
  /** Valid values are 0 … limit − 1. */
  readonly limit: number;
  /** What the value is, for the message: `index`, `label`. */
  readonly what: string;
  /** What to say instead of the range. */
  readonly message?: string;
}

/** The index itself, checked at run time to be in range. */
export const checkIndex: ElementwiseOp<IndexLimit> = {
  name: 'checkIndex',
  kind: 'elementwise',
  arity: 1,
  infer: alike('checkIndex', 'integer'),
  key: ({ limit, what, message = '' }) => `${limit} ${what} ${message}`,
  scalar: ([x]) => x!,
  vjp: { none: 'an index is no number that varies smoothly' },
  examples: [{ shapes: [[9]], attrs: { limit: 5, what: 'index' } }],
  domain: [{ low: 0, high: 4 }],
  check: ({ limit, what, message }) => ({
    limit,
    message: (value) => message ?? `${what} ${value} is out of range: expected 0 … ${limit - 1}`,
  }),
  expand: ([x]) => x!,
};

/** The records of this file by name. */
export const BITS = { shiftLeft, shiftRight, shiftRightLogical, mulHigh, randomBits, checkIndex, bits } as const;
