/**
 * How elementwise ops are spelled in C. A record gives for the type of its first source a template, in which {0} stands for
 * that source, or the name of a function of `functions.ts`. Templates hold for scalars and vectors alike.
 */
import type { DType } from '../../base/dtype.js';
import type { OpExpr } from '../../ir/expr.js';
import type { ElementwiseOp } from '../../ir/op.js';
import type { Functions } from './functions.js';
import { typed, typeOf } from './types.js';

const KEYS = { float32: 'f32', float64: 'f64', int32: 'i32', uint8: 'i32', bool: 'bool' } as const;

export function spellingOf(op: ElementwiseOp, dtype: DType): string | undefined {
  const c = op.spell?.c;
  return typeof c === 'object' ? c[KEYS[dtype]] : c;
}

type Special = (e: OpExpr, args: readonly string[], functions: Functions) => string;

/** From one dtype to another; see `types.ts` for how each is held. */
const cast: Special = ({ args: [source], dtype: to, lanes }, [text], functions) => {
  const from = source!.dtype;
  const [own, type] = [typeOf(source!), typeOf({ dtype: to, lanes })];
  if (from === to) return text!;
  if (to === 'bool') {
    const test = `${text} != 0`;
    return lanes > 1 && own.of === 'f64' ? `${functions.name('answer', own, type)}(${test})` : test;
  }
  const number = from === 'bool' && lanes > 1 ? `(-${text})` : text!;
  if (own.of === type.of) return to === 'uint8' && from !== 'bool' ? `${number} & 255` : number;
  const family = type.of === 'i32' ? 'saturate' : 'convert';
  const value = `${functions.name(family, own, type)}(${number})`;
  return to === 'uint8' ? `${value} & 255` : value;
};

/** min and max, which are simpler for a constant: one comparison. */
const extreme =
  (family: 'min' | 'max', strict: string, loose: string, loosest: number): Special =>
  (e, texts, functions) => {
    const at = e.args.findIndex((a) => a.e === 'constant' && !Number.isNaN(a.value));
    const constant = e.args[at];
    const type = typeOf(e);
    if (constant?.e !== 'constant') return `${functions.name(family, type)}(${texts.join(', ')})`;
    // Of the two zeros the one that wins against the other does so too where both are equal.
    const relation = Object.is(constant.value, loosest) ? loose : strict;
    return `${functions.name(relation, type)}(${texts[1 - at]}, ${texts[at]})`;
  };

const SPECIAL: ReadonlyMap<string, Special> = new Map<string, Special>([
  ['cast', cast],
  ['bits', (e, [x], functions) => `${functions.name('reinterpret', typeOf(e.args[0]!), typeOf(e))}(${x})`],
  ['select', (e, x, functions) => `${functions.name('select', typeOf(e))}(${x.join(', ')})`],
  ['pass', (_, [x]) => x!],
  ['min', extreme('min', 'above', 'above_or_equal', -0)],
  ['max', extreme('max', 'below', 'below_or_equal', 0)],
]);

/** The value of an op, given texts for its sources. @throws Error when its record has no spelling */
export function spell(e: OpExpr, args: readonly string[], functions: Functions): string {
  const first = e.args[0]!;
  const spelling = spellingOf(e.op, first.dtype);
  if (spelling === undefined) throw new Error(`internal: ${e.op.name} of ${first.dtype} has no spelling in C`);
  const special = SPECIAL.get(spelling);
  if (special) return special(e, args, functions);
  const from = typeOf(first);
  if (!spelling.includes('{')) {
    const text = `${functions.name(spelling, from)}(${args.join(', ')})`;
    return e.dtype === 'uint8' ? `${text} & 255` : text;
  }
  const text = spelling.replace(/\{(\d)\}/g, (_, i: string) => args[Number(i)]!);
  // Sums and products of bytes wrap.
  if (e.dtype === 'uint8' && first.dtype === 'uint8') return `(${text}) & 255`;
  if (e.dtype !== 'bool' || first.dtype === 'bool' || e.lanes === 1 || from.of !== 'f64') return text;
  return `${functions.name('answer', from, typed('i32', e.lanes))}(${text})`;
}
