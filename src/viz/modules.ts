/**
 * Which module made which part of a graph. Nodes are numbered as they are made, so a call of a module is a range of numbers.
 */
import type { DType } from '../base/dtype.js';
import { ArgumentError } from '../base/errors.js';
import { type Shape, sizeOf } from '../base/shape.js';
import { type Node, nodesMade } from '../ir/node.js';
import { Module } from '../nn/module.js';
import { Buffer } from '../nn/parameter.js';
import { Tensor } from '../tensor/index.js';
import { showKind } from '../tensor/operands.js';

/** One call of a module's `forward`. */
export interface ModuleCall {
  /** The module's path in the model, `encoder.0`; empty for the model itself. */
  readonly path: string;
  /** Its class, and for a module without others in it its sizes: `Linear(784, 50)`. */
  readonly title: string;
  /** How many elements its parameters have. */
  readonly parameters: number;
  /** The number of the first node made meanwhile. */
  readonly first: number;
  /** One more than that of the last. */
  readonly end: number;
  /** What it returned; null for a call that threw. */
  readonly output: {
    /** Its shape. */
    readonly shape: Shape;
    /** Its element type. */
    readonly dtype: DType;
  } | null;
}

/** What {@link recordModules} has seen. */
export interface ModuleCalls {
  /** In the order in which they began: outer ones before those they made. */
  readonly calls: readonly ModuleCall[];
  /** The parameters and buffers, as nodes, with their paths. @internal */
  readonly state: ReadonlyMap<Node, string>;
}

/** What {@link recordModules} returns. */
export interface RecordedModules<T> {
  /** What the function returned. */
  readonly result: T;
  /** For the option `modules` of `toHtml`. */
  readonly modules: ModuleCalls;
}

/** The parameters and buffers of a model, as nodes, with their paths. */
function stateOf(model: Module): Map<Node, string> {
  const state = new Map<Node, string>();
  for (const [path, module] of model.namedModules()) {
    for (const [name, value] of Object.entries(module)) {
      if (value instanceof Buffer) state.set(value.node, path === '' ? name : `${path}.${name}`);
    }
  }
  for (const [path, parameter] of model.namedParameters()) state.set(parameter.node, path);
  return state;
}

/** The class of a module; with its sizes, if they fit on a line. */
function titleOf(module: Module): string {
  const shown = String(module);
  return shown.includes('\n') ? module.constructor.name : shown.replace(/\(\)$/, '');
}

/**
 * Runs `fn` and notes which modules of `model` it calls, so that a page of the graph can show them as groups. The modules behave as
 * always, and nothing is computed that `fn` would not compute.
 *
 * @param fn what makes the graph, at once: calls made after it has returned (in a promise) are not noted
 * @throws ArgumentError for a model that is no Module; whatever `fn` throws
 * @example
 * const model = new Sequential(new Linear(3, 2), new ReLU());
 * const { result, modules } = recordModules(model, () => model.forward(ones([1, 3])));
 * result.shape // [1, 2]
 * modules.calls.map((call) => call.title) // ['Sequential', 'Linear(3, 2)', 'ReLU']
 */
export function recordModules<T>(model: Module, fn: () => T): RecordedModules<T> {
  if (!(model instanceof Module)) {
    throw new ArgumentError(`recordModules: the model is a Module, got ${showKind(model)}`);
  }
  const calls: ModuleCall[] = [];
  const state = stateOf(model);
  const undo: (() => void)[] = [];
  for (const [path, module] of model.namedModules()) {
    const parameters = module.parameters().reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    undo.push(
      wrap(module, (run) => {
        const place = calls.length;
        const call = { path, title: titleOf(module), parameters, first: nodesMade() };
        calls.push({ ...call, end: Infinity, output: null });
        let output: ModuleCall['output'] = null;
        try {
          const result = run();
          if (result instanceof Tensor) output = { shape: result.shape, dtype: result.dtype };
          return result;
        } finally {
          calls[place] = { ...call, end: nodesMade(), output };
        }
      }),
    );
  }
  try {
    return { result: fn(), modules: { calls, state } };
  } finally {
    for (const step of undo) step();
  }
}

/** Has calls of `module.forward` go through `around`; returns what takes that back. */
function wrap(module: Module, around: (run: () => Tensor) => Tensor): () => void {
  const own = Object.getOwnPropertyDescriptor(module, 'forward');
  const forward = module.forward;
  // Not enumerable: a module finds its parameters among its fields.
  Object.defineProperty(module, 'forward', {
    configurable: true,
    value: (...inputs: Tensor[]) => around(() => forward.apply(module, inputs)),
  });
  return () => {
    if (own) Object.defineProperty(module, 'forward', own);
    else Reflect.deleteProperty(module, 'forward');
  };
}
