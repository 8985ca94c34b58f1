/**
 * A graph put together by hand, for a picture of it: which layer takes which named values, and how its result is called.
 * The numbers come from the layers, which remember what flowed through them.
 */
import { ArgumentError } from '../base/errors.js';
import type { Drawable, Drawing, DrawingEdge, DrawingNode } from '../viz/drawing.js';
import type { Layer } from './layer.js';
import { flowText } from './show.js';
import type { Value } from './value.js';

interface Step {
  readonly layer: Layer;
  readonly inputs: readonly string[];
  readonly output: string;
}

/**
 * ```ts
 * const sketch = new Sketch()
 *   .add(mulApple, ['apple', 'number of apples'], 'apples')
 *   .add(mulTax, ['apples', 'tax'], 'price');
 * ```
 * draws two multiplications; `apples`, made by the first and taken by the second, is the arrow between them.
 * Names that no layer makes are the inputs, names that no layer takes are the results.
 */
export class Sketch implements Drawable {
  private readonly steps: Step[] = [];
  private readonly producers = new Map<string, string>();
  private readonly limit: number | undefined;

  /** @param options `limit`: tensors with more elements than this are shown by their shape alone; 4 unless told. */
  constructor({ limit }: { limit?: number } = {}) {
    this.limit = limit;
  }

  /**
   * Adds a layer, in the order of the forward pass.
   * @param inputs Names of the values it takes, in the order of its inputs; parameters (W, b) come last and may be left out.
   * @param output Name of the value it gives.
   * @throws ArgumentError when two layers would give the same name.
   */
  add(layer: Layer, inputs: readonly string[], output: string): this {
    if (this.producers.has(output)) {
      throw new ArgumentError(`Sketch.add: '${output}' is the output of two layers; every value needs its own name`);
    }
    this.producers.set(output, `op${this.steps.length}`);
    this.steps.push({ layer, inputs, output });
    return this;
  }

  /** The picture with what flowed last; a layer that has not run yet has bare arrows. */
  drawing(): Drawing {
    const nodes: DrawingNode[] = [];
    const edges: DrawingEdge[] = [];
    const drawn = new Set<string>();
    const taken = new Set(this.steps.flatMap((step) => step.inputs));

    const variable = (name: string, value: Value | undefined): string => {
      const id = `var ${name}`;
      if (!drawn.has(id)) nodes.push({ id, kind: 'variable', label: name, ...shapeOf(value) });
      drawn.add(id);
      return id;
    };
    for (const [index, { layer, inputs, output }] of this.steps.entries()) {
      const flow = layer.flow;
      const id = `op${index}`;
      if (flow && inputs.length > flow.inputs.length) {
        throw new ArgumentError(
          `Sketch: '${output}' is drawn from ${inputs.length} values (${inputs.join(', ')}), ` +
            `but its ${layer.constructor.name} takes ${flow.inputs.length}`,
        );
      }
      const from = inputs.map((name, i) => this.producers.get(name) ?? variable(name, flow?.inputs[i]));
      nodes.push({ id, kind: 'operation', label: layer.label });
      inputs.forEach((name, i) => {
        const label = this.producers.has(name) ? { label: name } : {};
        edges.push({
          from: from[i] ?? id,
          to: id,
          ...label,
          ...flowText(flow?.inputs[i], flow?.downstream?.[i], this.limit),
        });
      });
      if (!taken.has(output)) {
        edges.push({
          from: id,
          to: variable(output, flow?.output),
          ...flowText(flow?.output, flow?.upstream, this.limit),
        });
      }
    }
    return { nodes, edges };
  }
}

const shapeOf = (value: Value | undefined): { shape?: readonly number[] } =>
  value === undefined || typeof value === 'number' ? {} : { shape: value.shape };
