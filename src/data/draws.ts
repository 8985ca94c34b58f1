/**
 * Random numbers on the host that depend on a seed and a place alone, not on what was drawn before elsewhere.
 *
 * They are Philox words under the seed, as the tensors' random numbers are, at counters the tensors never use
 * (their second word is 0, here it is not).
 */
import { ArgumentError } from '../base/errors.js';
import { philoxWords } from '../ops/bits.js';

/** What the numbers are for; each purpose has its own. */
const PURPOSE = { trainDigits: 1, testDigits: 2 } as const;
export type Purpose = keyof typeof PURPOSE;

/** @throws ArgumentError unless `seed` is a whole number from 0 to 2⁵³−1. */
export function checkSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new ArgumentError(`a seed is a whole number from 0 up to 2^53 - 1, got ${String(seed)}`);
}

/** The stream of random numbers for one purpose and one place (the number of an image) under a seed. */
export class Draws {
  private readonly key: readonly [number, number];
  private block = 0;
  private words: readonly number[] = [];
  private used = 4;

  constructor(
    seed: number,
    private readonly purpose: Purpose,
    private readonly place: number,
  ) {
    checkSeed(seed);
    this.key = [seed | 0, Math.floor(seed / 2 ** 32) | 0];
  }

  /** 32 random bits, as a whole number from 0 to 2³²−1. */
  bits(): number {
    if (this.used === 4) {
      this.words = philoxWords([this.block++, PURPOSE[this.purpose], this.place, 0], this.key);
      this.used = 0;
    }
    return this.words[this.used++]! >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number from 0 to `n` − 1, each equally likely; `n` up to 2³². */
  below(n: number): number {
    // Words above the largest multiple of n are drawn again: they would favour the small numbers.
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.bits();
    while (word >= limit) word = this.bits();
    return word % n;
  }
}
