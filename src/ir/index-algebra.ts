/**
 * The arithmetic in which movement is written. A movement op maps the index of an output element to the index of the
 * input element it shows; it says so once, over this interface, and is read twice: with plain numbers by
 * the interpreter, with symbols by the compiler.
 */
export interface IndexAlgebra<I> {
  constant(k: number): I;
  add(a: I, b: I): I;
  /** a · k for a whole number k. */
  scale(a: I, k: number): I;
  /** ⌊a / k⌋ for k ≥ 1 */
  div(a: I, k: number): I;
  /** a − k⌊a / k⌋ for k ≥ 1 */
  mod(a: I, k: number): I;
}

/** lo ≤ value < hi */
export interface Within<I> {
  readonly value: I;
  readonly lo: number;
  readonly hi: number;
}

/** One place an output element may come from: `src[source]` at `index`, where every condition of `when` holds. */
export interface Access<I> {
  readonly source: number;
  readonly index: readonly I[];
  readonly when: readonly Within<I>[];
}

/** The algebra of plain whole numbers. */
export const NUMBERS: IndexAlgebra<number> = {
  constant: (k) => k,
  add: (a, b) => a + b,
  scale: (a, k) => a * k,
  div: (a, k) => Math.floor(a / k),
  mod: (a, k) => a - k * Math.floor(a / k),
};

/** Σ index·stride: the position of an element in row-major order. */
export function linear<I>(index: readonly I[], shape: readonly number[], algebra: IndexAlgebra<I>): I {
  let at = algebra.constant(0);
  for (let i = 0; i < index.length; i++) at = algebra.add(algebra.scale(at, shape[i]!), index[i]!);
  return at;
}

/** The index in `shape` of the element at row-major position `at`; the inverse of {@link linear}. */
export function unravel<I>(at: I, shape: readonly number[], algebra: IndexAlgebra<I>): I[] {
  const index = new Array<I>(shape.length);
  let rest = at;
  for (let i = shape.length - 1; i >= 0; i--) {
    const n = Math.max(shape[i]!, 1);
    if (i === 0) index[i] = rest;
    else {
      index[i] = algebra.mod(rest, n);
      rest = algebra.div(rest, n);
    }
  }
  return index;
}
