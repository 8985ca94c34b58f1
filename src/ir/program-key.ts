/**
 * A program as text: what two equal programs share, whatever the numbers of their variables. It is the key of the kernel
 * cache, and what a reader sees as the lowered loops.
 */
import type { Expr, Guard, Index, Local, LoopVar, Program, Stmt } from './expr.js';

class Writer {
  private readonly vars = new Map<LoopVar, string>();
  private readonly locals = new Map<number, string>();
  private readonly known = new Map<Expr, string>();
  private readonly lines: string[] = [];
  private indent = '';

  constructor(private readonly program: Program) {}

  write(): string {
    const { buffers, numbers, body, perThread, sizes } = this.program;
    this.lines.push(
      `(${buffers.map((d, i) => `b${i}: ${d}${perThread?.has(i) ? ` each thread's own, ${perThread.get(i)} bytes apart` : ''}`).join(', ')}; ${numbers.map((d, i) => `n${i}: ${d}`).join(', ')})`,
    );
    if (sizes) this.lines.push(`sizes ${sizes.values.map((n, i) => `s${i} = ${n}`).join(', ')}`);
    this.block(body, '');
    return this.lines.join('\n');
  }

  private var(v: LoopVar): string {
    let name = this.vars.get(v);
    if (!name) this.vars.set(v, (name = `i${this.vars.size}`));
    return name;
  }

  private local(l: Local): string {
    let name = this.locals.get(l.id);
    if (!name) this.locals.set(l.id, (name = `t${this.locals.size}`));
    return name;
  }

  /** A number, or the name of the argument that it is. */
  private size(slot: number | null | undefined, value: number): string {
    return typeof slot === 'number' ? `s${slot}` : String(value);
  }

  private index(i: Index): string {
    const { sizes } = this.program;
    const terms = i.terms.map(({ atom, by }) => {
      const text =
        atom.kind === 'var'
          ? this.var(atom.v)
          : atom.kind === 'value'
            ? this.expr(atom.expr)
            : `(${this.index(atom.of)} ${atom.kind === 'div' ? '/' : '%'} ${this.size(sizes?.divisors.get(atom.key), atom.by)})`;
      return by === 1 ? text : `${this.size(sizes?.factors.get(`${atom.key}*${by}`), by)}*${text}`;
    });
    // By name, so that the order does not depend on when a variable was made.
    terms.sort();
    if (i.constant !== 0 || terms.length === 0) terms.push(String(i.constant));
    return terms.join(' + ');
  }

  private guards(gs: readonly Guard[]): string {
    return gs
      .map((g) => `${g.lo} <= ${this.index(g.index)} < ${this.size(this.program.sizes?.limits.get(g), g.hi)}`)
      .join(' and ');
  }

  /** The name of an expression, whose definition is written when it is first met; of a simple one its text. */
  private expr(e: Expr): string {
    if (e.e === 'local') return this.local(e.local);
    if (e.e === 'number') return `n${e.slot}`;
    if (e.e === 'constant')
      return `${Object.is(e.value, -0) ? '-0' : e.value}:${e.dtype}${e.lanes > 1 ? `x${e.lanes}` : ''}`;
    let name = this.known.get(e);
    if (!name) {
      const text = this.define(e);
      name = `e${this.known.size}`;
      this.known.set(e, name);
      this.lines.push(`${this.indent}${name} = ${text} : ${e.dtype}${e.lanes > 1 ? `x${e.lanes}` : ''}`);
    }
    return name;
  }

  private define(e: Exclude<Expr, { e: 'local' | 'number' | 'constant' }>): string {
    const along = 'along' in e && e.along ? ` along ${this.var(e.along)}` : '';
    switch (e.e) {
      case 'op':
        return `${e.op.name}${e.op.key ? `<${e.op.key(e.attrs)}>` : ''}(${e.args.map((a) => this.expr(a)).join(', ')})`;
      case 'load':
        return `b${e.slot}[${this.index(e.index)}]${e.guards.length > 0 ? ` where ${this.guards(e.guards)}` : ''}${along}`;
      case 'position':
        return `${this.index(e.index)}${along}`;
      case 'guard':
        return `${this.guards(e.guards)}${along}`;
      case 'splat':
        return `splat ${this.expr(e.of)}`;
      case 'lane':
        return `${this.expr(e.of)}.${e.lane}`;
    }
  }

  private block(body: readonly Stmt[], indent: string): void {
    this.indent = indent;
    for (const s of body) {
      switch (s.s) {
        case 'for': {
          const v = this.var(s.v);
          const bounds = this.program.sizes?.bounds.get(s);
          const from = this.size(bounds?.from, s.from ?? 0);
          const to = this.size(bounds?.to, s.to ?? s.v.size);
          this.lines.push(
            `${indent}${s.parallel ? 'parallel ' : ''}for ${v} from ${from} to ${to} step ${s.step ?? 1} {`,
          );
          this.block(s.body, `${indent}  `);
          this.indent = indent;
          this.lines.push(`${indent}}`);
          break;
        }
        case 'set': {
          const value = this.expr(s.value);
          this.lines.push(`${indent}${this.local(s.local)} = ${value}`);
          break;
        }
        case 'store': {
          const value = this.expr(s.value);
          const where = s.guards.length > 0 ? ` where ${this.guards(s.guards)}` : '';
          this.lines.push(`${indent}b${s.slot}[${this.index(s.index)}] = ${value}${where}`);
          break;
        }
        case 'if':
          this.lines.push(`${indent}if ${this.guards(s.guards)} {`);
          this.block(s.then, `${indent}  `);
          this.indent = indent;
          this.lines.push(`${indent}}`);
          break;
        case 'barrier':
          this.lines.push(`${indent}barrier`);
          break;
        case 'call':
          this.lines.push(indent + s.text);
          break;
        case 'report':
          this.lines.push(`${indent}report ${s.check} if ${this.expr(s.failed)} with ${this.expr(s.value)}`);
          break;
      }
    }
  }
}

export const programKey = (program: Program): string => new Writer(program).write();
