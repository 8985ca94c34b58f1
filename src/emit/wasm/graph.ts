/**
 * All that a kernel computes as one graph: expressions, and the parts of addresses and guards below them. Counting
 * uses, hoisting and emitting walk this graph and need no other knowledge of expressions.
 */
import type { Expr, Stmt } from '../../ir/expr.js';
import { boundsOf, isDynamic } from '../bounds.js';
import { type Tokens, tokensOf } from '../dependence.js';
import type { ValueType } from './encode.js';
import { planGuard, planLoad, planPosition, type WholeLoad } from './lanes.js';
import { accessOf, type Sum, sumOf, type Term, type Test, term, testsOf, tokensOfSum, tokensOfTerm } from './parts.js';

export type Part = Expr | Sum | Term | Test;

/** Equal for parts whose values are equal at the same point: constants by value, other expressions by identity. */
export type Key = string | Expr;

export function keyOf(part: Part): Key {
  if ('p' in part) return part.key;
  if (part.e !== 'constant') return part;
  return `${part.dtype}×${part.lanes} ${Object.is(part.value, -0) ? '-0' : part.value}`;
}

/** What the value depends on. */
export function tokensOfPart(part: Part): Tokens {
  if (!('p' in part)) return tokensOf(part);
  if (part.p === 'term') return tokensOfTerm(part);
  return tokensOfSum(part.p === 'sum' ? part : part.sum);
}

/** The WebAssembly type of a scalar or vector. */
export function typeOf(part: Part): ValueType {
  if ('p' in part) return 'i32';
  if (part.lanes > 1) return 'v128';
  return part.dtype === 'float32' ? 'f32' : part.dtype === 'float64' ? 'f64' : 'i32';
}

const partsOfLoad = ({ access, tests }: WholeLoad): Part[] => [access.sum, ...tests];

/** What the value of a part is computed from. */
export function childrenOf(part: Part): readonly Part[] {
  if ('p' in part) {
    if (part.p === 'sum') return part.terms;
    if (part.p === 'test') return [part.sum];
    if (part.by !== 1 || part.bytes !== 1) return [term(part.atom, 1)];
    if (part.atom.kind === 'var') return [];
    return [part.atom.kind === 'value' ? part.atom.expr : sumOf(part.atom.of)];
  }
  switch (part.e) {
    case 'op':
      return part.args;
    case 'splat':
    case 'lane':
      return [part.of];
    case 'load': {
      const plan = planLoad(part);
      if (plan.how === 'zero') return [];
      if (plan.how !== 'lanes') return partsOfLoad(plan);
      return [plan.whole, ...plan.lanes].flatMap((load) => (load ? partsOfLoad(load) : []));
    }
    case 'position': {
      const plan = planPosition(part);
      return plan.how === 'strided' ? [plan.sum] : plan.lanes;
    }
    case 'guard': {
      const plan = planGuard(part);
      if (plan.how === 'never') return [];
      if (plan.how === 'uniform') return plan.tests;
      return plan.how === 'strided' ? plan.tests.map((t) => t.test.sum) : plan.lanes.flatMap((tests) => tests ?? []);
    }
    default:
      return [];
  }
}

/** Whether a part needs no instructions but one that is as cheap as reading a local. */
export function isFree(part: Part): boolean {
  if ('p' in part) {
    if (part.p === 'test') return false;
    if (part.p === 'term') return part.by === 1 && part.bytes === 1 && part.atom.kind === 'var';
    const [only] = part.terms;
    const size = part.terms.length + Number(part.slot !== null) + Number(part.constant !== 0);
    return size === 0 || (size === 1 && (!only || isFree(only)));
  }
  return part.e === 'local' || ((part.e === 'constant' || part.e === 'number') && part.lanes === 1);
}

/** The parts that a statement itself computes, and the statements inside it; none of both where it never runs. */
export interface Anatomy {
  readonly parts: readonly Part[];
  readonly inner: readonly Stmt[];
  /** The first so many parts are computed always, the rest and `inner` only where those hold. */
  readonly always: number;
  /** Whether `inner` may not run although no part says so: a loop of a dynamic number of trips. */
  readonly perhaps?: boolean;
}
const NOTHING: Anatomy = { parts: [], inner: [], always: 0 };

export function anatomyOf(s: Stmt): Anatomy {
  switch (s.s) {
    case 'for':
      return isDynamic(s)
        ? { parts: [], inner: s.body, always: 0, perhaps: true }
        : boundsOf(s).trips === 0
          ? NOTHING
          : { parts: [], inner: s.body, always: 0 };
    case 'set':
      return { parts: [s.value], inner: [], always: 1 };
    case 'store': {
      const tests = testsOf(s.guards);
      if (!tests) return NOTHING;
      const parts = [...tests, accessOf(s.slot, s.index, s.dtype).sum, s.value];
      return { parts, inner: [], always: tests.length === 0 ? parts.length : tests.length };
    }
    case 'if': {
      const tests = testsOf(s.guards);
      return tests ? { parts: tests, inner: s.then, always: tests.length } : NOTHING;
    }
    case 'report':
      return { parts: [s.failed, s.value], inner: [], always: 1 };
    case 'barrier':
    case 'call':
      return NOTHING;
  }
}
