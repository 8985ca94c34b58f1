/**
 * Checks between the stages of the compiler: each says what the next stage relies on. They run in the tests and under
 * `settings({ verify: true })`; a failure is a mistake of the compiler, never of the user.
 */
import { sameShape, showShape } from '../base/shape.js';
import type { Expr, Guard, Index, LoopVar, Program, Stmt } from './expr.js';
import type { Graph } from './graph.js';

class Broken extends Error {
  override name = 'VerificationError';
}

/** Sources stand before their readers, and every node has the shape and dtype that its record infers from them. */
export function verifyGraph(graph: Graph): void {
  graph.nodes.forEach((node, at) => {
    const src = graph.src[at]!;
    for (const s of src) if (s >= at) throw new Broken(`"${node.op.name}" at ${at} reads ${s}, which comes later`);
    if (graph.input[at] || src.length === 0 || node.op.kind === 'alias') return;
    const sources = src.map((s) => graph.nodes[s]!);
    const { shape, dtype } = node.op.infer(sources, node.attrs);
    if (!sameShape(shape, node.shape) || dtype !== node.dtype) {
      throw new Broken(
        `"${node.op.name}" at ${at} is ${node.dtype} ${showShape(node.shape)}, its sources make ${dtype} ${showShape(shape)}`,
      );
    }
  });
}

/** Every variable is bound by a loop around it, every local set before it is read, every slot declared, lanes and dtypes agree. */
export function verifyProgram(program: Program): void {
  const bound = new Set<LoopVar>();
  const set = new Set<number>();

  const index = (i: Index): void => {
    for (const { atom } of i.terms) {
      if (atom.kind === 'var') {
        if (!bound.has(atom.v))
          throw new Broken(`${program.name}: loop variable ${atom.v.name} is used outside its loop`);
      } else if (atom.kind === 'value') expr(atom.expr);
      else index(atom.of);
    }
  };
  const guards = (gs: readonly Guard[]): void => gs.forEach((g) => index(g.index));
  const slot = (n: number, dtype: string): void => {
    if (program.buffers[n] !== dtype)
      throw new Broken(`${program.name}: buffer ${n} is ${program.buffers[n]}, used as ${dtype}`);
  };
  // Within one statement, what has been looked at need not be looked at again.
  let seen = new Set<Expr>();
  const expr = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    switch (e.e) {
      case 'op':
        for (const a of e.args) {
          if (a.lanes !== e.lanes)
            throw new Broken(`${program.name}: ${e.op.name} of ${e.lanes} lanes has an argument of ${a.lanes}`);
          expr(a);
        }
        break;
      case 'load':
        slot(e.slot, e.dtype);
        index(e.index);
        guards(e.guards);
        break;
      case 'position':
        index(e.index);
        break;
      case 'guard':
        guards(e.guards);
        break;
      case 'number':
        if (program.numbers[e.slot] !== e.dtype)
          throw new Broken(`${program.name}: number ${e.slot} is ${program.numbers[e.slot]}, used as ${e.dtype}`);
        break;
      case 'local':
        if (!set.has(e.local.id)) throw new Broken(`${program.name}: local ${e.local.name} is read before it is set`);
        break;
      case 'splat':
      case 'lane':
        expr(e.of);
        break;
      default:
    }
  };
  const block = (body: readonly Stmt[]): void => {
    for (const s of body) {
      seen = new Set();
      switch (s.s) {
        case 'for':
          bound.add(s.v);
          block(s.body);
          bound.delete(s.v);
          break;
        case 'set':
          expr(s.value);
          if (s.value.lanes !== s.local.lanes || s.value.dtype !== s.local.dtype) {
            throw new Broken(
              `${program.name}: local ${s.local.name} is ${s.local.dtype}×${s.local.lanes}, set to ${s.value.dtype}×${s.value.lanes}`,
            );
          }
          set.add(s.local.id);
          break;
        case 'store':
          slot(s.slot, s.value.dtype);
          index(s.index);
          guards(s.guards);
          expr(s.value);
          break;
        case 'if':
          guards(s.guards);
          block(s.then);
          break;
        case 'barrier':
          if (bound.size > 0) throw new Broken(`${program.name}: a barrier inside a loop`);
          break;
        case 'call':
          if (bound.size > 0) throw new Broken(`${program.name}: a call inside a loop: ${s.text}`);
          for (const whole of s.wholes) slot(whole.slot, whole.dtype);
          break;
        case 'report':
          expr(s.failed);
          expr(s.value);
          break;
      }
    }
  };
  block(program.body);
}
