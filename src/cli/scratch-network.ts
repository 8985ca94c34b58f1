/**
 * The two-layer network of the lessons, whose gradients are passed back by hand.
 */
import { GraphError } from '../base/errors.js';
import { TwoLayerNet } from '../scratch/index.js';
import { Generator, realize, type Tensor } from '../tensor/index.js';
import { type BatchResult, checkGradients, type GradientCheckResult } from '../train/index.js';
import { type FloatType, initialWeights, type LayerRow, type Network, type NetworkOptions } from './network.js';

export class ScratchNetwork implements Network {
  readonly title = 'scratch: the TwoLayerNet of the lessons, its gradients passed back by hand';
  readonly layers: readonly LayerRow[];
  private readonly net: TwoLayerNet;

  constructor(
    private readonly options: NetworkOptions,
    dtype: FloatType = 'float32',
  ) {
    const { inputs, hidden, classes, seed } = options;
    this.net = new TwoLayerNet(inputs, hidden, classes, { weightInitStd: 0, dtype });
    this.put({ ...initialWeights(options, seed) });
    this.layers = [
      { layer: 'Affine', output: hidden, parameters: ['W1', 'b1'] },
      { layer: 'Relu', output: hidden, parameters: [] },
      { layer: 'Affine', output: classes, parameters: ['W2', 'b2'] },
    ];
  }

  step(inputs: Tensor, labels: Tensor): BatchResult {
    // The update computes the loss and the probabilities along with it.
    this.net.update(this.net.gradient(inputs, labels), this.options.lr);
    return this.lastResult();
  }

  evaluate(inputs: Tensor, labels: Tensor): BatchResult {
    this.net.loss(inputs, labels);
    return this.lastResult();
  }

  stateDict(): Record<string, Tensor> {
    return { ...this.net.params };
  }

  loadStateDict(state: Readonly<Record<string, Tensor>>): void {
    this.put(state);
  }

  parameters(): Record<string, Tensor> {
    return this.stateDict();
  }

  firstLayer(): Float32Array {
    return Float32Array.from(this.net.params.W1.T.typedArray());
  }

  drawable(inputs: Tensor, labels: Tensor): TwoLayerNet {
    this.net.loss(inputs, labels);
    return this.net;
  }

  checkGradients(inputs: Tensor, labels: Tensor): GradientCheckResult[] {
    const { net } = new ScratchNetwork(this.options, 'float64');
    const inputs64 = inputs.to('float64');
    const gradients = net.gradient(inputs64, labels);
    realize(...Object.values(gradients));
    const loss = (): number => net.loss(inputs64, labels).item();
    return checkGradients(net.params, loss, gradients, { generator: new Generator(this.options.seed) });
  }

  /** What the last forward pass left in the last layer. Logarithms of probabilities are scores, but for a constant. */
  private lastResult(): BatchResult {
    const { loss, y } = this.net.lastLayer;
    if (loss === null || y === null) throw new GraphError('the network has not seen a batch yet');
    realize(loss, y);
    return { loss: loss.item(), scores: () => y.log().typedArray() };
  }

  private put(state: Readonly<Record<string, Tensor>>): void {
    for (const [name, parameter] of Object.entries(this.net.params)) {
      const value = state[name];
      if (value !== undefined) parameter.assign(value.to(parameter.dtype));
    }
    realize(...Object.values(this.net.params));
  }
}
