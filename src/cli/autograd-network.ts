/**
 * The two-layer network as a module, trained by autograd and SGD.
 */
import * as nn from '../nn/index.js';
import { SGD } from '../optim/index.js';
import { Generator, type Tensor } from '../tensor/index.js';
import { checkGradients, type GradientCheckResult, ModuleLearner } from '../train/index.js';
import { type FloatType, initialWeights, type LayerRow, type Network, type NetworkOptions } from './network.js';

export class AutogradNetwork extends ModuleLearner implements Network {
  readonly title = 'autograd: nn.Sequential, trained by SGD';
  readonly layers: readonly LayerRow[];

  constructor(
    private readonly options: NetworkOptions,
    dtype: FloatType = 'float32',
  ) {
    const { inputs, hidden, classes, lr, seed } = options;
    const model = new nn.Sequential(
      new nn.Linear(inputs, hidden, { dtype }),
      new nn.ReLU(),
      new nn.Linear(hidden, classes, { dtype }),
    );
    const { W1, b1, W2, b2 } = initialWeights(options, seed);
    const state = { '0.weight': W1.T, '0.bias': b1, '2.weight': W2.T, '2.bias': b2 };
    model.loadStateDict(Object.fromEntries(Object.entries(state).map(([name, value]) => [name, value.to(dtype)])));
    super(model, new SGD(model.parameters(), { lr }), nn.functional.crossEntropy);
    this.layers = [
      { layer: 'Linear', output: hidden, parameters: ['0.weight', '0.bias'] },
      { layer: 'ReLU', output: hidden, parameters: [] },
      { layer: 'Linear', output: classes, parameters: ['2.weight', '2.bias'] },
    ];
  }

  parameters(): Record<string, Tensor> {
    return this.model.stateDict();
  }

  firstLayer(): Float32Array {
    return Float32Array.from(this.parameters()['0.weight']?.typedArray() ?? []);
  }

  drawable(inputs: Tensor, labels: Tensor): Tensor {
    const loss = this.loss(this.model.forward(inputs), labels);
    loss.name = 'loss';
    return loss;
  }

  checkGradients(inputs: Tensor, labels: Tensor): GradientCheckResult[] {
    const { model } = new AutogradNetwork(this.options, 'float64');
    const inputs64 = inputs.to('float64');
    const loss = (): Tensor => this.loss(model.forward(inputs64), labels);
    loss().backward();
    const parameters = Object.fromEntries(model.namedParameters());
    const gradients = Object.fromEntries(
      Object.entries(parameters).flatMap(([name, { grad }]) =>
        grad === null ? [] : [[name, grad.detach().realize()]],
      ),
    );
    return checkGradients(parameters, () => loss().item(), gradients, { generator: new Generator(this.options.seed) });
  }
}
