/**
 * The value of any part of a kernel: from the local that holds it, or computed, and then kept in a local if it is used
 * again in the same block.
 */
import type { Expr, GuardExpr, PositionExpr } from '../../ir/expr.js';
import { emitSum, emitTerm, emitTest } from './address.js';
import { emitConstant, emitExtract, emitInt32s, emitSplat, emitZero, LANES } from './convert.js';
import { type Emission, emitTests } from './emission.js';
import { isFree, keyOf, type Part, tokensOfPart, typeOf } from './graph.js';
import { planGuard, planLoad, planPosition } from './lanes.js';
import { emitLoad, emitWhole } from './memory.js';
import type { Test } from './parts.js';
import { emitOp } from './spell.js';

/** See {@link Emission.value}. */
export function emitValue(k: Emission, part: Part): void {
  if (isFree(part)) {
    compute(k, part);
    return;
  }
  const key = keyOf(part);
  const tokens = tokensOfPart(part);
  const local = k.memo.find(key, tokens);
  if (local !== undefined) {
    k.code.get(local);
    return;
  }
  compute(k, part);
  if (k.memo.uses(key) > 1) k.code.tee(k.memo.keep(key, tokens, typeOf(part)));
}

/** See {@link Emission.held}. */
export function emitHeld(k: Emission, part: Part): number {
  if (!('p' in part) && part.e === 'local') return k.localOf(part.local);
  const key = keyOf(part);
  const tokens = tokensOfPart(part);
  const known = k.memo.find(key, tokens);
  if (known !== undefined) return known;
  compute(k, part);
  const local = k.memo.keep(key, tokens, typeOf(part));
  k.code.set(local);
  return local;
}

function compute(k: Emission, part: Part): void {
  if (!('p' in part)) emitExpr(k, part);
  else if (part.p === 'sum') emitSum(k, part);
  else if (part.p === 'term') emitTerm(k, part);
  else emitTest(k, part);
}

/** @throws Error when the lanes of an expression are none that we have instructions for */
function checkLanes(expr: Expr): void {
  const { lanes, dtype, e } = expr;
  const fits = lanes === 1 || (lanes === LANES && dtype !== 'float64');
  if (!fits) throw new Error(`emit/wasm: ${lanes} lanes of ${dtype} (${e})`);
  if (e === 'splat' && (expr.of.lanes !== 1 || expr.of.dtype !== dtype)) {
    throw new Error(`emit/wasm: ${expr.of.lanes} lanes of ${expr.of.dtype} as all lanes of a ${dtype} vector`);
  }
  if (e === 'op' && expr.args.some((arg) => arg.lanes !== lanes)) {
    throw new Error(`emit/wasm: the sources of ${expr.op.name} have not all ${lanes} lanes`);
  }
}

function emitExpr(k: Emission, expr: Expr): void {
  checkLanes(expr);
  switch (expr.e) {
    case 'op':
      return emitOp(k, expr);
    case 'constant':
      return emitConstant(k.code, expr);
    case 'number':
      if (k.numberTypes[expr.slot] !== expr.dtype) {
        throw new Error(`emit/wasm: number ${expr.slot} is ${k.numberTypes[expr.slot]}, read as ${expr.dtype}`);
      }
      k.code.get(k.numbers[expr.slot]!);
      if (expr.lanes > 1) emitSplat(k.code, expr.dtype);
      return;
    case 'load':
      return emitLoad(k, expr);
    case 'position':
      return emitPosition(k, expr);
    case 'guard':
      return emitGuard(k, expr);
    case 'local':
      return k.code.get(k.localOf(expr.local));
    case 'splat':
      return emitSplatOf(k, expr.of);
    case 'lane':
      k.value(expr.of);
      return emitExtract(k.code, expr.dtype, expr.lane);
  }
}

/** All lanes from one element, by one instruction where it comes from memory for nobody else. */
function emitSplatOf(k: Emission, of: Expr): void {
  const key = keyOf(of);
  const shared = k.memo.uses(key) > 1 || k.memo.find(key, tokensOfPart(of)) !== undefined;
  const access = of.e === 'load' && of.lanes === 1 && !shared ? planLoad(of) : null;
  if (access?.how === 'one' && access.tests.length === 0) emitWhole(k, of.dtype, { ...access, how: 'same' });
  else {
    k.value(of);
    emitSplat(k.code, of.dtype);
  }
}

const ramp = (first: number, stride: number): number[] => Array.from({ length: LANES }, (_, i) => first + i * stride);

/** From scalars, one for each lane, to a vector. */
function emitLanes(k: Emission, emit: (lane: number) => void): void {
  for (let lane = 0; lane < LANES; lane++) {
    emit(lane);
    if (lane === 0) k.code.op('i32x4.splat');
    else k.code.op('i32x4.replace_lane', lane);
  }
}

function emitPosition(k: Emission, expr: PositionExpr): void {
  const plan = planPosition(expr);
  if (plan.how === 'lanes') {
    emitLanes(k, (lane) => k.value(plan.lanes[lane]!));
    return;
  }
  k.value(plan.sum);
  if (expr.lanes === 1) return;
  k.code.op('i32x4.splat');
  if (plan.stride === 0) return;
  emitInt32s(k.code, ramp(0, plan.stride));
  k.code.op('i32x4.add');
}

/** Lane i of a test at a distance of `stride` for each lane. */
function emitStridedTest(k: Emission, { sum, shift, relation, limit }: Test, stride: number): void {
  k.value(sum);
  k.code.op('i32x4.splat');
  emitInt32s(k.code, ramp(shift, stride));
  k.code.op('i32x4.add');
  emitInt32s(k.code, ramp(limit, 0));
  k.code.op(`i32x4.${relation}`);
}

function emitGuard(k: Emission, expr: GuardExpr): void {
  const { code } = k;
  const plan = planGuard(expr);
  const emitAll = (tests: readonly Test[]): void => {
    if (tests.length === 0) code.i32(1);
    else emitTests(k, tests);
  };
  switch (plan.how) {
    case 'never':
      return emitZero(code, 'bool', expr.lanes);
    case 'uniform':
      emitAll(plan.tests);
      if (expr.lanes > 1) emitSplat(code, 'bool');
      return;
    case 'strided':
      if (plan.tests.length === 0) return emitConstant(code, { ...expr, e: 'constant', value: 1 });
      plan.tests.forEach(({ test, stride }, i) => {
        emitStridedTest(k, test, stride);
        if (i > 0) code.op('v128.and');
      });
      return;
    case 'lanes':
      emitLanes(k, (lane) => {
        const tests = plan.lanes[lane];
        if (tests) emitAll(tests);
        else code.i32(0);
      });
      code.op('i32x4.neg');
  }
}
