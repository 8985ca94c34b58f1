/**
 * A Variable holds data and, after a backward pass, its gradient. A Function turns Variables into a new one and is
 * remembered by it as its creator. These two links, Variable → creator and Function → inputs, are the whole graph:
 * it comes into being while ordinary code runs, and whoever follows the links walks the chain rule backwards.
 *
 * A Function can be used by hand (`x.grad = square.backward(y.grad)`), or `y.backward()` does the walk for the whole graph.
 */
import { ArgumentError, GraphError, ShapeError } from '../base/errors.js';
import type { Drawable, Drawing, DrawingEdge, DrawingNode } from '../viz/drawing.js';
import { flowText } from './show.js';
import { add, checkValue, fits, onesFor, showForm, type Value } from './value.js';

/** A value that knows where it came from. */
export class DataVariable<V extends Value> implements Drawable {
  /** Errors and pictures call it as users do. */
  static readonly name = 'Variable';
  /** The gradient of the end of the graph for this variable; `null` until a backward pass. */
  grad: V | null = null;
  /** The function that made this variable; `null` for one that was made by hand. */
  creator: Function<V> | null = null;
  /** How many functions lie on the longest way here from the inputs. */
  generation = 0;

  /** @param data A number or a tensor. @param name For pictures. @throws ArgumentError for anything else. */
  constructor(
    public data: V,
    public name = '',
  ) {
    checkValue(data, 'Variable');
  }

  /** Remembers who made this variable; it is then one generation after its creator. */
  setCreator(creator: Function<V>): void {
    this.creator = creator;
    this.generation = creator.generation + 1;
  }

  /** Forgets the gradient. Gradients of inputs add up over backward passes until this is called. */
  clearGrad(): void {
    this.grad = null;
  }

  /**
   * Walks the graph behind this variable and gives every variable in it its gradient.
   *
   * Each function is visited once, and only after all functions that used its output, so that its output's gradient is
   * complete: the latest generation comes first. What arrives over several branches is added up.
   * @param gradient The gradient of this variable itself: ones unless told.
   */
  backward(gradient: V = onesFor(this.data)): void {
    checkValue(gradient, 'Variable.backward');
    if (!fits(gradient, this.data)) {
      throw new ShapeError(
        `Variable.backward: the gradient must have the form of the data, ${showForm(this.data)}; got ${showForm(gradient)}`,
      );
    }
    const functions = functionsBehind(this);
    // A variable between two functions starts afresh at each pass; only the inputs keep adding.
    for (const f of functions) f.output.grad = null;
    this.grad = gradient;
    for (const f of functions) f.passBack();
  }

  /** The graph behind this variable, with the values and gradients that it holds now. */
  drawing(): Drawing {
    return draw(this);
  }
}

/** A {@link Variable} of numbers, or with `Variable<Tensor>` one of tensors. */
export type Variable<V extends Value = number> = DataVariable<V>;

/** `new Variable(2)` is a `Variable<number>`: without the first signature TypeScript would infer the type `2`. */
export interface VariableConstructor {
  new (data: number, name?: string): Variable<number>;
  new <V extends Value>(data: V, name?: string): Variable<V>;
}
/** Makes a variable: `new Variable(2)`, or of a tensor. */
export const Variable: VariableConstructor = DataVariable;

/**
 * A step of the computation with a forward and a backward. Write your own by extending it:
 *
 * ```ts
 * class Cube extends Function {
 *   forward(x: number) { return x ** 3; }
 *   backward(gy: number) { return 3 * this.input.data ** 2 * gy; }
 * }
 * const y = new Cube().call(new Variable(2));
 * ```
 *
 * One object stands for one node of the graph: make a new one for every call.
 */
export class Function<V extends Value = number> {
  /** What it was called with; empty before the call. */
  inputs: readonly Variable<V>[] = [];
  /** The latest generation among the inputs. */
  generation = 0;
  /** What the last walk passed back to each of `inputs`; empty before. */
  gradients: readonly V[] = [];
  private made: Variable<V> | null = null;

  /** Computes the output from the data of the inputs. */
  forward(..._data: V[]): V {
    throw new GraphError(`forward is not implemented by ${this.constructor.name}`);
  }

  /** The gradient for each input, from the gradient of the output. One input: the gradient; several: an array. */
  backward(_gradient: V): V | readonly V[] {
    throw new GraphError(`backward is not implemented by ${this.constructor.name}`);
  }

  /** Runs `forward` and records `inputs` and `output`: this is how the graph grows. */
  call(...inputs: Variable<V>[]): Variable<V> {
    if (inputs.length === 0 || !inputs.every((input) => input instanceof DataVariable)) {
      throw new ArgumentError(
        `${this.constructor.name}.call: takes one or more Variables; wrap data in new Variable(…)`,
      );
    }
    if (inputs.length < this.forward.length) {
      throw new ArgumentError(
        `${this.constructor.name}.call: takes ${this.forward.length} Variables, got ${inputs.length}`,
      );
    }
    const output = new DataVariable(this.forward(...inputs.map((input) => input.data)));
    this.inputs = inputs;
    this.gradients = [];
    this.generation = Math.max(...inputs.map((input) => input.generation));
    this.made = output;
    output.setCreator(this);
    return output;
  }

  /** The input of a function that has one. @throws GraphError before the call; ArgumentError when there are several. */
  get input(): Variable<V> {
    if (this.inputs.length > 1) {
      throw new ArgumentError(`${this.constructor.name} has ${this.inputs.length} inputs: look into inputs`);
    }
    return this.inputAt(0);
  }

  /** One of several inputs. @throws GraphError before the call. */
  inputAt(index: number): Variable<V> {
    const input = this.inputs[index];
    if (!input) throw this.notCalled();
    return input;
  }

  /** What the call gave. @throws GraphError before the call. */
  get output(): Variable<V> {
    if (!this.made) throw this.notCalled();
    return this.made;
  }

  /** One step of the walk: from the gradient of the output to the gradients of the inputs, which are added, not replaced. */
  passBack(): void {
    const gradient = this.output.grad;
    if (gradient === null) throw new GraphError(`${this.constructor.name}.passBack: its output has no gradient yet`);
    const gradients = asList(this.backward(gradient));
    if (gradients.length !== this.inputs.length) {
      throw new ArgumentError(
        `${this.constructor.name}.backward gave ${gradients.length} gradients for ${this.inputs.length} inputs; ` +
          'it must return one for each input',
      );
    }
    this.gradients = gradients;
    for (const [i, input] of this.inputs.entries()) {
      const part = this.checkGradient(gradients[i], input.data, i);
      // A new sum, never `+=` in place: the same gradient may also belong to another variable.
      input.grad = input.grad === null ? part : add(input.grad, part);
    }
  }

  private checkGradient(gradient: V | undefined, data: V, index: number): V {
    const where = `${this.constructor.name}.backward: the gradient for input ${index}`;
    checkValue(gradient, where);
    if (gradient !== undefined && fits(gradient, data)) return gradient;
    throw new ShapeError(`${where} must have the form of that input, ${showForm(data)}`);
  }

  private notCalled(): GraphError {
    return new GraphError(`${this.constructor.name} has not been called yet: its input and output exist after call(x)`);
  }
}

/** One gradient or a list of them, as a list. */
function asList<V extends Value>(result: V | readonly V[]): readonly V[];
function asList(result: Value | readonly Value[]): readonly Value[] {
  return result instanceof Array ? result : [result];
}

/** Every function on a way to `end`, the latest generation first. Without recursion: graphs may be deep. */
function functionsBehind<V extends Value>(end: Variable<V>): Function<V>[] {
  const found = new Set<Function<V>>();
  const waiting: Variable<V>[] = [end];
  for (let variable = waiting.pop(); variable; variable = waiting.pop()) {
    const f = variable.creator;
    if (!f || found.has(f)) continue;
    if (f.output !== variable) {
      throw new GraphError(
        `this ${f.constructor.name} was called again after it had made a variable of this graph, ` +
          `so its links point elsewhere now; make a new ${f.constructor.name}() for every call`,
      );
    }
    found.add(f);
    waiting.push(...f.inputs);
  }
  return [...found].sort((a, b) => b.generation - a.generation);
}

function draw<V extends Value>(end: Variable<V>): Drawing {
  const functions = functionsBehind(end).reverse();
  const nodes: DrawingNode[] = [];
  const edges: DrawingEdge[] = [];
  const ids = new Map<Variable<V>, string>();

  const variableId = (variable: Variable<V>): string => {
    const known = ids.get(variable);
    if (known !== undefined) return known;
    const id = `v${ids.size}`;
    ids.set(variable, id);
    const { data, name } = variable;
    nodes.push({ id, kind: 'variable', label: name, ...(typeof data === 'number' ? {} : { shape: data.shape }) });
    return id;
  };
  variableId(end);
  const uses = new Map<Variable<V>, number>();
  for (const input of functions.flatMap((f) => f.inputs)) uses.set(input, (uses.get(input) ?? 0) + 1);

  for (const [i, f] of functions.entries()) {
    const id = `f${i}`;
    nodes.push({ id, kind: 'operation', label: f.constructor.name });
    f.inputs.forEach((input, n) => {
      // After a pass by hand only the whole gradient is known; it is this arrow's own when there is no other arrow.
      const grad = f.gradients[n] ?? (uses.get(input) === 1 ? input.grad : null);
      edges.push({ from: variableId(input), to: id, ...flowText(input.data, grad) });
    });
    edges.push({ from: id, to: variableId(f.output), ...flowText(f.output.data, f.output.grad) });
  }
  return { nodes, edges };
}
