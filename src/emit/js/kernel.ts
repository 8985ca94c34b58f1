/**
 * From a program to a JavaScript function over typed arrays: for kernels so small that no compiler is worth waiting for.
 * Programs without vectors only. Values are numbers, rounded to their dtype wherever one is computed; bools are 0 and 1.
 */
import type { DType, TypedArray } from '../../base/dtype.js';
import type { Expr, Index, OpExpr, Program } from '../../ir/expr.js';
import type { ElementwiseOp } from '../../ir/op.js';
import type { Target } from '../../lower/index.js';
import { type Compound, type Report, type RoutineCall, type Store, TextEmitter } from '../text.js';

/** A kernel: buffers, numbers, and the two words of status (the number of the failed check plus 1, or 0, and its value). */
export type JsKernel = (buffers: readonly TypedArray[], numbers: readonly number[], status: Int32Array) => void;

/** JavaScript as the lowering sees it: no vectors, and every op is one expression, be it a call of the record. */
export const TARGET: Target = {
  name: 'js',
  lanes: 1,
  tile: { rows: 1, vectors: 1 },
  l2: 1024 * 1024,
  spells: () => true,
  calls: true,
  vectors: () => false,
};

const KEYS = { float32: 'f32', float64: 'f64', int32: 'i32', uint8: 'i32', bool: 'bool' } as const;

/** How an op is written; undefined where the record's own function is called. */
export function spellingOf(op: ElementwiseOp, dtype: DType): string | undefined {
  const js = op.spell?.js;
  return typeof js === 'object' ? js[KEYS[dtype]] : js;
}

/** `text` rounded to what an element of `dtype` can hold. A bool is one already. */
function rounded(text: string, dtype: DType): string {
  switch (dtype) {
    case 'float32':
      return `Math.fround(${text})`;
    case 'int32':
      return `(${text}) | 0`;
    case 'uint8':
      return `(${text}) & 255`;
    default:
      return text;
  }
}

class JsEmitter extends TextEmitter {
  /** Records that are called: op, dtype and attributes of each call. */
  readonly calls: OpExpr[] = [];
  readonly routines: RoutineCall[] = [];

  emit(): string {
    const { buffers, numbers } = this.program;
    const body = this.bodyText();
    const given = [
      ...buffers.map((_, i) => `  const b${i} = buffers[${i}];\n`),
      ...numbers.map((d, i) => `  const n${i} = ${rounded(`numbers[${i}]`, d)};\n`),
      ...this.allLocals().map(({ name }) => `  let ${name} = 0;\n`),
    ];
    return `return (buffers, numbers, status) => {\n${given.join('')}${body}\n};`;
  }

  protected constant({ value }: Extract<Expr, { e: 'constant' }>): string {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return text.startsWith('-') ? `(${text})` : text;
  }

  protected head(name: string, from: number, to: number, step: number): string {
    return `for (let ${name} = ${from}; ${name} <= ${to - step}; ${name} += ${step})`;
  }

  protected readonly threaded = false;
  protected readonly first = '';
  protected sharedHead(): string {
    throw new Error('internal: JavaScript has one thread');
  }

  protected fixed(name: string, value: number): string {
    return `const ${name} = ${value};`;
  }

  protected indexValue(value: string): string {
    return value;
  }

  protected quotient(of: string, _: Index, by: number): string {
    return `Math.floor((${of}) / ${by})`;
  }

  protected remainder(of: string, { min }: Index, by: number): string {
    return min >= 0 ? `((${of}) % ${by})` : `((${of}) - Math.floor((${of}) / ${by}) * ${by})`;
  }

  protected define(e: Compound, name: string): void {
    if (e.lanes !== 1) throw new Error(`internal: ${e.lanes} lanes in a JavaScript kernel`);
    const declare = (text: string): void => this.line(`const ${name} = ${text};`);
    switch (e.e) {
      case 'op':
        return declare(
          this.op(
            e,
            e.args.map((a) => this.value(a)),
          ),
        );
      case 'number':
        return declare(`n${e.slot}`);
      case 'position':
        return declare(this.index(e.index));
      case 'guard': {
        const condition = this.condition(e.guards);
        return declare(condition === null ? '0' : condition === '' ? '1' : `${condition} ? 1 : 0`);
      }
      case 'load': {
        const condition = this.condition(e.guards);
        if (condition === null) return declare('0');
        if (condition === '') return declare(`b${e.slot}[${this.index(e.index)}]`);
        this.line(`let ${name} = 0;`);
        return this.block(`if (${condition}) `, () => this.line(`${name} = b${e.slot}[${this.index(e.index)}];`));
      }
      default:
        throw new Error(`internal: a ${e.e} in a JavaScript kernel`);
    }
  }

  private op(e: OpExpr, args: readonly string[]): string {
    const spelling = spellingOf(e.op, e.args[0]!.dtype);
    const text = spelling?.replace(/\{(\d)\}/g, (_, i: string) => args[Number(i)]!);
    return rounded(text ?? `call${this.calls.push(e) - 1}([${args.join(', ')}])`, e.dtype);
  }

  protected store({ slot, index, value }: Store): void {
    const text = this.value(value);
    this.line(`b${slot}[${this.index(index)}] = ${text};`);
  }

  protected call(s: RoutineCall): void {
    const slots = s.wholes.map(({ slot }) => `b${slot}`);
    // After a failed check there is nothing to work on.
    this.line(`if (status[0] === 0) routine${this.routines.push(s) - 1}([${slots.join(', ')}]);`);
  }

  protected report({ check, failed, value }: Report): void {
    const test = this.value(failed);
    const found = this.value(value);
    this.line(`if (${test} && status[0] === 0) status[0] = ${check + 1}, status[1] = ${found};`);
  }
}

/** Compiles a program. @throws Error when it has vectors, which is a mistake of the compiler */
export function emitJs(program: Program): JsKernel {
  // Too small to be worth sharing between sizes: every number stands in the text.
  const { sizes: _, ...whole } = program;
  const emitter = new JsEmitter(whole);
  const text = emitter.emit();
  const calls = emitter.calls.map(({ op, attrs, args }) => {
    const { dtype } = args[0]!;
    return (x: number[]): number => op.scalar(x, dtype, attrs);
  });
  const routines = emitter.routines.map(({ run }) => run);
  const names = [...calls.map((_, i) => `call${i}`), ...routines.map((_, i) => `routine${i}`)];
  return new Function(...names, text)(...calls, ...routines) as JsKernel;
}
