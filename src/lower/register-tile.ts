/**
 * A tile of a product of matrices that stays in registers while the folded range runs: a few rows by a few vectors.
 */
import type { DType } from '../base/dtype.js';
import type { Expr, Index, Local, Stmt } from '../ir/expr.js';
import { mulAdd } from '../ops/index.js';
import type { Expressions } from '../rules/expressions.js';
import { constantIndex, loopVar, plus, varIndex } from '../rules/index-algebra.js';
import type { Arguments } from './kernel.js';

/** Steps of the folded range written out one after another. */
const UNROLL = 4;

/** `step` for every place of a folded range of `size`, several written out one after another. */
export function unrolled(size: number, step: (k: Index) => readonly Stmt[]): Stmt[] {
  const k = loopVar('k', size);
  const many = Math.floor(size / UNROLL) * UNROLL;
  const out: Stmt[] = [];
  if (many > 0) {
    const body = Array.from({ length: UNROLL }, (_, u) => step(plus(varIndex(k), constantIndex(u)))).flat();
    out.push({ s: 'for', v: k, step: UNROLL, to: many, body });
  }
  for (let u = many; u < size; u++) out.push(...step(constantIndex(u)));
  return out;
}

export class RegisterTile {
  /** The running sums, by row and vector. */
  readonly sums: readonly (readonly Local[])[];

  constructor(
    private readonly e: Expressions,
    args: Arguments,
    dtype: DType,
    rows: number,
    vectors: number,
    private readonly lanes: number,
  ) {
    this.sums = Array.from({ length: rows }, (_, i) =>
      Array.from({ length: vectors }, (_, j) => args.local(`t${i}${j}`, dtype, lanes)),
    );
  }

  /** A statement for each of the sums, row by row. */
  each(f: (i: number, j: number, sum: Local) => Stmt): Stmt[] {
    return this.sums.flatMap((row, i) => row.map((local, j) => f(i, j, local)));
  }

  start(value: (i: number, j: number) => Expr): Stmt[] {
    return this.each((i, j, local) => ({ s: 'set', local, value: value(i, j) }));
  }

  /** Adds the products of one place of the folded range: of an element of `a` for each row and a vector of `b` for each column. */
  step(a: (i: number) => Expr, b: (j: number) => Expr): Stmt[] {
    const { e, lanes } = this;
    const right = this.sums[0]!.map((_, j) => b(j));
    const left = this.sums.map((_, i) => e.splat(a(i), lanes));
    return this.each((i, j, local) => ({
      s: 'set',
      local,
      value: e.op(mulAdd, left[i]!, right[j]!, e.local(local)),
    }));
  }
}
