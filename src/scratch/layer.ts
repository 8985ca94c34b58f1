/**
 * What every layer of the lessons has in common: it says when it is used wrongly, and it remembers what flowed
 * through it, so that a picture can show the values above the edges and the gradients below them.
 */
import { ArgumentError, GraphError, ShapeError } from '../base/errors.js';
import { checkValue, fits, showForm, type Value } from './value.js';

/** What went through a layer in its last `forward` and, after it, its last `backward`. */
export interface Flow {
  /** One for each input: values came in … */
  readonly inputs: readonly Value[];
  /** … and one went out. */
  readonly output: Value;
  /** The gradient of the final result for `output`, as it came from upstream. `null` before `backward`. */
  upstream: Value | null;
  /** The gradients that were passed on, one for each of `inputs`. `null` before `backward`. */
  downstream: readonly Value[] | null;
}

/**
 * The base of the layers. A layer's `forward` opens with `receive` and closes with `send`;
 * its `backward` opens with `receiveGradient` and closes with `sendGradients`.
 */
export abstract class Layer {
  /** How the layer is written in a picture: `×`, `exp`, `Affine`. */
  abstract readonly label: string;

  /** What flowed at the last `forward` and `backward`; `null` before. Nothing in here is ever changed in place. */
  flow: Flow | null = null;

  private received: readonly Value[] = [];

  /** @throws ArgumentError when an input is neither a number nor a tensor. */
  protected receive(...inputs: readonly Value[]): void {
    this.flow = null;
    for (const input of inputs) checkValue(input, `${this.constructor.name}.forward`);
    this.received = inputs;
  }

  /** Notes the output of a `forward`, and returns it. */
  protected send<V extends Value>(output: V): V {
    this.flow = { inputs: this.received, output, upstream: null, downstream: null };
    return output;
  }

  /** @throws GraphError before `forward`; ShapeError when the gradient does not have the form of the output. */
  protected receiveGradient(dout: Value): void {
    const where = `${this.constructor.name}.backward`;
    const flow = kept(this.flow, this);
    checkValue(dout, where);
    if (!fits(dout, flow.output)) {
      throw new ShapeError(
        `${where}: the gradient from upstream must have the form of the output, ` +
          `${showForm(flow.output)}; got ${showForm(dout)}`,
      );
    }
    flow.upstream = dout;
  }

  /** Notes the gradients that a `backward` passes on, and returns them. */
  protected sendGradients<G extends readonly Value[]>(...gradients: G): G {
    kept(this.flow, this).downstream = gradients;
    return gradients;
  }
}

/**
 * What `layer` kept in one of its fields.
 * @throws GraphError when it is still `null`: `backward` needs what `forward` computes.
 */
export function kept<T>(field: T | null, layer: object): T {
  if (field !== null) return field;
  const name = layer.constructor.name;
  throw new GraphError(
    `${name}.backward came before ${name}.forward: backward needs what forward keeps; call forward first`,
  );
}

/** @throws ArgumentError unless `name` is a whole number from 1 up. */
export function checkSize(size: number, name: string): void {
  if (Number.isInteger(size) && size > 0) return;
  throw new ArgumentError(`${name} must be a whole number from 1 up, got ${String(size)}`);
}
