/**
 * Index arithmetic: sums, their terms, and tests of them.
 *
 * What hoisting has put into locals are the sums of those terms that an inner loop does not change; a sum begins with the
 * longest of these and adds the rest.
 */
import { intersect, type Tokens } from '../dependence.js';
import { type Emission, emitSize } from './emission.js';
import { isFree, tokensOfPart } from './graph.js';
import { remaining } from './hoist.js';
import { type Sum, sumOf, type Term, type Test, term } from './parts.js';

/** The exponent of a power of two; −1 for other numbers. */
const exponentOf = (n: number): number => (n > 0 && (n & (n - 1)) === 0 ? 31 - Math.clz32(n) : -1);

/** Multiplies the number on the stack. */
function emitScale(k: Emission, by: number): void {
  const exponent = exponentOf(by);
  if (exponent === 0) return;
  k.code.i32(exponent > 0 ? exponent : by);
  k.code.op(exponent > 0 ? 'i32.shl' : 'i32.mul');
}

function emitAdd(k: Emission, constant: number): void {
  if (constant === 0) return;
  k.code.i32(constant);
  k.code.op('i32.add');
}

/**
 * ⌊x / by⌋, or what is left over. Numbers are moved up by a multiple of `by` where they can be negative, because the
 * instructions round towards 0.
 */
function emitDivision(k: Emission, kind: 'div' | 'mod', by: number, least: number): void {
  const exponent = exponentOf(by);
  if (exponent >= 0) {
    k.code.i32(kind === 'div' ? exponent : by - 1);
    k.code.op(kind === 'div' ? 'i32.shr_s' : 'i32.and');
    return;
  }
  const up = least < 0 ? Math.ceil(-least / by) : 0;
  emitAdd(k, up * by);
  k.code.i32(by);
  k.code.op(kind === 'div' ? 'i32.div_u' : 'i32.rem_u');
  if (kind === 'div') emitAdd(k, -up);
}

export function emitTerm(k: Emission, { atom, by, bytes }: Term): void {
  if (by !== 1 || bytes !== 1) {
    k.value(term(atom, 1));
    const slot = k.sizes?.factors.get(`${atom.key}*${by}`);
    if (slot !== undefined) {
      emitSize(k, slot, by);
      k.code.op('i32.mul');
    }
    emitScale(k, slot === undefined ? by * bytes : bytes);
  } else if (atom.kind === 'var') k.code.get(k.localOfVar(atom.v));
  else if (atom.kind === 'value') k.value(atom.expr);
  else {
    k.value(sumOf(atom.of));
    const slot = k.sizes?.divisors.get(atom.key);
    if (slot === undefined) emitDivision(k, atom.kind, atom.by, atom.of.min);
    else {
      emitSize(k, slot, atom.by);
      k.code.op(atom.kind === 'div' ? 'i32.div_u' : 'i32.rem_u');
    }
  }
}

/** The part of `s` that stands in a local already, the largest if there are several. */
function longestHeld(k: Emission, s: Sum): { local: number; part: Sum } | null {
  const loops = k.memo.loops();
  const depthOf = (tokens: Tokens): number => loops.findLastIndex((changes) => intersect(changes, tokens)) + 1;
  for (let depth = loops.length - 1; depth >= 0; depth--) {
    const part = remaining(s, (tokens) => depthOf(tokens) <= depth);
    if (isFree(part)) return null;
    const local = k.memo.find(part.key, tokensOfPart(part));
    if (local !== undefined) return { local, part };
  }
  return null;
}

export function emitSum(k: Emission, s: Sum): void {
  const begun = longestHeld(k, s);
  let first = true;
  const next = (emit: () => void): void => {
    emit();
    if (!first) k.code.op('i32.add');
    first = false;
  };
  if (begun) next(() => k.code.get(begun.local));
  else {
    const { slot } = s;
    if (slot !== null) next(() => k.code.get(k.buffers[slot]!));
  }
  for (const t of s.terms) if (!begun?.part.terms.includes(t)) next(() => k.value(t));
  if (!begun && (s.constant !== 0 || first)) next(() => k.code.i32(s.constant));
}

export function emitTest(k: Emission, { sum, shift, relation, limit, guard }: Test): void {
  k.value(sum);
  emitAdd(k, shift);
  const slot = k.sizes?.limits.get(guard);
  if (slot !== undefined && relation !== 'lt_s') throw new Error('emit/wasm: a dynamic limit with a lower one');
  emitSize(k, slot, limit);
  // The sum is without the constant of its index.
  if (slot !== undefined) emitAdd(k, -guard.index.constant);
  k.code.op(`i32.${relation}`);
}
