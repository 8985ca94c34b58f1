/**
 * Statements: loops, assignments, stores, conditions and reports.
 */
import type { Expr, Stmt } from '../../ir/expr.js';
import { emitExtract } from './convert.js';
import { boundsOf } from '../bounds.js';
import { changesOf, tokenOfLocal, tokenOfSlot, tokenOfVar } from '../dependence.js';
import { type Emission, emitWhere } from './emission.js';
import { countUses, hoistable } from './hoist.js';
import { emitStore } from './memory.js';
import { testsOf } from './parts.js';

type For = Extract<Stmt, { s: 'for' }>;
type Report = Extract<Stmt, { s: 'report' }>;

/** A block of statements, with the parts they share. `changes` as for the body of a loop. */
export function emitBlock(k: Emission, body: readonly Stmt[], changes: ReadonlySet<string> | null = null): void {
  k.memo.open(countUses(body), changes);
  for (const s of body) emitStatement(k, s);
  k.memo.close();
}

function emitStatement(k: Emission, s: Stmt): void {
  switch (s.s) {
    case 'for':
      return emitFor(k, s);
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
  }
}

/** The bounds are constants, so a loop is known to run; one that runs once is no loop. */
function emitFor(k: Emission, s: For): void {
  const { from, to, step, trips } = boundsOf(s);
  if (trips === 0) return;
  const { code } = k;
  const changes = trips > 1 ? changesOf([s]) : null;
  if (changes) for (const part of hoistable(s.body, changes)) k.held(part);
  const v = k.localOfVar(s.v);
  code.i32(from);
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
  code.i32(to - step);
  code.op('i32.le_s');
  code.op('br_if', 0);
  code.end();
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
