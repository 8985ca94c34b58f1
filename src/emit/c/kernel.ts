/**
 * From a program to a C function.
 *
 * The function that is exported takes an array of doubles, which holds addresses and numbers alike: addresses stay below
 * 2⁵³, and JavaScript writes doubles fastest. It hands them to an inner function whose parameters are `restrict`: different
 * buffers of a program do not overlap.
 */
import type { Expr, GuardExpr, Index, LoadExpr, PositionExpr, Program } from '../../ir/expr.js';
import { advanceGuards, advanceIndex, guardsFollow, strideOf } from '../advance.js';
import { openGuards } from '../bounds.js';
import { type Compound, type Report, type Size, type Store, TextEmitter } from '../text.js';
import { Functions } from './functions.js';
import { spell } from './spell.js';
import { elementOf, memoryType, typed, typeOf, vectorName } from './types.js';

/** A kernel as C, whose function is called `NAME` until {@link named}. */
export interface CKernel {
  readonly text: string;
  /** The functions it calls, by name: their definitions. */
  readonly functions: ReadonlyMap<string, string>;
  /** Lane counts of its vectors. */
  readonly lanes: ReadonlySet<number>;
}

export const NAME = 'KERNEL';

/** The text of a kernel with its name. */
export const named = (kernel: CKernel, name: string): string => kernel.text.replaceAll(NAME, name);

/** What the doubles of the argument array are: the addresses of the buffers, then the numbers. */
export const argumentCount = ({ buffers, numbers, sizes }: Program): number =>
  buffers.length + numbers.length + (sizes?.values.length ?? 0);

/** A number as a C constant. */
function literal(value: number, of: string): string {
  if (of === 'i32') return value === -2147483648 ? 'INT32_MIN' : value < 0 ? `(${value})` : String(value);
  const suffix = of === 'f32' ? 'f' : '';
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`;
  if (!Number.isFinite(value)) return `${value < 0 ? '(-' : ''}__builtin_inf${suffix}()${value < 0 ? ')' : ''}`;
  const digits = Object.is(value, -0) ? '-0' : String(value);
  const number = /[.e]/.test(digits) ? digits : `${digits}.0`;
  return number.startsWith('-') ? `(${number}${suffix})` : number + suffix;
}

class CEmitter extends TextEmitter {
  readonly functions = new Functions();
  readonly lanes = new Set<number>();

  emit(): CKernel {
    const { buffers, numbers, perThread } = this.program;
    const body = this.bodyText();
    const sizes = [...this.sizes].sort((a, b) => a - b);
    const locals = this.allLocals().map(({ local, name }) => `  ${this.type(local)} ${name};\n`);
    const parameters = [
      ...buffers.map((d, i) => `${memoryType(d)} *restrict b${i}`),
      ...numbers.map((d, i) => `const ${elementOf(d)} n${i}`),
      ...sizes.map((i) => `const i64 s${i}`),
      'i32 *status, const i32 thread, const i32 threads',
    ];
    const given = [
      ...buffers.map((d, i) => {
        const between = perThread?.get(i);
        const own = between === undefined ? '' : ` + thread * (intptr_t)${between}`;
        return `(${memoryType(d)} *)((intptr_t)args[${i}]${own})`;
      }),
      ...numbers.map((d, i) => `(${elementOf(d)})args[${buffers.length + i}]`),
      ...sizes.map((i) => `(i64)args[${buffers.length + numbers.length + i}]`),
      'status, thread, threads',
    ];
    const text =
      `static __attribute__((noinline)) void ${NAME}_body(${parameters.join(', ')}) {\n${locals.join('')}${body}\n}\n` +
      `void ${NAME}(const double *args, i32 *status, i32 thread, i32 threads) {\n` +
      `  ${NAME}_body(${given.join(', ')});\n}\n`;
    return { text, functions: this.functions.defined, lanes: this.lanes };
  }

  private type(of: { readonly dtype: Expr['dtype']; readonly lanes: number }): string {
    if (of.lanes > 1) this.lanes.add(of.lanes);
    return typeOf(of).name;
  }

  protected constant({ dtype, lanes, value }: Extract<Expr, { e: 'constant' }>): string {
    const of = elementOf(dtype);
    const mask = dtype === 'bool' && lanes > 1;
    return this.spread(literal(mask ? -value : value, of), of, lanes);
  }

  /** A scalar in all lanes. */
  private spread(text: string, of: ReturnType<typeof elementOf>, lanes: number): string {
    if (lanes === 1) return text;
    this.lanes.add(lanes);
    return `${this.functions.name('splat', typed(of, 1), typed(of, lanes))}(${text})`;
  }

  protected head(name: string, from: Size, to: Size, step: number): string {
    const last = typeof to === 'number' ? to - step : `${to} - ${step}`;
    return `for (i64 ${name} = ${from}; ${name} <= ${last}; ${name} += ${step})`;
  }

  protected readonly threaded = true;
  protected readonly first = 'thread == 0';
  protected sharedHead(name: string, from: Size, step: number, trips: Size): string {
    const at = (thread: string): string => `${from} + ${step} * part(${trips}, ${thread}, threads)`;
    return `for (i64 ${name} = ${at('thread')}, end = ${at('thread + 1')}; ${name} < end; ${name} += ${step})`;
  }

  protected fixed(name: string, value: number): string {
    return `const i64 ${name} = ${value};`;
  }

  protected indexValue(value: string): string {
    return `(i64)${value}`;
  }

  /** Divisions of numbers that are not negative are the cheaper ones; others are moved up by a multiple of `by`. */
  private unsigned(
    of: string,
    { min, max }: Index,
    by: Size,
  ): { readonly text: string; readonly up: number; readonly by: string } {
    // What follows from a dynamic size divides nothing that is negative.
    if (typeof by === 'string') return { text: `(u32)(${of})`, up: 0, by: `(u32)${by}` };
    const up = min < 0 ? Math.ceil(-min / by) : 0;
    const type = max + up * by < 2 ** 32 ? 'u32' : 'u64';
    return { text: `(${type})(${of}${up > 0 ? ` + ${up * by}` : ''})`, up, by: `${by}u` };
  }

  protected quotient(of: string, index: Index, divisor: Size): string {
    const { text, up, by } = this.unsigned(of, index, divisor);
    return up > 0 ? `((i64)(${text} / ${by}) - ${up})` : `(i64)(${text} / ${by})`;
  }

  protected remainder(of: string, index: Index, divisor: Size): string {
    const { text, by } = this.unsigned(of, index, divisor);
    return `(i64)(${text} % ${by})`;
  }

  protected define(e: Compound, name: string): void {
    const declare = (text: string): void => this.line(`const ${this.type(e)} ${name} = ${text};`);
    if (e.e === 'op' && e.args.some((a) => a.lanes !== e.lanes))
      throw new Error(`internal: the sources of ${e.op.name} have not all ${e.lanes} lanes`);
    switch (e.e) {
      case 'op':
        return declare(
          spell(
            e,
            e.args.map((a) => this.value(a)),
            this.functions,
          ),
        );
      case 'number':
        return declare(this.spread(`n${e.slot}`, elementOf(e.dtype), e.lanes));
      case 'splat': {
        const of = this.value(e.of);
        return declare(this.spread(e.dtype === 'bool' ? `-${of}` : of, elementOf(e.dtype), e.lanes));
      }
      case 'lane': {
        const of = `${this.value(e.of)}[${e.lane}]`;
        return declare(e.dtype === 'bool' ? `${of} & 1` : of);
      }
      case 'position':
        return declare(this.position(e));
      case 'guard':
        return declare(this.guard(e));
      case 'load':
        return this.load(e, name);
    }
  }

  private literalVector(
    e: { readonly dtype: Expr['dtype']; readonly lanes: number },
    texts: readonly string[],
  ): string {
    return `(${this.type(e)}){${texts.join(', ')}}`;
  }

  /** 0, 1, 2, … times a stride. */
  private ramp(lanes: number, stride: number): string {
    return this.literalVector(
      { dtype: 'int32', lanes },
      Array.from({ length: lanes }, (_, i) => String(i * stride)),
    );
  }

  /** The int32 values of an index as a vector, where lanes lie at a constant distance. */
  private strided(index: Index, lanes: number, stride: number): string {
    const first = this.spread(`(i32)(${this.index(index)})`, 'i32', lanes);
    return stride === 0 ? first : `${first} + ${this.ramp(lanes, stride)}`;
  }

  private position({ index, lanes, along }: PositionExpr): string {
    if (lanes === 1) return `(i32)(${this.index(index)})`;
    const stride = strideOf(index, along);
    if (stride !== null) return this.strided(index, lanes, stride);
    const each = Array.from({ length: lanes }, (_, i) => `(i32)(${this.index(advanceIndex(index, along!, i))})`);
    return this.literalVector({ dtype: 'int32', lanes }, each);
  }

  private guard(e: GuardExpr): string {
    const { guards, lanes, along } = e;
    const open = openGuards(guards);
    if (!open) return this.constant({ ...e, e: 'constant', value: 0 });
    if (open.length === 0) return this.constant({ ...e, e: 'constant', value: 1 });
    if (lanes === 1) return this.condition(guards)!;
    if (!guardsFollow(guards, along)) return this.spread(`-(${this.condition(guards)})`, 'i32', lanes);
    const tests = open.flatMap(({ index, lo, hi }) => {
      const stride = strideOf(index, along);
      if (stride === null) return [null];
      const at = `(${this.strided(index, lanes, stride)})`;
      return [...(lo === null ? [] : [`(${at} >= ${lo})`]), ...(hi === null ? [] : [`(${at} < ${hi})`])];
    });
    if (!tests.includes(null)) return tests.join(' & ');
    const each = Array.from({ length: lanes }, (_, i) => this.condition(advanceGuards(guards, along!, i)));
    return this.literalVector(
      e,
      each.map((test) => (test === null ? '0' : test === '' ? '-1' : `-(${test})`)),
    );
  }

  /** One element. */
  private element(slot: number, index: Index): string {
    return `b${slot}[${this.index(index)}]`;
  }

  /** Neighbours in memory as a vector. */
  private neighbours({ slot, dtype, lanes }: LoadExpr, index: Index): string {
    const memory = memoryType(dtype);
    const text = `*(const ${vectorName(memory, lanes)}u *)(b${slot} + ${this.index(index)})`;
    if (memory !== 'u8') return text;
    return `${dtype === 'bool' ? '-' : ''}__builtin_convertvector(${text}, ${vectorName('i32', lanes)})`;
  }

  /** Declares `name` as 0 and sets it where the condition holds. */
  private whereHolds(e: LoadExpr, name: string, condition: string, set: () => void, otherwise?: () => void): void {
    this.line(`${this.type(e)} ${name} = ${this.constant({ ...e, e: 'constant', value: 0 })};`);
    this.block(`if (${condition}) `, set, otherwise ? '} else' : '}');
    if (otherwise) this.block('', otherwise);
  }

  private load(e: LoadExpr, name: string): void {
    const { slot, dtype, lanes, index, guards, along } = e;
    const type = this.type(e);
    const stride = lanes === 1 ? 0 : strideOf(index, along);
    if (lanes === 1 || (!guardsFollow(guards, along) && (stride === 0 || stride === 1))) {
      const condition = this.condition(guards);
      const all = (): string => {
        if (lanes > 1 && stride === 1) return this.neighbours(e, index);
        const text = this.element(slot, index);
        return this.spread(dtype === 'bool' && lanes > 1 ? `-${text}` : text, elementOf(dtype), lanes);
      };
      if (condition === null) this.line(`const ${type} ${name} = ${this.constant({ ...e, e: 'constant', value: 0 })};`);
      else if (condition === '') this.line(`const ${type} ${name} = ${all()};`);
      else this.whereHolds(e, name, condition, () => this.line(`${name} = ${all()};`));
      return;
    }
    if (along === null) throw new Error('internal: a vector load without a direction has lanes that differ');
    const each = (): void => {
      for (let i = 0; i < lanes; i++) {
        const condition = this.condition(advanceGuards(guards, along, i));
        if (condition === null) continue;
        const set = (): void => {
          const text = this.element(slot, advanceIndex(index, along, i));
          this.line(`${name}[${i}] = ${dtype === 'bool' ? '-' : ''}${text};`);
        };
        if (condition === '') set();
        else this.block(`if (${condition}) `, set);
      }
    };
    // A guard on an index of constant stride holds for all lanes if it holds for the first and for the last.
    const convex = stride === 1 && guards.every((g) => strideOf(g.index, along) !== null);
    const ends = convex ? this.condition([...guards, ...advanceGuards(guards, along, lanes - 1)]) : null;
    if (ends) this.whereHolds(e, name, ends, () => this.line(`${name} = ${this.neighbours(e, index)};`), each);
    else {
      this.line(`${type} ${name} = ${this.constant({ ...e, e: 'constant', value: 0 })};`);
      each();
    }
  }

  protected store({ slot, dtype, index, value }: Store): void {
    const text = this.value(value);
    const memory = memoryType(dtype);
    const { lanes } = value;
    if (lanes === 1) {
      this.line(`${this.element(slot, index)} = ${memory === 'u8' ? `(u8)${text}` : text};`);
      return;
    }
    const bytes = `__builtin_convertvector(${dtype === 'bool' ? '-' : ''}${text}, ${vectorName('u8', lanes)})`;
    this.line(
      `*(${vectorName(memory, lanes)}u *)(b${slot} + ${this.index(index)}) = ${memory === 'u8' ? bytes : text};`,
    );
  }

  protected call(): void {
    throw new Error('internal: C calls no routines');
  }

  /** Two words of status: the number of the check plus 1, which stays 0 as long as none has failed, and the value. */
  protected report({ check, failed, value }: Report): void {
    const test = this.value(failed);
    const found = this.value(value);
    const write = (at: string): void =>
      this.line(`if (${test}${at} && status[0] == 0) status[0] = ${check + 1}, status[1] = ${found}${at};`);
    if (failed.lanes === 1) write('');
    else this.block(`for (int lane = 0; lane < ${failed.lanes}; lane++) `, () => write('[lane]'));
  }
}

/**
 * Emits a program without barriers: see `phasesOf`.
 * @throws Error when it breaks the rules of `ir/expr`, which is a mistake of the compiler
 */
export const emitC = (program: Program): CKernel => new CEmitter(program).emit();
