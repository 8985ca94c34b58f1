/**
 * The base of all layers and models: fields that are parameters, buffers or modules are found by walking over them, so
 * a class lists nothing.
 */
import { type DType, isFloat } from '../base/dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import { Tensor } from '../tensor/index.js';
import { writeTogether } from '../tensor/write.js';
import { Buffer, Parameter } from './parameter.js';

/** A tensor of a module's state: a parameter, or a buffer. */
type Entry = readonly [name: string, tensor: Tensor];

const isParameter = (value: Tensor): boolean => value instanceof Parameter || (value.isLeaf && value.requiresGrad);

/**
 * The base of layers and models: fields that are parameters, buffers or modules are found by themselves. A model of
 * your own has a `forward`.
 */
export abstract class Module {
  /** Whether layers behave as in training (dropout drops). See {@link train} and {@link eval}. */
  training = true;

  /** The result for the inputs, most often one. Each class declares its own. */
  abstract forward(...inputs: Tensor[]): Tensor;

  /**
   * The fields that may hold state, by the name that stands in paths such as `encoder.0.weight`. In the order in which
   * they were assigned; a container may choose other names.
   */
  protected fields(): Iterable<readonly [string, unknown]> {
    return Object.entries(this);
  }

  /** The modules directly inside this one, by name. */
  *namedChildren(): Generator<[string, Module]> {
    for (const [name, value] of found(this.fields())) if (value instanceof Module) yield [name, value];
  }

  /** This module and all modules inside it, each once; this one's name is empty. */
  *namedModules(prefix = '', seen = new Set<Module>()): Generator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren()) yield* child.namedModules(joined(prefix, name), seen);
  }

  /** The parameters by their paths, each tensor once. */
  *namedParameters(): Generator<[string, Tensor]> {
    const seen = new Set<Tensor>();
    for (const [name, tensor] of this.state()) {
      if (seen.has(tensor) || !isParameter(tensor)) continue;
      seen.add(tensor);
      yield [name, tensor];
    }
  }

  /** The parameters, each once: what an optimizer takes. */
  parameters(): Tensor[] {
    return Array.from(this.namedParameters(), ([, tensor]) => tensor);
  }

  /** Parameters and buffers by their paths; one that stands in two places has two. */
  private *state(): Generator<Entry> {
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, value] of found(module.fields())) {
        if (value instanceof Tensor && (isParameter(value) || value instanceof Buffer))
          yield [joined(prefix, name), value];
      }
    }
  }

  /** Copies of the parameters and buffers by their paths, without history. */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries(Array.from(this.state(), ([name, tensor]) => [name, tensor.detach().clone()]));
  }

  /**
   * Takes over the values of a {@link stateDict}. Names, shapes and dtypes must be those of this module; otherwise
   * nothing is changed.
   * @throws ArgumentError, ShapeError, DTypeError that name the first difference
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    const own = new Map(this.state());
    const missing = [...own.keys()].filter((name) => !(name in state));
    const unknown = Object.keys(state).filter((name) => !own.has(name));
    if (missing.length > 0 || unknown.length > 0) {
      const parts = [
        missing.length > 0 && `missing ${quoted(missing)}`,
        unknown.length > 0 && `unknown ${quoted(unknown)}`,
      ];
      throw new ArgumentError(
        `loadStateDict: the names are not those of this model: ${parts.filter(Boolean).join('; ')}`,
      );
    }
    for (const [name, tensor] of own) {
      const value = state[name]!;
      if (!(value instanceof Tensor)) throw new ArgumentError(`loadStateDict: "${name}" is no tensor`);
      if (!sameShape(value.shape, tensor.shape)) {
        throw new ShapeError(
          `loadStateDict: "${name}" has shape ${showShape(value.shape)}, the model's has ${showShape(tensor.shape)}`,
        );
      }
      if (value.dtype !== tensor.dtype) {
        throw new DTypeError(
          `loadStateDict: "${name}" is ${value.dtype}, the model's is ${tensor.dtype}; convert it with .to('${tensor.dtype}')`,
        );
      }
    }
    writeTogether(Array.from(own, ([name, tensor]) => [tensor, state[name]!] as const));
  }

  /** Switches this module and all inside it to training, or with false to evaluation. Returns this. */
  train(on = true): this {
    for (const [, module] of this.namedModules()) module.training = on;
    return this;
  }

  /** Switches to evaluation. Returns this. */
  eval(): this {
    return this.train(false);
  }

  /** Converts the float parameters and buffers to another float dtype; their gradients are cleared. Returns this. */
  to(dtype: DType): this {
    if (!isFloat(dtype))
      throw new DTypeError(`a model is converted to a float dtype, float32 or float64, got ${String(dtype)}`);
    for (const [, tensor] of this.state()) {
      if (!isFloat(tensor.dtype) || tensor.dtype === dtype) continue;
      const { requiresGrad } = tensor;
      tensor.requiresGrad = false;
      tensor.rebind(tensor.to(dtype).detach().realize().node);
      tensor.requiresGrad = requiresGrad;
    }
    return this;
  }

  /** What stands in the parentheses of the printed module: sizes and options. */
  protected describe(): string {
    return '';
  }

  /** The modules inside, indented, one a line. */
  toString(): string {
    const children = [...this.namedChildren()].map(
      ([name, child]) => `  (${name}): ${child.toString().replaceAll('\n', '\n  ')}`,
    );
    const inside = children.length > 0 ? `\n${children.join('\n')}\n` : this.describe();
    return `${this.constructor.name}(${inside})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const joined = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);

const quoted = (names: readonly string[]): string =>
  `${names
    .slice(0, 5)
    .map((n) => `"${n}"`)
    .join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;

/** Tensors and modules among fields, also within arrays: the entry 1 of an array `layers` is `layers.1`. */
function* found(fields: Iterable<readonly [string, unknown]>): Generator<[string, Tensor | Module]> {
  for (const [name, value] of fields) {
    if (value instanceof Tensor || value instanceof Module) yield [name, value];
    else if (Array.isArray(value)) yield* found(value.map((v: unknown, i) => [`${name}.${i}`, v] as const));
  }
}
