/**
 * A captured function, ready to be done again: its plans, and where each of their inputs comes from. An input is an
 * argument, a tensor from outside (whose memory is looked up at each call), a result of an earlier plan of the same call, or memory made while capturing.
 */
import { GraphError } from '../base/errors.js';
import { SCALAR, type Shape } from '../base/shape.js';
import { apply, isRecording, type Node } from '../ir/node.js';
import { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import type { Performed } from '../run/capture.js';
import { engine } from '../run/engine.js';
import type { Engine, Work } from '../run/performs.js';
import { Gradient } from './gradient.js';
import { leftOver, type Recorder, type Touch } from './recorder.js';
import { Tensor } from './tensor.js';
import { mapTree } from './tree.js';

/** One call: the memory of its arguments, and what its plans have brought forth so far. */
interface Call {
  readonly args: readonly Storage[];
  readonly tensors: readonly Tensor[];
  readonly results: (readonly Storage[])[];
}

/** Where memory comes from in each call. */
type Source = (call: Call) => Storage;

/** How a call's result is made. */
type Output = (call: Call) => Tensor;

/** A plan of the function. */
interface Run {
  readonly work: Work;
  readonly sources: readonly Source[];
  readonly numbers: Float64Array;
  readonly refreshed: Performed['refreshed'];
  /** Which sources are arguments, and which are written. */
  readonly fromArguments: readonly number[];
  readonly written: readonly number[];
  /** The tensors that are written, in the order of `written`. */
  readonly targets: readonly Tensor[];
  /** Results that nothing of the function asks for, such as what plain code would keep for a later backward pass. */
  readonly unused: readonly number[];
}

/** What must be as it was for the capture to hold. */
interface Condition {
  readonly tensor: Tensor;
  readonly node: Node;
  readonly needsGrad: boolean;
  /** Whether the node itself must be the same: it is a constant of the program. */
  readonly constant: boolean;
}

/** A gradient that the function touches, and what it leaves there. */
interface Left {
  readonly tensor: Tensor;
  readonly first: Touch;
  readonly source: Source | null;
  readonly spent: boolean;
}

/** Stands for everything that a compiled result was computed from: gradients that would reach it are refused. */
const history = apply(ops.data, [], { shape: SCALAR, dtype: 'float32' });
history.needsGrad = true;
const refusesGradients = {
  name: 'compile',
  backward: (): never => {
    throw new GraphError(
      'no gradient flows back through the result of a compiled function: call backward() inside it, or use the function without compile()',
    );
  },
};

/** A tensor that shows a result; if gradients would flow to what it was computed from, it refuses them. */
function resultTensor(storage: Storage, shape: Shape, needsGrad: boolean): Tensor {
  const value = ops.dataNode(storage, shape);
  if (!needsGrad || !isRecording()) return new Tensor(value);
  const node = apply(ops.custom, [value, history], refusesGradients);
  node.attach(storage);
  return new Tensor(node);
}

export class Replay {
  private readonly engine: Engine = engine();
  private readonly steps: readonly (Run | (() => void))[];
  private readonly conditions: readonly Condition[];
  private readonly left: readonly Left[];
  private readonly template: unknown;
  private readonly outputs = new Map<Tensor, Output>();
  /** What the capturing call returns. */
  readonly first: unknown;

  /**
   * @param standIns what the function got as arguments, and `result` what it returned, all realised
   * @param args the arguments of the capturing call
   * @throws GraphError when the function wrote memory that it does not find again
   */
  constructor(recorder: Recorder, standIns: readonly Tensor[], args: readonly Tensor[], result: unknown) {
    const { steps } = recorder.capture;
    const performed = steps.filter((step) => typeof step !== 'function');
    const origins = new Origins(recorder, standIns, performed);
    this.conditions = Array.from(recorder.outside, ([tensor, { node, needsGrad }]) => {
      return { tensor, node, needsGrad, constant: node.storage === null };
    });
    this.left = recorder.touched().map(({ tensor, gradient, first }) => {
      const { node, spent } = gradient;
      return { tensor, first, source: node && origins.of(node.storage!), spent };
    });
    const call = {
      args: standIns.map((t) => t.node.storage!),
      tensors: args,
      results: performed.map((p) => p.results),
    };
    this.template = result === undefined ? undefined : mapTree(result, 'the result', (t) => this.output(t, origins));
    const runs = new Map(performed.map((step) => [step, runOf(step, origins)]));
    this.steps = steps.map((step) =>
      typeof step === 'function' ? step : withoutUnused(runs.get(step)!, step, origins),
    );
    this.first = this.finish(call);
    recorder.giveUp();
  }

  /** Prepares to return what `tensor` stands for; the tensor returned is its place in the template. */
  private output(tensor: Tensor, origins: Origins): Tensor {
    const place = new Tensor(ops.constantNode(0, tensor.shape, tensor.dtype));
    this.outputs.set(place, outputOf(tensor, origins));
    return place;
  }

  /** Whether the capture still tells what the function would do: its engine, its plans, and the tensors from outside. */
  get holds(): boolean {
    if (engine() !== this.engine) return false;
    for (const step of this.steps) if (typeof step !== 'function' && !step.work.valid) return false;
    for (const { tensor, node, needsGrad, constant } of this.conditions) {
      const now = tensor.node;
      if (now === node && now.needsGrad === needsGrad) continue;
      if (constant || now.shape !== node.shape || now.dtype !== node.dtype || now.needsGrad !== needsGrad) return false;
    }
    return true;
  }

  /** Does it again. @throws what the plans throw; a plan that throws has changed nothing */
  run(tensors: readonly Tensor[]): unknown {
    for (const { tensor, first } of this.left) {
      if (first === 'set') continue;
      const { node, spent } = Gradient.of(tensor.node);
      if (node || spent) throw leftOver(node ?? tensor.node);
    }
    const call: Call = { args: tensors.map((t) => t.node.current()!), tensors, results: [] };
    for (const step of this.steps) {
      if (typeof step === 'function') step();
      else call.results.push(runAgain(step, call));
    }
    return this.finish(call);
  }

  /** What the call leaves in gradients, and what it returns. */
  private finish(call: Call): unknown {
    for (const { tensor, source, spent } of this.left) {
      const { node } = tensor;
      Gradient.of(node).restore(source && ops.dataNode(source(call), node.shape), spent);
    }
    const { template, outputs } = this;
    if (template === undefined) return undefined;
    if (template instanceof Tensor) return outputs.get(template)!(call);
    return mapTree(template, 'the result', (place) => outputs.get(place)!(call));
  }
}

// Each of these is made where nothing else can be seen, so that what is kept of a capture does not hold its graph.
const fromArgument =
  (i: number): Source =>
  (call) =>
    call.args[i]!;
const fromResult =
  (run: number, i: number): Source =>
  (call) =>
    call.results[run]![i]!;
const fromTensor = (tensor: Tensor): Source => {
  return () => tensor.node.current()!;
};
/** Memory made while capturing: the same in each call. */
const fromInside = (storage: Storage): Source => {
  const { version } = storage;
  return () => {
    if (storage.version === version) return storage;
    throw new GraphError(
      `a tensor that was made inside a compiled function has been overwritten by ${storage.overwrittenBy}: make it outside`,
    );
  };
};
const sameTensor =
  (tensor: Tensor): Output =>
  () =>
    tensor;
const sameArgument =
  (i: number): Output =>
  (call) =>
    call.tensors[i]!;
const made =
  (source: Source, shape: Shape, needsGrad: boolean): Output =>
  (call) =>
    resultTensor(source(call), shape, needsGrad);

/** Where the memory of a capture comes from. */
class Origins {
  private readonly results = new Map<Storage, Source>();
  private readonly asked = new Set<Storage>();
  private readonly args: ReadonlyMap<Storage, number>;

  constructor(
    readonly recorder: Recorder,
    readonly standIns: readonly Tensor[],
    performed: readonly Performed[],
  ) {
    this.args = new Map(standIns.map((t, i) => [t.node.storage!, i]));
    performed.forEach(({ results }, run) => {
      results.forEach((storage, i) => {
        this.results.set(storage, fromResult(run, i));
      });
    });
  }

  isArgument(storage: Storage): boolean {
    return this.args.has(storage);
  }

  of(storage: Storage): Source {
    this.asked.add(storage);
    const result = this.results.get(storage);
    if (result) return result;
    const argument = this.args.get(storage);
    if (argument !== undefined) return fromArgument(argument);
    const owner = this.recorder.ownerOf(storage);
    return owner ? fromTensor(owner) : fromInside(storage);
  }

  /** Whether somebody wanted to know where a storage comes from. */
  isAsked(storage: Storage): boolean {
    return this.asked.has(storage);
  }

  /** The tensor from outside that a write goes into. */
  targetOf(storage: Storage): Tensor {
    const owner = this.recorder.ownerOf(storage);
    if (owner) return owner;
    throw new GraphError(
      this.isArgument(storage)
        ? 'a compiled function writes to one of its arguments: use a tensor from outside the function instead'
        : 'a compiled function writes to a tensor that it has made itself: make it outside, so that each call finds it again',
    );
  }
}

function outputOf(tensor: Tensor, origins: Origins): Output {
  const argument = origins.standIns.indexOf(tensor);
  if (argument >= 0) return sameArgument(argument);
  if (origins.recorder.outside.has(tensor)) return sameTensor(tensor);
  const { node } = tensor;
  // Throws for an outside tensor's old value that the call itself has overwritten.
  return made(origins.of(node.current()!), node.shape, node.needsGrad);
}

function runOf({ work, storages, written, numbers, refreshed }: Performed, origins: Origins): Run {
  return {
    work,
    sources: storages.map((storage) => origins.of(storage)),
    numbers,
    refreshed,
    fromArguments: storages.flatMap((storage, i) => (origins.isArgument(storage) ? [i] : [])),
    written,
    targets: written.map((at) => origins.targetOf(storages[at]!)),
    unused: [],
  };
}

/** With what nobody has asked for, once everything is known that is asked for. */
const withoutUnused = (run: Run, { results }: Performed, origins: Origins): Run => ({
  ...run,
  unused: results.flatMap((storage, i) => (origins.isAsked(storage) ? [] : [i])),
});

function runAgain(run: Run, call: Call): readonly Storage[] {
  const { work, sources, numbers, refreshed, fromArguments, written, targets, unused } = run;
  const storages = new Array<Storage>(sources.length);
  for (let i = 0; i < sources.length; i++) storages[i] = sources[i]!(call);
  for (const { slot, refresh } of refreshed) numbers[slot] = refresh();
  // The plan takes its inputs for different memory: an argument that it also writes is read from a copy.
  for (const i of fromArguments) {
    const storage = storages[i]!;
    if (!written.some((at) => storages[at] === storage)) continue;
    storages[i] = new Storage(storage.dtype, storage.length, storage.read().slice());
  }
  const results = work.run(storages, numbers);
  // Given back at once: a device would keep them as values that may be wanted.
  for (const i of unused) results[i]!.cell?.drop(results[i]!);
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]!;
    target.rebind(ops.dataNode(storages[written[i]!]!, target.shape));
  }
  return results;
}
