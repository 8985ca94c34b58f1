/**
 * Statements: loops, assignments, stores, conditions and reports.
 */
import type { Expr, Stmt } from '../../ir/expr.js';
import { boundsOf } from '../bounds.js';
import { changesOf, tokenOfLocal, tokenOfSlot, tokenOfVar } from '../dependence.js';
import { emitExtract } from './convert.js';
import { type Emission, emitSize, emitWhere } from './emission.js';
import { countUses, hoistable } from './hoist.js';
import { emitStore } from './memory.js';
import { testsOf } from './parts.js';

type For = Extract<Stmt, { s: 'for' }>;
type Report = Extract<Stmt, { s: 'report' }>;

/** A block of statements, with the parts they share. `changes` as for the body of a loop. */
export function emitBlock(k: Emission, body: readonly Stmt[], changes: ReadonlySet<string> | null = null): void {
  const guarded = k.threads !== null && body.some(sharesOut);
  k.memo.open(countUses(body), changes);
  for (const s of body) {
    if (guarded && !sharesOut(s)) emitAlone(k, s);
    else emitStatement(k, s);
  }
  k.memo.close();
}

/** The outermost statements. What has no parallel loop in it is done by the first thread alone. */
export function emitBody(k: Emission, body: readonly Stmt[]): void {
  if (k.threads && !body.some(sharesOut)) emitAlone(k, ...body);
  else emitBlock(k, body);
}

const sharesOut = (s: Stmt): boolean =>
  s.s === 'for' ? s.parallel === true || s.body.some(sharesOut) : s.s === 'if' && s.then.some(sharesOut);

function emitAlone(k: Emission, ...body: readonly Stmt[]): void {
  k.code.get(k.threads!.own);
  k.code.op('i32.eqz');
  k.code.open('if');
  emitBlock(k, body);
  k.code.end();
}

function emitStatement(k: Emission, s: Stmt): void {
  switch (s.s) {
    case 'barrier':
      throw new Error('emit/wasm: a program is cut at its barriers before it is emitted');
    case 'for':
      return s.parallel && k.threads ? emitShare(k, s, k.threads) : emitFor(k, s);
    case 'set':
      k.value(s.value);
      k.code.set(k.localOf(s.local));
      return k.memo.forget(tokenOfLocal(s.local));
    case 'store':
      emitStore(k, s);
      return k.memo.forget(tokenOfSlot(s.slot));
    case 'if': {
      const tests = testsOf(s.guards);
      if (tests) emitWhere(k, tests, () => emitBlock(k, s.then));
      return;
    }
    case 'report':
      return emitReport(k, s);
    case 'call':
      for (const { slot } of s.wholes) k.code.get(k.buffers[slot]!);
      return k.code.op('call', k.callOf(s));
  }
}

/** Where the bounds are constants, a loop is known to run, and one that runs once is no loop; dynamic ones are asked. */
function emitFor(k: Emission, s: For): void {
  const { from, to, step, trips } = boundsOf(s);
  const dynamic = k.sizes?.bounds.get(s);
  if (trips === 0 && !dynamic) return;
  const { code } = k;
  if (dynamic) openIfRuns(k, s, dynamic);
  const changes = trips > 1 || dynamic ? changesOf([s]) : null;
  if (changes) for (const part of hoistable(s.body, changes)) k.held(part);
  const v = k.localOfVar(s.v);
  emitSize(k, dynamic?.from, from);
  code.set(v);
  k.memo.forget(tokenOfVar(s.v));
  if (!changes) {
    emitBlock(k, s.body);
    return;
  }
  code.open('loop');
  emitBlock(k, s.body, changes);
  code.get(v);
  code.i32(step);
  code.op('i32.add');
  code.tee(v);
  if (dynamic) {
    code.i32(step);
    code.op('i32.add');
  }
  emitSize(k, dynamic?.to, to - step);
  code.op('i32.le_s');
  code.op('br_if', 0);
  code.end();
  if (dynamic) closeIfRuns(k);
}

/** Begins the block in which a loop of dynamic bounds is known to run. */
function openIfRuns(k: Emission, s: For, bounds: { readonly from: number | null; readonly to: number }): void {
  const { code } = k;
  emitSize(k, bounds.from, 0);
  code.i32(s.step ?? 1);
  code.op('i32.add');
  emitSize(k, bounds.to, 0);
  code.op('i32.le_s');
  code.open('if');
  k.memo.open();
}

function closeIfRuns(k: Emission): void {
  k.memo.close();
  k.code.end();
}

/** This thread's part of a loop: equal, neighbouring trips; the last threads may get fewer, or none. */
function emitShare(k: Emission, s: For, { own, count }: { own: number; count: number }): void {
  const { from, step, trips } = boundsOf(s);
  const dynamic = k.sizes?.bounds.get(s);
  if (trips === 0 && !dynamic) return;
  const { code } = k;
  if (dynamic) openIfRuns(k, s, dynamic);
  const changes = changesOf([s]);
  for (const part of hoistable(s.body, changes)) k.held(part);
  const v = k.localOfVar(s.v);
  const [share, end, all] = [code.allocate('i32'), code.allocate('i32'), code.allocate('i32')];
  if (dynamic) {
    emitSize(k, dynamic.to, 0);
    emitSize(k, dynamic.from, 0);
    code.op('i32.sub');
    code.i32(step);
    code.op('i32.div_u');
  } else code.i32(trips);
  code.set(all);
  // share = ⌈all / count⌉
  code.get(all);
  code.i32(-1);
  code.op('i32.add');
  code.get(count);
  code.op('i32.add');
  code.get(count);
  code.op('i32.div_u');
  code.set(share);
  const bound = (later: boolean): void => {
    code.get(own);
    if (later) {
      code.i32(1);
      code.op('i32.add');
    }
    code.get(share);
    code.op('i32.mul');
    code.set(end);
    code.get(end);
    code.get(all);
    code.get(end);
    code.get(all);
    code.op('i32.lt_s');
    code.op('select');
    code.i32(step);
    code.op('i32.mul');
    emitSize(k, dynamic?.from, from);
    code.op('i32.add');
  };
  bound(false);
  code.set(v);
  bound(true);
  code.set(end);
  k.memo.forget(tokenOfVar(s.v));
  code.get(v);
  code.get(end);
  code.op('i32.lt_s');
  code.open('if');
  code.open('loop');
  emitBlock(k, s.body, changes);
  code.get(v);
  code.i32(step);
  code.op('i32.add');
  code.tee(v);
  code.get(end);
  code.op('i32.lt_s');
  code.op('br_if', 0);
  code.end();
  code.end();
  code.release(share);
  code.release(end);
  code.release(all);
  if (dynamic) closeIfRuns(k);
}

/**
 * The status words are two int32: the number of the failed check plus 1, which is 0 as long as none has failed, and the
 * value that failed. The first report stays.
 */
function emitReport(k: Emission, { check, failed, value }: Report): void {
  const { code } = k;
  const vector = k.held(failed);
  const report = (lane: number): void => {
    code.get(vector);
    if (failed.lanes > 1) emitExtract(code, 'bool', lane);
    code.open('if');
    k.memo.open();
    const status = code.allocate('i32');
    code.get(k.block);
    code.memory('i32.load', 4, k.status);
    code.set(status);
    code.get(status);
    code.memory('i32.load', 4, 0);
    code.op('i32.eqz');
    code.open('if');
    k.memo.open();
    code.get(status);
    code.i32(check + 1);
    code.memory('i32.store', 4, 0);
    code.get(status);
    emitLaneOf(k, value, lane);
    code.memory('i32.store', 4, 4);
    k.memo.close();
    code.end();
    k.memo.close();
    code.end();
    code.release(status);
  };
  if (failed.lanes === 1) {
    report(0);
    return;
  }
  code.get(vector);
  code.op('v128.any_true');
  code.open('if');
  k.memo.open();
  for (let lane = 0; lane < failed.lanes; lane++) report(lane);
  k.memo.close();
  code.end();
}

function emitLaneOf(k: Emission, expr: Expr, lane: number): void {
  k.value(expr);
  if (expr.lanes > 1) emitExtract(k.code, expr.dtype, lane);
}
