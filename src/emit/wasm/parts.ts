/**
 * The integer arithmetic below the expressions of a kernel: addresses and guards, taken apart into terms which can be
 * shared and moved out of loops one by one. Parts with equal keys have equal values at the same point of a kernel.
 */
import { bytesOf, type DType } from '../../base/dtype.js';
import type { Atom, Guard, Index } from '../../ir/expr.js';
import { type OpenGuard, openGuards } from '../bounds.js';
import { type Tokens, tokensOfAtom, union } from '../dependence.js';

/** An atom of an index times a number, which may be an argument, and times the bytes of an element: an i32. */
export interface Term {
  readonly p: 'term';
  readonly key: string;
  readonly atom: Atom;
  readonly by: number;
  readonly bytes: number;
}

/** The start of buffer `slot` (unless null) + Σ terms + constant: an i32. */
export interface Sum {
  readonly p: 'sum';
  readonly key: string;
  readonly slot: number | null;
  readonly terms: readonly Term[];
  readonly constant: number;
}

/** Whether sum + shift compares so with limit: an i32, 0 or 1. */
export interface Test {
  readonly p: 'test';
  readonly key: string;
  readonly sum: Sum;
  readonly shift: number;
  readonly relation: 'lt_s' | 'ge_s' | 'lt_u';
  readonly limit: number;
  /** What it was made of. */
  readonly guard: Guard;
}

/** A place in memory: the address `sum`, and what the instruction itself adds to it. */
export interface Access {
  readonly sum: Sum;
  readonly offset: number;
}

export const term = (atom: Atom, by: number, bytes = 1): Term => ({
  p: 'term',
  key: `${atom.key}*${by}*${bytes}`,
  atom,
  by,
  bytes,
});

export const sum = (slot: number | null, terms: readonly Term[], constant: number): Sum => ({
  p: 'sum',
  key: `${slot ?? ''}[${terms.map((t) => t.key).join(' ')}]${constant}`,
  slot,
  terms,
  constant,
});

const termsOf = (index: Index, bytes: number): Term[] => index.terms.map((t) => term(t.atom, t.by, bytes));

/** The value of an index. */
export const sumOf = (index: Index): Sum => sum(null, termsOf(index, 1), index.constant);

/** The least value of the terms of an index, by the bounds of their atoms. */
const leastOf = (index: Index): number =>
  index.terms.reduce((least, { atom, by }) => least + (by > 0 ? by * atom.min : by * atom.max), 0);

/** Where element `index` of a buffer lies. */
export function accessOf(slot: number, index: Index, dtype: DType): Access {
  const size = bytesOf(dtype);
  const terms = termsOf(index, size);
  const constant = index.constant * size;
  // The offset of an instruction is added without wrapping round, so what it is added to must not be below 0.
  const inOffset = constant >= 0 && leastOf(index) >= 0;
  return { sum: sum(slot, terms, inOffset ? 0 : constant), offset: inOffset ? constant : 0 };
}

/** lo ≤ index < hi as at most one comparison: true or false where the bounds of the index decide. */
function testOf(guard: Guard): Test | boolean {
  const open = openGuards([guard]);
  if (!open) return false;
  if (open.length === 0) return true;
  const { index, lo, hi } = guard;
  const [{ lo: least, hi: most }] = open as [OpenGuard];
  const terms = sum(null, termsOf(index, 1), 0);
  const test = (relation: Test['relation'], shift: number, limit: number): Test => ({
    p: 'test',
    key: `${terms.key}+${shift} ${relation} ${limit}`,
    sum: terms,
    shift,
    relation,
    limit,
    guard,
  });
  if (least === null) return test('lt_s', 0, hi - index.constant);
  if (most === null) return test('ge_s', 0, lo - index.constant);
  // Below lo the difference is negative, which as an unsigned number is larger than any range.
  return test('lt_u', index.constant - lo, hi - lo);
}

/** What remains to be tested for all guards to hold, without repetitions; null where they never do. */
export function testsOf(guards: readonly Guard[]): readonly Test[] | null {
  const tests = new Map<string, Test>();
  for (const guard of guards) {
    const test = testOf(guard);
    if (test === false) return null;
    if (test !== true) tests.set(test.key, test);
  }
  return [...tests.values()];
}

export const tokensOfTerm = (t: Term): Tokens => tokensOfAtom(t.atom);
export const tokensOfSum = (s: Sum): Tokens => union(s.terms.map(tokensOfTerm));
