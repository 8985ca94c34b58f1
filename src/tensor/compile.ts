/**
 * Functions that are captured once and then done again without building their graph.
 */
import { rankOf } from '../base/dtype.js';
import { ArgumentError, GraphError } from '../base/errors.js';
import { current as settings } from '../base/settings.js';
import { shapeId } from '../base/shape.js';
import { describe, isRecording } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { captured, capturing } from '../run/capture.js';
import { realise, writesPending } from '../run/realise.js';
import { nodeOf } from './operands.js';
import { Recorder } from './recorder.js';
import { Replay } from './replay.js';
import { Tensor } from './tensor.js';
import { mapTree, type Tree } from './tree.js';
import { watching } from './watch.js';

/** Most captures that one function keeps: the least recently used goes first. */
const CAPTURES = 32;

interface Captured {
  readonly signature: readonly number[];
  readonly replay: Replay;
}

/**
 * `fn`, captured at its first call for each combination of the arguments' shapes and dtypes, and replayed from then on:
 * the same plans run on other values, and no graph is built. `fn` takes tensors and returns a tensor, arrays and plain objects of tensors, or
 * nothing; it may be a whole training step: forward, `zeroGrad()`, `backward()`, `optimizer.step()`, the loss returned.
 *
 * At each call the tensors that `fn` uses from outside (parameters, buffers, optimizer state) are looked up again, random numbers are
 * drawn anew, and optimizers read their learning rates and count their steps. Everything else that JavaScript does in `fn`
 * happens only while capturing: other numbers, conditions and the modes of modules are frozen, hooks and prints are not repeated.
 *
 * No gradient flows through a call: an argument must not require one, and `backward()` on a result throws.
 * @throws GraphError when `fn` reads a value (`item()`, `toArray()`, …), writes to an argument or to a tensor that it made, uses a tensor
 *   computed outside from tensors that require gradients, or adds to gradients from before the call
 * @example
 * const step = compile((x) => x.mul(2).sum());
 * step(tensor([1, 2])) // 6
 * step(tensor([3, 4])) // 14
 */
export function compile<A extends readonly Tensor[], R extends Tree | void>(fn: (...args: A) => R): (...args: A) => R {
  if (typeof fn !== 'function') throw new ArgumentError(`compile: takes a function, got ${String(fn)}`);
  const known: Captured[] = [];
  return (...args) => {
    // Inside another compiled function it is a part of that one.
    if (capturing() || settings.eager) return fn(...args);
    const signature = signatureOf(args);
    realiseArguments(args);
    const at = known.findIndex((c) => c.signature.every((n, i) => n === signature[i]));
    if (at >= 0) {
      const found = known[at]!;
      if (found.replay.holds) {
        if (at > 0) known.unshift(...known.splice(at, 1));
        return found.replay.run(args) as R;
      }
      known.splice(at, 1);
    }
    const replay = capture(fn, args);
    known.unshift({ signature, replay });
    if (known.length > CAPTURES) known.pop();
    return replay.first as R;
  };
}

/** Numbers that are equal for calls which one capture answers. */
function signatureOf(args: readonly Tensor[]): number[] {
  const recording = isRecording();
  const signature = [args.length, Number(recording)];
  for (const arg of args) {
    const node = nodeOf('a compiled function', arg);
    if (recording && node.needsGrad) {
      throw new GraphError(
        `${describe(node)} requires a gradient, and none flows through a compiled function: pass its detach(), ` +
          'or use the tensor inside without passing it, and call backward() there',
      );
    }
    signature.push(shapeId(node.shape) * 8 + rankOf(node.dtype));
  }
  return signature;
}

function realiseArguments(args: readonly Tensor[]): void {
  const pending = args.some((arg) => arg.node.current() === null);
  if (pending || writesPending()) realise(args.map((arg) => arg.node));
}

/** Calls `fn` and notes down what it does. */
function capture<A extends readonly Tensor[]>(fn: (...args: A) => unknown, args: A): Replay {
  // Copies, so that an argument is told from every other tensor by its memory.
  const standIns = args.map(({ node }) => {
    const storage = node.current()!;
    const copy = new Storage(storage.dtype, storage.length, storage.read().slice());
    const standIn = new Tensor(ops.dataNode(copy, node.shape));
    standIn.name = node.label;
    return standIn;
  });
  const recorder = new Recorder(standIns);
  const result = captured(recorder.capture, () => {
    const returned = watching(recorder, () => fn(...(standIns as readonly Tensor[] as A)));
    const roots = recorder.touched().flatMap(({ gradient }) => gradient.node ?? []);
    if (returned !== undefined)
      mapTree(returned, 'the result of a compiled function', (t) => {
        roots.push(nodeOf('compile', t));
        return t;
      });
    realise(roots);
    return returned;
  });
  return new Replay(recorder, standIns, args, result);
}
