/**
 * Random numbers by counting: Philox turns (seed, draw, position) into bits, so a generator is two numbers, its seed
 * and how often it has drawn. The same seed gives the same numbers on every engine.
 */
import { ArgumentError } from '../base/errors.js';
import { philoxWords } from '../ops/index.js';
import { eachCall, refuseInside } from '../run/capture.js';

/** Where a generator stands. Plain numbers, for files. */
export interface GeneratorState {
  /** What it was seeded with. */
  readonly seed: number;
  /** How many draws have been made: one for a tensor of random numbers, a few for some distributions. */
  readonly draws: number;
}

/** A whole number up to 2⁵³ as two int32 words, low first. */
const words = (n: number): readonly [number, number] => [n | 0, Math.floor(n / 2 ** 32) | 0];

const unsigned = (word: number): number => word >>> 0;

function checkCounter(what: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ArgumentError(`the ${what} of a generator must be a whole number from 0 to 2^53 - 1, got ${String(value)}`);
}

/** The counter and the key of one draw, as int32 words. */
export interface Draw {
  readonly draw: readonly [number, number];
  readonly seed: readonly [number, number];
}

/** A source of random numbers of its own, beside the default one that `manualSeed` seeds. */
export class Generator {
  private seed: number;
  private draws = 0;

  /** @throws ArgumentError unless the seed is a whole number from 0 to 2⁵³ − 1 */
  constructor(seed = 0) {
    this.seed = checkCounter('seed', seed);
  }

  /** Starts anew from a seed. */
  reset(seed: number): void {
    this.restore({ seed, draws: 0 });
  }

  /** The next draw. Positions within a draw are the elements of a tensor. @internal */
  draw(): Draw {
    return { draw: words(this.draws++), seed: words(this.seed) };
  }

  /** Where the generator stands: what `restore` takes. */
  state(): GeneratorState {
    return { seed: this.seed, draws: this.draws };
  }

  /** Goes on from where another generator stood. */
  restore({ seed, draws }: GeneratorState): void {
    const [s, d] = [checkCounter('seed', seed), checkCounter('draws', draws)];
    eachCall(() => {
      this.seed = s;
      this.draws = d;
    });
  }

  /** The numbers 0 … n − 1 in random order (Fisher and Yates), computed here and now. One draw. */
  permutation(n: number): Int32Array {
    if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31) {
      throw new ArgumentError(`a permutation has a whole number of elements from 0 up, got ${String(n)}`);
    }
    refuseInside('a random order is drawn at once', 'draw it outside and pass it as an argument');
    const { draw, seed } = this.draw();
    const order = new Int32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const [a, b] = philoxWords([i, 0, ...draw], seed);
      // 53 random bits times at most 2³¹ places: no place is favoured by more than one part in 2²².
      const j = Math.floor(((unsigned(a) >>> 5) * 2 ** 26 + (unsigned(b) >>> 6)) * 2 ** -53 * (i + 1));
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}

/** The generator of all random tensors that are not told another. */
export const defaultGenerator = new Generator(0);

/** Seeds the default generator: the same seed gives the same random tensors in the same order. */
export function manualSeed(seed: number): Generator {
  defaultGenerator.reset(seed);
  return defaultGenerator;
}
