/**
 * Which numbers of a lowered program are arguments of its code. A batch of another size then finds its kernels compiled.
 *
 * The bounds of dynamic loops are, and so are the distances and divisors that follow from them. Those stand with variables of outer loops, where a
 * number that is known only at run time costs nothing; in the innermost loops all distances stay constants.
 */
import type { Expr, Guard, Index, LoopVar, Program, Sizes, Stmt } from '../ir/expr.js';
import { inside, rootsOf, statements } from './visit.js';

const isLoop = (s: Stmt): boolean => s.s === 'for' || (s.s === 'if' && s.then.some(isLoop));

class Collector {
  readonly values: number[] = [];
  readonly bounds = new Map<Stmt, { readonly from: number | null; readonly to: number }>();
  readonly factors = new Map<string, number>();
  readonly divisors = new Map<string, number>();
  readonly limits = new Map<Guard, number>();

  /** @param inner the variables along which neighbours are computed, or no further loop runs */
  constructor(private readonly inner: ReadonlySet<LoopVar>) {}

  private slot(value: number): number {
    return this.values.push(value) - 1;
  }

  private once<K>(known: Map<K, number>, key: K, value: number): void {
    if (!known.has(key)) known.set(key, this.slot(value));
  }

  bound(s: Extract<Stmt, { s: 'for' }>): void {
    const from = s.from === undefined ? null : this.slot(s.from);
    this.bounds.set(s, { from, to: this.slot(s.to ?? s.v.size) });
  }

  limit(guard: Guard): void {
    if (guard.dynamic) this.once(this.limits, guard, guard.hi);
    this.index(guard.index);
  }

  index({ terms }: Index): void {
    for (const { atom, by } of terms) {
      if (atom.kind === 'value') continue;
      if (atom.kind !== 'var') {
        this.index(atom.of);
        if (atom.dynamic) this.once(this.divisors, atom.key, atom.by);
      }
      if (by !== 1 && this.isOuter(atom)) this.once(this.factors, `${atom.key}*${by}`, by);
    }
  }

  private isOuter(atom: Index['terms'][number]['atom']): boolean {
    if (atom.kind === 'var') return !this.inner.has(atom.v);
    return atom.kind !== 'value' && atom.of.terms.every((t) => this.isOuter(t.atom));
  }
}

/** The program with its {@link Sizes}, if it has a dynamic loop. */
export function withSizes(program: Program): Program {
  const inner = new Set<LoopVar>();
  let dynamic = false;
  statements(program.body, (s) => {
    if (s.s !== 'for') return;
    dynamic ||= s.v.unit !== undefined;
    if (!s.body.some(isLoop)) inner.add(s.v);
  });
  if (!dynamic) return program;
  const found: Expr[] = [];
  inside(rootsOf(program.body), (e) => {
    found.push(e);
    if ('along' in e && e.along) inner.add(e.along);
  });
  const sizes = new Collector(inner);
  statements(program.body, (s) => {
    if (s.s === 'for' && s.v.unit !== undefined) sizes.bound(s);
    else if (s.s === 'store') sizes.index(s.index);
    if (s.s === 'store' || s.s === 'if') for (const g of s.guards) sizes.limit(g);
  });
  for (const e of found) {
    if (e.e === 'load' || e.e === 'position') sizes.index(e.index);
    if (e.e === 'load' || e.e === 'guard') for (const g of e.guards) sizes.index(g.index);
  }
  const all: Sizes = sizes;
  return { ...program, sizes: all };
}
