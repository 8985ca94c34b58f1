/**
 * The C functions that kernels are written with: families, each a row, instantiated for the types at hand. Everything is
 * GCC's vector extensions, which clang knows too; a function on vectors that is written as a loop over lanes becomes one
 * instruction wherever the machine has it.
 */
import { type CType, maskName, typed, vectorName } from './types.js';

interface Instance {
  readonly name: string;
  /** The type of the first argument. */
  readonly from: CType;
  /** The type of the result. */
  readonly to: CType;
}
type Family = (f: Instance) => string;

const NAMES = ['a', 'b', 'c'];

const define = ({ name, from, to }: Instance, arity: number, body: string): string =>
  `INLINE ${to.name} ${name}(${NAMES.slice(0, arity)
    .map((x) => `${from.name} ${x}`)
    .join(', ')}) { ${body} }\n`;

/** One lane after the other. */
const lanewise =
  (arity: number, scalar: (x: readonly string[], of: CType['of']) => string): Family =>
  (f) => {
    const { from, to } = f;
    if (to.lanes === 1) return define(f, arity, `return ${scalar(NAMES, from.of)};`);
    const each = scalar(
      NAMES.map((x) => `${x}[i]`),
      from.of,
    );
    return define(f, arity, `${to.name} r; for (int i = 0; i < ${to.lanes}; i++) r[i] = ${each}; return r;`);
  };

/** A function of C's library by its name for doubles. */
const library = (name: string, arity = 1): Family =>
  lanewise(arity, (x, of) => `__builtin_${name}${of === 'f32' ? 'f' : ''}(${x.slice(0, arity).join(', ')})`);

/** `m ? a : b` on vectors, bit by bit; m is a mask as wide as the elements. */
const choice = (type: CType, m: string, a: string, b: string): string => {
  const mask = maskName(type);
  return `(${type.name})((${m} & (${mask})${a}) | (~${m} & (${mask})${b}))`;
};

/** min and max: of floats NaN if either is, and −0 below 0. */
const extreme =
  (relation: '<' | '>'): Family =>
  (f) => {
    const { from } = f;
    const larger = relation === '>';
    if (from.of === 'i32') {
      const body = from.lanes === 1 ? `a ${relation} b ? a : b` : choice(from, `(a ${relation} b)`, 'a', 'b');
      return define(f, 2, `return ${body};`);
    }
    if (from.lanes === 1) {
      const equal = `__builtin_signbit(a) ? ${larger ? 'b : a' : 'a : b'}`;
      return define(f, 2, `return a ${relation} b ? a : b ${relation} a ? b : a == b ? (${equal}) : a + b;`);
    }
    const mask = maskName(from);
    return define(
      f,
      2,
      `${mask} m = a ${relation} b; ${from.name} r = ${choice(from, 'm', 'a', 'b')}; ` +
        `m = a == b; ${from.name} s = (${from.name})((${mask})a ${larger ? '&' : '|'} (${mask})b); ` +
        `r = ${choice(from, 'm', 's', 'r')}; m = a != a; return ${choice(from, 'm', 'a', 'r')};`,
    );
  };

/** b where a stands in that relation to it, else a: min and max for a constant b, which is no NaN. */
const limit =
  (relation: string): Family =>
  (f) => {
    const { from } = f;
    if (from.lanes === 1) return define(f, 2, `return a ${relation} b ? b : a;`);
    return define(f, 2, `${maskName(from)} m = a ${relation} b; return ${choice(from, 'm', 'b', 'a')};`);
  };

/** a·b + c, rounded once where the processor can. */
const multiplyAdd: Family = (f) => {
  const { of, lanes } = f.from;
  const exact = lanewise(3, (x, t) => `__builtin_fma${t === 'f32' ? 'f' : ''}(${x.join(', ')})`)(f);
  const plain = define(f, 3, 'return a * b + c;');
  const has = of === 'f32' ? '__FP_FAST_FMAF' : '__FP_FAST_FMA';
  const portable = `#if defined(${has}) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)\n${exact}#else\n${plain}#endif\n`;
  const intrinsic: Readonly<Record<string, readonly [string, string]>> = {
    f32x16: ['__AVX512F__', '__builtin_ia32_vfmaddps512_mask(a, b, c, (unsigned short)-1, 4)'],
    f32x8: ['__FMA__', '__builtin_ia32_vfmaddps256(a, b, c)'],
    f32x4: ['__FMA__', '__builtin_ia32_vfmaddps(a, b, c)'],
  };
  const known = intrinsic[vectorName(of, lanes)];
  if (!known) return portable;
  return `#if defined(${known[0]})\n${define(f, 3, `return ${known[1]};`)}#else\n${portable}#endif\n`;
};

/** A float as an int32: fractions dropped, out of range to the nearest end, NaN to 0. */
const saturate: Family = (f) => {
  const { from, to } = f;
  const [top, low] = ['2147483648.0f', '-2147483648.0f'];
  if (to.lanes === 1) {
    return define(f, 1, `return a != a ? 0 : a >= ${top} ? INT32_MAX : a < ${low} ? INT32_MIN : (i32)a;`);
  }
  const mask = maskName(from);
  const narrow = (m: string): string => (from.of === 'f64' ? `__builtin_convertvector(${m}, ${to.name})` : m);
  return define(
    f,
    1,
    `${mask} above = a >= ${top}, below = a < ${low}, inside = ~above & (a >= ${low}); ` +
      `${to.name} r = __builtin_convertvector((${from.name})((${mask})a & inside), ${to.name}), ` +
      `high = ${narrow('above')}, low = ${narrow('below')}; ` +
      `return (r & ~(high | low)) | (high & INT32_MAX) | (low & INT32_MIN);`,
  );
};

const convert: Family = (f) =>
  define(f, 1, f.to.lanes === 1 ? `return (${f.to.name})a;` : `return __builtin_convertvector(a, ${f.to.name});`);

/** The same bits as another type. */
const reinterpret: Family = (f) =>
  define(
    f,
    1,
    f.to.lanes === 1 ? `${f.to.name} r; __builtin_memcpy(&r, &a, sizeof r); return r;` : `return (${f.to.name})a;`,
  );

/** The answer of a comparison, whose mask may be wider than a bool's. */
const answer: Family = (f) =>
  `INLINE ${f.to.name} ${f.name}(${maskName(f.from)} a) { return __builtin_convertvector(a, ${f.to.name}); }\n`;

const select: Family = ({ name, to }) => {
  const bool = typed('i32', to.lanes).name;
  const head = `INLINE ${to.name} ${name}(${bool} m, ${to.name} a, ${to.name} b)`;
  if (to.lanes === 1) return `${head} { return m ? a : b; }\n`;
  const mask = maskName(to);
  const wide = mask === bool ? 'm' : `__builtin_convertvector(m, ${mask})`;
  return `${head} { ${mask} w = ${wide}; return ${choice(to, 'w', 'a', 'b')}; }\n`;
};

const splat: Family = ({ name, from, to }) =>
  `INLINE ${to.name} ${name}(${from.name} a) { return (${to.name}){${new Array(to.lanes).fill('a').join(', ')}}; }\n`;

/** Shifts of bits, without regard to a sign. */
const shift =
  (operator: '<<' | '>>'): Family =>
  (f) => {
    const bits = vectorName('u32', f.to.lanes);
    return define(f, 2, `return (${f.to.name})((${bits})a ${operator} (${bits})b);`);
  };

/** The upper halves of products of unsigned numbers: of neighbours, the one and the other as 64-bit products. */
const multiplyHigh: Family = (f) => {
  if (f.to.lanes === 1) return define(f, 2, 'return (i32)(((u64)(u32)a * (u32)b) >> 32);');
  return define(
    f,
    2,
    `typedef u64 pairs __attribute__((vector_size(${4 * f.to.lanes}))); const u64 low = UINT32_MAX; ` +
      `const pairs even = ((pairs)a & low) * ((pairs)b & low), odd = ((pairs)a >> 32) * ((pairs)b >> 32); ` +
      `return (${f.to.name})((even >> 32) | (odd & ~low));`,
  );
};

/** An expression of a = p and b = q, the remainder r of the sign of p, whether it has to be turned, and the quotient. */
const divided = (a: string, b: string, value: string): string =>
  `({ const f64 p = ${a}, q = ${b}, r = __builtin_fmod(p, q); const int turned = r != 0 && (r < 0) != (q < 0); ` +
  `const f64 whole = (p - r) / q - turned; ${value}; })`;

/** Everything that a record may name instead of giving a template, and what the emitter itself uses. */
const FAMILIES: Readonly<Record<string, Family>> = {
  splat,
  select,
  convert,
  saturate,
  reinterpret,
  answer,
  min: extreme('<'),
  max: extreme('>'),
  below: limit('<'),
  below_or_equal: limit('<='),
  above: limit('>'),
  above_or_equal: limit('>='),
  madd: multiplyAdd,
  shl: shift('<<'),
  shr_u: shift('>>'),
  mul_high_u: multiplyHigh,
  not: (f) => define(f, 1, f.to.lanes === 1 ? 'return !a;' : 'return ~a;'),
  abs: library('fabs'),
  sqrt: library('sqrt'),
  floor: library('floor'),
  ceil: library('ceil'),
  trunc: library('trunc'),
  nearest: library('rint'),
  copysign: library('copysign', 2),
  exp: library('exp'),
  expm1: library('expm1'),
  log: library('log'),
  log1p: library('log1p'),
  sin: library('sin'),
  cos: library('cos'),
  tanh: library('tanh'),
  erf: library('erf'),
  pow: library('pow', 2),
  exp2: library('exp2'),
  log2: library('log2'),
  log10: library('log10'),
  cbrt: library('cbrt'),
  erfc: library('erfc'),
  tan: library('tan'),
  asin: library('asin'),
  acos: library('acos'),
  atan: library('atan'),
  atan2: library('atan2', 2),
  sinh: library('sinh'),
  cosh: library('cosh'),
  asinh: library('asinh'),
  acosh: library('acosh'),
  atanh: library('atanh'),
  // Division with a remainder of the divisor's sign, in doubles for floats too: see the records.
  remainder: lanewise(2, ([a, b]) => divided(a!, b!, 'turned ? r + q : r == 0 ? (q < 0 ? -0.0 : 0.0) : r')),
  floor_divide: lanewise(2, ([a, b]) =>
    divided(a!, b!, 'q == 0 ? p / q : whole == 0 ? (p / q < 0 ? -0.0 : 0.0) : __builtin_rint(whole)'),
  ),
  // By the exponential that cannot overflow.
  sigmoid: lanewise(1, ([x]) => {
    const small = `__builtin_exp(-__builtin_fabs(${x}))`;
    return `(${x} < 0 ? ${small} : 1.0) / (1.0 + ${small})`;
  }),
};

/** The functions that a kernel uses, by name: their definitions. */
export class Functions {
  readonly defined = new Map<string, string>();

  /** The name of a family's member. @throws Error when there is no such family */
  name(family: string, from: CType, to: CType = from): string {
    const write = FAMILIES[family];
    if (!write) throw new Error(`internal: no C function is called ${family}`);
    const name = from.name === to.name ? `${family}_${to.name}` : `${family}_${from.name}_${to.name}`;
    if (!this.defined.has(name)) this.defined.set(name, write({ name, from, to }));
    return name;
  }
}
