/**
 * What emitters of text share: statements, indentation, and names for values, so that what is used several times is
 * computed once. Moving values out of loops is left to the compiler that reads the text.
 */
import type { Atom, Expr, Guard, Index, Local, LoopVar, Program, Stmt } from '../ir/expr.js';
import { boundsOf, type For, openGuards } from './bounds.js';
import { changesOf, intersect, type Tokens, tokenOfLocal, tokenOfSlot, tokensOf } from './dependence.js';

/** An expression that needs a line of its own. */
export type Compound = Exclude<Expr, { e: 'local' | 'constant' }>;
export type Store = Extract<Stmt, { s: 'store' }>;
export type RoutineCall = Extract<Stmt, { s: 'call' }>;
export type Report = Extract<Stmt, { s: 'report' }>;

/** The bounds of what is known not to be negative. */
const NOT_NEGATIVE: Index = { key: '', terms: [], constant: 0, min: 0, max: 0, slack: 0 };

/** A number, or the name of the argument that it is. */
export type Size = number | string;

const sharesOut = (s: Stmt): boolean =>
  s.s === 'for' ? s.parallel === true || s.body.some(sharesOut) : s.s === 'if' && s.then.some(sharesOut);

export abstract class TextEmitter {
  private readonly lines: string[] = [];
  private indent = '  ';
  /** Values that have a name, by the block in which they got it. */
  private readonly scopes: Map<Expr, string>[] = [new Map()];
  private readonly vars = new Map<LoopVar, string>();
  private readonly locals = new Map<number, { readonly local: Local; readonly name: string }>();
  private names = 0;
  /** Which of the program's sizes the text reads: phases of a program have their arguments in common. */
  protected readonly sizes = new Set<number>();

  constructor(protected readonly program: Program) {}

  /** Writes the lines that make `name` the value of `e`. */
  protected abstract define(e: Compound, name: string): void;
  protected abstract constant(e: Extract<Expr, { e: 'constant' }>): string;
  /** The head of a loop; bounds are numbers, or names of sizes. */
  protected abstract head(name: string, from: Size, to: Size, step: number): string;
  /** The line that gives a loop variable its only value. */
  protected abstract fixed(name: string, value: number): string;
  protected abstract quotient(of: string, index: Index, by: Size): string;
  protected abstract remainder(of: string, index: Index, by: Size): string;
  /** An int32 as it stands in an index. */
  protected abstract indexValue(value: string): string;
  /** Whether the target has several threads; else parallel loops are loops, and barriers nothing. */
  protected abstract readonly threaded: boolean;
  /** The head of a loop over this thread's part of the trips, and the condition that this thread is the first. */
  protected abstract sharedHead(name: string, from: Size, step: number, trips: Size): string;
  protected abstract readonly first: string;
  /** The lines of a store whose guards hold. */
  protected abstract store(s: Store): void;
  protected abstract report(s: Report): void;
  protected abstract call(s: RoutineCall): void;

  /** The text of the program's body. */
  protected bodyText(): string {
    const { body } = this.program;
    if (this.threaded && !body.some(sharesOut)) this.alone(body);
    else this.statements(body);
    return this.lines.join('\n');
  }

  protected allLocals(): readonly { readonly local: Local; readonly name: string }[] {
    return [...this.locals.values()];
  }

  protected line(text: string): void {
    this.lines.push(this.indent + text);
  }

  /** A block with names of its own. */
  protected block(head: string, inside: () => void, end = '}'): void {
    this.line(`${head}{`);
    this.indent += '  ';
    this.scopes.push(new Map());
    inside();
    this.scopes.pop();
    this.indent = this.indent.slice(2);
    this.line(end);
  }

  protected fresh(): string {
    return `e${this.names++}`;
  }

  /** A text that stands for the value of `e`, without effects and short enough to be repeated. */
  protected value(e: Expr): string {
    if (e.e === 'local') return this.local(e.local);
    if (e.e === 'constant') return this.constant(e);
    for (const scope of this.scopes) {
      const known = scope.get(e);
      if (known !== undefined) return known;
    }
    const name = this.fresh();
    this.define(e, name);
    this.scopes.at(-1)!.set(e, name);
    return name;
  }

  protected local(local: Local): string {
    let known = this.locals.get(local.id);
    if (!known) this.locals.set(local.id, (known = { local, name: `t${this.locals.size}` }));
    return known.name;
  }

  /** A number of the program: itself, or the name of its argument. */
  private size(slot: number | null | undefined, value: number): Size {
    if (typeof slot !== 'number') return value;
    this.sizes.add(slot);
    return `s${slot}`;
  }

  protected index(index: Index): string {
    const { sizes } = this.program;
    const terms = index.terms.map(({ atom, by }) => {
      const text =
        atom.kind === 'var'
          ? this.var(atom.v)
          : atom.kind === 'value'
            ? this.indexValue(this.value(atom.expr))
            : this.division(atom);
      const factor = this.size(sizes?.factors.get(`${atom.key}*${by}`), by);
      return by === 1 ? text : Number(factor) < 0 ? `(${factor}) * ${text}` : `${factor} * ${text}`;
    });
    if (index.constant !== 0 || terms.length === 0)
      terms.push(index.constant < 0 ? `(${index.constant})` : String(index.constant));
    return terms.join(' + ');
  }

  private division({ kind, of, by, key }: Extract<Atom, { kind: 'div' | 'mod' }>): string {
    const size = this.size(this.program.sizes?.divisors.get(key), by);
    return kind === 'div' ? this.quotient(this.index(of), of, size) : this.remainder(this.index(of), of, size);
  }

  /** The condition that all guards hold: '' where they always do, null where they never do. */
  protected condition(guards: readonly Guard[]): string | null {
    const open = openGuards(guards);
    if (!open) return null;
    const tests = open.flatMap(({ guard, index, lo, hi }) => {
      const at = this.index(index);
      const limit = hi === null ? null : this.size(this.program.sizes?.limits.get(guard), hi);
      return [...(lo === null ? [] : [`${at} >= ${lo}`]), ...(limit === null ? [] : [`${at} < ${limit}`])];
    });
    return [...new Set(tests)].join(' && ');
  }

  /** Not i0, i1, …: that would come to i32, which is a type in some languages. */
  private var(v: LoopVar): string {
    let name = this.vars.get(v);
    if (!name) this.vars.set(v, (name = `v${this.vars.size}`));
    return name;
  }

  /** Values that depend on what changes have to be computed again. */
  private forget(changed: Tokens): void {
    for (const scope of this.scopes) {
      for (const e of scope.keys()) if (intersect(tokensOf(e), changed)) scope.delete(e);
    }
  }

  /** What has no parallel loop in it, beside what has, is done by the first thread alone. */
  private statements(body: readonly Stmt[]): void {
    const shared = this.threaded && body.some(sharesOut);
    for (const s of body) {
      if (shared && !sharesOut(s)) this.alone([s]);
      else this.statement(s);
    }
  }

  private alone(body: readonly Stmt[]): void {
    this.block(`if (${this.first}) `, () => {
      for (const s of body) this.statement(s);
    });
  }

  private statement(s: Stmt): void {
    switch (s.s) {
      case 'for':
        this.loop(s);
        break;
      case 'set': {
        const value = this.value(s.value);
        this.line(`${this.local(s.local)} = ${value};`);
        this.forget(new Set([tokenOfLocal(s.local)]));
        break;
      }
      case 'store':
        if (s.value.dtype !== s.dtype) throw new Error(`internal: a ${s.value.dtype} is stored as ${s.dtype}`);
        this.where(s.guards, () => this.store(s));
        this.forget(new Set([tokenOfSlot(s.slot)]));
        break;
      case 'if':
        this.where(s.guards, () => this.statements(s.then));
        break;
      case 'report':
        this.report(s);
        break;
      case 'call':
        this.call(s);
        this.forget(new Set(s.wholes.slice(-1).map(({ slot }) => tokenOfSlot(slot))));
        break;
      case 'barrier':
        if (this.threaded) throw new Error('internal: a program is cut at its barriers before it is emitted');
    }
  }

  private where(guards: readonly Guard[], then: () => void): void {
    const condition = this.condition(guards);
    if (condition === '') then();
    else if (condition !== null) this.block(`if (${condition}) `, then);
  }

  private loop(s: For): void {
    const { from, to, step, trips } = boundsOf(s);
    const dynamic = this.program.sizes?.bounds.get(s);
    if (trips === 0 && !dynamic) return;
    this.forget(changesOf([s]));
    const name = this.var(s.v);
    if (dynamic) {
      const [first, end] = [this.size(dynamic.from, from), this.size(dynamic.to, to)];
      const all = first === 0 ? end : `(${end} - ${first})`;
      const head =
        s.parallel && this.threaded
          ? this.sharedHead(name, first, step, step === 1 ? all : this.quotient(String(all), NOT_NEGATIVE, step))
          : this.head(name, first, end, step);
      this.block(`${head} `, () => this.statements(s.body));
    } else if (s.parallel && this.threaded)
      this.block(`${this.sharedHead(name, from, step, trips)} `, () => this.statements(s.body));
    else if (trips > 1) this.block(`${this.head(name, from, to, step)} `, () => this.statements(s.body));
    else {
      this.block('', () => {
        this.line(this.fixed(name, from));
        this.statements(s.body);
      });
    }
  }
}
