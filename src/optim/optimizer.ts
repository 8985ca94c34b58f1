/**
 * The base of all optimizers. One step computes, in one plan: the losses, the gradients, the new values of parameters
 * and state, and what was marked to be kept; the values are written in place, last. A step that throws has changed
 * nothing.
 */
import { ArgumentError, DTypeError, GraphError, ShapeError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import { type Node, withRecording } from '../ir/node.js';
import type { Storage } from '../ir/storage.js';
import * as ops from '../ops/index.js';
import { eachCall, refreshed } from '../run/capture.js';
import { queueWrite, realise } from '../run/realise.js';
import { computable, Gradient } from '../tensor/gradient.js';
import { Tensor, tensor, zerosLike } from '../tensor/index.js';
import { argumentNode } from '../tensor/operands.js';
import { writeTogether } from '../tensor/write.js';

/** Options of a step. */
export interface StepOptions {
  /** Leave the gradients to be read, and to be added to by the next `backward()`. */
  keepGrads?: boolean;
}

/** The state of one parameter, by name: momentum and the like, each of the parameter's shape. */
export type Slots = Readonly<Record<string, Tensor>>;

/** What an update makes of a parameter: its new value, and those of its state. */
export interface Update {
  /** The new value of the parameter. */
  readonly value: Tensor;
  /** The new values of its state; what is left out stays. */
  readonly slots?: Slots;
}

/** A parameter that has a gradient. */
interface Ready {
  readonly parameter: Tensor;
  readonly place: number;
  readonly gradient: Gradient;
  readonly node: Node;
}

/** A tensor that a step writes. */
interface Change {
  readonly target: Tensor;
  readonly storage: Storage;
  readonly value: Node;
}

/** The base of optimizers. One of your own has an `update`: from a parameter and its gradient to its new value. */
export abstract class Optimizer {
  /** How far a step goes. May be changed between steps; nothing is compiled again. */
  lr: number;
  /** What it updates, each once. */
  protected readonly parameters: readonly Tensor[];
  private readonly slots: readonly Slots[];
  /** How many steps each parameter has made. */
  private counts: number[];

  /**
   * @param slotNames the state that each parameter has: tensors of its shape, 0 at first
   * @throws ArgumentError unless there are parameters, each once, all leaves that require a gradient
   */
  constructor(parameters: Iterable<Tensor>, lr: number, slotNames: readonly string[] = []) {
    this.parameters = checkedParameters(parameters);
    this.lr = checkNumber('lr', lr);
    this.slots = this.parameters.map((p) => Object.fromEntries(slotNames.map((name) => [name, zerosLike(p).own()])));
    this.counts = this.parameters.map(() => 0);
  }

  /**
   * The new value of a parameter from its gradient. Runs without recording. `step()` counts from 1. Every number that can
   * change from step to step is a run-time argument (`hyper`), so that a compiled step asks for it again.
   */
  protected abstract update(parameter: Tensor, gradient: Tensor, slots: Slots, step: () => number): Update;

  /** Clears the gradients of all parameters. */
  zeroGrad(): void {
    for (const p of this.parameters) p.grad = null;
  }

  /**
   * Updates every parameter that has a gradient. The gradients are used up by this, unless `keepGrads`.
   * @throws GraphError when a gradient has been used up by an earlier step
   */
  step(options: StepOptions = {}): void {
    this.checkRate();
    const { keepGrads = false } = options;
    const ready = this.ready();
    if (ready.length === 0) return;
    const changes = withRecording(false, () => ready.flatMap((r) => this.changesOf(r)));
    const wanted = alongside(ready);
    if (keepGrads) wanted.push(...ready.map(({ node }) => node));
    for (const { storage, value } of changes) queueWrite(storage, value, 'optimizer.step()');
    realise(wanted);
    for (const { target, storage } of changes) target.rebind(ops.dataNode(storage, target.shape));
    for (const { gradient } of ready) gradient.use(keepGrads);
    this.count(ready.map(({ place }) => place));
  }

  // What a compiled step does again stands by itself: a closure holds all that its neighbours see, here the first call's graph.

  private checkRate(): void {
    eachCall(() => checkNumber('lr', this.lr));
  }

  /** One more step of the parameters at `places`. */
  private count(places: readonly number[]): void {
    eachCall(() => {
      for (const place of places) this.counts[place]!++;
    });
  }

  /** The parameters that have a gradient. */
  private ready(): Ready[] {
    return this.parameters.flatMap((parameter, place) => {
      const gradient = Gradient.find(parameter.node);
      if (gradient?.spent) throw new GraphError(`step(): ${parameter.grad?.node.lost}`);
      return gradient?.node ? [{ parameter, place, gradient, node: gradient.node }] : [];
    });
  }

  private changesOf({ parameter, place, node }: Ready): Change[] {
    const slots = this.slots[place]!;
    const { value, slots: next = {} } = this.update(parameter, new Tensor(node), slots, () => this.counts[place]! + 1);
    const state = Object.entries(next).map(([name, slot]) => changeOf(slots[name]!, slot));
    return [changeOf(parameter, value), ...state];
  }

  /** All that a step changes beside the parameters, by name: copies, for {@link loadStateDict}. */
  stateDict(): Record<string, Tensor> {
    return {
      ...Object.fromEntries(this.state().map(([name, slot]) => [name, slot.clone()])),
      steps: tensor([...this.counts], { dtype: 'float64' }),
    };
  }

  /** The state by names such as `0.momentum`, 0 being the first parameter. */
  private state(): [string, Tensor][] {
    return this.slots.flatMap((slots, i) =>
      Object.entries(slots).map(([name, slot]): [string, Tensor] => [`${i}.${name}`, slot]),
    );
  }

  /**
   * Takes over a {@link stateDict} of an optimizer of the same kind with the same parameters.
   * @throws ArgumentError, ShapeError, having changed nothing
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const own = new Map(this.state());
    const names = ['steps', ...own.keys()];
    const missing = names.find((name) => !(name in state));
    const unknown = Object.keys(state).find((name) => !names.includes(name));
    if (missing !== undefined || unknown !== undefined) {
      const what = missing !== undefined ? `"${missing}" is missing` : `"${unknown}" is unknown`;
      throw new ArgumentError(
        `loadStateDict: ${what}; this optimizer's state has ${names.map((n) => `"${n}"`).join(', ')}`,
      );
    }
    for (const [name, slot] of own) {
      const value = state[name]!;
      if (!sameShape(value.shape, slot.shape))
        throw new ShapeError(
          `loadStateDict: "${name}" has shape ${showShape(value.shape)}, expected ${showShape(slot.shape)}`,
        );
      if (value.dtype !== slot.dtype)
        throw new DTypeError(`loadStateDict: "${name}" is ${value.dtype}, expected ${slot.dtype}`);
    }
    const steps = state.steps!.typedArray();
    if (steps.length !== this.counts.length) {
      throw new ShapeError(
        `loadStateDict: "steps" counts for ${steps.length} parameters, this optimizer has ${this.counts.length}`,
      );
    }
    writeTogether(Array.from(own, ([name, slot]) => [slot, state[name]!] as const));
    this.counts = Array.from(steps);
  }
}

/** What is computed along with the update: after it, what it came from is overwritten. */
function alongside(ready: readonly Ready[]): Node[] {
  const own = new Set<Gradient>(ready.map(({ gradient }) => gradient));
  const wanted = new Set<Node>();
  for (const { gradient } of ready) {
    for (const kept of gradient.kept) wanted.add(kept);
    for (const pass of gradient.passes) {
      wanted.add(pass.root);
      for (const kept of pass.kept) wanted.add(kept);
      // The gradients of leaves that are not this optimizer's, for another's step or for the user.
      for (const other of pass.gradients) if (!own.has(other) && other.node) wanted.add(other.node);
    }
  }
  return computable([...wanted]);
}

function changeOf(target: Tensor, value: Tensor): Change {
  if (!sameShape(value.shape, target.shape) || value.dtype !== target.dtype) {
    throw new ShapeError(
      `an update must keep shape and dtype: ${target.dtype} ${showShape(target.shape)} would become ${value.dtype} ${showShape(value.shape)}`,
    );
  }
  return { target, storage: target.own().node.storage!, value: value.node };
}

function checkedParameters(parameters: Iterable<Tensor>): readonly Tensor[] {
  if (
    parameters instanceof Tensor ||
    typeof parameters !== 'object' ||
    parameters === null ||
    !(Symbol.iterator in parameters)
  ) {
    throw new ArgumentError('an optimizer takes a list of parameters, as in new SGD(model.parameters(), { lr: 0.1 })');
  }
  const list = [...parameters];
  if (list.length === 0) throw new ArgumentError('an optimizer needs at least one parameter; the list is empty');
  list.forEach((p, i) => {
    if (!(p instanceof Tensor)) throw new ArgumentError(`parameter ${i} is no tensor, got ${String(p)}`);
    if (!p.isLeaf)
      throw new ArgumentError(
        `parameter ${i} (${p.dtype} ${showShape(p.shape)}) is computed from others; only leaves can be updated in place`,
      );
    if (!p.requiresGrad)
      throw new ArgumentError(
        `parameter ${i} (${p.dtype} ${showShape(p.shape)}) does not require a gradient: set requiresGrad, or leave it out`,
      );
  });
  if (new Set(list).size !== list.length)
    throw new ArgumentError('a parameter stands in the list twice; its update would be made twice');
  return list;
}

/** @throws ArgumentError unless `value` is a finite number within the bounds */
export function checkNumber(name: string, value: number, low = 0, below = Infinity): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= low && value < below) return value;
  const range = below === Infinity ? `from ${low} up` : `from ${low} up to, not including, ${below}`;
  throw new ArgumentError(`${name} must be a number ${range}, got ${String(value)}`);
}

/**
 * `value()` in the shape and dtype of `like`, as an argument of the compiled program: it may change from step to step.
 */
export const hyper = (value: () => number, like: Tensor): Tensor =>
  new Tensor(refreshed(argumentNode(value(), like.shape, like.dtype), value));
