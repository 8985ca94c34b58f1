/**
 * The symbolic whole numbers of index expressions: a sum of coefficient · atom plus a constant, kept in one canonical
 * order, with bounds. An atom is a loop variable, a floor division or remainder of another index, or a value read at run time.
 *
 * What is known of the bounds removes most divisions: (8i + j) / 8 is i when 0 ≤ j < 8.
 */
import type { Atom, Expr, Index, LoopVar } from '../ir/expr.js';
import type { IndexAlgebra } from '../ir/index-algebra.js';

type Term = Index['terms'][number];

let variables = 0;

/** A new loop variable from 0 up to, not including, `size`, which is dynamic if `unit` is given. */
export const loopVar = (name: string, size: number, unit?: number): LoopVar => ({
  id: variables++,
  name,
  size,
  ...(unit === undefined ? {} : { unit }),
});

function make(terms: readonly Term[], constant: number): Index {
  let min = constant;
  let max = constant;
  let slack = 0;
  let key = '';
  for (const { atom, by } of terms) {
    min += by * (by > 0 ? atom.min : atom.max);
    max += by * (by > 0 ? atom.max : atom.min);
    slack += Math.abs(by) * atom.slack;
    key += `${by}*${atom.key}+`;
  }
  return { terms, constant, min, max, slack, key: key + constant };
}

export const constantIndex = (k: number): Index => make([], k);
export const ZERO = constantIndex(0);

const ofAtom = (atom: Atom): Index => make([{ atom, by: 1 }], 0);

/** Whether a loop over a variable runs once, whatever dynamic sizes are. */
export const runsOnce = (v: LoopVar): boolean => v.size === 1 && v.unit === undefined;

/** Dynamic sizes are taken to be at least this, so that what is simplified for a small one holds for larger ones too. */
const LEAST_DYNAMIC = 1024;

/** A loop variable as an index; of size 1 it is 0. */
export const varIndex = (v: LoopVar): Index =>
  v.size <= 1 && v.unit === undefined
    ? ZERO
    : ofAtom({
        kind: 'var',
        key: `v${v.id}`,
        v,
        min: 0,
        max: Math.max(v.size - 1, 0),
        slack: v.unit === undefined ? 0 : Math.max(LEAST_DYNAMIC - v.size, 0),
      });

/** A run-time value (int32) that is known to lie in 0 … size − 1. `key` names the value: equal keys, equal values. */
export const valueIndex = (expr: Expr, key: string, size: number): Index =>
  ofAtom({ kind: 'value', key: `x${key}`, expr, min: 0, max: Math.max(size - 1, 0), slack: 0 });

/** Sums up terms, joins those of one atom, and puts k·s·⌊x/s⌋ + k·(x mod s) back together as k·x. */
function sumOf(terms: Iterable<Term>, constant: number): Index {
  const byKey = new Map<string, Term>();
  for (const { atom, by } of terms) {
    const total = (byKey.get(atom.key)?.by ?? 0) + by;
    if (total === 0) byKey.delete(atom.key);
    else byKey.set(atom.key, { atom, by: total });
  }
  for (const { atom, by } of byKey.values()) {
    if (atom.kind !== 'mod') continue;
    const quotient = divided(atom.of, atom.by);
    const whole = quotient.terms.length === 1 && quotient.constant === 0 ? quotient.terms[0]! : null;
    if (whole?.by !== 1) continue;
    const twin = byKey.get(whole.atom.key);
    if (twin && twin.by === by * atom.by) {
      byKey.delete(atom.key);
      byKey.delete(whole.atom.key);
      return plus(sumOf(byKey.values(), constant), times(atom.of, by));
    }
  }
  const sorted = [...byKey.values()].sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1));
  return make(sorted, constant);
}

export function plus(a: Index, b: Index): Index {
  if (b.terms.length === 0) return b.constant === 0 ? a : make(a.terms, a.constant + b.constant);
  if (a.terms.length === 0) return a.constant === 0 ? b : make(b.terms, a.constant + b.constant);
  return sumOf([...a.terms, ...b.terms], a.constant + b.constant);
}

export function times(a: Index, k: number): Index {
  if (k === 1) return a;
  if (k === 0) return ZERO;
  return make(
    a.terms.map(({ atom, by }) => ({ atom, by: by * k })),
    a.constant * k,
  );
}

/** The greatest common divisor. */
export const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));
const floorMod = (a: number, k: number): number => a - k * Math.floor(a / k);

/** The part of `a` that is a multiple of k, divided by k, and what remains. */
function split(a: Index, k: number): { whole: Index; rest: Index } {
  const whole = a.terms.filter((t) => t.by % k === 0).map(({ atom, by }) => ({ atom, by: by / k }));
  const rest = a.terms.filter((t) => t.by % k !== 0);
  return { whole: make(whole, Math.floor(a.constant / k)), rest: make(rest, floorMod(a.constant, k)) };
}

/** Whether ⌊a / k⌋ is the same for all values, at any dynamic size. */
const hasOneQuotient = ({ min, max, slack }: Index, k: number): boolean =>
  Math.floor((min - slack) / k) === Math.floor((max + slack) / k);

export function divided(a: Index, k: number): Index {
  if (k === 1) return a;
  const { whole, rest } = split(a, k);
  if (hasOneQuotient(rest, k)) return plus(whole, constantIndex(Math.floor(rest.min / k)));
  const common = rest.terms.reduce((d, t) => gcd(d, t.by), k);
  if (common > 1) {
    const smaller = make(
      rest.terms.map(({ atom, by }) => ({ atom, by: by / common })),
      Math.floor(rest.constant / common),
    );
    return plus(whole, divided(smaller, k / common));
  }
  const only = rest.terms.length === 1 && rest.constant === 0 ? rest.terms[0]! : null;
  if (only && only.by === 1 && only.atom.kind === 'div' && !only.atom.dynamic)
    return plus(whole, divided(only.atom.of, only.atom.by * k));
  const atom: Atom = {
    kind: 'div',
    key: `(${rest.key})/${k}`,
    of: rest,
    by: k,
    min: Math.floor(rest.min / k),
    max: Math.floor(rest.max / k),
    slack: Math.ceil(rest.slack / k),
  };
  return plus(whole, ofAtom(atom));
}

export function remainder(a: Index, k: number): Index {
  if (k === 1) return ZERO;
  const { rest } = split(a, k);
  if (hasOneQuotient(rest, k)) return plus(rest, constantIndex(-k * Math.floor(rest.min / k)));
  const common = rest.terms.reduce((d, t) => gcd(d, t.by), k);
  if (common > 1 && rest.constant % common === 0) {
    const smaller = make(
      rest.terms.map(({ atom, by }) => ({ atom, by: by / common })),
      rest.constant / common,
    );
    return times(remainder(smaller, k / common), common);
  }
  const only = rest.terms.length === 1 && rest.constant === 0 ? rest.terms[0]! : null;
  if (only && only.by === 1 && only.atom.kind === 'mod' && !only.atom.dynamic && only.atom.by % k === 0)
    return remainder(only.atom.of, k);
  return ofAtom({ kind: 'mod', key: `(${rest.key})%${k}`, of: rest, by: k, min: 0, max: k - 1, slack: 0 });
}

function byDynamic(kind: 'div' | 'mod', of: Index, by: number): Index {
  const max = kind === 'div' ? Math.floor(of.max / Math.max(by, 1)) : Math.max(by - 1, 0);
  return ofAtom({ kind, key: `(${of.key}) ${kind} ~${by}`, of, by, dynamic: true, min: 0, max, slack: LEAST_DYNAMIC });
}

/** ⌊a / k⌋ for a ≥ 0 and a k that follows from a dynamic size: nothing is simplified by what it is. */
export const dividedByDynamic = (a: Index, k: number): Index => byDynamic('div', a, k);
/** Likewise what is left over. */
export const remainderByDynamic = (a: Index, k: number): Index => byDynamic('mod', a, k);

/** The algebra over symbols; see {@link IndexAlgebra}. */
export const SYMBOLS: IndexAlgebra<Index> = {
  constant: constantIndex,
  add: plus,
  scale: times,
  div: divided,
  mod: remainder,
};

/** Whether the index depends on a variable that `test` names. */
export function dependsOn(index: Index, test: (v: LoopVar) => boolean, inExpr?: (e: Expr) => boolean): boolean {
  return index.terms.some(({ atom }) => {
    if (atom.kind === 'var') return test(atom.v);
    if (atom.kind === 'value') return inExpr ? inExpr(atom.expr) : false;
    return dependsOn(atom.of, test, inExpr);
  });
}

/** The index with each variable replaced by what `to` gives for it (undefined leaves it) and each run-time value rebuilt by `value`. */
export function substitute(
  index: Index,
  to: (v: LoopVar) => Index | undefined,
  value: (index: Extract<Atom, { kind: 'value' }>) => Index = ofAtom,
): Index {
  let total = constantIndex(index.constant);
  for (const { atom, by } of index.terms) {
    let replaced: Index;
    if (atom.kind === 'var') replaced = to(atom.v) ?? ofAtom(atom);
    else if (atom.kind === 'value') replaced = value(atom);
    else {
      const of = substitute(atom.of, to, value);
      if (atom.dynamic) replaced = byDynamic(atom.kind, of, atom.by);
      else replaced = atom.kind === 'div' ? divided(of, atom.by) : remainder(of, atom.by);
    }
    total = plus(total, times(replaced, by));
  }
  return total;
}

/** How much the index grows when `v` grows by one; null when that is not the same everywhere. */
export function strideAlong(index: Index, v: LoopVar, inExpr?: (e: Expr) => boolean): number | null {
  let stride = 0;
  for (const { atom, by } of index.terms) {
    if (atom.kind === 'var') {
      if (atom.v === v) stride += by;
    } else if (atom.kind === 'value') {
      if (inExpr?.(atom.expr)) return null;
    } else if (dependsOn(atom.of, (w) => w === v, inExpr)) return null;
  }
  return stride;
}

/** How many divisions and remainders the index holds. */
export function divisions(index: Index): number {
  let n = 0;
  for (const { atom } of index.terms) if (atom.kind === 'div' || atom.kind === 'mod') n += 1 + divisions(atom.of);
  return n;
}

/** The run-time values inside an index. */
export function valuesIn(index: Index): Expr[] {
  return index.terms.flatMap(({ atom }) =>
    atom.kind === 'value' ? [atom.expr] : atom.kind === 'var' ? [] : valuesIn(atom.of),
  );
}
