/**
 * The first network: two affine layers with a ReLU between them, trained by gradients that are passed back by hand.
 */
import { ArgumentError, GraphError, ShapeError } from '../base/errors.js';
import { sameShape, showShape } from '../base/shape.js';
import { type Generator, noGrad, randn, realize, type Tensor, zeros } from '../tensor/index.js';
import type { Drawable, Drawing } from '../viz/drawing.js';
import { Relu } from './activation.js';
import { Affine } from './affine.js';
import { checkSize, kept } from './layer.js';
import { numericalGradient } from './numerical.js';
import { Sketch } from './sketch.js';
import { SoftmaxWithLoss } from './softmax-with-loss.js';
import { checkTensor, type Value } from './value.js';

/** One tensor for each parameter: the parameters themselves, or their gradients. */
export type TwoLayerParams = Record<'W1' | 'b1' | 'W2' | 'b2', Tensor>;
const NAMES = ['W1', 'b1', 'W2', 'b2'] as const;

/** Options of {@link TwoLayerNet}. */
export interface TwoLayerNetOptions {
  /** The weights start as this times normal random numbers: 0.01 unless told. */
  weightInitStd?: number;
  /** float32 unless told; float64 for checking gradients. */
  dtype?: 'float32' | 'float64';
  /** Where the random numbers come from; the default generator (`manualSeed`) unless told. */
  generator?: Generator;
}

/**
 * A network of two layers that gives a score to each class.
 *
 * Inputs x are batches [N, inputSize] (or one sample [inputSize]); answers t are labels [N] or one-hot rows [N, outputSize].
 */
export class TwoLayerNet implements Drawable {
  /** The parameters, by name. */
  readonly params: TwoLayerParams;
  /** The layers in the order of the forward pass. They use the very tensors of `params`. */
  readonly layers: {
    /** x·W1 + b1 */
    readonly Affine1: Affine;
    /** What of it is above 0. */
    readonly Relu1: Relu;
    /** The scores: that times W2, plus b2. */
    readonly Affine2: Affine;
  };
  /** What follows the scores: the loss of the last forward pass. */
  readonly lastLayer = new SoftmaxWithLoss();

  constructor(inputSize: number, hiddenSize: number, outputSize: number, options: TwoLayerNetOptions = {}) {
    const { weightInitStd = 0.01, dtype = 'float32', generator } = options;
    checkSize(inputSize, 'inputSize');
    checkSize(hiddenSize, 'hiddenSize');
    checkSize(outputSize, 'outputSize');
    if (!Number.isFinite(weightInitStd) || weightInitStd < 0) {
      throw new ArgumentError(`weightInitStd must be a number from 0 up, got ${String(weightInitStd)}`);
    }
    const weights = (rows: number, columns: number): Tensor =>
      randn([rows, columns], { dtype, generator }).mul(weightInitStd).realize();
    this.params = {
      W1: weights(inputSize, hiddenSize),
      b1: zeros([hiddenSize], { dtype }).realize(),
      W2: weights(hiddenSize, outputSize),
      b2: zeros([outputSize], { dtype }).realize(),
    };
    const { W1, b1, W2, b2 } = this.params;
    this.layers = { Affine1: new Affine(W1, b1), Relu1: new Relu(), Affine2: new Affine(W2, b2) };
  }

  /** The scores of the classes, before softmax: [N, outputSize]. */
  predict(x: Tensor): Tensor {
    const { Affine1, Relu1, Affine2 } = this.layers;
    return Affine2.forward(Relu1.forward(Affine1.forward(x)));
  }

  /** The mean cross entropy over the batch, of shape []. It is computed when it is read. */
  loss(x: Tensor, t: Value): Tensor {
    return this.lastLayer.forward(this.predict(x), t);
  }

  /** The share of samples whose highest score stands at the right class: 0 … 1. */
  accuracy(x: Tensor, t: Tensor): number {
    checkTensor(t, 'TwoLayerNet.accuracy', 't');
    const guess = this.predict(x).argmax(-1);
    const answer = t.ndim > guess.ndim ? t.argmax(-1) : t;
    if (answer.size !== guess.size || guess.size === 0) {
      throw new ShapeError(
        `TwoLayerNet.accuracy: x of shape ${showShape(x.shape)} does not go with t of shape ${showShape(t.shape)}; ` +
          'x and t must hold the same number of samples, at least one',
      );
    }
    return noGrad(() => guess.eq(answer).sum()).item() / guess.size;
  }

  /** The gradient of the loss for every parameter, by the chain rule: forward once, backward once. */
  gradient(x: Tensor, t: Value): TwoLayerParams {
    this.loss(x, t);
    const { Affine1, Relu1, Affine2 } = this.layers;
    Affine1.backward(Relu1.backward(Affine2.backward(this.lastLayer.backward(1))));
    return {
      W1: kept(Affine1.dW, Affine1),
      b1: kept(Affine1.db, Affine1),
      W2: kept(Affine2.dW, Affine2),
      b2: kept(Affine2.db, Affine2),
    };
  }

  /**
   * The same gradient by central differences. It computes the loss twice for every single weight: for checking only.
   * @param options.eps The step; see `numericalGradient`.
   */
  numericalGradient(x: Tensor, t: Value, options: { eps?: number } = {}): TwoLayerParams {
    this.computePending();
    const gradientOf = (param: Tensor): Tensor => numericalGradient(() => this.loss(x, t), param, options);
    const { W1, b1, W2, b2 } = this.params;
    const gradients = { W1: gradientOf(W1), b1: gradientOf(b1), W2: gradientOf(W2), b2: gradientOf(b2) };
    // The layers kept the pass of the last moved parameter; now they keep the one of the parameters as they are.
    this.loss(x, t);
    return gradients;
  }

  /**
   * Moves every parameter a step down its gradient: W ← W − learningRate·dW. The last loss and probabilities, the gradients
   * and the new parameters are computed together, so all of them can be read afterwards.
   */
  update(gradients: TwoLayerParams, learningRate: number): void {
    if (!Number.isFinite(learningRate)) {
      throw new ArgumentError(`learningRate must be a finite number, got ${String(learningRate)}`);
    }
    for (const name of NAMES) checkGradient(name, this.params[name], gradients[name]);
    const { loss, y } = this.lastLayer;
    noGrad(() => {
      for (const name of NAMES) {
        const param = this.params[name];
        param.assign(param.sub(gradients[name].mul(learningRate)));
      }
    });
    const read = [loss, y].filter((tensor) => tensor !== null);
    realize(...read, ...NAMES.map((name) => gradients[name]), ...NAMES.map((name) => this.params[name]));
  }

  /** Computes what the last passes left to be computed from the parameters, before these are moved. */
  private computePending(): void {
    const { Affine1, Affine2 } = this.layers;
    const { loss, y } = this.lastLayer;
    const pending = [loss, y, Affine1.dW, Affine1.db, Affine2.dW, Affine2.db].filter((tensor) => tensor !== null);
    try {
      realize(...pending);
    } catch (error) {
      // They belong to parameters that have been overwritten since: nobody can read them any more.
      if (!(error instanceof GraphError)) throw error;
    }
  }

  /** The layers of the last forward pass with the shapes that flow between them. */
  drawing(): Drawing {
    const { Affine1, Relu1, Affine2 } = this.layers;
    return new Sketch({ limit: 1 })
      .add(Affine1, ['x', 'W1', 'b1'], 'a1')
      .add(Relu1, ['a1'], 'z1')
      .add(Affine2, ['z1', 'W2', 'b2'], 'scores')
      .add(this.lastLayer, ['scores', 't'], 'loss')
      .drawing();
  }
}

/** Before any parameter moves, so that an update that is refused has changed nothing. */
function checkGradient(name: string, param: Tensor, gradient: Tensor): void {
  checkTensor(gradient, 'TwoLayerNet.update', `the gradient of ${name}`);
  if (sameShape(param.shape, gradient.shape) && param.dtype === gradient.dtype) return;
  throw new ShapeError(
    `TwoLayerNet.update: the gradient of ${name} must be ${param.dtype} of shape ${showShape(param.shape)}, ` +
      `got ${gradient.dtype} of shape ${showShape(gradient.shape)}`,
  );
}
