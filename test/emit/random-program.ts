/**
 * Random small programs which keep the rules of `ir/expr`: nested loops by scalars and by vectors, guards, locals,
 * blocks, stores in place, and expressions that share their parts across all of these.
 */
import { allocate, type DType, type TypedArray } from '../../src/base/dtype.js';
import type { Expr, Guard, Index, Local, LoopVar, Program, Stmt } from '../../src/ir/expr.js';
import * as b from './build.js';

const DTYPES = ['float32', 'int32', 'uint8', 'bool'] as const;
type Kind = (typeof DTYPES)[number];
const SIZE = 24;
const BUFFERS = 6;

/** Numbers from 0 to 1 that follow from a seed. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), seed | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

interface Scope {
  readonly vars: readonly LoopVar[];
  /** The variable that vectors run along. */
  readonly along: LoopVar | null;
  readonly pool: readonly Expr[];
  readonly locals: readonly Local[];
}

export interface Case {
  readonly program: Program;
  readonly buffers: readonly TypedArray[];
}

export interface CaseOptions {
  /** Lanes of its vectors; 1 for none. */
  readonly width?: number;
  /** Whether there are ops that some targets have to call. */
  readonly calls?: boolean;
}

export function randomCase(seed: number, { width = 4, calls = true }: CaseOptions = {}): Case {
  const scale = Math.max(1, width / 4);
  const size = SIZE * scale;
  const random = generator(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(of: readonly T[]): T => of[below(of.length)]!;
  const chance = (p: number): boolean => random() < p;
  const buffers: Kind[] = Array.from({ length: BUFFERS }, () => pick(DTYPES));

  const affine = ({ vars }: Scope): Index => {
    let of = b.plus(
      ...vars.map((v): [LoopVar, number] => [v, pick([0, 1, 1, 2, 5, -1])]).filter(([, by]) => by !== 0),
      below(9) - 4,
    );
    if (chance(0.3)) of = b.quotient(pick(['div', 'mod']), of, pick([2, 3, 4, 5]));
    return of;
  };
  const someGuards = (scope: Scope, p: number): Guard[] =>
    chance(p) ? [b.guard(affine(scope), below(4) - 2, below(8))] : [];

  const leaf = (scope: Scope, dtype: Kind, lanes: number): Expr => {
    const along = lanes > 1 ? scope.along! : undefined;
    const fitting = scope.locals.filter((l) => l.dtype === dtype && l.lanes === lanes);
    if (fitting.length > 0 && chance(0.5)) return b.read(pick(fitting));
    const slots = buffers.flatMap((d, slot) => (d === dtype ? [slot] : []));
    if (slots.length > 0 && chance(0.8)) {
      let at = affine(scope);
      const ints = buffers.indexOf('int32');
      if (ints >= 0 && chance(0.15)) {
        const inner = affine(scope);
        at = b.runTime(b.load(ints, inner, { dtype: 'int32', guards: [b.guard(inner, 0, size)] }), -100000, 100000);
      }
      return b.load(pick(slots), at, {
        dtype,
        along,
        lanes: width,
        guards: [b.guard(at, 0, size), ...someGuards(scope, 0.3)],
      });
    }
    if (dtype === 'int32' && chance(0.6)) return b.position(affine(scope), along, width);
    if (dtype === 'bool' && chance(0.6)) return b.whether(someGuards(scope, 1), along, width);
    return b.constant(dtype === 'bool' ? below(2) : dtype === 'uint8' ? below(256) : below(7) - 3, dtype, lanes);
  };

  const expression = (scope: Scope, dtype: Kind, lanes: number, depth: number): Expr => {
    const known = scope.pool.filter((x) => x.dtype === dtype && x.lanes === lanes);
    if (known.length > 0 && chance(0.4)) return pick(known);
    if (lanes > 1 && chance(0.15)) return b.splat(expression(scope, dtype, 1, depth - 1), width);
    if (depth <= 0 || chance(0.15)) return leaf(scope, dtype, lanes);
    const sub = (d: Kind): Expr => expression(scope, d, lanes, depth - 1);
    if (chance(0.2)) return b.typed('where', dtype, [sub('bool'), sub(dtype), sub(dtype)]);
    if (chance(0.2)) return b.cast(sub(pick(DTYPES.filter((d) => d !== dtype))), dtype);
    if (dtype === 'bool') {
      if (chance(0.5)) {
        const of = pick(['float32', 'int32', 'uint8'] as const);
        return b.typed(pick(['lt', 'eq', 'ne']), 'bool', [sub(of), sub(of)]);
      }
      return chance(0.3)
        ? b.op('not', sub('bool'))
        : b.op(pick(['and', 'or', 'xor', 'andnot']), sub('bool'), sub('bool'));
    }
    if (calls && chance(0.05)) return b.typed('hypot', dtype, [sub(dtype), sub(dtype)]);
    return b.op(pick(['add', 'sub', 'mul', 'min', 'max']), sub(dtype), sub(dtype));
  };

  const block = (outer: Scope, depth: number): Stmt[] => {
    let scope = outer;
    const body: Stmt[] = [];
    for (let n = 1 + below(4); n > 0; n--) {
      const lanes = scope.along && chance(0.7) ? width : 1;
      const what = random();
      if (what < 0.3 && depth > 0) body.push(...loops(scope, depth));
      else if (what < 0.4 && depth > 0) body.push(b.when(someGuards(scope, 1), ...block(scope, depth - 1)));
      else {
        const known = scope.locals.filter((l) => l.lanes === lanes);
        if (what < 0.6) {
          const to = known.length > 0 && chance(0.7) ? pick(known) : b.local('x', pick(DTYPES), lanes);
          body.push(b.set(to, expression(scope, to.dtype as Kind, lanes, 3)));
          if (!known.includes(to)) scope = { ...scope, locals: [...scope.locals, to] };
        } else {
          const slot = below(BUFFERS);
          const at = affine(scope);
          const value = expression(scope, buffers[slot]!, lanes, 3);
          body.push(b.store(slot, at, value, [b.guard(at, 0, size - lanes + 1), ...someGuards(scope, 0.2)]));
          scope = { ...scope, pool: [...scope.pool, value] };
        }
      }
    }
    return body;
  };

  const loops = (scope: Scope, depth: number): Stmt[] => {
    const v = b.loopVar('i', (1 + below(9)) * scale);
    const vectors = scope.along === null && chance(0.6);
    const inner = { ...scope, vars: [...scope.vars, v] };
    if (!vectors)
      return [b.loop(v, block(inner, depth - 1), chance(0.3) ? { from: below(3), step: 1 + below(3) } : {})];
    const whole = v.size - (v.size % width);
    return [
      b.loop(v, block({ ...inner, along: v }, depth - 1), { to: whole, step: width }),
      b.loop(v, block(inner, depth - 1), { from: whole }),
    ];
  };

  const body = block({ vars: [], along: null, pool: [], locals: [] }, 4).concat(
    loops({ vars: [], along: null, pool: [], locals: [] }, 3),
  );
  const data = buffers.map((dtype: DType) => {
    const array = allocate(dtype, size);
    for (let i = 0; i < size; i++) array[i] = dtype === 'bool' ? below(2) : below(40) - 8;
    return array;
  });
  return { program: b.program(buffers, [], body), buffers: data };
}
